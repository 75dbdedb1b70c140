// The renderer of a serving thread: calls JavaScript functions in the same thread.
#pragma once

#include <napi.h>

#include "fuse/dispatch.h"

namespace procview::addon {

/// The functions of `ServeOptions` in src/native/session.ts. `lookup` and `write` may be null: then no name is
/// found, and no caller may write.
struct JsFunctions {
  napi_value render;
  napi_value lookup;
  napi_value write;
};

class JsRenderer : public fuse::Renderer {
 public:
  /// `body` is the Uint8Array that `render` writes to. It and the functions must outlive this.
  JsRenderer(Napi::Env env, napi_value body, const JsFunctions& functions)
      : env_(env), body_(body), functions_(functions) {}

  fuse::Rendered Render(uint64_t node, const fuse::Caller& caller) override;
  fuse::Found Lookup(uint64_t directory, std::string_view name,
                     const fuse::Caller& caller) override;
  int MayWrite(uint64_t node, const fuse::Caller& caller) override;
  fuse::Written Write(uint64_t node, const fuse::Caller& caller, std::string_view text) override;
  bool Finished() override { return finished_ || paused_; }
  /// Ends serving after the request in progress.
  void Pause() { paused_ = true; }
  bool paused() const { return paused_; }

 private:
  double CallWrite(uint64_t node, const fuse::Caller& caller, napi_value text);
  double Call(napi_value function, const napi_value* arguments, size_t count);
  void ClearException();
  fuse::Rendered Body(double length);

  Napi::Env env_;
  napi_value body_;
  JsFunctions functions_;
  bool finished_ = false;
  bool paused_ = false;
};

}  // namespace procview::addon

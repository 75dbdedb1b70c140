// The renderer of a serving thread: JavaScript functions, called in this very thread.
#pragma once

#include <napi.h>

#include "fuse/dispatch.h"

namespace procview {

/// The functions (src/native/session.ts types them). `lookup` may be null: then nothing is found. So may
/// `write`: then nobody may.
struct JsFunctions {
  napi_value render;
  napi_value lookup;
  napi_value write;
};

class JsRenderer : public fuse::Renderer {
 public:
  /// `body` is the Uint8Array that bodies are written to, `owner` where JavaScript leaves whose the
  /// last one is, or null. All must outlive this.
  JsRenderer(Napi::Env env, napi_value body, const double* owner, const JsFunctions& functions)
      : env_(env), body_(body), owner_(owner), functions_(functions) {}

  fuse::Rendered Render(uint64_t node, const fuse::Caller& caller) override;
  fuse::Found Lookup(uint64_t directory, std::string_view name,
                     const fuse::Caller& caller) override;
  int MayWrite(uint64_t node, const fuse::Caller& caller) override;
  fuse::Written Write(uint64_t node, const fuse::Caller& caller, std::string_view text) override;
  bool Finished() override { return finished_ || paused_; }
  /// Ends serving once the request in work is answered.
  void Pause() { paused_ = true; }
  bool paused() const { return paused_; }

 private:
  double AskToWrite(uint64_t node, const fuse::Caller& caller, napi_value text);
  double Call(napi_value function, const napi_value* arguments, size_t count);
  void ClearException();
  fuse::Rendered Body(double length);

  Napi::Env env_;
  napi_value body_;
  const double* owner_;
  JsFunctions functions_;
  bool finished_ = false;
  bool paused_ = false;
};

}  // namespace procview

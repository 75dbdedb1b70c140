// A descriptor that calls a function of JavaScript when it is ready.
#pragma once

#include <napi.h>
#include <uv.h>

namespace procview::addon {

/// Belongs to the event loop of the thread that opens it, which it does not keep from ending.
class Poll {
 public:
  Poll() = default;
  ~Poll() { Close(); }
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;

  /// @param events of uv_poll_event
  /// @param once `ready` is called once after each Arm; else whenever it is ready
  void Open(Napi::Function ready, int fd, int events, bool once);
  void Arm();
  /// Never calls `ready` again. Idempotent.
  void Close();

 private:
  static void Ready(uv_poll_t* handle, int, int);

  Napi::FunctionReference ready_;
  uv_poll_t* handle_ = nullptr;
  int events_ = 0;
  bool once_ = false;
};

}  // namespace procview::addon

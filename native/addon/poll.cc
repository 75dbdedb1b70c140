#include "addon/poll.h"

namespace procview::addon {

void Poll::Open(Napi::Function ready, int fd, int events, bool once) {
  ready_ = Napi::Persistent(ready);
  events_ = events;
  once_ = once;
  uv_loop_s* loop = nullptr;
  napi_get_uv_event_loop(ready.Env(), &loop);
  handle_ = new uv_poll_t{};
  uv_poll_init(loop, handle_, fd);
  handle_->data = this;
  uv_unref(reinterpret_cast<uv_handle_t*>(handle_));
  Arm();
}

void Poll::Arm() {
  if (handle_) uv_poll_start(handle_, events_, Ready);
}

void Poll::Ready(uv_poll_t* handle, int, int) {
  auto* self = static_cast<Poll*>(handle->data);
  if (self->once_) uv_poll_stop(handle);
  const Napi::Env env = self->ready_.Env();
  Napi::HandleScope scope(env);
  self->ready_.MakeCallback(env.Global(), {});
  if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
}

void Poll::Close() {
  if (!handle_) return;
  uv_poll_stop(handle_);
  uv_close(reinterpret_cast<uv_handle_t*>(handle_),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
  handle_ = nullptr;
}

}  // namespace procview::addon

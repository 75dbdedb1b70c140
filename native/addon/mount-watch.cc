// `MountWatch`: wakes the event loop of the thread that made it when its mounts change.
#include <fcntl.h>
#include <uv.h>

#include <cerrno>

#include "addon/addon.h"
#include "addon/convert.h"
#include "sample/fd.h"

namespace procview {

namespace {

class MountWatch : public Napi::ObjectWrap<MountWatch> {
 public:
  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "MountWatch", {InstanceMethod<&MountWatch::Close>("close")});
  }

  explicit MountWatch(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (!info[0].IsFunction()) {
      sample::ThrowType(info.Env(), "changed must be a function");
      return;
    }
    constexpr const char* kFile = "/proc/thread-self/mountinfo";
    file_ = sample::Fd(open(kFile, O_RDONLY | O_CLOEXEC));
    if (!file_) {
      sample::ThrowErrno(info.Env(), errno, "open", kFile);
      return;
    }
    changed_ = Napi::Persistent(info[0].As<Napi::Function>());
    uv_loop_s* loop = nullptr;
    napi_get_uv_event_loop(info.Env(), &loop);
    poll_ = new uv_poll_t{};
    uv_poll_init(loop, poll_, file_.get());
    poll_->data = this;
    uv_unref(reinterpret_cast<uv_handle_t*>(poll_));
    // The kernel tells a change once, as priority data (fs/proc_namespace.c, mounts_poll).
    uv_poll_start(poll_, UV_PRIORITIZED, Changed);
  }

  ~MountWatch() override { End(); }

 private:
  static void Changed(uv_poll_t* poll, int, int) {
    auto* self = static_cast<MountWatch*>(poll->data);
    const Napi::Env env = self->Env();
    Napi::HandleScope scope(env);
    self->changed_.MakeCallback(env.Global(), {});
    if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
  }

  void End() {
    if (!poll_) return;
    uv_poll_stop(poll_);
    uv_close(reinterpret_cast<uv_handle_t*>(poll_),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
    poll_ = nullptr;
  }

  void Close(const Napi::CallbackInfo&) { End(); }

  sample::Fd file_;
  Napi::FunctionReference changed_;
  uv_poll_t* poll_ = nullptr;
};

}  // namespace

void InitMountWatch(Napi::Env env, Napi::Object exports) {
  exports.Set("MountWatch", MountWatch::Class(env));
}

}  // namespace procview

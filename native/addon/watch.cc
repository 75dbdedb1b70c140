// `Watch`: wakes the event loop of the thread that made it.
#include <uv.h>

#include "addon/addon.h"
#include "addon/convert.h"
#include "watch/watch.h"

namespace procview {

namespace {

using watch::Watch;

class WatchObject : public Napi::ObjectWrap<WatchObject> {
 public:
  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "Watch",
                       {InstanceMethod<&WatchObject::Add>("add"),
                        InstanceMethod<&WatchObject::Remove>("remove"),
                        InstanceMethod<&WatchObject::AddProcess>("addProcess"),
                        InstanceMethod<&WatchObject::RemoveProcess>("removeProcess"),
                        InstanceMethod<&WatchObject::Take>("take"),
                        InstanceMethod<&WatchObject::Close>("close")});
  }

  explicit WatchObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (!info[0].IsFunction()) {
      sample::ThrowType(info.Env(), "ready must be a function");
      return;
    }
    if (watch_.error()) {
      sample::ThrowErrno(info.Env(), watch_.error(), "inotify_init1", "cgroups");
      return;
    }
    ready_ = Napi::Persistent(info[0].As<Napi::Function>());
    uv_loop_s* loop = nullptr;
    napi_get_uv_event_loop(info.Env(), &loop);
    poll_ = new uv_poll_t{};
    uv_poll_init(loop, poll_, watch_.fd());
    poll_->data = this;
    uv_unref(reinterpret_cast<uv_handle_t*>(poll_));
    Arm();
  }

  ~WatchObject() override { End(); }

 private:
  static int Number(const Napi::Value& value) {
    return value.IsNumber() ? value.As<Napi::Number>().Int32Value() : -1;
  }

  void Arm() { uv_poll_start(poll_, UV_READABLE, Ready); }

  // Once: a storm wakes nobody until the first of it has been taken.
  static void Ready(uv_poll_t* poll, int, int) {
    auto* self = static_cast<WatchObject*>(poll->data);
    uv_poll_stop(poll);
    const Napi::Env env = self->Env();
    Napi::HandleScope scope(env);
    self->ready_.MakeCallback(env.Global(), {});
    if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
  }

  void End() {
    if (!poll_) return;
    uv_poll_stop(poll_);
    uv_close(reinterpret_cast<uv_handle_t*>(poll_),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
    poll_ = nullptr;
  }

  Napi::Value Add(const Napi::CallbackInfo& info) {
    const auto path = sample::ByteString(info[0]);
    return Napi::Number::New(info.Env(), path ? watch_.Add(path->c_str()) : -EINVAL);
  }

  void Remove(const Napi::CallbackInfo& info) { watch_.Remove(Number(info[0])); }

  Napi::Value AddProcess(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), watch_.AddProcess(Number(info[0])));
  }

  void RemoveProcess(const Napi::CallbackInfo& info) { watch_.RemoveProcess(Number(info[0])); }

  Napi::Value Take(const Napi::CallbackInfo& info) {
    const auto events = watch_.Take();
    auto flat = Napi::Int32Array::New(info.Env(), events.size() * 2);
    size_t i = 0;
    for (const auto& [kind, number] : events) {
      flat[i++] = static_cast<int>(kind);
      flat[i++] = number;
    }
    if (poll_) Arm();
    return flat;
  }

  void Close(const Napi::CallbackInfo&) { End(); }

  Watch watch_;
  Napi::FunctionReference ready_;
  uv_poll_t* poll_ = nullptr;
};

}  // namespace

void InitWatch(Napi::Env env, Napi::Object exports) {
  exports.Set("Watch", WatchObject::Class(env));
}

}  // namespace procview

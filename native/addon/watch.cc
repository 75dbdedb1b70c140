// `Watch`: wakes the event loop of the thread that made it.
#include "addon/addon.h"
#include "addon/convert.h"
#include "addon/poll.h"
#include "watch/watch.h"

namespace procview::addon {

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
      ThrowType(info.Env(), "ready must be a function");
      return;
    }
    if (watch_.error()) {
      ThrowErrno(info.Env(), watch_.error(), "inotify_init1", "cgroups");
      return;
    }
    // Once: further events do not wake the event loop before `take`.
    poll_.Open(info[0].As<Napi::Function>(), watch_.fd(), UV_READABLE, true);
  }

 private:
  static int Number(const Napi::Value& value) {
    return value.IsNumber() ? value.As<Napi::Number>().Int32Value() : -1;
  }

  Napi::Value Add(const Napi::CallbackInfo& info) {
    const auto path = ByteString(info[0]);
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
    poll_.Arm();
    return flat;
  }

  void Close(const Napi::CallbackInfo&) { poll_.Close(); }

  Watch watch_;
  Poll poll_;
};

}  // namespace

void InitWatch(Napi::Env env, Napi::Object exports) {
  exports.Set("Watch", WatchObject::Class(env));
}

}  // namespace procview::addon

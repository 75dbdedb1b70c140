// `ThreadCounter`, `pidNamespaceInit`, `bootTime`, `clockTick`, `releaseStart`.
#include <cerrno>

#include "addon/addon.h"
#include "addon/convert.h"
#include "base/clock.h"
#include "callers/pid-namespace.h"
#include "base/release-pages.h"
#include "sample/thread-counter.h"

namespace procview::addon {

namespace {

Napi::Value Number(const Napi::CallbackInfo& info, double value) {
  return Napi::Number::New(info.Env(), value);
}

class ThreadCounterObject : public Napi::ObjectWrap<ThreadCounterObject> {
 public:
  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "ThreadCounter",
                       {InstanceMethod<&ThreadCounterObject::Count>("count"),
                        InstanceMethod<&ThreadCounterObject::Recount>("recount"),
                        InstanceMethod<&ThreadCounterObject::Forget>("forget")});
  }

  explicit ThreadCounterObject(const Napi::CallbackInfo& info)
      : ObjectWrap(info), counter_(ByteString(info[0]).value_or("")) {
    if (!info[0].IsString()) ThrowType(info.Env(), "procRoot must be a byte string");
  }

 private:
  Napi::Value Count(const Napi::CallbackInfo& info) {
    const auto root = ByteString(info[0]);
    const auto top = ByteString(info[1]);
    const auto list = ByteString(info[2]);
    const auto spent = ByteString(info[3]);
    if (!root || !top || !list || !spent || !info[4].IsNumber()) {
      ThrowType(info.Env(), "count: a root, a path, two names, all byte strings, and a number");
      return info.Env().Undefined();
    }
    const uint32_t most = info[4].As<Napi::Number>().Uint32Value();
    return CountsObject(info.Env(), counter_.Count(*root, *top, *list, spent->c_str(), most));
  }

  Napi::Value Recount(const Napi::CallbackInfo& info) {
    sample::TaskCounts counts;
    return counter_.Recount(counts) ? CountsObject(info.Env(), counts) : info.Env().Null();
  }

  static Napi::Value CountsObject(Napi::Env env, const sample::TaskCounts& counts) {
    const auto result = Napi::Object::New(env);
    result.Set("running", static_cast<double>(counts.running));
    result.Set("blocked", static_cast<double>(counts.uninterruptible));
    result.Set("total", static_cast<double>(counts.total));
    result.Set("highest", static_cast<double>(counts.highest));
    return result;
  }

  void Forget(const Napi::CallbackInfo&) { counter_.Forget(); }

  sample::ThreadCounter counter_;
};

Napi::Value NamespaceInit(const Napi::CallbackInfo& info) {
  const auto path = ByteString(info[0]);
  return Number(info, path ? callers::PidNamespaceInit(path->c_str()) : -EINVAL);
}

Napi::Value Release(const Napi::CallbackInfo& info) { return Number(info, base::ReleaseStart()); }

Napi::Value Boot(const Napi::CallbackInfo& info) {
  return Number(info, static_cast<double>(base::BootTime()));
}

Napi::Value Tick(const Napi::CallbackInfo& info) {
  return Number(info, static_cast<double>(base::ClockTick()));
}

}  // namespace

void InitTasks(Napi::Env env, Napi::Object exports) {
  exports.Set("ThreadCounter", ThreadCounterObject::Class(env));
  exports.Set("pidNamespaceInit", Napi::Function::New<NamespaceInit>(env, "pidNamespaceInit"));
  exports.Set("releaseStart", Napi::Function::New<Release>(env, "releaseStart"));
  exports.Set("bootTime", Napi::Function::New<Boot>(env, "bootTime"));
  exports.Set("clockTick", Napi::Function::New<Tick>(env, "clockTick"));
}

}  // namespace procview::addon

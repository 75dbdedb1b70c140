// `ChangeDetector`.
#include "sample/change-detector.h"

#include "addon/addon.h"
#include "addon/convert.h"

namespace procview::addon {

namespace {

class ChangeDetectorObject : public Napi::ObjectWrap<ChangeDetectorObject> {
 public:
  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "ChangeDetector",
                       {InstanceMethod<&ChangeDetectorObject::Add>("add"),
                        InstanceMethod<&ChangeDetectorObject::Remove>("remove"),
                        InstanceMethod<&ChangeDetectorObject::Changed>("changed")});
  }

  explicit ChangeDetectorObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {}

 private:
  Napi::Value Add(const Napi::CallbackInfo& info) {
    const auto root = ByteString(info[0]);
    const auto cgroup = ByteString(info[1]);
    const auto name = ByteString(info[2]);
    if (!root || !cgroup || !name) {
      ThrowType(info.Env(), "add: a root, a cgroup and a name, all byte strings");
      return info.Env().Undefined();
    }
    return Napi::Number::New(info.Env(), files_.Add(*root, *cgroup, *name));
  }

  void Remove(const Napi::CallbackInfo& info) {
    if (info[0].IsNumber()) files_.Remove(info[0].As<Napi::Number>().Int32Value());
    else ThrowType(info.Env(), "remove: a number");
  }

  Napi::Value Changed(const Napi::CallbackInfo& info) {
    std::vector<int> numbers;
    files_.Changed(numbers);
    return NumberArray(info.Env(), numbers);
  }

  sample::ChangeDetector files_;
};

}  // namespace

void InitChangeDetector(Napi::Env env, Napi::Object exports) {
  exports.Set("ChangeDetector", ChangeDetectorObject::Class(env));
}

}  // namespace procview::addon

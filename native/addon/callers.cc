// `Callers`.
#include "addon/callers.h"

#include <memory>

#include "addon/addon.h"
#include "addon/convert.h"

namespace procview::addon {

namespace {

class CallersObject : public Napi::ObjectWrap<CallersObject> {
 public:
  /// Marks objects of this class.
  static constexpr napi_type_tag kTypeTag = {0x6a3f0d1c9b52e874, 0x91c7d04e2fb8a365};

  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "Callers",
                       {InstanceMethod<&CallersObject::Lookup>("lookup"),
                        InstanceMethod<&CallersObject::Open>("open"),
                        InstanceMethod<&CallersObject::Tag>("tag"),
                        InstanceMethod<&CallersObject::Forget>("forget")});
  }

  explicit CallersObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const auto root = ByteString(info[0]);
    if (!root || !root->starts_with('/')) {
      ThrowType(info.Env(), "procRoot must be an absolute path");
      return;
    }
    const double capacity = info[1].IsNumber() ? info[1].As<Napi::Number>().DoubleValue() : 0;
    if (!(capacity >= 1 && capacity <= 1 << 20)) {
      ThrowRange(info.Env(), "capacity must be 1 to 1048576");
      return;
    }
    const double trust = info[2].IsNumber() ? info[2].As<Napi::Number>().DoubleValue() : 0;
    if (!(trust >= 0 && trust <= 1e6)) {
      ThrowRange(info.Env(), "trust must be 0 to 1000000");
      return;
    }
    callers_ = std::make_unique<callers::Callers>(*root, static_cast<size_t>(capacity),
                                         static_cast<int64_t>(trust));
    info.This().As<Napi::Object>().TypeTag(&kTypeTag);
  }

  const callers::Callers* callers() const { return callers_.get(); }

 private:
  // Numbers that are none count as 0, which is no thread.
  static int Number(const Napi::Value& value) {
    return value.IsNumber() ? value.As<Napi::Number>().Int32Value() : 0;
  }

  Napi::Value Lookup(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), callers_->Lookup(Number(info[0])));
  }

  Napi::Value Open(const Napi::CallbackInfo& info) {
    const std::string_view text = callers_->Open(Number(info[0]));
    return text.data() ? FromBytes(info.Env(), text) : info.Env().Null();
  }

  void Tag(const Napi::CallbackInfo& info) {
    const int tag = info[1].IsNumber() ? Number(info[1]) : -1;
    if (tag < 0) return ThrowRange(info.Env(), "tag must be 0 or more");
    const double owner = info[2].IsNumber() ? info[2].As<Napi::Number>().DoubleValue() : 0;
    if (!(owner >= 0 && owner <= 0x1p53)) return ThrowRange(info.Env(), "owner must be 0 to 2^53");
    callers_->SetTag(Number(info[0]), {tag, static_cast<uint64_t>(owner)});
  }

  void Forget(const Napi::CallbackInfo& info) {
    if (info[0].IsNumber()) callers_->Forget(Number(info[0]));
  }

  std::unique_ptr<callers::Callers> callers_;
};

}  // namespace

const callers::Callers* CallersOf(const Napi::Value& value) {
  if (!value.IsObject()) return nullptr;
  const auto object = value.As<Napi::Object>();
  if (!object.CheckTypeTag(&CallersObject::kTypeTag)) return nullptr;
  return CallersObject::Unwrap(object)->callers();
}

void InitCallers(Napi::Env env, Napi::Object exports) {
  exports.Set("Callers", CallersObject::Class(env));
}

}  // namespace procview::addon

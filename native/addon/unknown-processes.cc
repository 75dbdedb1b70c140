// `UnknownProcesses`.
#include "callers/unknown-processes.h"

#include "addon/addon.h"
#include "addon/convert.h"

namespace procview::addon {

namespace {

class UnknownProcessesObject : public Napi::ObjectWrap<UnknownProcessesObject> {
 public:
  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "UnknownProcesses",
                       {InstanceMethod<&UnknownProcessesObject::AddKnown>("addKnown"),
                        InstanceMethod<&UnknownProcessesObject::List>("list")});
  }

  explicit UnknownProcessesObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {}

 private:
  Napi::Value AddKnown(const Napi::CallbackInfo& info) {
    const auto directory = ByteString(info[0]);
    if (!directory || !info[1].IsNumber()) {
      ThrowType(info.Env(), "addKnown: a byte string and an inode number");
      return info.Env().Undefined();
    }
    const auto inode = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
    return Napi::Number::New(info.Env(), static_cast<double>(processes_.AddKnown(*directory, inode)));
  }

  Napi::Value List(const Napi::CallbackInfo& info) {
    const auto root = ByteString(info[0]);
    if (!root) {
      ThrowType(info.Env(), "list: a byte string");
      return info.Env().Undefined();
    }
    std::vector<uint32_t> pids;
    if (const int error = processes_.List(*root, pids)) return Napi::Number::New(info.Env(), error);
    return NumberArray(info.Env(), pids);
  }

  callers::UnknownProcesses processes_;
};

}  // namespace

void InitUnknownProcesses(Napi::Env env, Napi::Object exports) {
  exports.Set("UnknownProcesses", UnknownProcessesObject::Class(env));
}

}  // namespace procview::addon

// `readNetParameter`, `writeNetParameter`.
#include "mounts/net-parameters.h"

#include <cerrno>

#include "addon/addon.h"
#include "addon/convert.h"

namespace procview::addon {
namespace {


Napi::Value Number(const Napi::CallbackInfo& info, int value) {
  return Napi::Number::New(info.Env(), value);
}

Napi::Value Read(const Napi::CallbackInfo& info) {
  const auto path = ByteString(info[0]), name = ByteString(info[1]);
  std::string text;
  const int error = path && name ? mounts::ReadNetParameter(*path, *name, text) : -EINVAL;
  return error ? Number(info, error) : FromBytes(info.Env(), text);
}

Napi::Value Write(const Napi::CallbackInfo& info) {
  const auto path = ByteString(info[0]), name = ByteString(info[1]), text = ByteString(info[2]);
  if (!path || !name || !text) return Number(info, -EINVAL);
  return Number(info, mounts::WriteNetParameter(*path, *name, *text));
}

}  // namespace

void InitNetParameters(Napi::Env env, Napi::Object exports) {
  exports.Set("readNetParameter", Napi::Function::New<Read>(env, "readNetParameter"));
  exports.Set("writeNetParameter", Napi::Function::New<Write>(env, "writeNetParameter"));
}

}  // namespace procview::addon

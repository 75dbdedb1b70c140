// `narrowCapabilities`: what a thread, or the whole process, may do from now on.
#include <cerrno>

#include "addon/addon.h"
#include "addon/convert.h"
#include "privileges/capabilities.h"

namespace procview::addon {
namespace {

using privileges::Capabilities;

/// The list of numbers as a set; false if it is none.
bool SetFrom(const Napi::Value& value, Capabilities* set) {
  if (!value.IsArray()) return false;
  const auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Napi::Value each = list.Get(i);
    const uint32_t number = each.IsNumber() ? each.As<Napi::Number>().Uint32Value() : 64;
    if (number >= 64) return false;
    *set |= Capabilities{1} << number;
  }
  return true;
}

void NarrowCapabilities(const Napi::CallbackInfo& info) {
  Capabilities keep = 0;
  const bool all = info[1].ToBoolean();
  int error = -EINVAL;
  if (SetFrom(info[0], &keep)) error = all ? privileges::NarrowAll(keep) : privileges::Narrow(keep);
  if (error < 0) ThrowErrno(info.Env(), -error, "capset", all ? "all threads" : "a thread");
}

}  // namespace

void InitPrivileges(Napi::Env env, Napi::Object exports) {
  exports.Set("narrowCapabilities",
              Napi::Function::New<NarrowCapabilities>(env, "narrowCapabilities"));
}

}  // namespace procview::addon

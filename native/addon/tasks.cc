// `bootTime`.
#include "addon/convert.h"
#include "sample/clock.h"

namespace procview::sample {

namespace {

Napi::Value Boot(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(BootTime()));
}

}  // namespace

void InitTasks(Napi::Env env, Napi::Object exports) {
  exports.Set("bootTime", Napi::Function::New<Boot>(env, "bootTime"));
}

}  // namespace procview::sample

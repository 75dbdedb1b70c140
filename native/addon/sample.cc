#include "addon/addon.h"
#include "addon/convert.h"

namespace procview {

void InitSample(Napi::Env env, Napi::Object exports) {
  sample::InitSources(env, exports);
  sample::InitCallers(env, exports);
  sample::InitFiles(env, exports);
  sample::InitTasks(env, exports);
  sample::InitStillFiles(env, exports);
  sample::InitStrangers(env, exports);
}

}  // namespace procview

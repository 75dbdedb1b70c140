// Entry of the addon: each part registers its own exports (src/native/addon.ts types them).
#include "addon/addon.h"

namespace procview::addon {
namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  InitSession(env, exports);
  InitCallers(env, exports);
  InitUnknownProcesses(env, exports);
  InitSources(env, exports);
  InitChangeDetector(env, exports);
  InitTasks(env, exports);
  InitFiles(env, exports);
  InitNetParameters(env, exports);
  InitWatch(env, exports);
  InitMountWatch(env, exports);
  InitMounts(env, exports);
  InitService(env, exports);
  InitPrivileges(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(procview, Init)

}  // namespace procview::addon

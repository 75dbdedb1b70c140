// Entry of the addon: each part registers its own exports (src/native/addon.ts types them).
#include "addon/addon.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  procview::InitSession(env, exports);
  procview::InitSample(env, exports);
  procview::InitNetParameters(env, exports);
  procview::InitWatch(env, exports);
  procview::InitMountWatch(env, exports);
  procview::InitNamespaces(env, exports);
  procview::InitService(env, exports);
  procview::InitPrivileges(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(procview, Init)

#include "addon/addon.h"

namespace procview {

void InitSample(Napi::Env, Napi::Object) {}

}  // namespace procview

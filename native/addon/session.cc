#include "addon/addon.h"

namespace procview {

void InitSession(Napi::Env, Napi::Object) {}

}  // namespace procview

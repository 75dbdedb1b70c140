// The native side of a `Callers`.
#pragma once

#include <napi.h>

#include "callers/callers.h"

namespace procview::addon {

/// Lives as long as the JavaScript object; null if the value is no `Callers`.
const callers::Callers* CallersOf(const Napi::Value& value);

}  // namespace procview::addon

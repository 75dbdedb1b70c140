// The options of `new Session` and `serve` (src/native/session.ts), read from JavaScript objects.
#pragma once

#include <napi.h>

#include "addon/renderer.h"
#include "callers/callers.h"
#include "session/session.h"

namespace procview::addon {

struct ServeOptions {
  uint32_t worker = 0;
  napi_value body = nullptr;
  JsFunctions functions{};
  const callers::Callers* callers = nullptr;
};

/// Returns false, with or without a pending exception, if the value is no SessionOptions.
bool ReadOptions(const Napi::Value& value, fuse::Options* options);
/// The same for ServeOptions.
bool ReadServeOptions(const Napi::Value& value, ServeOptions* options);

}  // namespace procview::addon

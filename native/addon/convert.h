// Between JavaScript values and the bytes and errnos of the kernel.
#pragma once

#include <napi.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procview::sample {

/// The bytes of a string of code points 0-255. Nothing if it is no string, holds NUL, or a code
/// point above 255: cut to a byte it could become a slash.
std::optional<std::string> ByteString(const Napi::Value& value);

/// The byte strings of an array; nothing if it is none, or holds something else.
std::optional<std::vector<std::string>> ByteStrings(const Napi::Value& value);

/// A JavaScript string with one code point per byte. (napi.h has no latin1.)
Napi::Value FromBytes(Napi::Env env, std::string_view bytes);

/// A JavaScript array of these numbers.
template <typename Number>
Napi::Array NumberArray(Napi::Env env, const std::vector<Number>& numbers) {
  auto array = Napi::Array::New(env, numbers.size());
  for (uint32_t i = 0; i < numbers.size(); i++) array.Set(i, numbers[i]);
  return array;
}

bool IsFloat64Array(const Napi::Value& value);
bool IsUint8Array(const Napi::Value& value);

/// Throws an Error with `code`, `errno` and `syscall`, as Node's own do.
void ThrowErrno(Napi::Env env, int error, const char* syscall, const std::string& path);

void ThrowType(Napi::Env env, const std::string& message);
void ThrowRange(Napi::Env env, const std::string& message);

class Callers;
/// The native side of a `Callers`, which lives as long as that; null if it is none.
const Callers* CallersOf(const Napi::Value& value);

// What sample.cc gathers.
void InitSources(Napi::Env env, Napi::Object exports);
void InitCallers(Napi::Env env, Napi::Object exports);
void InitFiles(Napi::Env env, Napi::Object exports);
void InitTasks(Napi::Env env, Napi::Object exports);
void InitStrangers(Napi::Env env, Napi::Object exports);
void InitStillFiles(Napi::Env env, Napi::Object exports);

}  // namespace procview::sample

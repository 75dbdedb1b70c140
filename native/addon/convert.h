// Between JavaScript values and the bytes and errnos of the kernel.
#pragma once

#include <napi.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace procview::addon {

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

/// Whether it is a Float64Array of at least so many numbers.
bool IsFloat64Array(const Napi::Value& value, size_t length = 0);
bool IsUint8Array(const Napi::Value& value);

/// A whole number from 0 to 2^53 - 1; nothing if it is something else.
std::optional<uint64_t> WholeNumber(const Napi::Value& value);

/// Throws an Error with `code`, `errno` and `syscall`, as Node's own do.
void ThrowErrno(Napi::Env env, int error, const char* syscall, const std::string& path);
/// The same for an error whose text says what failed; it has no `path`.
void ThrowError(Napi::Env env, const base::Error& error);

void ThrowType(Napi::Env env, const std::string& message);
void ThrowRange(Napi::Env env, const std::string& message);

}  // namespace procview::addon

#include "addon/convert.h"

#include <uv.h>

#include <cerrno>
#include <cmath>
#include <cstring>

namespace procview::addon {

namespace {

constexpr double kIntegers = 0x1p53;

std::optional<std::string> Narrow(std::u16string_view wide) {
  std::string bytes;
  bytes.reserve(wide.size());
  for (const char16_t c : wide) {
    if (c == 0 || c > 0xff) return std::nullopt;
    bytes.push_back(static_cast<char>(c));
  }
  return bytes;
}

bool IsTypedArrayOf(const Napi::Value& value, napi_typedarray_type type) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == type;
}

// EWOULDBLOCK is EAGAIN to Linux, but a lock that is held is not something to try again at once.
std::string Code(int error, std::string_view syscall) {
  return error == EWOULDBLOCK && syscall == "flock" ? "EWOULDBLOCK" : uv_err_name(-error);
}

/// Empty if that failed.
Napi::Error MakeError(Napi::Env env, int error, const char* syscall, const std::string& what) {
  const std::string code = Code(error, syscall);
  const std::string text = code + ": " + strerror(error) + ", " + syscall + " " + what;
  napi_value object;
  if (napi_create_error(env, nullptr, FromBytes(env, text), &object) != napi_ok) return {};
  Napi::Error made(env, object);
  made.Set("code", code);
  made.Set("errno", static_cast<double>(-error));
  made.Set("syscall", syscall);
  return made;
}

}  // namespace

std::optional<std::string> ByteString(const Napi::Value& value) {
  if (!value.IsString()) return std::nullopt;
  char16_t few[512];
  size_t length = 0;
  if (napi_get_value_string_utf16(value.Env(), value, few, std::size(few), &length) != napi_ok)
    return std::nullopt;
  if (length + 1 < std::size(few)) return Narrow({few, length});
  return Narrow(value.As<Napi::String>().Utf16Value());
}

std::optional<std::vector<std::string>> ByteStrings(const Napi::Value& value) {
  if (!value.IsArray()) return std::nullopt;
  const auto array = value.As<Napi::Array>();
  std::vector<std::string> list;
  for (uint32_t i = 0; i < array.Length(); i++) {
    auto bytes = ByteString(array.Get(i));
    if (!bytes) return std::nullopt;
    list.push_back(std::move(*bytes));
  }
  return list;
}

Napi::Value FromBytes(Napi::Env env, std::string_view bytes) {
  napi_value string;
  if (napi_create_string_latin1(env, bytes.data(), bytes.size(), &string) != napi_ok)
    return env.Undefined();
  return Napi::Value(env, string);
}

bool IsFloat64Array(const Napi::Value& value, size_t length) {
  return IsTypedArrayOf(value, napi_float64_array) &&
         value.As<Napi::TypedArray>().ElementLength() >= length;
}

bool IsUint8Array(const Napi::Value& value) { return IsTypedArrayOf(value, napi_uint8_array); }

std::optional<uint64_t> WholeNumber(const Napi::Value& value) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number < kIntegers) || number != std::floor(number)) return std::nullopt;
  return static_cast<uint64_t>(number);
}

void ThrowErrno(Napi::Env env, int error, const char* syscall, const std::string& path) {
  Napi::Error thrown = MakeError(env, error, syscall, "'" + path + "'");
  if (thrown.IsEmpty()) return;
  thrown.Set("path", FromBytes(env, path));
  thrown.ThrowAsJavaScriptException();
}

void ThrowError(Napi::Env env, const base::Error& error) {
  const Napi::Error thrown = MakeError(env, error.code, error.syscall, error.what);
  if (!thrown.IsEmpty()) thrown.ThrowAsJavaScriptException();
}

void ThrowType(Napi::Env env, const std::string& message) {
  Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
}

void ThrowRange(Napi::Env env, const std::string& message) {
  Napi::RangeError::New(env, message).ThrowAsJavaScriptException();
}

}  // namespace procview::addon

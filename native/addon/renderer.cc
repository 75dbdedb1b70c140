#include "addon/renderer.h"

#include <cerrno>
#include <cmath>

namespace procview::addon {
namespace {

constexpr double kLargestInteger = 0x1p53 - 1;
/// LAST_BODY in src/native/session.ts.
constexpr double kLastBody = -fuse::kLastBody;

/// The first arguments of `Render` and `Write`: node, pid, uid, gid.
void SetArguments(napi_env env, uint64_t node, const fuse::Caller& caller, napi_value* arguments) {
  napi_create_double(env, static_cast<double>(node), &arguments[0]);
  napi_create_uint32(env, caller.pid, &arguments[1]);
  napi_create_uint32(env, caller.uid, &arguments[2]);
  napi_create_uint32(env, caller.gid, &arguments[3]);
}

}  // namespace

fuse::Rendered JsRenderer::Render(uint64_t node, const fuse::Caller& caller) {
  Napi::HandleScope scope(env_);
  napi_value arguments[4];
  SetArguments(env_, node, caller, arguments);
  double length = Call(functions_.render, arguments, 4);
  if (length < 0) return {static_cast<int>(-length), {}};
  return Body(length);
}

fuse::Found JsRenderer::Lookup(uint64_t directory, std::string_view name,
                               const fuse::Caller& caller) {
  if (functions_.lookup == nullptr) return {ENOENT, 0};
  Napi::HandleScope scope(env_);
  napi_value arguments[3];
  napi_create_double(env_, static_cast<double>(directory), &arguments[0]);
  napi_create_string_latin1(env_, name.data(), name.size(), &arguments[1]);
  napi_create_uint32(env_, caller.pid, &arguments[2]);
  double id = Call(functions_.lookup, arguments, 3);
  return id < 0 ? fuse::Found{static_cast<int>(-id), 0}
                : fuse::Found{0, static_cast<uint64_t>(id)};
}

int JsRenderer::MayWrite(uint64_t node, const fuse::Caller& caller) {
  Napi::HandleScope scope(env_);
  double answer = CallWrite(node, caller, env_.Null());
  return answer < 0 ? static_cast<int>(-answer) : 0;
}

fuse::Written JsRenderer::Write(uint64_t node, const fuse::Caller& caller, std::string_view text) {
  Napi::HandleScope scope(env_);
  napi_value string;
  napi_create_string_latin1(env_, text.data(), text.size(), &string);
  double answer = CallWrite(node, caller, string);
  return answer < 0 ? fuse::Written{static_cast<int>(-answer), 0}
                    : fuse::Written{0, static_cast<size_t>(answer)};
}

double JsRenderer::CallWrite(uint64_t node, const fuse::Caller& caller, napi_value text) {
  if (functions_.write == nullptr) return -EACCES;
  napi_value arguments[5];
  SetArguments(env_, node, caller, arguments);
  arguments[4] = text;
  return Call(functions_.write, arguments, 5);
}

/// The function's result; -EIO if it threw, or returned no whole number from kLastBody to 2^53 - 1.
double JsRenderer::Call(napi_value function, const napi_value* arguments, size_t count) {
  napi_value result = nullptr;
  napi_status status =
      napi_call_function(env_, env_.Undefined(), function, count, arguments, &result);
  double number = 0;
  if (status != napi_ok) {
    ClearException();
    return -EIO;
  }
  bool whole = napi_get_value_double(env_, result, &number) == napi_ok && number >= kLastBody &&
               number <= kLargestInteger && number == std::trunc(number);
  return whole ? number : -EIO;
}

/// A call that fails without an exception fails because the thread is being terminated.
void JsRenderer::ClearException() {
  bool pending = false;
  napi_value exception = nullptr;
  napi_is_exception_pending(env_, &pending);
  if (pending) pending = napi_get_and_clear_last_exception(env_, &exception) == napi_ok;
  finished_ = !pending;
}

/// Looks up the buffer each time: JavaScript may have transferred it to another thread.
fuse::Rendered JsRenderer::Body(double length) {
  size_t size = 0;
  void* data = nullptr;
  napi_status status =
      napi_get_typedarray_info(env_, body_, nullptr, &size, &data, nullptr, nullptr);
  if (status != napi_ok || !(length <= static_cast<double>(size))) return {EIO, {}};
  return {0, {static_cast<const char*>(data), static_cast<size_t>(length)}};
}

}  // namespace procview::addon

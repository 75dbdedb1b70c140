#include "addon/renderer.h"

#include <cerrno>
#include <cmath>

namespace procview {
namespace {

constexpr double kLargestInteger = 0x1p53 - 1;

/// Node, pid, uid, gid: what the functions for files are called with.
void WriteCaller(napi_env env, uint64_t node, const fuse::Caller& caller, napi_value* arguments) {
  napi_create_double(env, static_cast<double>(node), &arguments[0]);
  napi_create_uint32(env, caller.pid, &arguments[1]);
  napi_create_uint32(env, caller.uid, &arguments[2]);
  napi_create_uint32(env, caller.gid, &arguments[3]);
}

}  // namespace

fuse::Rendered JsRenderer::Render(uint64_t node, const fuse::Caller& caller) {
  Napi::HandleScope scope(env_);
  napi_value arguments[4];
  WriteCaller(env_, node, caller, arguments);
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
  double answer = AskToWrite(node, caller, env_.Null());
  return answer < 0 ? static_cast<int>(-answer) : 0;
}

fuse::Written JsRenderer::Write(uint64_t node, const fuse::Caller& caller, std::string_view text) {
  Napi::HandleScope scope(env_);
  napi_value string;
  napi_create_string_latin1(env_, text.data(), text.size(), &string);
  double answer = AskToWrite(node, caller, string);
  return answer < 0 ? fuse::Written{static_cast<int>(-answer), 0}
                    : fuse::Written{0, static_cast<size_t>(answer)};
}

double JsRenderer::AskToWrite(uint64_t node, const fuse::Caller& caller, napi_value text) {
  if (functions_.write == nullptr) return -EACCES;
  napi_value arguments[5];
  WriteCaller(env_, node, caller, arguments);
  arguments[4] = text;
  return Call(functions_.write, arguments, 5);
}

/// Its result, or -EIO if it threw or returned no whole number in the range of a double's.
double JsRenderer::Call(napi_value function, const napi_value* arguments, size_t count) {
  napi_value result = nullptr;
  napi_status status =
      napi_call_function(env_, env_.Undefined(), function, count, arguments, &result);
  double number = 0;
  if (status != napi_ok) {
    ClearException();
    return -EIO;
  }
  bool whole = napi_get_value_double(env_, result, &number) == napi_ok && number >= -4095 &&
               number <= kLargestInteger && number == std::trunc(number);
  return whole ? number : -EIO;
}

/// A call that failed without an exception failed because the thread is being terminated.
void JsRenderer::ClearException() {
  bool pending = false;
  napi_value exception = nullptr;
  napi_is_exception_pending(env_, &pending);
  if (pending) pending = napi_get_and_clear_last_exception(env_, &exception) == napi_ok;
  finished_ = !pending;
}

/// Asked for anew each time: JavaScript may have transferred the buffer to another thread.
fuse::Rendered JsRenderer::Body(double length) {
  size_t size = 0;
  void* data = nullptr;
  napi_status status =
      napi_get_typedarray_info(env_, body_, nullptr, &size, &data, nullptr, nullptr);
  if (status != napi_ok || !(length <= static_cast<double>(size))) return {EIO, {}};
  uint64_t owner = owner_ == nullptr ? fuse::kHost : static_cast<uint64_t>(*owner_);
  return {0, {static_cast<const char*>(data), static_cast<size_t>(length)}, owner};
}

}  // namespace procview

// Service managers and hand-over, for JavaScript (src/native/addon.ts types it).
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "addon/addon.h"
#include "addon/convert.h"
#include "service/messages.h"
#include "service/takeover.h"

namespace procview::addon {
namespace {


/// Nothing if it is no array of numbers.
std::optional<std::vector<int>> Numbers(const Napi::Value& value) {
  if (!value.IsArray()) return std::nullopt;
  auto list = value.As<Napi::Array>();
  std::vector<int> numbers;
  for (uint32_t i = 0; i < list.Length(); i++) {
    Napi::Value each = list.Get(i);
    if (!each.IsNumber()) return std::nullopt;
    numbers.push_back(each.As<Napi::Number>().Int32Value());
  }
  return numbers;
}

Napi::Value Notify(const Napi::CallbackInfo& info) {
  auto socket = ByteString(info[0]);
  auto descriptors = Numbers(info[2]);
  if (!socket || !info[1].IsString() || !descriptors) {
    ThrowType(info.Env(), "notify: not (string, string, number[])");
    return {};
  }
  std::string text = info[1].As<Napi::String>().Utf8Value();
  return Napi::Number::New(info.Env(), -service::Notify(*socket, text, *descriptors));
}

Napi::Value Hand(const Napi::CallbackInfo& info) {
  auto descriptors = Numbers(info[2]);
  if (!info[0].IsNumber() || !info[1].IsString() || !descriptors) {
    ThrowType(info.Env(), "handOver: not (number, string, number[])");
    return {};
  }
  std::string text = info[1].As<Napi::String>().Utf8Value();
  int socket = info[0].As<Napi::Number>().Int32Value();
  return Napi::Number::New(info.Env(), -service::Send(socket, text, *descriptors));
}

Napi::Value TakeOver(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto path = ByteString(info[0]);
  if (!path || !info[1].IsString() || !info[2].IsNumber()) {
    ThrowType(env, "takeOver: not (string, string, number)");
    return {};
  }
  service::Handover handed = service::TakeOver(*path, info[1].As<Napi::String>().Utf8Value(),
                                             info[2].As<Napi::Number>().Int32Value());
  if (handed.error != 0) {
    ThrowErrno(env, handed.error, handed.syscall, *path);
    return {};
  }
  auto descriptors = NumberArray(env, handed.descriptors);
  auto result = Napi::Object::New(env);
  result.Set("socket", handed.socket);
  result.Set("answer", handed.answer);
  result.Set("descriptors", descriptors);
  return result;
}

/// A new program would inherit what Node has set for itself: ignored signals, signal masks, and standard streams that are
/// closed on exec.
void RestoreProcess() {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) fcntl(fd, F_SETFD, 0);
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

/// Returns only if it fails.
Napi::Value Become(const Napi::CallbackInfo& info) {
  auto path = ByteString(info[0]);
  if (!path || !info[1].IsArray()) {
    ThrowType(info.Env(), "become: not (string, string[])");
    return {};
  }
  auto list = info[1].As<Napi::Array>();
  std::vector<std::string> texts{*path};
  for (uint32_t i = 0; i < list.Length(); i++) {
    texts.push_back(Napi::Value(list.Get(i)).ToString().Utf8Value());
  }
  std::vector<char*> arguments;
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  RestoreProcess();
  execv(path->c_str(), arguments.data());
  ThrowErrno(info.Env(), errno, "execv", *path);
  return {};
}

void CloseOnExec(const Napi::CallbackInfo& info) {
  if (info[0].IsNumber()) fcntl(info[0].As<Napi::Number>().Int32Value(), F_SETFD, FD_CLOEXEC);
}

}  // namespace

void InitService(Napi::Env env, Napi::Object exports) {
  exports.Set("notify", Napi::Function::New(env, Notify, "notify"));
  exports.Set("handOver", Napi::Function::New(env, Hand, "handOver"));
  exports.Set("takeOver", Napi::Function::New(env, TakeOver, "takeOver"));
  exports.Set("become", Napi::Function::New(env, Become, "become"));
  exports.Set("closeOnExec", Napi::Function::New(env, CloseOnExec, "closeOnExec"));
}

}  // namespace procview::addon

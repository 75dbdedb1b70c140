// `countThreads`, `pidNamespaceInit`, `bootTime`, `clockTick`, `releaseStart`.
#include <cerrno>

#include "addon/convert.h"
#include "sample/clock.h"
#include "sample/pid-namespace.h"
#include "sample/program.h"
#include "sample/threads.h"

namespace procview::sample {

namespace {

constexpr size_t kCounts = 4;

Napi::Value Number(const Napi::CallbackInfo& info, double value) {
  return Napi::Number::New(info.Env(), value);
}

// The array to fill; throws and returns null if it is none.
double* Into(const Napi::CallbackInfo& info, size_t argument) {
  if (IsFloat64Array(info[argument])) {
    auto into = info[argument].As<Napi::Float64Array>();
    if (into.ElementLength() >= kCounts) return into.Data();
  }
  ThrowType(info.Env(), "into must be a Float64Array of 4");
  return nullptr;
}

void Fill(double* into, const TaskCounts& counts) {
  into[0] = static_cast<double>(counts.running);
  into[1] = static_cast<double>(counts.uninterruptible);
  into[2] = static_cast<double>(counts.total);
  into[3] = static_cast<double>(counts.highest);
}

Napi::Value Threads(const Napi::CallbackInfo& info) {
  const auto root = ByteString(info[0]), path = ByteString(info[1]), proc = ByteString(info[2]);
  double* into = Into(info, 3);
  if (!into) return info.Env().Undefined();
  if (!root || !path || !proc) return Number(info, -EINVAL);
  TaskCounts counts;
  const int error = CountThreads(*root, path->c_str(), *proc, counts);
  if (!error) Fill(into, counts);
  return Number(info, error);
}

Napi::Value NamespaceInit(const Napi::CallbackInfo& info) {
  const auto path = ByteString(info[0]);
  return Number(info, path ? PidNamespaceInit(path->c_str()) : -EINVAL);
}

Napi::Value Release(const Napi::CallbackInfo& info) { return Number(info, ReleaseStart()); }

Napi::Value Boot(const Napi::CallbackInfo& info) {
  return Number(info, static_cast<double>(BootTime()));
}

Napi::Value Tick(const Napi::CallbackInfo& info) {
  return Number(info, static_cast<double>(ClockTick()));
}

}  // namespace

void InitTasks(Napi::Env env, Napi::Object exports) {
  exports.Set("countThreads", Napi::Function::New<Threads>(env, "countThreads"));
  exports.Set("pidNamespaceInit", Napi::Function::New<NamespaceInit>(env, "pidNamespaceInit"));
  exports.Set("releaseStart", Napi::Function::New<Release>(env, "releaseStart"));
  exports.Set("bootTime", Napi::Function::New<Boot>(env, "bootTime"));
  exports.Set("clockTick", Napi::Function::New<Tick>(env, "clockTick"));
}

}  // namespace procview::sample

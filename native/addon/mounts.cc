// `changeMounts`: mounts in the namespaces of containers.
#include <cmath>

#include "addon/addon.h"
#include "addon/convert.h"
#include "mounts/change.h"

namespace procview {
namespace {

using sample::ByteString;

constexpr double kLargestInteger = 0x1p53;

bool ReadText(const Napi::Object& from, const char* key, std::string* text) {
  const auto bytes = ByteString(from.Get(key));
  if (bytes) *text = *bytes;
  return bytes.has_value();
}

bool ReadNumber(const Napi::Object& from, const char* key, uint64_t* number) {
  const Napi::Value value = from.Get(key);
  const double given = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(given >= 0 && given < kLargestInteger) || given != std::floor(given)) return false;
  *number = static_cast<uint64_t>(given);
  return true;
}

bool Read(const Napi::Object& from, ns::Place* place) {
  return ReadText(from, "process", &place->process) && ReadText(from, "root", &place->root) &&
         ReadNumber(from, "started", &place->started);
}

bool Read(const Napi::Object& from, ns::Removal* removal) {
  return ReadText(from, "target", &removal->target) && ReadNumber(from, "mount", &removal->mount);
}

bool Read(const Napi::Object& from, ns::Cover* cover) {
  return ReadText(from, "source", &cover->source) && ReadText(from, "target", &cover->target) &&
         ReadText(from, "kept", &cover->kept) && ReadNumber(from, "on", &cover->on) &&
         ReadNumber(from, "flags", &cover->flags) && ReadNumber(from, "clear", &cover->clear) &&
         ReadNumber(from, "keptFlags", &cover->kept_flags);
}

template <typename T>
bool ReadAll(const Napi::Value& value, std::vector<T>* all) {
  if (!value.IsArray()) return false;
  const auto array = value.As<Napi::Array>();
  all->resize(array.Length());
  for (uint32_t i = 0; i < array.Length(); i++) {
    const Napi::Value each = array.Get(i);
    if (!each.IsObject() || !Read(each.As<Napi::Object>(), &(*all)[i])) return false;
  }
  return true;
}

Napi::Value ChangeMounts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  ns::Place place;
  std::vector<ns::Removal> removals;
  std::vector<ns::Cover> covers;
  if (!info[0].IsObject() || !Read(info[0].As<Napi::Object>(), &place) ||
      !ReadAll(info[1], &removals) || !ReadAll(info[2], &covers)) {
    sample::ThrowType(env, "changeMounts: a place, removals, and covers");
    return env.Undefined();
  }
  std::vector<int> results;
  fuse::Error error;
  ns::Change(place, removals, covers, &results, &error);
  if (error) {
    sample::ThrowErrno(env, error.code, error.syscall, place.process);
    return env.Undefined();
  }
  auto array = Napi::Int32Array::New(env, results.size());
  std::copy(results.begin(), results.end(), array.Data());
  return array;
}

}  // namespace

void InitNamespaces(Napi::Env env, Napi::Object exports) {
  exports.Set("changeMounts", Napi::Function::New<ChangeMounts>(env, "changeMounts"));
}

}  // namespace procview

// `changeMounts`, `parseMountinfo`: mounts in the namespaces of containers.
#include "addon/addon.h"
#include "addon/convert.h"
#include "mounts/change.h"
#include "mounts/mountinfo.h"

namespace procview::addon {
namespace {

/// For each line of mountinfo.
constexpr size_t kFields = 9;


bool ReadText(const Napi::Object& from, const char* key, std::string* text) {
  const auto bytes = ByteString(from.Get(key));
  if (bytes) *text = *bytes;
  return bytes.has_value();
}

bool ReadNumber(const Napi::Object& from, const char* key, uint64_t* number) {
  const auto given = WholeNumber(from.Get(key));
  if (given) *number = *given;
  return given.has_value();
}

bool Read(const Napi::Object& from, mounts::Place* place) {
  return ReadText(from, "process", &place->process) && ReadText(from, "root", &place->root) &&
         ReadNumber(from, "started", &place->started);
}

bool Read(const Napi::Object& from, mounts::Removal* removal) {
  return ReadText(from, "target", &removal->target) && ReadNumber(from, "mount", &removal->mount);
}

bool Read(const Napi::Object& from, mounts::Cover* cover) {
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
  mounts::Place place;
  std::vector<mounts::Removal> removals;
  std::vector<mounts::Cover> covers;
  if (!info[0].IsObject() || !Read(info[0].As<Napi::Object>(), &place) ||
      !ReadAll(info[1], &removals) || !ReadAll(info[2], &covers)) {
    ThrowType(env, "changeMounts: a place, removals, and covers");
    return env.Undefined();
  }
  std::vector<int> results;
  base::Error error;
  mounts::Change(place, removals, covers, &results, &error);
  if (error) {
    ThrowErrno(env, error.code, error.syscall, place.process);
    return env.Undefined();
  }
  auto array = Napi::Int32Array::New(env, results.size());
  std::copy(results.begin(), results.end(), array.Data());
  return array;
}

/// The fields of all lines in one flat array: two numbers and seven strings for each (src/base/mountinfo.ts).
Napi::Value ParseMountinfo(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto text = ByteString(info[0]);
  if (!text) return ThrowType(env, "parseMountinfo: a byte string"), env.Undefined();
  const auto lines = mounts::ParseMountinfo(*text);
  auto flat = Napi::Array::New(env, lines.size() * kFields);
  uint32_t at = 0;
  for (const mounts::MountLine& line : lines) {
    flat.Set(at++, static_cast<double>(line.id));
    flat.Set(at++, static_cast<double>(line.parent));
    for (std::string_view field : {line.device, line.type, line.options, line.propagation, line.super_options})
      flat.Set(at++, FromBytes(env, field));
    for (std::string_view path : {line.root, line.point}) flat.Set(at++, FromBytes(env, mounts::UnescapePath(path)));
  }
  return flat;
}

}  // namespace

void InitMounts(Napi::Env env, Napi::Object exports) {
  exports.Set("changeMounts", Napi::Function::New<ChangeMounts>(env, "changeMounts"));
  exports.Set("parseMountinfo", Napi::Function::New<ParseMountinfo>(env, "parseMountinfo"));
}

}  // namespace procview::addon

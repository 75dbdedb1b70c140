// `readFile`, `readText`, `inodeOf`, `readLink`, the same beneath a root, `readDirectory`, `mapFile`.
#include "base/files.h"

#include <cerrno>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addon/addon.h"
#include "addon/convert.h"
#include "base/buffer.h"
#include "base/mapped-file.h"
#include "base/personality.h"

namespace procview::addon {

namespace {

constexpr double kLargestMapping = 0x1p40;

Napi::Value Result(const Napi::CallbackInfo& info, long result) {
  return Napi::Number::New(info.Env(), static_cast<double>(result));
}

Napi::Value ReadFileInto(const Napi::CallbackInfo& info) {
  const auto path = ByteString(info[0]);
  if (!path) return Result(info, -EINVAL);
  if (!IsUint8Array(info[1])) {
    ThrowType(info.Env(), "into must be a Uint8Array");
    return info.Env().Undefined();
  }
  auto into = info[1].As<Napi::Uint8Array>();
  char* data = reinterpret_cast<char*>(into.Data());
  std::optional<base::Linux32> as_32_bit;
  if (info[2].ToBoolean()) as_32_bit.emplace();
  return Result(info, base::ReadFile(path->c_str(), data, into.ByteLength()));
}

Napi::Value ReadWholeText(const Napi::CallbackInfo& info) {
  const auto path = ByteString(info[0]);
  const long length = path ? base::ReadText(path->c_str()) : -EINVAL;
  if (length < 0) return Result(info, length);
  return FromBytes(info.Env(), base::Buffer::OfThread().Bytes(length));
}

Napi::Value Inode(const Napi::CallbackInfo& info) {
  const auto path = ByteString(info[0]);
  return Result(info, path ? static_cast<long>(base::InodeOf(path->c_str())) : 0);
}

Napi::Value ReadLinkTarget(const Napi::CallbackInfo& info) {
  const auto path = ByteString(info[0]);
  std::string target;
  const int error = path ? base::ReadLink(path->c_str(), target) : -EINVAL;
  return error ? Result(info, error) : FromBytes(info.Env(), target);
}

Napi::Value ReadFileBeneathInto(const Napi::CallbackInfo& info) {
  const auto root = ByteString(info[0]);
  const auto path = ByteString(info[1]);
  if (!root || !path) return Result(info, -EINVAL);
  if (!IsUint8Array(info[2])) {
    ThrowType(info.Env(), "into must be a Uint8Array");
    return info.Env().Undefined();
  }
  auto into = info[2].As<Napi::Uint8Array>();
  char* data = reinterpret_cast<char*>(into.Data());
  return Result(info, base::ReadFileBeneath(*root, path->c_str(), data, into.ByteLength()));
}

Napi::Value ReadLinkTargetBeneath(const Napi::CallbackInfo& info) {
  const auto root = ByteString(info[0]);
  const auto path = ByteString(info[1]);
  std::string target;
  const int error = root && path ? base::ReadLinkBeneath(*root, path->c_str(), target) : -EINVAL;
  return error ? Result(info, error) : FromBytes(info.Env(), target);
}

Napi::Value ModeOfBeneath(const Napi::CallbackInfo& info) {
  const auto root = ByteString(info[0]);
  const auto path = ByteString(info[1]);
  return Result(info, root && path ? base::ModeBeneath(*root, path->c_str()) : -EINVAL);
}

Napi::Value ReadNames(const Napi::CallbackInfo& info) {
  const auto root = ByteString(info[0]);
  const auto path = ByteString(info[1]);
  if (!root || !path) return Result(info, -EINVAL);
  std::vector<base::DirectoryEntry> entries;
  const int error = base::ReadDirectory(*root, path->c_str(), info[2].ToBoolean(), entries);
  if (error) return Result(info, error);
  auto names = Napi::Array::New(info.Env(), entries.size());
  for (uint32_t i = 0; i < entries.size(); i++) names.Set(i, FromBytes(info.Env(), entries[i].name));
  if (!info[3].IsArray()) return names;
  auto inodes = info[3].As<Napi::Array>();
  for (uint32_t i = 0; i < entries.size(); i++)
    inodes.Set(i, Napi::Number::New(info.Env(), static_cast<double>(entries[i].inode)));
  return names;
}

bool ModeOf(const Napi::Value& value, base::MapMode& mode) {
  const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  if (name == "exclusive") return mode = base::MapMode::exclusive, true;
  if (name == "shared") return mode = base::MapMode::shared, true;
  if (name == "private") return mode = base::MapMode::copy, true;
  return false;
}

Napi::Value MapWholeFile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto path = ByteString(info[0]);
  base::MapMode mode;
  if (!path || !ModeOf(info[2], mode))
    return ThrowType(env, "mapFile: path, bytes, and exclusive, shared or private"), env.Undefined();
  const double bytes = info[1].IsNumber() ? info[1].As<Napi::Number>().DoubleValue() : 0;
  if (!(bytes >= 1 && bytes <= kLargestMapping) || bytes != std::floor(bytes))
    return ThrowRange(env, "bytes is out of range"), env.Undefined();
  const auto size = static_cast<size_t>(bytes);
  base::Error error;
  auto mapped = std::make_unique<base::MappedFile>(base::MapFile(path->c_str(), size, mode, &error));
  if (error) return ThrowErrno(env, error.code, error.syscall, *path), env.Undefined();
  char* const data = mapped->data();
  return Napi::ArrayBuffer::New(env, data, size, [](Napi::Env, void*, base::MappedFile* of) { delete of; },
                                mapped.release());
}

void Unlock(const Napi::CallbackInfo& info) {
  const auto path = ByteString(info[0]);
  if (!path) return ThrowType(info.Env(), "unlockFile: path");
  base::UnlockFile(path->c_str());
}

}  // namespace

void InitFiles(Napi::Env env, Napi::Object exports) {
  exports.Set("readFile", Napi::Function::New<ReadFileInto>(env, "readFile"));
  exports.Set("readText", Napi::Function::New<ReadWholeText>(env, "readText"));
  exports.Set("inodeOf", Napi::Function::New<Inode>(env, "inodeOf"));
  exports.Set("readLink", Napi::Function::New<ReadLinkTarget>(env, "readLink"));
  const auto read_beneath = Napi::Function::New<ReadFileBeneathInto>(env, "readFileBeneath");
  exports.Set("readFileBeneath", read_beneath);
  const auto link_beneath = Napi::Function::New<ReadLinkTargetBeneath>(env, "readLinkBeneath");
  exports.Set("readLinkBeneath", link_beneath);
  exports.Set("modeBeneath", Napi::Function::New<ModeOfBeneath>(env, "modeBeneath"));
  exports.Set("readDirectory", Napi::Function::New<ReadNames>(env, "readDirectory"));
  exports.Set("mapFile", Napi::Function::New<MapWholeFile>(env, "mapFile"));
  exports.Set("unlockFile", Napi::Function::New<Unlock>(env, "unlockFile"));
}

}  // namespace procview::addon

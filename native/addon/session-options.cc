#include "addon/session-options.h"

#include "addon/callers.h"
#include "addon/convert.h"

namespace procview::addon {
namespace {

/// Reads the byte string of a key. Returns false if there is none.
bool ReadBytes(const Napi::Object& from, const char* key, std::string* bytes) {
  const auto given = ByteString(from.Get(key));
  if (given) *bytes = *given;
  return given.has_value();
}

/// The same for an optional key.
bool ReadOptionalBytes(const Napi::Object& from, const char* key, std::string* bytes) {
  return from.Get(key).IsUndefined() || ReadBytes(from, key, bytes);
}

bool ReadNode(const Napi::Object& from, fuse::Node* node) {
  const auto id = WholeNumber(from.Get("id"));
  const auto parent = WholeNumber(from.Get("parent"));
  const auto mode = WholeNumber(from.Get("mode"));
  if (!id || !parent || !mode) return false;
  node->id = *id;
  node->parent = *parent;
  node->mode = static_cast<uint32_t>(*mode);
  node->dynamic = from.Get("dynamic").ToBoolean();
  node->hidden = from.Get("hidden").ToBoolean();
  return ReadOptionalBytes(from, "host", &node->host) && ReadBytes(from, "name", &node->name);
}

bool ReadInherited(const Napi::Value& value, std::vector<fuse::Inherited>* inherited) {
  if (value.IsUndefined()) return true;
  if (!value.IsArray()) return false;
  auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    Napi::Value each = list.Get(i);
    if (!each.IsObject()) return false;
    Napi::Value fd = each.As<Napi::Object>().Get("fd");
    fuse::Inherited one;
    if (!fd.IsNumber() || !ReadBytes(each.As<Napi::Object>(), "name", &one.name)) return false;
    one.descriptor = base::Fd(fd.As<Napi::Number>().Int32Value());
    inherited->push_back(std::move(one));
  }
  return true;
}

bool ReadOptional(const Napi::Object& from, fuse::Options* options) {
  Napi::Value workers = from.Get("workers");
  Napi::Value owner = from.Get("owner");
  if (workers.IsNumber()) options->workers = workers.As<Napi::Number>().Uint32Value();
  if (owner.IsNumber()) options->owner = owner.As<Napi::Number>().Uint32Value();
  options->adopt = from.Get("adopt").ToBoolean();
  return ReadOptionalBytes(from, "journal", &options->journal) &&
         ReadOptionalBytes(from, "bodies", &options->bodies) &&
         ReadInherited(from.Get("inherited"), &options->inherited);
}

/// Reads an optional function, null if absent. Returns false if it is no function.
bool ReadFunction(const Napi::Value& value, napi_value* function) {
  if (value.IsFunction()) *function = value;
  return value.IsFunction() || value.IsUndefined();
}

}  // namespace

bool ReadOptions(const Napi::Value& value, fuse::Options* options) {
  if (!value.IsObject()) return false;
  auto from = value.As<Napi::Object>();
  Napi::Value nodes = from.Get("nodes");
  if (!nodes.IsArray() || !ReadBytes(from, "mountpoint", &options->mountpoint) ||
      !ReadBytes(from, "fsname", &options->fsname) || !ReadOptional(from, options)) {
    return false;
  }
  auto list = nodes.As<Napi::Array>();
  options->nodes.resize(list.Length());
  for (uint32_t i = 0; i < list.Length(); i++) {
    Napi::Value node = list.Get(i);
    if (!node.IsObject() || !ReadNode(node.As<Napi::Object>(), &options->nodes[i])) return false;
  }
  return true;
}

bool ReadServeOptions(const Napi::Value& value, ServeOptions* options) {
  if (!value.IsObject()) return false;
  auto from = value.As<Napi::Object>();
  Napi::Value worker = from.Get("worker");
  Napi::Value body = from.Get("body");
  Napi::Value callers = from.Get("callers");
  JsFunctions& functions = options->functions;
  if (!worker.IsNumber() || !IsUint8Array(body) ||
      !ReadFunction(from.Get("render"), &functions.render) || functions.render == nullptr ||
      !ReadFunction(from.Get("lookup"), &functions.lookup) ||
      !ReadFunction(from.Get("write"), &functions.write)) {
    return false;
  }
  options->worker = worker.As<Napi::Number>().Uint32Value();
  options->body = body;
  options->callers = CallersOf(callers);
  return options->callers != nullptr || callers.IsUndefined();
}

}  // namespace procview::addon

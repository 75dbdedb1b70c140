// `Session`: the FUSE session for JavaScript (src/native/session.ts types it).
#include "session/session.h"

#include "addon/addon.h"
#include "addon/callers.h"
#include "addon/convert.h"
#include "addon/renderer.h"

namespace procview::addon {
namespace {

using fuse::Session;

/// Number of the fields that `counters` fills.
constexpr size_t kCounters = 9;

/// The byte string under a key; false if it is none.
bool ReadBytes(const Napi::Object& from, const char* key, std::string* bytes) {
  const auto given = ByteString(from.Get(key));
  if (given) *bytes = *given;
  return given.has_value();
}

/// The same for a key that may be absent.
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

/// False, with a pending exception or not, if these are no SessionOptions.
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

struct ServeOptions {
  uint32_t worker = 0;
  napi_value body = nullptr;
  JsFunctions functions{};
  const callers::Callers* callers = nullptr;
};

/// Null if it is absent; false if it is no function.
bool ReadFunction(const Napi::Value& value, napi_value* function) {
  if (value.IsFunction()) *function = value;
  return value.IsFunction() || value.IsUndefined();
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

class SessionWrap : public Napi::ObjectWrap<SessionWrap> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Session",
                       {
                           StaticMethod<&SessionWrap::Attach>("attach"),
                           InstanceAccessor<&SessionWrap::Id>("id"),
                           InstanceAccessor<&SessionWrap::Adopted>("adopted"),
                           InstanceAccessor<&SessionWrap::Problem>("problem"),
                           InstanceMethod<&SessionWrap::Descriptors>("descriptors"),
                           InstanceMethod<&SessionWrap::Serve>("serve"),
                           InstanceMethod<&SessionWrap::Pause>("pause"),
                           InstanceMethod<&SessionWrap::Stop>("stop"),
                           InstanceMethod<&SessionWrap::Resume>("resume"),
                           InstanceMethod<&SessionWrap::Progresses>("progresses"),
                           InstanceMethod<&SessionWrap::Restore>("restore"),
                           InstanceMethod<&SessionWrap::Unmount>("unmount"),
                           InstanceMethod<&SessionWrap::Counters>("counters"),
                       });
  }

  /// From options: mounts, or takes over. From an external, which only `attach` makes: shares.
  explicit SessionWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (info[0].IsExternal()) {
      session_ = *info[0].As<Napi::External<std::shared_ptr<Session>>>().Data();
      return;
    }
    fuse::Options options;
    if (!ReadOptions(info[0], &options)) {
      if (!info.Env().IsExceptionPending()) ThrowType(info.Env(), "Session: not SessionOptions");
      return;
    }
    base::Error error;
    session_ = Session::Create(std::move(options), &error);
    if (error) ThrowError(info.Env(), error);
  }

 private:
  static Napi::Value Attach(const Napi::CallbackInfo& info) {
    if (!info[0].IsNumber() || !info.This().IsFunction()) {
      ThrowType(info.Env(), "Session.attach: not a number");
      return {};
    }
    uint32_t id = info[0].As<Napi::Number>().Uint32Value();
    std::shared_ptr<Session> session = Session::Attach(id);
    if (session == nullptr) {
      ThrowError(info.Env(), {ENOENT, "attach", "session " + std::to_string(id)});
      return {};
    }
    auto external = Napi::External<std::shared_ptr<Session>>::New(info.Env(), &session);
    return info.This().As<Napi::Function>().New({external});
  }

  Napi::Value Id(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), session_->id());
  }

  Napi::Value Adopted(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), session_->adopted());
  }

  Napi::Value Problem(const Napi::CallbackInfo& info) {
    return Napi::String::New(info.Env(), session_->problem());
  }

  Napi::Value Descriptors(const Napi::CallbackInfo& info) {
    const std::vector<base::Fd>& descriptors = session_->descriptors();
    auto list = Napi::Array::New(info.Env(), descriptors.size());
    for (uint32_t i = 0; i < descriptors.size(); i++) {
      auto each = Napi::Object::New(info.Env());
      each.Set("name", session_->NameOf(i));
      each.Set("fd", descriptors[i].get());
      list.Set(i, each);
    }
    return list;
  }

  Napi::Value Serve(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    ServeOptions options;
    if (!ReadServeOptions(info[0], &options)) {
      if (!env.IsExceptionPending()) ThrowType(env, "serve: not ServeOptions");
      return {};
    }
    JsRenderer renderer(env, options.body, options.functions);
    base::Error error;
    // Last bodies are kept by the tags of this cache: they mean nothing with another one.
    if (readers_ == nullptr || readers_->callers != options.callers) {
      readers_ = std::make_unique<fuse::Readers>(options.callers);
    }
    renderer_ = &renderer;
    fuse::End end = session_->Serve(options.worker, &renderer, readers_.get(), &error);
    renderer_ = nullptr;
    if (error) {
      ThrowError(env, error);
      return {};
    }
    if (end == fuse::End::kUnmounted) return Napi::String::New(env, "unmounted");
    return Napi::String::New(env, renderer.paused() ? "paused" : "stopped");
  }

  void Pause(const Napi::CallbackInfo&) {
    if (renderer_ != nullptr) renderer_->Pause();
  }

  void Stop(const Napi::CallbackInfo& info) {
    if (session_->Stop()) return;
    ThrowError(info.Env(), {ETIMEDOUT, "tgkill", "a thread did not stop serving"});
  }

  void Resume(const Napi::CallbackInfo& info) {
    if (!info[0].IsNumber()) return ThrowType(info.Env(), "resume: not a number");
    base::Error error;
    session_->Resume(info[0].As<Napi::Number>().Uint32Value(), &error);
    if (error) ThrowError(info.Env(), error);
  }

  Napi::Value Progresses(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), session_->Progresses());
  }

  Napi::Value Restore(const Napi::CallbackInfo& info) {
    base::Error error;
    const bool restored = session_->Restore(&error);
    if (error) ThrowError(info.Env(), error);
    return Napi::Boolean::New(info.Env(), restored);
  }

  void Unmount(const Napi::CallbackInfo& info) {
    base::Error error;
    session_->Unmount(&error);
    if (error) ThrowError(info.Env(), error);
  }

  void Counters(const Napi::CallbackInfo& info) {
    if (!IsFloat64Array(info[0], kCounters)) {
      ThrowType(info.Env(), "counters: not a Float64Array of 9");
      return;
    }
    const fuse::Counters& counters = session_->shared().counters;
    auto* into = info[0].As<Napi::Float64Array>().Data();
    into[0] = static_cast<double>(counters.requests);
    into[1] = static_cast<double>(counters.opens);
    into[2] = static_cast<double>(counters.renders);
    into[3] = static_cast<double>(counters.failures);
    into[4] = static_cast<double>(counters.bytes);
    into[5] = static_cast<double>(session_->shared().handles.size());
    into[6] = static_cast<double>(counters.late);
    into[7] = static_cast<double>(counters.instead);
    into[8] = static_cast<double>(counters.late_node);
  }

  std::shared_ptr<Session> session_;
  std::unique_ptr<fuse::Readers> readers_;
  // While this thread serves.
  JsRenderer* renderer_ = nullptr;
};

}  // namespace

void InitSession(Napi::Env env, Napi::Object exports) {
  exports.Set("Session", SessionWrap::Define(env));
}

}  // namespace procview::addon

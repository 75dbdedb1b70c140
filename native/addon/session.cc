// `Session`: the FUSE session for JavaScript (src/native/session.ts types it).
#include "session/session.h"

#include "addon/addon.h"
#include "addon/convert.h"
#include "addon/renderer.h"
#include "addon/session-options.h"

namespace procview::addon {
namespace {

using fuse::Session;

/// Number of the fields that `counters` fills.
constexpr size_t kCounters = 9;

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
    if (caller_state_ == nullptr || caller_state_->callers != options.callers) {
      caller_state_ = std::make_unique<fuse::CallerState>(options.callers);
    }
    renderer_ = &renderer;
    fuse::End end = session_->Serve(options.worker, &renderer, caller_state_.get(), &error);
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
    into[5] = static_cast<double>(session_->shared().files.size());
    into[6] = static_cast<double>(counters.late);
    into[7] = static_cast<double>(counters.fallbacks);
    into[8] = static_cast<double>(counters.late_node);
  }

  std::shared_ptr<Session> session_;
  std::unique_ptr<fuse::CallerState> caller_state_;
  // While this thread serves.
  JsRenderer* renderer_ = nullptr;
};

}  // namespace

void InitSession(Napi::Env env, Napi::Object exports) {
  exports.Set("Session", SessionWrap::Define(env));
}

}  // namespace procview::addon

// `Keys` and `Sources`.
#include "sample/sources.h"

#include <cmath>

#include "addon/addon.h"
#include "addon/convert.h"

namespace procview::addon {

namespace {

// Marks objects of this class.
constexpr napi_type_tag kKeysTag = {0x70726f6376696577, 0x6b65797300000001};

class KeysObject : public Napi::ObjectWrap<KeysObject> {
 public:
  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "Keys", {InstanceAccessor<&KeysObject::Length>("length")});
  }

  explicit KeysObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (auto list = ByteStrings(info[0])) {
      keys_ = sample::Keys::Compile(std::move(*list));
      if (!keys_) ThrowRange(info.Env(), "keys: one is empty, double or holds a blank, or too many");
    } else {
      ThrowType(info.Env(), "keys: an array of byte strings");
    }
    if (keys_) info.This().As<Napi::Object>().TypeTag(&kKeysTag);
  }

  static std::shared_ptr<const sample::Keys> Of(const Napi::Value& value) {
    if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kKeysTag)) return nullptr;
    return Unwrap(value.As<Napi::Object>())->keys_;
  }

 private:
  Napi::Value Length(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(keys_->Length()));
  }

  std::shared_ptr<const sample::Keys> keys_;
};

// Converts one SourceSpec of src/native/sources.ts. Every error names the path.
class SpecReader {
 public:
  SpecReader(Napi::Env env, size_t slots) : env_(env), slots_(slots) {}

  bool Read(const Napi::Value& value, sample::SourceSpec& spec) {
    if (!value.IsObject()) return Type("a source is an object");
    object_ = value.As<Napi::Object>();
    return ReadPaths(spec) && ReadNumbers(spec) && Check(spec);
  }

 private:
  bool Type(const char* what) {
    ThrowType(env_, "source '" + path_ + "': " + what);
    return false;
  }

  bool Range(const char* what) {
    ThrowRange(env_, "source '" + path_ + "': " + what);
    return false;
  }

  bool ReadPaths(sample::SourceSpec& spec) {
    auto path = ByteString(object_.Get("path"));
    if (!path) return Type("path must be a byte string");
    spec.path = path_ = *path;
    auto root = ByteString(object_.Get("root"));
    if (!root || !root->starts_with('/')) return Type("root must be an absolute path");
    spec.root = *root;
    return true;
  }

  template <typename T>
  bool Number(const char* name, double least, double most, T& into, bool optional = false) {
    const Napi::Value value = object_.Get(name);
    if (optional && value.IsUndefined()) return true;
    if (!value.IsNumber()) return Type((std::string(name) + " must be a number").c_str());
    const double number = value.As<Napi::Number>().DoubleValue();
    if (!(number >= least && number <= most) || number != std::floor(number))
      return Range((std::string(name) + " is out of range").c_str());
    into = static_cast<T>(number);
    return true;
  }

  bool ReadNumbers(sample::SourceSpec& spec) {
    const auto slots = static_cast<double>(slots_);
    spec.pieces = object_.Get("pieces").ToBoolean();
    return Number("kind", 0, static_cast<double>(sample::Kind::text), spec.kind) &&
           Number("slot", 0, slots, spec.slot) && Number("count", 1, slots, spec.count) &&
           Number("columns", 1, slots, spec.columns, true) &&
           Number("divide", 1, 0x1p53, spec.divide, true) &&
           Number("group", 1, 0x80000000, spec.group);
  }

  bool Check(sample::SourceSpec& spec) {
    if (size_t{spec.slot} + spec.count > slots_) return Range("slots are outside the array");
    if (spec.group & (spec.group - 1)) return Range("group must be one bit");
    switch (spec.kind) {
      case sample::Kind::scalar:
      case sample::Kind::text: return spec.count == 1 || Range("count must be 1");
      case sample::Kind::table: return spec.count % spec.columns == 0 || Range("count must be whole rows");
      case sample::Kind::keyed: return CheckKeys(spec);
      case sample::Kind::list: return true;
    }
    return Range("unknown kind");
  }

  bool CheckKeys(sample::SourceSpec& spec) {
    spec.keys = KeysObject::Of(object_.Get("keys"));
    if (!spec.keys) return Type("keys must be a Keys object");
    return spec.keys->Length() == spec.count || Range("count must be the number of keys");
  }

  Napi::Env env_;
  size_t slots_;
  Napi::Object object_;
  std::string path_;
};

class SourcesObject : public Napi::ObjectWrap<SourcesObject> {
 public:
  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "Sources",
                       {InstanceMethod<&SourcesObject::Sample>("sample"),
                        InstanceMethod<&SourcesObject::Text>("text"),
                        InstanceMethod<&SourcesObject::Close>("close")});
  }

  explicit SourcesObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (!info[0].IsArray() || !IsFloat64Array(info[1])) {
      ThrowType(info.Env(), "Sources: an array of sources and a Float64Array");
      return;
    }
    auto slots = info[1].As<Napi::Float64Array>();
    std::vector<sample::SourceSpec> specs;
    if (!ReadSpecs(info.Env(), info[0].As<Napi::Array>(), slots.ElementLength(), specs)) return;
    slots_ = Napi::Persistent(slots.As<Napi::Object>());
    sources_ = std::make_unique<sample::Sources>(std::move(specs), slots.Data());
  }

 private:
  static bool ReadSpecs(Napi::Env env, const Napi::Array& array, size_t slots,
                        std::vector<sample::SourceSpec>& specs) {
    specs.resize(array.Length());
    SpecReader reader(env, slots);
    for (uint32_t i = 0; i < array.Length(); i++)
      if (!reader.Read(array.Get(i), specs[i])) return false;
    return true;
  }

  Napi::Value Sample(const Napi::CallbackInfo& info) {
    const uint32_t groups = info[0].IsNumber() ? info[0].As<Napi::Number>().Uint32Value() : 0;
    return Napi::Number::New(info.Env(), static_cast<double>(sources_->Sample(groups)));
  }

  Napi::Value Text(const Napi::CallbackInfo& info) {
    const int64_t i = info[0].IsNumber() ? info[0].As<Napi::Number>().Int64Value() : -1;
    if (i < 0 || static_cast<size_t>(i) >= sources_->Length()) {
      ThrowRange(info.Env(), "text: no such source");
      return info.Env().Undefined();
    }
    return FromBytes(info.Env(), sources_->Text(static_cast<size_t>(i)));
  }

  /// The object itself is finalized in a turn of the event loop, which a serving thread seldom makes.
  void Close(const Napi::CallbackInfo&) {
    sources_->Close();
    slots_.Reset();
  }

  // Holds the array, and with it the memory that `sources_` writes to.
  Napi::ObjectReference slots_;
  std::unique_ptr<sample::Sources> sources_;
};

}  // namespace

void InitSources(Napi::Env env, Napi::Object exports) {
  exports.Set("Keys", KeysObject::Class(env));
  exports.Set("Sources", SourcesObject::Class(env));
}

}  // namespace procview::addon

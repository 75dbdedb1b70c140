// `MountWatch`: wakes the event loop of the thread that made it when its mounts change.
#include <fcntl.h>

#include <cerrno>

#include "addon/addon.h"
#include "addon/convert.h"
#include "addon/poll.h"
#include "base/fd.h"

namespace procview::addon {

namespace {

class MountWatch : public Napi::ObjectWrap<MountWatch> {
 public:
  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "MountWatch", {InstanceMethod<&MountWatch::Close>("close")});
  }

  explicit MountWatch(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (!info[0].IsFunction()) {
      ThrowType(info.Env(), "changed must be a function");
      return;
    }
    constexpr const char* kFile = "/proc/thread-self/mountinfo";
    file_ = base::Fd(open(kFile, O_RDONLY | O_CLOEXEC));
    if (!file_) {
      ThrowErrno(info.Env(), errno, "open", kFile);
      return;
    }
    // The kernel reports each change once, as priority data (fs/proc_namespace.c, mounts_poll).
    poll_.Open(info[0].As<Napi::Function>(), file_.get(), UV_PRIORITIZED, false);
  }

 private:
  void Close(const Napi::CallbackInfo&) { poll_.Close(); }

  base::Fd file_;
  Poll poll_;
};

}  // namespace

void InitMountWatch(Napi::Env env, Napi::Object exports) {
  exports.Set("MountWatch", MountWatch::Class(env));
}

}  // namespace procview::addon

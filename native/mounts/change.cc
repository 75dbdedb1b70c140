#include "mounts/change.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <optional>

#include "mounts/mountinfo.h"
#include "mounts/mount-calls.h"
#include "mounts/process.h"
#include "mounts/walk.h"

namespace procview::mounts {
namespace {

using base::Fd;

/// One call of Change, in its thread.
class Changes {
 public:
  Changes(const Place& place, const std::vector<Removal>& removals,
          const std::vector<Cover>& covers, std::vector<int>* results, base::Error* error)
      : place_(place), removals_(removals), covers_(covers), results_(results), error_(error) {}

  void Run();

 private:
  int Seal(int tree, Flags flags, bool all);
  void Clone();
  void Enter();
  int Remove(const Removal& removal);
  int Put(const Cover& cover, const base::Fd& clone);
  int Keep(const Cover& cover, int target, const base::Fd& clone);
  int Unmount(int fd);
  bool Failed(long result, const char* syscall, const std::string& what);

  const Place& place_;
  const std::vector<Removal>& removals_;
  const std::vector<Cover>& covers_;
  std::vector<int>* const results_;
  base::Error* const error_;
  base::Fd self_;
  std::vector<base::Fd> clones_;
  base::Fd root_;
  std::optional<Walk> walk_;
  bool late_ = false;
};

bool Changes::Failed(long result, const char* syscall, const std::string& what) {
  if (result < 0) *error_ = {static_cast<int>(-result), syscall, "'" + what + "'"};
  return result < 0;
}

/// As SealTree; on older kernels clones are sealed once they are in place.
int Changes::Seal(int tree, Flags flags, bool all) {
  const int error = SealTree(tree, flags, all);
  late_ = error == -ENOSYS;
  return late_ ? 0 : error;
}

// Clones are made of mounts in the namespace that the thread is in: ours, to begin with.
void Changes::Clone() {
  for (const Cover& cover : covers_) {
    clones_.push_back(CloneTree(AT_FDCWD, cover.source.c_str(), false));
    base::Fd& clone = clones_.back();
    const int error = clone ? Seal(clone.get(), {cover.flags, cover.clear}, false) : 0;
    if (error < 0) clone.Reset(error);
  }
}

void Changes::Enter() {
  Process process;
  const std::string& name = place_.process;
  if (Failed(process.Open(name, place_.started), "open", name)) return;
  const base::Fd space = process.Follow("ns/mnt", O_RDONLY);
  if (Failed(space.get(), "open", name + "/ns/mnt")) return;
  const bool own = place_.root.empty();
  if (own) root_ = process.Follow("root", O_PATH | O_DIRECTORY);
  if (own && Failed(root_.get(), "open", name + "/root")) return;
  if (Failed(setns(space.get(), CLONE_NEWNS) < 0 ? -errno : 0, "setns", name + "/ns/mnt")) return;
  if (own) return;
  const int fd = open(place_.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  root_.Reset(fd < 0 ? -errno : fd);
  Failed(root_.get(), "open", place_.root);
}

// A path would have to be walked again; the link of a descriptor leads to the very mount.
int Changes::Unmount(int fd) {
  return umount2(std::to_string(fd).c_str(), MNT_DETACH) < 0 ? -errno : 0;
}

int Changes::Remove(const Removal& removal) {
  uint64_t mount = 0;
  const base::Fd target = walk_->Open(removal.target, &mount);
  if (!target) return target.get();
  return mount == removal.mount ? Unmount(target.get()) : -EBUSY;
}

/// Puts the clone of what is at `target` inside the one that is going to cover it.
int Changes::Keep(const Cover& cover, int target, const base::Fd& clone) {
  const base::Fd kept = CloneTree(target, "", true);
  if (!kept) return kept.get();
  int error = Seal(kept.get(), {cover.kept_flags, 0}, true);
  if (error == 0) error = PlaceTree(clone.get(), target);
  if (error < 0) return error;
  const int place = openat(clone.get(), cover.kept.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
  const base::Fd inside(place < 0 ? -errno : place);
  error = inside ? PlaceTree(kept.get(), inside.get()) : inside.get();
  if (error == 0 && late_) error = SealPlaced(kept.get(), {cover.kept_flags, 0});
  if (error < 0) Unmount(clone.get());
  return error;
}

int Changes::Put(const Cover& cover, const base::Fd& clone) {
  if (!clone) return clone.get();
  uint64_t mount = 0;
  const base::Fd target = walk_->Open(cover.target, &mount);
  if (!target) return target.get();
  if (mount != cover.on) return -EBUSY;
  int error = cover.kept.empty() ? PlaceTree(clone.get(), target.get())
                                 : Keep(cover, target.get(), clone);
  if (error < 0 || !late_) return error;
  error = SealPlaced(clone.get(), {cover.flags, cover.clear});
  if (error < 0) Unmount(clone.get());
  return error;
}

void Changes::Run() {
  if (Failed(unshare(CLONE_FS) < 0 ? -errno : 0, "unshare", "CLONE_FS")) return;
  self_ = OpenSelf(error_);
  if (*error_) return;
  const base::Fd links(openat(self_.get(), "fd", O_PATH | O_DIRECTORY | O_CLOEXEC));
  Clone();
  Enter();
  if (*error_) return;
  // Where the link of each descriptor can be named, also in a container without /proc.
  if (Failed(fchdir(links.get()) < 0 ? -errno : 0, "fchdir", "/proc/thread-self/fd")) return;
  walk_.emplace(self_.get(), root_.get());
  for (const Removal& removal : removals_) results_->push_back(Remove(removal));
  for (size_t i = 0; i < covers_.size(); i++) results_->push_back(Put(covers_[i], clones_[i]));
}

void* RunChanges(void* changes) {
  static_cast<Changes*>(changes)->Run();
  return nullptr;
}

}  // namespace

void Change(const Place& place, const std::vector<Removal>& removals,
            const std::vector<Cover>& covers, std::vector<int>* results, base::Error* error) {
  Changes changes(place, removals, covers, results, error);
  pthread_t thread;
  const int problem = pthread_create(&thread, nullptr, RunChanges, &changes);
  if (problem != 0) {
    *error = {problem, "pthread_create", "a thread to enter a mount namespace"};
    return;
  }
  pthread_join(thread, nullptr);
}

}  // namespace procview::mounts

// Files beneath a trusted directory: no link or `..` that a container creates leads out of it.
#pragma once

#include <mutex>
#include <string>

namespace procview::base {

/// A trusted directory, opened once for the whole process. Roots are never destroyed, so that a
/// source can keep a plain pointer to its root.
class Root {
 public:
  /// The root of this path; the same object for the same path, in every thread.
  static Root* Of(const std::string& path);

  /// Opens `path` beneath the root without following any link or `..`; a leading slash is ignored.
  /// Returns a descriptor (always close-on-exec) or a negative errno: ELOOP for a link, EXDEV for `..`.
  int Open(const char* path, int flags);

 private:
  explicit Root(std::string path) : path_(std::move(path)) {}
  int Descriptor();
  bool Renew();

  const std::string path_;
  std::mutex mutex_;
  int fd_ = -1;
};

/// Makes every open walk the path component by component, as before Linux 5.6. For tests; the environment variable
/// PROCVIEW_WALK does the same.
void ForceWalk(bool on);

}  // namespace procview::base

// Open files as the handlers of OPEN and READ use them; persist/handles.h implements them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "fuse/decode.h"

namespace procview::fuse {

/// Owner of the files that the host's own processes have open. Containers have the numbers of the caller cache.
constexpr uint64_t kHost = 0;
/// Owner of the files of processes that are not visible from our pid namespace.
constexpr uint64_t kUnseen = ~uint64_t{0};

class OpenFiles;

/// Keeps a body in memory, even if its file is closed meanwhile.
class BodyReference {
 public:
  BodyReference() = default;
  BodyReference(OpenFiles* files, size_t index, std::string_view body)
      : files_(files), index_(index), body_(body) {}
  BodyReference(BodyReference&& other) noexcept { *this = std::move(other); }
  BodyReference& operator=(BodyReference&& other) noexcept;
  ~BodyReference() { Reset(); }

  explicit operator bool() const { return files_ != nullptr; }
  std::string_view view() const { return body_; }

 private:
  void Reset();

  OpenFiles* files_ = nullptr;
  size_t index_ = 0;
  std::string_view body_;
};

/// Each open file has a handle, which the kernel sends with every READ, and may have a body. All threads share it.
class OpenFiles {
 public:
  virtual ~OpenFiles() = default;
  /// Returns a new handle with the body rendered at OPEN. The body is not kept if there is no room for it.
  virtual uint64_t Open(const Caller& opener, uint64_t owner, std::string_view body) = 0;
  /// Returns a new handle without a body: no program reads from it.
  virtual uint64_t OpenForWriting() = 0;
  /// Returns the body for a READ at `offset`, or none: then render for `caller` and call Replace. None is returned
  /// at the second READ at offset 0 (the file was rewound), and if the handle has no body. If the caller is not
  /// visible (pid 0), it becomes the opener.
  virtual BodyReference Read(uint64_t handle, uint64_t offset, Caller* caller) = 0;
  /// Replaces the body of a handle, if there is room. A handle that is not known becomes known.
  virtual void Replace(uint64_t handle, const Caller& caller, uint64_t owner, std::string_view body) = 0;
  /// Removes a handle.
  virtual void Release(uint64_t handle) = 0;
  /// Number of handles with a body.
  virtual size_t size() const = 0;

 private:
  friend class BodyReference;
  virtual void Unreference(size_t index) = 0;
};

inline BodyReference& BodyReference::operator=(BodyReference&& other) noexcept {
  if (this != &other) {
    Reset();
    files_ = std::exchange(other.files_, nullptr);
    index_ = other.index_;
    body_ = other.body_;
  }
  return *this;
}

inline void BodyReference::Reset() {
  if (files_ != nullptr) std::exchange(files_, nullptr)->Unreference(index_);
}

}  // namespace procview::fuse

// Files mapped into memory: state that outlives the process (docs/decisions, and persist/).
#pragma once

#include <cstddef>

#include "base/error.h"
#include "base/fd.h"

namespace procview::base {

/// A mapping and the file it is of; unmapped and closed with the object.
class MappedFile {
 public:
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  /// The first `bytes` of a file that is open for writing, shared with all that map it.
  static MappedFile Shared(Fd file, size_t bytes, Error* error);
  /// A copy that never reaches the file, which need not be so long: zeros follow its end.
  static MappedFile Copy(Fd file, size_t bytes, Error* error);
  /// Zeros, of no file.
  static MappedFile Anonymous(size_t bytes, Error* error);

  explicit operator bool() const { return data_ != nullptr; }
  char* data() const { return data_; }
  size_t size() const { return size_; }
  const Fd& file() const { return file_; }
  /// The caller owns the descriptor; the mapping stays.
  Fd ReleaseFile() { return std::move(file_); }

 private:
  MappedFile(Fd file, char* data, size_t size);

  Fd file_;
  char* data_ = nullptr;
  size_t size_ = 0;
};

enum class MapMode { exclusive, shared, copy };

/// Maps `bytes` of a file. exclusive and shared create it (mode 0600). They refuse anything but a regular file
/// (ENOTSUP), a file that others own, may write or have a link to (EPERM), and a file of another size (ERANGE).
/// exclusive also locks it until UnlockFile or the end of the process. copy needs a file that exists.
MappedFile MapFile(const char* path, size_t bytes, MapMode mode, Error* error);

/// Releases the lock that this process has on a file, if it has one. The mapping stays.
void UnlockFile(const char* path);

}  // namespace procview::base

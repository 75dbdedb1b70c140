// Files mapped into memory: what must survive the process (design, D7).
#pragma once

#include <cstddef>
#include <string_view>

namespace procview::base {

enum class MapMode { exclusive, shared, copy };

struct Mapping {
  void* data = nullptr;
  /// 0, or the errno and the name of the call that failed.
  int error = 0;
  const char* syscall = "";
};

/// Maps `bytes` of a file. exclusive and shared create it (mode 0600), and refuse what is no regular file
/// (ENOTSUP), not ours alone (EPERM), or of another size (ERANGE); exclusive also locks it until UnlockFile
/// or the end of the process. copy needs a file that exists and maps zeros
/// behind its end; what is written to it is seen by nobody else.
Mapping MapFile(const char* path, size_t bytes, MapMode mode);

/// Gives up the lock that this process has on a file, if it has one. The mapping stays.
void UnlockFile(const char* path);

void Unmap(void* data, size_t bytes);

}  // namespace procview::base

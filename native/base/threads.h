// Lists of threads, and the state of a thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace procview::base {

/// State letter of a `/proc/<tid>/stat` line (Documentation/filesystems/proc.rst), 0 if there is none.
/// The name before it may hold blanks and brackets: the state follows the last bracket.
char StateOf(std::string_view stat);

using TidVisitor = std::function<void(uint64_t)>;

/// Calls `visit` with each thread id in a list of the kernel, of any length. 0 or a negative errno.
int ListThreads(const std::string& root, const char* path, const TidVisitor& visit);

/// The same for a list that was just opened.
int ListThreads(int fd, const TidVisitor& visit);

}  // namespace procview::base

// What a start leaves in memory.
#pragma once

#include <string_view>

namespace procview::base {

/// Whether these lines of /proc/self/smaps are a mapping of `program` that only repeats what is in its file:
/// never written to, also not when it was loaded.
bool OnlyRepeats(std::string_view mapping, std::string_view program);

/// Unmaps the pages of the program's file, and gives back what was freed: a start goes through most of an
/// interpreter and a compiler that are hardly used any more. What is needed is mapped again when it is, from the
/// page cache. Returns 0 or a negative errno.
int ReleaseStart();

}  // namespace procview::base

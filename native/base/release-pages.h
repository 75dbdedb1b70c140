// Memory that only the start of the process needs.
#pragma once

#include <string_view>

namespace procview::base {

/// Whether these lines of /proc/self/smaps describe a mapping of `program` with the same bytes as its file: the process
/// never wrote to it, and neither did the loader.
bool OnlyRepeats(std::string_view mapping, std::string_view program);

/// Unmaps the pages of the program's file and returns freed memory to the system: a start uses most of an interpreter and
/// a compiler that are hardly used later. Pages that are needed again come from the page cache. Returns 0 or a negative
/// errno.
int ReleaseStart();

}  // namespace procview::base

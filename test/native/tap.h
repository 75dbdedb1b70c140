// Just enough of the Test Anything Protocol for the native tests.
#pragma once

#include <cstdio>

namespace tap {

inline int done = 0;
inline int failed = 0;

inline bool Ok(bool passed, const char* what, const char* file, int line) {
  std::printf("%sok %d - %s\n", passed ? "" : "not ", ++done, what);
  if (!passed) std::printf("# at %s:%d\n", file, line);
  failed += !passed;
  return passed;
}

/// Prints the plan; the exit status of main.
inline int Finish() {
  std::printf("1..%d\n", done);
  return failed ? 1 : 0;
}

}  // namespace tap

#define OK(condition, what) tap::Ok((condition), what, __FILE__, __LINE__)

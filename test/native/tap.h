// Just enough of the Test Anything Protocol for the native tests.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace tap {

inline int done = 0;
inline int failed = 0;

inline bool Ok(bool passed, const char* what, const char* file, int line) {
  std::printf("%sok %d - %s\n", passed ? "" : "not ", ++done, what);
  if (!passed) std::printf("# at %s:%d\n", file, line);
  failed += !passed;
  return passed;
}

inline std::string Show(std::string_view value) { return "'" + std::string(value) + "'"; }
inline std::string Show(const std::string& value) { return Show(std::string_view(value)); }
inline std::string Show(const char* value) { return Show(std::string_view(value)); }
template <typename T>
std::string Show(const T& value) {
  return std::to_string(value);
}

/// One check that two values are equal; shows them if not.
template <typename A, typename B>
void IsAt(const A& found, const B& wanted, const std::string& what, const char* file, int line) {
  if (Ok(found == wanted, what.c_str(), file, line)) return;
  std::printf("# found %s, wanted %s\n", Show(found).c_str(), Show(wanted).c_str());
}

/// Prints the plan; the exit status of main.
inline int Finish() {
  std::printf("1..%d\n", done);
  return failed ? 1 : 0;
}

}  // namespace tap

#define OK(condition, what) tap::Ok((condition), what, __FILE__, __LINE__)
#define IS(found, wanted, what) tap::IsAt((found), (wanted), (what), __FILE__, __LINE__)

// Numbers as the kernel prints them in cgroup and proc files.
#pragma once

#include <cstdint>
#include <limits>

namespace procview::base {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
constexpr double kUnlimited = std::numeric_limits<double>::infinity();

/// The meaning of -1: in cpu.cfs_quota_us and the v1 limits it is "none" (Documentation/scheduler/
/// sched-bwc.rst); in a counter that fell below 0 (older kernels) it is 0, as any
/// other negative number.
enum class Minus { one_is_none, clamps };

inline bool IsBlank(char c) { return c == ' ' || c == '\t'; }
inline bool EndsToken(char c) { return IsBlank(c) || c == '\n'; }

/// First byte at or after `at` that is no blank.
inline const char* SkipBlanks(const char* at, const char* end) {
  while (at < end && IsBlank(*at)) at++;
  return at;
}

/// First byte at or after `at` that ends a token.
inline const char* TokenEnd(const char* at, const char* end) {
  while (at < end && !EndsToken(*at)) at++;
  return at;
}

/// The number of the token at `at`, which moves to the token's end: NaN unless all of the token is a
/// number, Infinity for `max` and for 2^62 and more (v1 prints its largest page count times the page
/// size where there is no limit). The division is done on the integer: nanoseconds overflow 2^53.
double ParseNumber(const char*& at, const char* end, uint64_t divide, Minus minus);

}  // namespace procview::base

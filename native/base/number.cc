#include "base/number.h"

#include <string_view>

namespace procview::base {

namespace {

constexpr uint64_t kLimit = 1ULL << 62;
// 19 nines are below 2^64: up to that many digits nothing can overflow.
constexpr long kSafeDigits = 19;

double Convert(uint64_t value, uint64_t divide) {
  if (value >= kLimit) return kUnlimited;
  return static_cast<double>(divide == 1 ? value : value / divide);
}

bool AllDigits(std::string_view token) {
  return !token.empty() && token.find_first_not_of("0123456789") == token.npos;
}

double Negative(std::string_view digits, Minus minus) {
  if (!AllDigits(digits)) return kAbsent;
  return digits == "1" && minus == Minus::one_is_none ? kUnlimited : 0;
}

// Everything that is not up to 19 digits. Longer numbers are above 2^62; the kernel pads with no zeros.
double Unusual(std::string_view token, Minus minus) {
  if (token == "max") return kUnlimited;
  if (token.starts_with('-')) return Negative(token.substr(1), minus);
  return AllDigits(token) && token[0] != '0' ? kUnlimited : kAbsent;
}

}  // namespace

double ParseNumber(const char*& at, const char* end, uint64_t divide, Minus minus) {
  const char* const start = at;
  uint64_t value = 0;
  for (unsigned digit; at < end && (digit = static_cast<unsigned char>(*at) - '0') <= 9; at++)
    value = value * 10 + digit;
  const long digits = at - start;
  if (digits > 0 && digits <= kSafeDigits && (at == end || EndsToken(*at)))
    return Convert(value, divide);
  at = TokenEnd(at, end);
  return Unusual({start, static_cast<size_t>(at - start)}, minus);
}

}  // namespace procview::base

#include "sample/parse.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/number.h"

namespace procview::sample {

namespace {

const char* LineEnd(const char* at, const char* end) {
  const void* newline = memchr(at, '\n', static_cast<size_t>(end - at));
  return newline ? static_cast<const char*>(newline) : end;
}

// The first byte of the next line, from any byte of this one.
const char* NextLine(const char* at, const char* end) {
  at = LineEnd(at, end);
  return at < end ? at + 1 : end;
}

const char* NextToken(const char* at, const char* end) {
  while (at < end && base::EndsToken(*at)) at++;
  return at;
}

// Where the number begins if the line begins with this key, else null.
const char* AfterKey(const char* line, const char* end, std::string_view key) {
  if (static_cast<size_t>(end - line) <= key.size()) return nullptr;
  if (memcmp(line, key.data(), key.size()) != 0) return nullptr;
  line += key.size();
  if (*line == ':') line++;
  return line < end && base::IsBlank(*line) ? line : nullptr;
}

std::string_view KeyOf(const char* line, const char* end) {
  const char* stop = base::TokenEnd(line, end);
  if (stop > line && stop[-1] == ':') stop--;
  return {line, static_cast<size_t>(stop - line)};
}

// The key of the line, by the memo or by the table; `at` moves behind it.
uint16_t KeyOfLine(const char*& at, const char* end, const Keys& keys, uint16_t& expected) {
  if (expected != Keys::kNone)
    if (const char* rest = AfterKey(at, end, keys.At(expected))) {
      at = rest;
      return expected;
    }
  expected = keys.Find(KeyOf(at, end));
  at = base::TokenEnd(at, end);
  return expected;
}

// Files with more lines than this are parsed by the table from there on.
constexpr size_t kMemoLines = 4096;

uint16_t& MemoOf(LineMemo& memo, size_t line, uint16_t& spare) {
  if (line >= kMemoLines) return spare = Keys::kNone;
  if (line >= memo.size()) memo.resize(line + 1, Keys::kNone);
  return memo[line];
}

void ParseRow(const char* at, const char* end, const Format& format, double* slots) {
  for (uint32_t i = 0; i < format.columns && (at = base::SkipBlanks(at, end)) < end; i++)
    slots[i] = base::ParseNumber(at, end, format.divide, base::Minus::clamps);
}

}  // namespace

void ParseScalar(std::string_view bytes, const Format& format, double* slots) {
  const char* const end = bytes.data() + bytes.size();
  const char* at = NextToken(bytes.data(), end);
  const double value = base::ParseNumber(at, end, format.divide, base::Minus::one_is_none);
  *slots = NextToken(at, end) == end ? value : base::kAbsent;
}

void ParseList(std::string_view bytes, const Format& format, double* slots) {
  const char* const end = bytes.data() + bytes.size();
  const char* at = bytes.data();
  uint32_t i = 0;
  for (; i < format.count && (at = NextToken(at, end)) < end; i++)
    slots[i] = base::ParseNumber(at, end, format.divide, base::Minus::one_is_none);
  std::fill(slots + i, slots + format.count, base::kAbsent);
}

void ParseKeyed(std::string_view bytes, const Format& format, LineMemo& memo, double* slots) {
  const char* const end = bytes.data() + bytes.size();
  std::fill_n(slots, format.count, base::kAbsent);
  uint16_t spare;
  size_t line = 0;
  for (const char* at = bytes.data(); at < end; at = NextLine(at, end), line++) {
    const uint16_t key = KeyOfLine(at, end, *format.keys, MemoOf(memo, line, spare));
    if (key == Keys::kNone || !std::isnan(slots[key])) continue;
    at = base::SkipBlanks(at, end);
    slots[key] = base::ParseNumber(at, end, format.divide, base::Minus::clamps);
  }
}

void ParseTable(std::string_view bytes, const Format& format, double* slots) {
  const char* const end = bytes.data() + bytes.size();
  std::fill_n(slots, format.count, base::kAbsent);
  for (const char* at = bytes.data(); at < end; at = NextLine(at, end)) {
    const char* const stop = LineEnd(at, end);
    at = base::SkipBlanks(at, stop);
    if (at < stop && *at == '-') continue;
    const double row = base::ParseNumber(at, stop, 1, base::Minus::clamps);
    if (!(row < format.count / format.columns)) continue;
    ParseRow(at, stop, format, slots + static_cast<uint32_t>(row) * format.columns);
  }
}

void Parse(Kind kind, std::string_view bytes, const Format& format, LineMemo& memo, double* slots) {
  switch (kind) {
    case Kind::scalar: return ParseScalar(bytes, format, slots);
    case Kind::list: return ParseList(bytes, format, slots);
    case Kind::keyed: return ParseKeyed(bytes, format, memo, slots);
    case Kind::table: return ParseTable(bytes, format, slots);
    case Kind::text: return;
  }
}

}  // namespace procview::sample

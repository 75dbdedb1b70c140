// The parsers of cgroup and proc files: keys, kind and shape come from the input as well. Every slot is
// filled, none is negative, and what the memo remembers of other lines changes nothing.
#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "fuzz.h"
#include "sample/parse.h"

using namespace procview::sample;

namespace {

constexpr size_t kSlots = 256;

std::shared_ptr<const Keys> KeysFrom(std::string_view line) {
  std::vector<std::string> list;
  while (!line.empty()) {
    size_t end = line.find(' ');
    list.emplace_back(line.substr(0, end));
    line.remove_prefix(end == line.npos ? line.size() : end + 1);
  }
  return Keys::Compile(std::move(list));
}

/// Fills just as many slots as there are: the sanitizer sees one more.
std::vector<double> Parsed(Kind kind, std::string_view text, const Format& format, LineMemo& memo) {
  std::vector<double> slots(format.count, -1);
  Parse(kind, text, format, memo, slots.data());
  return slots;
}

/// Bit by bit: NaN is NaN.
bool Same(const std::vector<double>& a, const std::vector<double>& b) {
  auto same = [](double x, double y) { return std::bit_cast<uint64_t>(x) == std::bit_cast<uint64_t>(y); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  auto kind = static_cast<Kind>(input.Byte() % 4);
  Format format;
  format.columns = input.Byte() % 8u + 1;
  format.count = (input.Byte() % (kSlots / 8) + 1u) * format.columns;
  format.divide = input.Byte() % 2 == 0 ? 1 : 1000;
  std::shared_ptr<const Keys> keys = KeysFrom(input.Until('\n'));
  if (keys == nullptr) return 0;
  for (size_t i = 0; i < keys->Length(); i++) HOLDS(keys->Find(keys->At(i)) == i);
  format.keys = keys.get();
  if (kind == Kind::scalar) format.count = 1;
  if (kind == Kind::keyed) format.count = static_cast<uint32_t>(keys->Length());
  LineMemo fresh, used;
  std::vector<double> slots = Parsed(kind, input.rest(), format, fresh);
  for (double slot : slots) HOLDS(std::isnan(slot) || slot >= 0);
  HOLDS(Same(slots, Parsed(kind, input.rest(), format, fresh)));
  Parsed(kind, input.rest().substr(input.rest().size() / 2), format, used);
  HOLDS(Same(slots, Parsed(kind, input.rest(), format, used)));
  return 0;
}

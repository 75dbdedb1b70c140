// Every format on bytes: what the kernel prints, every truncation of it, and random damage.
#include "sample/parse.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <sstream>
#include <string>

#include "base/number.h"
#include "base/threads.h"
#include "tap.h"

using namespace procview::base;
using namespace procview::sample;

namespace {

constexpr double kInf = kUnlimited;
constexpr double kNaN = kAbsent;
using Numbers = std::vector<double>;

// In an allocation of exactly that size, so that one byte too far is an error.
struct Exact {
  explicit Exact(std::string_view from) : size(from.size()), data(new char[from.size()]) {
    memcpy(data.get(), from.data(), size);
  }
  std::string_view View() const { return {data.get(), size}; }
  size_t size;
  std::unique_ptr<char[]> data;
};

struct Case {
  Kind kind;
  uint32_t count = 1;
  uint32_t columns = 1;
  uint64_t divide = 1;
  std::shared_ptr<const Keys> keys = nullptr;
};

Numbers Run(const Case& test, std::string_view bytes, LineMemo& memo) {
  Numbers slots(test.count, -7);
  Parse(test.kind, Exact(bytes).View(), {test.count, test.columns, test.divide, test.keys.get()},
        memo, slots.data());
  return slots;
}

Numbers Run(const Case& test, std::string_view bytes) {
  LineMemo memo;
  return Run(test, bytes, memo);
}

bool Same(const Numbers& a, const Numbers& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
    return x == y || (std::isnan(x) && std::isnan(y));
  });
}

Case Keyed(std::vector<std::string> keys) {
  const auto count = static_cast<uint32_t>(keys.size());
  return {Kind::keyed, count, 1, 1, Keys::Compile(std::move(keys))};
}

double Scalar(std::string_view bytes, uint64_t divide = 1) {
  return Run({Kind::scalar, 1, 1, divide}, bytes)[0];
}

void TestScalar() {
  OK(Scalar("123\n") == 123 && Scalar("0\n") == 0 && Scalar("42") == 42, "a number");
  OK(Scalar("max\n") == kInf && Scalar("-1\n") == kInf, "max and -1 are no limit");
  OK(Scalar("-2\n") == 0 && Scalar("-4096\n") == 0 && Scalar("-11\n") == 0, "negative is 0");
  OK(Scalar("9223372036854771712\n") == kInf, "no limit of v1, 4 KiB pages");
  OK(Scalar("9223372036854710272\n") == kInf, "no limit of v1, 64 KiB pages");
  OK(Scalar("4611686018427387903\n") == 4611686018427387903.0, "below 2^62 is a number");
  OK(Scalar("4611686018427387904\n", 1000) == kInf, "2^62 is none, whatever it is divided by");
  OK(Scalar("18446744073709551615\n") == kInf && Scalar("99999999999999999999999\n") == kInf,
     "64 bits and more");
  OK(Scalar("4503599627370497999\n", 1000) == 4503599627370497.0, "divided as an integer");
  for (const char* bad : {"", "\n", " ", "-", "--1", "-max", "1.5", "12x", "x12", "0x10", "maximum",
                          "ma", "1 2", "1\n2\n", "+1", "1,2", "00000000000000000000001"})
    if (!OK(std::isnan(Scalar(bad)), "malformed")) printf("# %s\n", bad);
  OK(std::isnan(Scalar({"12\0", 3})), "NUL");
}

void TestList() {
  const Case test{Kind::list, 3};
  OK(Same(Run(test, "max 100000\n"), {kInf, 100000, kNaN}), "cpu.max");
  OK(Same(Run(test, "1 2 3 4 5\n"), {1, 2, 3}), "more than asked for");
  OK(Same(Run(test, "1\n\n  2\t-1\n"), {1, 2, kInf}), "any blanks");
  OK(Same(Run(test, "1 2x 3\n"), {1, kNaN, 3}), "a malformed number keeps its place");
  OK(Same(Run(test, ""), {kNaN, kNaN, kNaN}), "empty");
}

constexpr std::string_view kMemoryStat =
    "cache 9248768\nrss 7929856\nrss_huge 0\ninactive_anon 12\nactive_anon 13\n"
    "hierarchical_memory_limit 9223372036854771712\ntotal_cache 220020736\ntotal_rss 90390528\n"
    "total_inactive_anon 14\ntotal_active_anon 15\n";

void TestKeyed() {
  const Case test = Keyed({"total_rss", "rss", "hierarchical_memory_limit", "no", "total_cache"});
  const Numbers expected{90390528, 7929856, kInf, kNaN, 220020736};
  LineMemo memo;
  OK(Same(Run(test, kMemoryStat, memo), expected), "memory.stat");
  OK(Same(Run(test, kMemoryStat, memo), expected), "memory.stat, lines remembered");
  OK(Same(Run(test, "rss 5\ncache 6\ntotal_rss 7\n", memo), {7, 5, kNaN, kNaN, kNaN}),
     "other lines than remembered");
  const Case info = Keyed({"MemTotal", "Active", "Active(anon)", "HugePages_Total"});
  OK(Same(Run(info, "MemTotal:       16384 kB\nActive:   5 kB\nActive(anon):  6 kB\n"
                    "HugePages_Total:       0\n"), {16384, 5, 6, 0}), "meminfo");
  const Case stat = Keyed({"ctxt", "intr"});
  OK(Same(Run(stat, "cpu  1 2 3\nintr 77 1 2 3\nctxt 99\n"), {99, 77}), "lines of /proc/stat");
  const Case ab = Keyed({"a", "b"});
  OK(Same(Run(ab, "a 1\na 2\nb -5\n"), {1, 0}), "the first of a double key; negative is 0");
  OK(Same(Run(ab, "a\nb\n"), {kNaN, kNaN}), "no number");
  OK(Same(Run(ab, "a 1x\nb: 2.5\n"), {kNaN, kNaN}), "malformed");
  OK(Same(Run(ab, "a1 1\nab 2\n a 3\n:b 4\n"), {kNaN, kNaN}), "keys match exactly");
  OK(Same(Run(ab, "a\n1\nb 2\n"), {kNaN, 2}), "a number on the next line is not ours");
  OK(Same(Run(ab, "\n\na 1\n\n"), {1, kNaN}), "empty lines");
}

void TestTable() {
  const Case test{Kind::table, 6, 2, 1000};
  OK(Same(Run(test, "cpu user system\n0 29234612614 17488066408\n2 5000 7999\n9 1 1\n"),
          {29234612, 17488066, kNaN, kNaN, 5, 7}), "usage_all");
  OK(Same(Run(test, "1 1000\n0 2000 3000 4000\n"), {2, 3, 1, kNaN, kNaN, kNaN}),
     "short and long rows");
  OK(Same(Run(test, "-1 1000 1000\n-2 1000 1000\nmax 1 1\n1x 1 1\n\n99999999999999999999 1 1\n"),
          Numbers(6, kNaN)), "no such row");
}

void TestKeys() {
  OK(!Keys::Compile({"a", "b", "a"}) && !Keys::Compile({""}) && !Keys::Compile({"a b"}), "refused");
  std::vector<std::string> many;
  for (int i = 0; i < 3000; i++) many.push_back("key_" + std::to_string(i));
  const auto keys = Keys::Compile(many);
  bool found = true;
  for (size_t i = 0; i < many.size(); i++) found = found && keys->Find(many[i]) == i;
  OK(found && keys->Find("key_3000") == Keys::kNone && keys->Find("") == Keys::kNone, "3000 keys");
}

// A second, slow reading of the keyed format, written from its description.
Numbers SlowKeyed(const Keys& keys, const std::string& bytes) {
  Numbers slots(keys.Length(), kNaN);
  std::istringstream file(bytes);
  for (std::string line; std::getline(file, line);) {
    size_t stop = std::min(line.find_first_of(" \t"), line.size());
    std::string key = line.substr(0, stop);
    if (key.ends_with(':')) key.pop_back();
    const uint16_t slot = keys.Find(key);
    if (slot == Keys::kNone || !std::isnan(slots[slot])) continue;
    const size_t begin = std::min(line.find_first_not_of(" \t", stop), line.size());
    slots[slot] = Scalar(line.substr(begin, line.find_first_of(" \t", begin) - begin));
    if (slots[slot] == kInf && line[begin] == '-') slots[slot] = 0;
  }
  return slots;
}

bool Sane(const Numbers& slots) {
  return std::all_of(slots.begin(), slots.end(), [](double x) {
    return std::isnan(x) || (x >= 0 && (x == kInf || x == std::floor(x)));
  });
}

std::string Damaged(std::string bytes, std::mt19937& random) {
  static constexpr std::string_view kSpice("0123456789 \t\n:=-max.k\0\xff", 24);
  for (unsigned n = 1 + random() % 4; n > 0 && !bytes.empty(); n--) {
    const size_t at = random() % bytes.size();
    switch (random() % 4) {
      case 0: bytes[at] = kSpice[random() % kSpice.size()]; break;
      case 1: bytes.erase(at, 1 + random() % 8); break;
      case 2: bytes.insert(at, 1, kSpice[random() % kSpice.size()]); break;
      default: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 40));
    }
  }
  return bytes;
}

// Whatever the bytes: no crash, no number out of nowhere, and the memo changes nothing.
bool Holds(const Case& test, std::string_view good, const std::string& bytes) {
  LineMemo memo;
  Run(test, good, memo);
  const Numbers warm = Run(test, bytes, memo), cold = Run(test, bytes);
  if (!Sane(cold) || !Same(warm, cold)) return false;
  return test.kind != Kind::keyed || Same(cold, SlowKeyed(*test.keys, bytes));
}

void TestDamage(const Case& test, std::string_view good, const char* what) {
  bool held = true;
  for (size_t n = 0; n <= good.size(); n++)
    held = held && Holds(test, good, std::string(good.substr(0, n)));
  OK(held, (std::string(what) + ", cut anywhere").c_str());
  std::mt19937 random(20240607);
  std::string bytes;
  for (int i = 0; held && i < 20000; i++)
    held = Holds(test, good, bytes = Damaged(std::string(good), random));
  if (!OK(held, (std::string(what) + ", damaged").c_str())) printf("# %s\n", bytes.c_str());
}

void TestAllDamage() {
  TestDamage({Kind::scalar}, "9223372036854771712\n", "scalar");
  TestDamage({Kind::list, 4}, "max 100000 -1 55\n", "list");
  TestDamage(Keyed({"total_rss", "rss", "cache", "total_active_anon"}), kMemoryStat, "keyed");
  TestDamage(Keyed({"MemTotal", "Active(anon)"}), "MemTotal:  1 kB\nActive(anon):  2 kB\n", "meminfo");
  TestDamage({Kind::table, 4, 2, 1000}, "cpu user system\n0 123456 7890\n1 55555 66666\n", "table");
}

void TestState() {
  OK(StateOf("1 (init) S 0 1") == 'S', "state");
  OK(StateOf("7 (a) R (b) D 1 2") == 'D', "a name with brackets");
  OK(StateOf("7 (a) ") == 0 && StateOf("7 (a)") == 0 && StateOf("") == 0, "no state");
  OK(StateOf("7 (a\nb)) Z 1") == 'Z', "a name with a newline");
}

}  // namespace

int main() {
  TestScalar();
  TestList();
  TestKeyed();
  TestTable();
  TestKeys();
  TestAllDamage();
  TestState();
  return tap::Finish();
}

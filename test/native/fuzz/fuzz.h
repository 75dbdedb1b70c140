// What the fuzz targets share. Each is one file with LLVMFuzzerTestOneInput: any bytes in, and it aborts
// when something that must always hold does not.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#define HOLDS(condition) ((condition) ? void() : fuzz::Broken(__FILE__, __LINE__, #condition))

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace fuzz {

[[noreturn]] inline void Broken(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
  std::abort();
}

/// Takes an input apart from its front; what is not there is 0.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  uint8_t Byte() { return empty() ? 0 : static_cast<uint8_t>(Take(1)[0]); }
  std::string_view Take(size_t size) {
    std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  /// Up to the byte, which is removed as well.
  std::string_view Until(char end) {
    std::string_view taken = Take(rest_.find(end));
    Take(1);
    return taken;
  }

 private:
  std::string_view rest_;
};

}  // namespace fuzz

// /proc/<pid>/mountinfo, whose paths containers choose.
#include "mounts/mountinfo.h"
#include "fuzz.h"

using namespace procview;
using namespace procview::mounts;

namespace {

/// As mangle() of the kernel (fs/seq_file.c) writes a path.
std::string Escape(std::string_view path) {
  std::string text;
  for (char c : path) {
    bool escaped = c == ' ' || c == '\t' || c == '\n' || c == '\\';
    char octal[5];
    std::snprintf(octal, sizeof(octal), "\\%03o", static_cast<unsigned char>(c));
    text += escaped ? octal : std::string(1, c);
  }
  return text;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  HOLDS(UnescapePath(Escape(input.rest())) == input.rest());
  while (!input.empty()) {
    std::string_view line = input.Until('\n');
    HOLDS(UnescapePath(line).size() <= line.size());
    MountLine entry;
    if (!ParseMountLine(line, &entry)) continue;
    HOLDS(!entry.type.empty() && entry.type.find(' ') == std::string::npos);
    HOLDS(entry.device.size() + entry.root.size() + entry.point.size() + entry.options.size() + entry.propagation.size() +
          entry.super_options.size() + entry.type.size() < line.size());
  }
  return 0;
}

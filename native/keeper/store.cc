#include "keeper/store.h"

#include <unistd.h>

#include <algorithm>

namespace procview::keeper {
namespace {

constexpr size_t kMost = 64;

/// The value of a line `name=value`; empty if there is none.
std::string Value(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    bool is = line.size() > name.size() && line.starts_with(name) && line[name.size()] == '=';
    if (is) return std::string(line.substr(name.size() + 1));
  }
  return {};
}

}  // namespace

void Store::Receive(std::string_view text, std::vector<int> descriptors) {
  std::string name = Value(text, "FDNAME");
  bool store = Value(text, "FDSTORE") == "1" && !name.empty();
  if (Value(text, "FDSTOREREMOVE") == "1") Drop(name);
  for (int descriptor : descriptors) {
    if (store && kept_.size() < kMost) Keep(name, descriptor);
    else close(descriptor);
  }
  // As with systemd, the watchdog's time begins here.
  if (Value(text, "READY") == "1") ready = alive = true;
  if (Value(text, "WATCHDOG") == "1") alive = true;
  if (Value(text, "X_PROCVIEW_HANDED_OVER") == "1") handed_over = true;
  std::string place = Value(text, "X_PROCVIEW_MOUNT");
  if (!place.empty()) mount = place;
}

void Store::Keep(const std::string& name, int descriptor) {
  Drop(name);
  kept_.emplace_back(name, descriptor);
}

void Store::Drop(const std::string& name) {
  std::erase_if(kept_, [&name](const auto& each) {
    if (each.first == name) close(each.second);
    return each.first == name;
  });
}

std::string Store::Names() const {
  std::string names;
  for (const auto& [name, descriptor] : kept_) names += (names.empty() ? "" : ":") + name;
  return names;
}

}  // namespace procview::keeper

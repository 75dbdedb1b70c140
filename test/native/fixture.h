// Fixture of the protocol tests: a small tree, bodies that name their caller, and stored replies.
#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "fuse/dispatch.h"
#include "persist/handles.h"
#include "tap.h"

namespace procview::fuse {

constexpr uint64_t kMeminfo = 2;
constexpr uint64_t kSys = 3;
constexpr uint64_t kOnline = 4;
/// A dynamic directory below kSys, and its static child.
constexpr uint64_t kCpu = 5;
constexpr uint64_t kPossible = 6;

/// A directory that is not listed, and a file in it to write to.
constexpr uint64_t kKernel = 7;
constexpr uint64_t kSwitch = 8;
/// The same in a dynamic directory.
constexpr uint64_t kTunable = 9;

constexpr uint64_t IdOf(uint64_t mode, uint64_t hash) {
  return mode >> 12 << 49 | (mode & 0777) << 40 | hash;
}

// In no table: what its renderer finds.
constexpr uint64_t kCpu0 = IdOf(040755, 0xffffffffff);
constexpr uint64_t kCoreId = IdOf(0100444, 1);
constexpr uint64_t kSecret = IdOf(0100400, 2);
constexpr uint64_t kWriteOnly = IdOf(0100200, 3);
constexpr uint64_t kSubsystem = IdOf(0120777, 4);

inline std::vector<Node> SampleNodes() {
  return {{kRootNode, kRootNode, "", 040555, {}},
          {kMeminfo, kRootNode, "meminfo", 0100444, {}},
          {kSys, kRootNode, "sys", 040555, {}},
          {kOnline, kSys, "online", 0100444, {}},
          {kCpu, kSys, "cpu", 040555, true},
          {kPossible, kCpu, "possible", 0100444, {}},
          {kKernel, kRootNode, "kernel", 040555, {}, true},
          {kSwitch, kKernel, "switch", 0100644, {}},
          {kTunable, kCpu, "tunable", 0100644, {}}};
}

inline Tree SampleTree() {
  std::string problem;
  return Tree::Build(SampleNodes(), &problem);
}

/// `render <n> of node <node> for <pid>`, the entries of a dynamic directory, or an errno. A caller
/// with an even pid sees no cpu0.
class SampleRenderer : public Renderer {
 public:
  Found Lookup(uint64_t directory, std::string_view name, const Caller& caller) override {
    if (error != 0) return {error, 0};
    for (const auto& [parent, entry, id] : entries) {
      bool there = parent != kCpu || caller.pid % 2 == 1;
      if (parent == directory && entry == name && there) return {0, id};
    }
    return {ENOENT, 0};
  }

  Rendered Render(uint64_t node, const Caller& caller) override {
    count++;
    if (error != 0) return {error, {}};
    body_ = "render " + std::to_string(count) + " of node " + std::to_string(node) + " for " +
            std::to_string(caller.pid) + "\n";
    body_.append(padding, '.');
    if (node == kSubsystem) body_ = "../../bus/cpu";
    if (node == kCpu || S_ISDIR(ModeOf(node))) body_ = ListingOf(node, caller);
    return {0, body_};
  }

  int MayWrite(uint64_t node, const Caller& caller) override {
    asked.push_back("node " + std::to_string(node) + " for " + std::to_string(caller.pid));
    return caller.pid == kRefused ? EPERM : 0;
  }

  Written Write(uint64_t node, const Caller& caller, std::string_view text) override {
    int problem = MayWrite(node, caller);
    if (problem != 0) return {problem, 0};
    written.emplace_back(text);
    return {error, taken ? *taken : text.size()};
  }

  /// May write to nothing.
  static constexpr uint32_t kRefused = 66;
  std::vector<std::string> asked;
  std::vector<std::string> written;
  /// How much of a text is taken; all of it if not set.
  std::optional<size_t> taken;

  struct Entry {
    uint64_t parent;
    std::string name;
    uint64_t id;
  };
  std::vector<Entry> entries{{kCpu, "cpu0", kCpu0},
                             {kCpu0, "core_id", kCoreId},
                             {kCpu0, "secret", kSecret},
                             {kCpu0, "reload", kWriteOnly},
                             {kCpu0, "subsystem", kSubsystem}};

  int count = 0;
  int error = 0;
  size_t padding = 0;

 private:
  std::string ListingOf(uint64_t directory, const Caller& caller) {
    std::string listing;
    if (directory == kCpu) listing += std::to_string(kPossible) + " possible" + '\0';
    for (const auto& [parent, name, id] : entries) {
      if (parent != directory || Lookup(parent, name, caller).error != 0) continue;
      listing += std::to_string(id) + ' ' + name + '\0';
    }
    return listing;
  }

  std::string body_;
};

struct Message {
  OutHeader header;
  std::string data;
};

class KeptReplies : public Replies {
 public:
  void Send(const OutHeader& header, std::string_view data) override {
    sent.push_back({header, std::string(data)});
  }
  void Notify(const OutHeader& header, std::string_view data) override {
    notified.push_back({header, std::string(data)});
  }

  std::vector<Message> sent;
  std::vector<Message> notified;
};

/// A store that ends with the test.
inline std::unique_ptr<BodyStore> InMemory() {
  base::Error error;
  return BodyStore::Create("", &error);
}

/// Handles with a store.
struct Kept : Handles {
  Kept(uint64_t first, std::unique_ptr<BodyStore> store, Bounds bounds = {}) : Handles(first, bounds) {
    Begin(std::move(store));
  }
};

/// A session without a mount.
struct Fixture {
  Negotiated negotiated;
  Handles handles{1000};
  Shared shared{SampleTree(), &handles, &negotiated};
  SampleRenderer renderer;
  KeptReplies replies;
  Dispatcher dispatcher{&shared, &renderer, &replies};

  Fixture() { handles.Begin(InMemory()); }

  /// The reply to a frame; `unique` 0 if there was none.
  Message Ask(std::string_view frame) {
    replies.sent.clear();
    result = dispatcher.Handle(frame);
    return replies.sent.empty() ? Message{} : replies.sent.back();
  }

  int result = 0;
};

/// A frame: header and body.
inline std::string Frame(uint32_t opcode, uint64_t node, std::string_view body, uint32_t pid = 7) {
  InHeader header{
      static_cast<uint32_t>(sizeof(InHeader) + body.size()), opcode, 42, node, 0, 0, pid, 0};
  return std::string(reinterpret_cast<const char*>(&header), sizeof(header)) + std::string(body);
}

template <typename T>
std::string Bytes(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

template <typename T>
T From(std::string_view bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof(T)));
  return value;
}

inline std::vector<std::string> NamesIn(std::string_view listing, bool plus) {
  std::vector<std::string> names;
  while (!listing.empty()) {
    if (plus) listing.remove_prefix(sizeof(EntryOut));
    auto entry = From<Dirent>(listing);
    names.emplace_back(listing.substr(sizeof(Dirent), entry.namelen));
    listing.remove_prefix((sizeof(Dirent) + entry.namelen + 7) / 8 * 8);
  }
  return names;
}

inline std::string ReadFrame(const std::string& name) {
  std::ifstream file("frames/" + name + ".bin", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace procview::fuse

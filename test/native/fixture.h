// What the tests of the session share: a small tree, bodies that tell who asked, replies kept.
#pragma once

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuse/dispatch.h"
#include "tap.h"

namespace procview::fuse {

constexpr uint64_t kMeminfo = 2;
constexpr uint64_t kSys = 3;
constexpr uint64_t kOnline = 4;

inline std::vector<Node> SampleNodes() {
  return {{kRootNode, kRootNode, "", 040555, {}},
          {kMeminfo, kRootNode, "meminfo", 0100444, {}},
          {kSys, kRootNode, "sys", 040555, {}},
          {kOnline, kSys, "online", 0100444, {}}};
}

inline Tree SampleTree() {
  std::string problem;
  return Tree::Build(SampleNodes(), &problem);
}

/// `render <n> of node <node> for <pid>`, or an errno.
class SampleRenderer : public Renderer {
 public:
  Rendered Render(uint64_t node, const Caller& caller) override {
    count++;
    if (error != 0) return {error, {}};
    body_ = "render " + std::to_string(count) + " of node " + std::to_string(node) + " for " +
            std::to_string(caller.pid) + "\n";
    body_.append(padding, '.');
    return {0, body_};
  }

  int count = 0;
  int error = 0;
  size_t padding = 0;

 private:
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
  if (tap::Ok(found == wanted, what.c_str(), file, line)) return;
  std::printf("# found %s, wanted %s\n", Show(found).c_str(), Show(wanted).c_str());
}

#define IS(found, wanted, what) IsAt((found), (wanted), (what), __FILE__, __LINE__)

/// A session without a mount.
struct Fixture {
  Shared shared{SampleTree(), 1000};
  SampleRenderer renderer;
  KeptReplies replies;
  Dispatcher dispatcher{&shared, &renderer, &replies};

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

inline std::string ReadFrame(const std::string& name) {
  std::ifstream file("frames/" + name + ".bin", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace procview::fuse

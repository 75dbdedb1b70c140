// Whatever bytes come: no crash (the sanitizers watch), and one reply, or none where none is due.
#include <dirent.h>

#include <cstdlib>
#include <memory>
#include <random>

#include "fixture.h"
#include "fuse/opcodes.h"

using namespace procview;
using namespace procview::fuse;

namespace {

constexpr int kFlips = 4000;

std::vector<std::string> AllFrames() {
  std::vector<std::string> frames;
  DIR* directory = opendir("frames");
  while (dirent* entry = readdir(directory)) {
    std::string name = entry->d_name;
    if (name.ends_with(".bin")) frames.push_back(ReadFrame(name.substr(0, name.size() - 4)));
  }
  closedir(directory);
  return frames;
}

size_t RepliesDue(std::string_view frame) {
  if (frame.size() < sizeof(InHeader)) return 0;
  auto header = From<InHeader>(frame);
  bool mute = header.opcode == kForget || header.opcode == kBatchForget ||
              header.opcode == kInterrupt || header.opcode == kNotifyReply;
  return mute || header.unique == 0 ? 0 : 1;
}

/// Sends a frame from memory of exactly its size, so that reading behind it is seen.
bool Holds(Fixture* fixture, const std::string& frame) {
  std::unique_ptr<char[]> exact(new char[frame.size()]);
  std::memcpy(exact.get(), frame.data(), frame.size());
  Message reply = fixture->Ask({exact.get(), frame.size()});
  if (fixture->replies.sent.size() != RepliesDue(frame)) return false;
  if (fixture->replies.sent.empty()) return true;
  const OutHeader& header = reply.header;
  return header.unique == From<InHeader>(frame).unique && header.error <= 0 &&
         header.error > -512 && header.len == sizeof(OutHeader) + reply.data.size() &&
         (header.error == 0 || reply.data.empty());
}

void FixLength(std::string* frame) {
  auto length = static_cast<uint32_t>(frame->size());
  if (frame->size() >= sizeof(length)) std::memcpy(frame->data(), &length, sizeof(length));
}

void TestTruncations(const std::vector<std::string>& frames) {
  Fixture fixture;
  bool ok = true;
  for (const std::string& frame : frames) {
    for (size_t size = 0; size <= frame.size(); size++) {
      std::string cut = frame.substr(0, size);
      ok = ok && Holds(&fixture, cut);
      FixLength(&cut);
      ok = ok && Holds(&fixture, cut);
    }
  }
  OK(ok, "every truncation of every frame, with the old length and the right one");
}

void TestFlips(const std::vector<std::string>& frames) {
  std::mt19937 random(20261123);
  bool ok = true;
  for (const std::string& frame : frames) {
    Fixture fixture;
    for (int i = 0; i < kFlips; i++) {
      std::string bent = frame;
      for (unsigned flips = random() % 4 + 1; flips > 0; flips--) {
        bent[random() % bent.size()] = static_cast<char>(random());
      }
      if (random() % 2 == 0) FixLength(&bent);
      ok = ok && Holds(&fixture, bent);
    }
  }
  OK(ok, "random bytes in every frame");
}

void TestOpcodes(const std::vector<std::string>& frames) {
  Fixture fixture;
  bool ok = true;
  for (const std::string& frame : frames) {
    for (uint32_t opcode = 0; opcode < 5000; opcode += opcode < 70 ? 1 : 1001) {
      std::string other = frame;
      std::memcpy(other.data() + 4, &opcode, sizeof(opcode));
      ok = ok && Holds(&fixture, other);
    }
  }
  OK(ok, "every frame under every opcode");
}

}  // namespace

int main() {
  std::vector<std::string> frames = AllFrames();
  OK(frames.size() > 40, "frames were recorded");
  TestTruncations(frames);
  TestFlips(frames);
  TestOpcodes(frames);
  return tap::Finish();
}

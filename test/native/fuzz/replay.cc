// In place of libFuzzer, where there is no clang: every seed, then seeds with a few bytes changed, cut or
// joined, for some time. It is a test in TAP.
//
//   <target>-replay SECONDS DIRECTORY...
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fuzz.h"

namespace {

using Clock = std::chrono::steady_clock;

/// From memory of exactly its size, so that reading behind it is seen.
void Try(const std::string& input) {
  std::unique_ptr<uint8_t[]> exact(new uint8_t[input.size()]);
  std::memcpy(exact.get(), input.data(), input.size());
  LLVMFuzzerTestOneInput(exact.get(), input.size());
}

std::vector<std::string> SeedsIn(const char* directory) {
  std::vector<std::string> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::ifstream file(entry.path(), std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

std::string Bent(const std::vector<std::string>& seeds, std::mt19937& random) {
  std::string input = seeds[random() % seeds.size()];
  if (random() % 4 == 0) input += seeds[random() % seeds.size()];
  if (random() % 4 == 0) input.resize(random() % (input.size() + 1));
  for (unsigned flips = random() % 5; flips > 0 && !input.empty(); flips--)
    input[random() % input.size()] = static_cast<char>(random());
  return input;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 2;
  std::vector<std::string> seeds;
  for (int i = 2; i < count; i++)
    for (std::string& seed : SeedsIn(arguments[i])) seeds.push_back(std::move(seed));
  for (const std::string& seed : seeds) Try(seed);
  std::mt19937 random(20261125);
  auto end = Clock::now() + std::chrono::seconds(std::atoi(arguments[1]));
  size_t tried = 0;
  for (; !seeds.empty() && Clock::now() < end; tried++) Try(Bent(seeds, random));
  bool ok = !seeds.empty() && tried > 0;
  std::printf("%sok 1 - %zu seeds and %zu inputs made of them\n1..1\n", ok ? "" : "not ", seeds.size(),
              tried);
  return ok ? 0 : 1;
}

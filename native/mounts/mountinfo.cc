#include "mounts/mountinfo.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <climits>

namespace procview::mounts {
namespace {

bool Octal(char c) { return c >= '0' && c <= '7'; }

/// A file of /proc/thread-self.
std::string ReadAll(int self, const std::string& path, base::Error* error) {
  base::Fd file(openat(self, path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char chunk[16384];
  ssize_t length = 1;
  while (length > 0 || (length < 0 && errno == EINTR)) {
    length = read(file.get(), chunk, sizeof(chunk));
    if (length > 0) text.append(chunk, static_cast<size_t>(length));
  }
  if (length < 0) *error = {errno, "read", "'/proc/thread-self/" + path + "'"};
  return text;
}

/// The next word, removed from the line.
std::string_view Word(std::string_view* line) {
  std::string_view word = line->substr(0, line->find(' '));
  line->remove_prefix(word.size() < line->size() ? word.size() + 1 : word.size());
  return word;
}

/// The optional fields without the hyphen that ends them, removed from the line with it.
std::string_view OptionalFields(std::string_view* line) {
  const char* const start = line->data();
  while (!line->empty()) {
    const std::string_view word = Word(line);
    if (word == "-") return {start, static_cast<size_t>(word.data() - start) - (word.data() > start)};
  }
  return {};
}

bool Number(std::string_view text, uint64_t* value) {
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return problem == std::errc() && end == text.data() + text.size();
}

/// Calls `use` for each line until it returns true.
template <typename Use>
void EachLine(std::string_view text, Use use) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    if (use(line)) return;
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
  }
}

std::string LinkOf(int self, int fd, base::Error* error) {
  std::string link = "fd/" + std::to_string(fd);
  char target[PATH_MAX];
  ssize_t length = readlinkat(self, link.c_str(), target, sizeof(target));
  if (length < 0) *error = {errno, "readlink", "'/proc/thread-self/" + link + "'"};
  return length < 0 ? "" : std::string(target, static_cast<size_t>(length));
}

}  // namespace

std::string UnescapePath(std::string_view text) {
  std::string path;
  for (size_t i = 0; i < text.size(); i++) {
    bool escape = text[i] == '\\' && i + 3 < text.size() && Octal(text[i + 1]) &&
                  Octal(text[i + 2]) && Octal(text[i + 3]);
    if (!escape) {
      path += text[i];
      continue;
    }
    int code = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
    path += static_cast<char>(code);
    i += 3;
  }
  return path;
}

bool ParseMountLine(std::string_view line, MountLine* fields) {
  if (!Number(Word(&line), &fields->id) || !Number(Word(&line), &fields->parent)) return false;
  fields->device = Word(&line);
  fields->root = Word(&line);
  fields->point = Word(&line);
  fields->options = Word(&line);
  fields->propagation = OptionalFields(&line);
  fields->type = Word(&line);
  Word(&line);  // source
  fields->super_options = Word(&line);
  return !fields->type.empty();
}

std::vector<MountLine> ParseMountinfo(std::string_view text) {
  std::vector<MountLine> lines;
  EachLine(text, [&lines](std::string_view line) {
    MountLine fields;
    if (ParseMountLine(line, &fields)) lines.push_back(fields);
    return false;
  });
  return lines;
}

base::Fd OpenSelf(base::Error* error) {
  base::Fd self(open("/proc/thread-self", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (self.get() < 0) *error = {errno, "open", "'/proc/thread-self'"};
  return self;
}

uint64_t MountId(int self, int fd, base::Error* error) {
  uint64_t id = 0;
  bool found = false;
  EachLine(ReadAll(self, "fdinfo/" + std::to_string(fd), error), [&](auto line) {
    constexpr std::string_view kKey = "mnt_id:\t";
    found = line.substr(0, kKey.size()) == kKey && Number(line.substr(kKey.size()), &id);
    return found;
  });
  if (!found && !*error) *error = {EPROTO, "read", "mnt_id in /proc/thread-self/fdinfo"};
  return id;
}

MountEntry EntryOf(int self, uint64_t id, base::Error* error) {
  MountEntry entry;
  bool found = false;
  EachLine(ReadAll(self, "mountinfo", error), [&](auto line) {
    MountLine fields;
    found = ParseMountLine(line, &fields) && fields.id == id;
    if (!found) return false;
    entry = {id, std::string(fields.device), UnescapePath(fields.point), std::string(fields.type)};
    return true;
  });
  if (!found && !*error) *error = {ENOENT, "read", "mount in /proc/thread-self/mountinfo"};
  return entry;
}

MountEntry MountAt(const std::string& path, std::string* canonical, base::Error* error) {
  // O_PATH sends no OPEN, and its two links in /proc no GETATTR.
  base::Fd place(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (place.get() < 0) {
    *error = {errno, "open", "'" + path + "'"};
    return {};
  }
  base::Fd self = OpenSelf(error);
  if (!*error) *canonical = LinkOf(self.get(), place.get(), error);
  uint64_t id = *error ? 0 : MountId(self.get(), place.get(), error);
  return *error ? MountEntry{} : EntryOf(self.get(), id, error);
}

}  // namespace procview::mounts

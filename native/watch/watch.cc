#include "watch/watch.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace procview::watch {

namespace {

constexpr uint32_t kDirectories = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr int kInotify = 0;

// Bounds a call where processes make events faster than it reads them.
constexpr int kMostReads = 64;

// The number is the same on every architecture (5.3); C libraries have a wrapper since 2022 only.
constexpr long kPidfdOpen = 434;

// Files whose change means that a process joined or left. Writes of limits cause events too.
bool ChangesMembers(std::string_view name) {
  return name.empty() || name == "cgroup.procs" || name == "cgroup.events" || name == "tasks" ||
         name == "cgroup.threads";
}

void Sort(const inotify_event& event, std::set<Event>& events) {
  if (event.mask & IN_Q_OVERFLOW) events.insert({Kind::lost, 0});
  if (event.mask & IN_ISDIR) {
    if (event.mask & kDirectories) events.insert({Kind::children, event.wd});
  } else if ((event.mask & IN_MODIFY) && ChangesMembers(event.len ? event.name : "")) {
    events.insert({Kind::members, event.wd});
  }
}

bool HasEnded(int pidfd) {
  pollfd asked{.fd = pidfd, .events = POLLIN, .revents = 0};
  return poll(&asked, 1, 0) > 0;
}

}  // namespace

Watch::Watch() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) {
    error_ = errno;
    return;
  }
  inotify_ = base::Fd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify_ || !Register(inotify_.get(), kInotify)) error_ = errno;
}

bool Watch::Register(int fd, int number) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = number}};
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

int Watch::Add(const char* path) {
  const int number = inotify_add_watch(inotify_.get(), path, kDirectories | IN_MODIFY | IN_DONT_FOLLOW);
  return number < 0 ? -errno : number;
}

void Watch::Remove(int number) { inotify_rm_watch(inotify_.get(), number); }

int Watch::AddProcess(pid_t pid) {
  if (pid <= 0) return -ESRCH;
  const auto known = processes_.find(pid);
  if (known != processes_.end()) return HasEnded(known->second.get()) ? -ESRCH : 0;
  base::Fd fd(static_cast<int>(syscall(kPidfdOpen, pid, 0)));
  if (!fd) return -errno;
  if (HasEnded(fd.get())) return -ESRCH;
  if (!Register(fd.get(), pid)) return -errno;
  processes_.emplace(pid, std::move(fd));
  return 0;
}

void Watch::ReadDirectories(std::set<Event>& events) {
  alignas(inotify_event) char bytes[16384];
  for (int reads = 0; reads < kMostReads; reads++) {
    const ssize_t length = read(inotify_.get(), bytes, sizeof bytes);
    if (length <= 0) return;
    for (const char* at = bytes; at < bytes + length;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      Sort(*event, events);
      at += sizeof *event + event->len;
    }
  }
}

std::set<Event> Watch::Take() {
  std::set<Event> events;
  epoll_event ready[64];
  for (;;) {
    const int count = epoll_wait(epoll_.get(), ready, 64, 0);
    for (int i = 0; i < count; i++) {
      const int number = ready[i].data.fd;
      if (number == kInotify) {
        ReadDirectories(events);
        continue;
      }
      RemoveProcess(number);
      events.insert({Kind::ended, number});
    }
    if (count < 64) return events;
  }
}

}  // namespace procview::watch

#include "mounts/net-parameters.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "base/fd.h"

namespace procview::mounts {
namespace {

using base::Fd;

/// No parameter below net is longer.
constexpr size_t kLongest = 4096;

/// Work for a thread of its own, and its result: 0 or a negative errno.
struct Task {
  std::function<int()> run;
  int result = 0;
};

void* Run(void* task) {
  auto* of = static_cast<Task*>(task);
  of->result = of->run();
  return nullptr;
}

/// In a thread that ends afterwards: no other code may run in another namespace.
int InThread(std::function<int()> run) {
  Task task{std::move(run)};
  pthread_t thread;
  const int error = pthread_create(&thread, nullptr, Run, &task);
  if (error) return -error;
  pthread_join(thread, nullptr);
  return task.result;
}

int Enter(const std::string& path) {
  if (path == kNewNamespace) return unshare(CLONE_NEWNET) < 0 ? -errno : 0;
  const base::Fd ns(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return !ns || setns(ns.get(), CLONE_NEWNET) < 0 ? -errno : 0;
}

/// Names never come from a container; this check keeps a mistake below net.
bool IsName(const std::string& name) {
  return !name.empty() && name[0] != '/' && name.find("..") == std::string::npos;
}

int InNamespace(const std::string& path, const std::string& name, int flags,
                const std::function<int(int)>& use) {
  if (!IsName(name)) return -EINVAL;
  return InThread([&] {
    const int error = Enter(path);
    if (error) return error;
    const base::Fd file(open(("/proc/sys/net/" + name).c_str(), flags | O_CLOEXEC));
    return file ? use(file.get()) : -errno;
  });
}

}  // namespace

int ReadNetParameter(const std::string& path, const std::string& name, std::string& text) {
  return InNamespace(path, name, O_RDONLY, [&](int file) {
    text.resize(kLongest);
    const ssize_t length = read(file, text.data(), text.size());
    text.resize(length < 0 ? 0 : static_cast<size_t>(length));
    return length < 0 ? -errno : 0;
  });
}

int WriteNetParameter(const std::string& path, const std::string& name, const std::string& text) {
  return InNamespace(path, name, O_WRONLY, [&](int file) {
    return write(file, text.data(), text.size()) < 0 ? -errno : 0;
  });
}

}  // namespace procview::mounts

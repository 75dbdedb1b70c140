#include "base/timed-reader.h"

#include <csignal>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/buffer.h"
#include "base/files.h"

namespace procview::base {

/// Shared with the thread, which may outlive the reader.
struct TimedReader::Work {
  std::mutex mutex;
  std::condition_variable changed;
  enum { kIdle, kAsked, kDone, kEnd } state = kIdle;
  std::string path;
  std::string text;
  int error = 0;
};

TimedReader::~TimedReader() {
  if (!work_) return;
  const std::lock_guard lock(work_->mutex);
  work_->state = Work::kEnd;
  work_->changed.notify_all();
}

void TimedReader::Run(const std::shared_ptr<Work>& work) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock(work->mutex);
  for (;;) {
    work->changed.wait(lock, [&] { return work->state == Work::kAsked || work->state == Work::kEnd; });
    if (work->state == Work::kEnd) return;
    const std::string path = work->path;
    lock.unlock();
    const long length = ReadText(path.c_str());
    lock.lock();
    if (work->state == Work::kEnd) return;
    work->error = length < 0 ? static_cast<int>(length) : 0;
    if (length >= 0) work->text = Buffer::OfThread().Bytes(length);
    work->state = Work::kDone;
    work->changed.notify_all();
  }
}

int TimedReader::Read(const std::string& path, std::string* into) {
  if (!work_) {
    work_ = std::make_shared<Work>();
    std::thread(Run, work_).detach();
  }
  std::unique_lock lock(work_->mutex);
  if (work_->state == Work::kAsked) return -ETIMEDOUT;
  work_->path = path;
  work_->state = Work::kAsked;
  work_->changed.notify_all();
  const bool in_time =
      work_->changed.wait_for(lock, limit_, [&] { return work_->state == Work::kDone; });
  if (!in_time) return -ETIMEDOUT;
  work_->state = Work::kIdle;
  if (work_->error == 0) *into = std::move(work_->text);
  return work_->error;
}

}  // namespace procview::base

#include "sample/sources.h"

#include <fcntl.h>

#include <algorithm>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/number.h"

namespace procview::sample {

namespace {

// Until a file that cannot be opened is tried again: a feature that this kernel or cgroup does not have would cost a system
// call in each sample otherwise.
constexpr int64_t kRetry = 1000000;
constexpr int64_t kNever = INT64_MAX;

}  // namespace

Source::Source(SourceSpec spec)
    : root_(base::Root::Of(spec.root)),
      path_(std::move(spec.path)),
      keys_(std::move(spec.keys)),
      divide_(spec.divide),
      slot_(spec.slot),
      count_(spec.count),
      columns_(spec.columns),
      group_(spec.group),
      kind_(spec.kind),
      pieces_(spec.pieces) {
  if (kind_ == Kind::text) content_ = std::make_unique<Content>();
}

bool Source::Open(int64_t now) {
  if (fd_) return true;
  if (now < retry_) return false;
  // O_NONBLOCK: a pipe in place of a kernel file must not block a reader.
  fd_.Reset(root_->Open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY));
  if (!fd_) return false;
  once_ = !pieces_ && base::WholeInOneRead(fd_.get());
  return true;
}

// A file whose cgroup was removed reads ENODEV (kernfs), even after a cgroup of the same name
// was created, so the descriptor is closed and the next sample opens the path again.
bool Source::Fail(int64_t retry, double* slots) {
  fd_.Reset();
  retry_ = retry;
  std::fill_n(slots, count_, base::kAbsent);
  if (content_) content_->Drop();
  return false;
}

bool Source::Store(std::string_view bytes, double* slots) {
  if (!content_->present || content_->bytes != bytes) {
    content_->bytes = bytes;
    content_->present = true;
    content_->changes++;
  }
  *slots = content_->changes;
  return true;
}

bool Source::Read(int64_t now, double* slots) {
  const bool fresh = !fd_;
  if (!Open(now)) return Fail(now < retry_ ? retry_ : now + kRetry, slots);
  base::Buffer& buffer = base::Buffer::OfThread();
  const long length = buffer.Read(fd_.get(), once_);
  if (length < 0) return Fail(fresh ? now + kRetry : now, slots);
  if (content_) return Store(buffer.Bytes(length), slots);
  Parse(kind_, buffer.Bytes(length), {count_, columns_, divide_, keys_.get()}, memo_, slots);
  return true;
}

void Source::Sample(int64_t now, double* slots) { Read(now, slots + slot_); }

std::string_view Source::Text() const {
  return content_ ? std::string_view(content_->bytes) : std::string_view();
}

void Source::Close(double* slots) { Fail(kNever, slots + slot_); }

Sources::Sources(std::vector<SourceSpec> specs, double* slots)
    : length_(specs.size()), slots_(slots) {
  sources_.reserve(specs.size());
  for (SourceSpec& spec : specs) sources_.emplace_back(std::move(spec));
}

int64_t Sources::Sample(uint32_t groups) {
  const int64_t now = base::BootTime();
  for (Source& source : sources_)
    if (source.group() & groups) source.Sample(now, slots_);
  return now;
}

void Sources::Close() {
  for (Source& source : sources_) source.Close(slots_);
  std::vector<Source>().swap(sources_);
}

}  // namespace procview::sample

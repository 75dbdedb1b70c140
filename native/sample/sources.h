// The files of one container, or of the host: opened at the first use, kept open, and parsed into a flat array of numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "sample/parse.h"
#include "base/beneath.h"

namespace procview::sample {

struct SourceSpec {
  std::string root;
  std::string path;
  Kind kind = Kind::scalar;
  uint32_t slot = 0;
  uint32_t count = 1;
  uint32_t columns = 1;
  uint64_t divide = 1;
  uint32_t group = 1;
  bool pieces = false;
  std::shared_ptr<const Keys> keys;
};

/// One file. Absence is a value (NaN), not an error: an older kernel, a controller that is switched
/// off and a cgroup that is gone look the same to a view.
class Source {
 public:
  explicit Source(SourceSpec spec);

  uint32_t group() const { return group_; }
  void Sample(int64_t now, double* slots);
  std::string_view Text() const;
  /// Closes the file and sets its slots to NaN.
  void Close(double* slots);

 private:
  // Only text sources have one.
  struct Content {
    std::string bytes;
    double changes = 0;
    bool present = false;

    void Drop() {
      bytes.clear();
      present = false;
    }
  };

  bool Open(int64_t now);
  bool Fail(int64_t retry, double* slots);
  bool Store(std::string_view bytes, double* slots);
  bool Read(int64_t now, double* slots);

  base::Root* root_;
  std::string path_;
  std::shared_ptr<const Keys> keys_;
  LineMemo memo_;
  std::unique_ptr<Content> content_;
  uint64_t divide_;
  int64_t retry_ = 0;
  uint32_t slot_;
  uint32_t count_;
  uint32_t columns_;
  uint32_t group_;
  base::Fd fd_;
  Kind kind_;
  bool pieces_;
  bool once_ = false;
};

class Sources {
 public:
  /// `slots` must stay where it is as long as this lives; the specs were checked against its length.
  Sources(std::vector<SourceSpec> specs, double* slots);

  /// Fills the slots of all sources whose group is in the mask. Returns the time, taken before the
  /// first read: CPU time that passes while reading then belongs to the next interval.
  int64_t Sample(uint32_t groups);
  size_t Length() const { return length_; }
  std::string_view Text(size_t index) const {
    return index < sources_.size() ? sources_[index].Text() : std::string_view();
  }
  /// Frees all memory and sets all slots to NaN.
  void Close();

 private:
  std::vector<Source> sources_;
  size_t length_;
  double* slots_;
};

}  // namespace procview::sample

// The formats of kernel files: bytes in, numbers out. No file is touched here.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sample/keys.h"

namespace procview::sample {

/// How the bytes of a source become numbers; the values are those of SourceKind in src/native/sources.ts.
enum class Kind : uint8_t { scalar, list, keyed, table, text };

/// What a parser must know of its source.
struct Format {
  uint32_t count = 1;
  uint32_t columns = 1;
  uint64_t divide = 1;
  const Keys* keys = nullptr;
};

/// Which key each line of a keyed file held last time: the kernel prints the same lines in the same
/// order, so comparing the bytes replaces the look-up.
using LineMemo = std::vector<uint16_t>;

// Each fills slots[0..count) whatever the bytes are; what is not there or malformed becomes NaN.

/// One number and nothing else: memory.current, cpu.cfs_quota_us.
void ParseScalar(std::string_view bytes, const Format& format, double* slots);

/// Numbers on any number of lines: cpu.max, cpuacct.usage_percpu, /proc/sys/fs/file-nr.
void ParseList(std::string_view bytes, const Format& format, double* slots);

/// Lines `key number ..` or `key: number kB`: memory.stat, cpu.stat, /proc/meminfo, /proc/vmstat,
/// `ctxt` and the like of /proc/stat. What follows the number is ignored; of a key that comes twice
/// the first number counts.
void ParseKeyed(std::string_view bytes, const Format& format, LineMemo& memo, double* slots);

/// Lines `row n1 n2 ..`: cpuacct.usage_all (since 4.9).
void ParseTable(std::string_view bytes, const Format& format, double* slots);

/// Any of the above but text.
void Parse(Kind kind, std::string_view bytes, const Format& format, LineMemo& memo, double* slots);

}  // namespace procview::sample

// The formats of kernel files: bytes in, numbers out. No file is touched here.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sample/keys.h"

namespace procview::sample {

/// How the bytes of a source become numbers; the values are those of SourceKind in src/native/sources.ts.
enum class Kind : uint8_t { scalar, list, keyed, table, text };

/// Properties of a source for its parser.
struct Format {
  uint32_t count = 1;
  uint32_t columns = 1;
  uint64_t divide = 1;
  const Keys* keys = nullptr;
};

/// The key that each line of a keyed file had last time: the kernel prints the same lines in the same order, so a comparison
/// of bytes replaces the lookup.
using LineMemo = std::vector<uint16_t>;

// Each fills slots[0..count) for any bytes: absent or malformed numbers become NaN.

/// One number and nothing else: memory.current, cpu.cfs_quota_us.
void ParseScalar(std::string_view bytes, const Format& format, double* slots);

/// Numbers on any number of lines: cpu.max, cpuacct.usage_percpu, /proc/sys/fs/file-nr.
void ParseList(std::string_view bytes, const Format& format, double* slots);

/// Lines `key number ..` or `key: number kB`: memory.stat, cpu.stat, /proc/meminfo, /proc/vmstat,
/// `ctxt` and the like of /proc/stat. Text after the number is ignored; if a key occurs twice,
/// the first number counts.
void ParseKeyed(std::string_view bytes, const Format& format, LineMemo& memo, double* slots);

/// Lines `row n1 n2 ..`: cpuacct.usage_all (since 4.9).
void ParseTable(std::string_view bytes, const Format& format, double* slots);

/// Any of the above but text.
void Parse(Kind kind, std::string_view bytes, const Format& format, LineMemo& memo, double* slots);

}  // namespace procview::sample

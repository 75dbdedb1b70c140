// The kernel's FUSE protocol (include/uapi/linux/fuse.h), as much of it as procview speaks.
// Own definitions, so that the build does not depend on how old the distribution's headers are.
#pragma once

#include <cstddef>
#include <cstdint>

namespace procview::fuse {

constexpr uint32_t kMajor = 7;
/// Newest minor whose layouts we know (Linux 6.18). Newer kernels speak down to it.
constexpr uint32_t kMinor = 45;
/// Oldest minor we serve (Linux 5.4).
constexpr uint32_t kOldestMinor = 31;

constexpr uint64_t kRootNode = 1;

/// The smallest `max_write` that the kernel accepts. Every write fails with its first bytes anyway.
constexpr uint32_t kMaxWrite = 4096;
/// Room for the largest request: SETXATTR with a value of 64 KiB.
constexpr size_t kRequestSize = 128 * 1024;

enum Opcode : uint32_t {
  kLookup = 1,
  kForget = 2,
  kGetattr = 3,
  kSetattr = 4,
  kReadlink = 5,
  kSymlink = 6,
  kMknod = 8,
  kMkdir = 9,
  kUnlink = 10,
  kRmdir = 11,
  kRename = 12,
  kLink = 13,
  kOpen = 14,
  kRead = 15,
  kWrite = 16,
  kStatfs = 17,
  kRelease = 18,
  kFsync = 20,
  kSetxattr = 21,
  kGetxattr = 22,
  kListxattr = 23,
  kRemovexattr = 24,
  kFlush = 25,
  kInit = 26,
  kOpendir = 27,
  kReaddir = 28,
  kReleasedir = 29,
  kFsyncdir = 30,
  kAccess = 34,
  kCreate = 35,
  kInterrupt = 36,
  kDestroy = 38,
  kIoctl = 39,
  kPoll = 40,
  kNotifyReply = 41,
  kBatchForget = 42,
  kFallocate = 43,
  kReaddirplus = 44,
  kRename2 = 45,
  kLseek = 46,
  kTmpfile = 51,  // since 6.1
  kStatx = 52,    // since 6.6
};

// INIT flags: what the kernel offers and we may accept. Bits 32 and up travel in flags2.
constexpr uint64_t kAsyncRead = 1ULL << 0;
constexpr uint64_t kDoReaddirplus = 1ULL << 13;
constexpr uint64_t kReaddirplusAuto = 1ULL << 14;
constexpr uint64_t kAsyncDio = 1ULL << 15;
constexpr uint64_t kParallelDirops = 1ULL << 18;
constexpr uint64_t kMaxPages = 1ULL << 22;
constexpr uint64_t kInitExt = 1ULL << 30;    // since 5.17 (7.36)
constexpr uint64_t kHasResend = 1ULL << 39;  // since 6.9 (7.40)

// Flags of an OPEN reply.
constexpr uint32_t kOpenDirectIo = 1U << 0;
constexpr uint32_t kOpenKeepCache = 1U << 1;
constexpr uint32_t kOpenCacheDir = 1U << 3;
constexpr uint32_t kOpenNoflush = 1U << 5;  // since 5.16 (7.35)
constexpr uint32_t kNoflushMinor = 35;

// GETATTR with a handle: only lseek(SEEK_END) asks so; stat(2) and fstat(2) do not.
constexpr uint32_t kGetattrHandle = 1U << 0;

// READ with a lock owner: read(2) and its kin on a file opened for direct I/O. A READ without fills
// the page cache, for splice(2) or a page fault.
constexpr uint32_t kReadLockOwner = 1U << 1;

// SETATTR: which fields are set.
constexpr uint32_t kSetMode = 1U << 0;
constexpr uint32_t kSetUid = 1U << 1;
constexpr uint32_t kSetGid = 1U << 2;

struct InHeader {
  uint32_t len;
  uint32_t opcode;
  uint64_t unique;
  uint64_t nodeid;
  uint32_t uid;
  uint32_t gid;
  uint32_t pid;
  uint32_t padding;  // total_extlen since 6.3: extensions of creating requests, which we refuse
};

struct OutHeader {
  uint32_t len;
  int32_t error;
  uint64_t unique;
};

struct Attr {
  uint64_t ino;
  uint64_t size;
  uint64_t blocks;
  uint64_t atime;
  uint64_t mtime;
  uint64_t ctime;
  uint32_t atimensec;
  uint32_t mtimensec;
  uint32_t ctimensec;
  uint32_t mode;
  uint32_t nlink;
  uint32_t uid;
  uint32_t gid;
  uint32_t rdev;
  uint32_t blksize;
  uint32_t flags;
};

struct EntryOut {
  uint64_t nodeid;
  uint64_t generation;
  uint64_t entry_valid;
  uint64_t attr_valid;
  uint32_t entry_valid_nsec;
  uint32_t attr_valid_nsec;
  Attr attr;
};

struct GetattrIn {
  uint32_t flags;
  uint32_t dummy;
  uint64_t fh;
};

struct AttrOut {
  uint64_t attr_valid;
  uint32_t attr_valid_nsec;
  uint32_t dummy;
  Attr attr;
};

struct SetattrIn {
  uint32_t valid;
  uint32_t padding;
  uint64_t fh;
  uint64_t size;
  uint64_t lock_owner;
  uint64_t atime;
  uint64_t mtime;
  uint64_t ctime;
  uint32_t atimensec;
  uint32_t mtimensec;
  uint32_t ctimensec;
  uint32_t mode;
  uint32_t unused4;
  uint32_t uid;
  uint32_t gid;
  uint32_t unused5;
};

struct MknodIn {
  uint32_t mode;
  uint32_t rdev;
  uint32_t umask;
  uint32_t padding;
};

struct MkdirIn {
  uint32_t mode;
  uint32_t umask;
};

struct RenameIn {
  uint64_t newdir;
};

struct Rename2In {
  uint64_t newdir;
  uint32_t flags;
  uint32_t padding;
};

struct LinkIn {
  uint64_t oldnodeid;
};

struct OpenIn {
  uint32_t flags;
  uint32_t open_flags;
};

struct OpenOut {
  uint64_t fh;
  uint32_t open_flags;
  uint32_t padding;
};

struct CreateIn {
  uint32_t flags;
  uint32_t mode;
  uint32_t umask;
  uint32_t open_flags;
};

struct ReadIn {
  uint64_t fh;
  uint64_t offset;
  uint32_t size;
  uint32_t read_flags;
  uint64_t lock_owner;
  uint32_t flags;
  uint32_t padding;
};

/// WRITE has the layout of READ, followed by the data.
using WriteIn = ReadIn;

struct WriteOut {
  uint32_t size;
  uint32_t padding;
};

struct ReleaseIn {
  uint64_t fh;
  uint32_t flags;
  uint32_t release_flags;
  uint64_t lock_owner;
};

struct FsyncIn {
  uint64_t fh;
  uint32_t flags;
  uint32_t padding;
};

struct GetxattrIn {
  uint32_t size;
  uint32_t padding;
};

struct GetxattrOut {
  uint32_t size;
  uint32_t padding;
};

/// Shorter than the newest form, which is only used if we accept SETXATTR_EXT.
struct SetxattrIn {
  uint32_t size;
  uint32_t flags;
};

struct FlushIn {
  uint64_t fh;
  uint32_t unused;
  uint32_t padding;
  uint64_t lock_owner;
};

struct AccessIn {
  uint32_t mask;
  uint32_t padding;
};

struct IoctlIn {
  uint64_t fh;
  uint32_t flags;
  uint32_t cmd;
  uint64_t arg;
  uint32_t in_size;
  uint32_t out_size;
};

struct LseekIn {
  uint64_t fh;
  uint64_t offset;
  uint32_t whence;
  uint32_t padding;
};

struct StatfsOut {
  uint64_t blocks;
  uint64_t bfree;
  uint64_t bavail;
  uint64_t files;
  uint64_t ffree;
  uint32_t bsize;
  uint32_t namelen;
  uint32_t frsize;
  uint32_t padding;
  uint32_t spare[6];
};

/// Up to 7.35. Since 5.17 it is followed by flags2 and 11 unused words.
struct InitIn {
  uint32_t major;
  uint32_t minor;
  uint32_t max_readahead;
  uint32_t flags;
};

struct InitOut {
  uint32_t major;
  uint32_t minor;
  uint32_t max_readahead;
  uint32_t flags;
  uint16_t max_background;
  uint16_t congestion_threshold;
  uint32_t max_write;
  uint32_t time_gran;
  uint16_t max_pages;  // since 4.20 (7.28)
  uint16_t map_alignment;
  uint32_t flags2;  // since 5.17 (7.36)
  uint32_t unused[7];
};

/// Followed by the name, padded to 8 bytes.
struct Dirent {
  uint64_t ino;
  uint64_t off;
  uint32_t namelen;
  uint32_t type;
};

/// Notification: data for the page cache. Its header has `unique` 0 and this code as error.
constexpr int32_t kNotifyStore = 4;
constexpr int32_t kNotifyResend = 7;  // since 6.9 (7.40)

struct NotifyStoreOut {
  uint64_t nodeid;
  uint64_t offset;
  uint32_t size;
  uint32_t padding;
};

static_assert(sizeof(InHeader) == 40 && sizeof(OutHeader) == 16);
static_assert(sizeof(Attr) == 88 && sizeof(EntryOut) == 128 && sizeof(AttrOut) == 104);
static_assert(sizeof(SetattrIn) == 88 && sizeof(ReadIn) == 40 && sizeof(StatfsOut) == 80);
static_assert(sizeof(InitIn) == 16 && sizeof(InitOut) == 64 && sizeof(Dirent) == 24);

/// ioctl on a fresh /dev/fuse: join the connection of another descriptor (since 4.2).
constexpr unsigned long kDeviceClone = 0x8004e500UL;

}  // namespace procview::fuse

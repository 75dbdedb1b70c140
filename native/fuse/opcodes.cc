#include "fuse/opcodes.h"

#include <cerrno>

namespace procview::fuse {
namespace {

// Errors are those of the kernel's own /proc on Linux 6.18, as root. An operation that /proc does not have is ENOSYS:
// the kernel then sends it no more and behaves as for /proc (fsetxattr: EOPNOTSUPP, poll: always ready, flush and
// access: success). New names are ENOENT in /proc, not EACCES or EROFS.
constexpr Operation kOperations[] = {
    {kLookup, "LOOKUP", Lookup, 0, 0, 1},
    {kForget, "FORGET", nullptr, kNoReply, 0, 0},
    {kGetattr, "GETATTR", Getattr, 0, sizeof(GetattrIn), 0},
    {kSetattr, "SETATTR", Setattr, 0, sizeof(SetattrIn), 0},
    {kReadlink, "READLINK", Readlink, 0, 0, 0},
    {kSymlink, "SYMLINK", nullptr, ENOENT, 0, 2},
    {kMknod, "MKNOD", nullptr, ENOENT, sizeof(MknodIn), 1},
    {kMkdir, "MKDIR", nullptr, ENOENT, sizeof(MkdirIn), 1},
    {kUnlink, "UNLINK", nullptr, EPERM, 0, 1},
    {kRmdir, "RMDIR", nullptr, EPERM, 0, 1},
    {kRename, "RENAME", Rename, 0, sizeof(RenameIn), 2},
    {kLink, "LINK", nullptr, ENOENT, sizeof(LinkIn), 1},
    {kOpen, "OPEN", Open, 0, sizeof(OpenIn), 0},
    {kRead, "READ", Read, 0, sizeof(ReadIn), 0},
    {kWrite, "WRITE", Write, 0, sizeof(WriteIn), 0},
    {kStatfs, "STATFS", Statfs, 0, 0, 0},
    {kRelease, "RELEASE", Release, 0, sizeof(ReleaseIn), 0},
    {kFsync, "FSYNC", nullptr, EINVAL, sizeof(FsyncIn), 0},
    {kSetxattr, "SETXATTR", nullptr, ENOSYS, sizeof(SetxattrIn), 1},
    {kGetxattr, "GETXATTR", nullptr, ENOSYS, sizeof(GetxattrIn), 1},
    {kListxattr, "LISTXATTR", Listxattr, 0, sizeof(GetxattrIn), 0},
    {kRemovexattr, "REMOVEXATTR", nullptr, ENOSYS, 0, 1},
    {kFlush, "FLUSH", nullptr, ENOSYS, sizeof(FlushIn), 0},
    {kInit, "INIT", Init, 0, sizeof(InitIn), 0},
    {kOpendir, "OPENDIR", Opendir, 0, sizeof(OpenIn), 0},
    {kReaddir, "READDIR", Readdir, 0, sizeof(ReadIn), 0},
    {kReleasedir, "RELEASEDIR", Release, 0, sizeof(ReleaseIn), 0},
    {kFsyncdir, "FSYNCDIR", nullptr, EINVAL, sizeof(FsyncIn), 0},
    {kAccess, "ACCESS", nullptr, ENOSYS, sizeof(AccessIn), 0},
    {kCreate, "CREATE", nullptr, ENOENT, sizeof(CreateIn), 1},
    {kInterrupt, "INTERRUPT", nullptr, kNoReply, 0, 0},
    {kDestroy, "DESTROY", nullptr, 0, 0, 0},
    {kIoctl, "IOCTL", nullptr, ENOTTY, sizeof(IoctlIn), 0},
    {kNotifyReply, "NOTIFY_REPLY", nullptr, kNoReply, 0, 0},
    {kBatchForget, "BATCH_FORGET", nullptr, kNoReply, 0, 0},
    {kReaddirplus, "READDIRPLUS", Readdirplus, 0, sizeof(ReadIn), 0},
    {kRename2, "RENAME2", Rename, 0, sizeof(Rename2In), 2},
    {kLseek, "LSEEK", nullptr, EINVAL, sizeof(LseekIn), 0},
};

constexpr uint32_t kLast = kLseek;

/// Opcode -> index + 1 in the table.
struct Index {
  unsigned char of[kLast + 1] = {};

  constexpr Index() {
    unsigned char position = 0;
    for (const Operation& operation : kOperations) of[operation.opcode] = ++position;
  }
};

constexpr Index kIndex;

}  // namespace

const Operation* FindOperation(uint32_t opcode) {
  unsigned position = opcode <= kLast ? kIndex.of[opcode] : 0;
  return position == 0 ? nullptr : &kOperations[position - 1];
}

}  // namespace procview::fuse

/* Makes every system call on a file of procfs and its directory, and prints the outcome of each:
   `call: result`, or `call: ERRNO`. For texts it prints `like`, a hash without numbers and their padding,
   because these differ from read to read. Only for procfs, sysfs and FUSE: it would destroy other files. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static const char *path, *directory;
static char text[1 << 20], name[8192], *volatile nowhere = (char *)8;

static void report(const char *call, long result) {
  if (result < 0) printf("%s: %s\n", call, strerrorname_np(errno));
  else printf("%s: %ld\n", call, result);
}

/* Hash (FNV-1a) of a text without its numbers and their padding. */
static unsigned like(const char *bytes, long length) {
  unsigned hash = 2166136261u;
  char last = 0;
  for (long i = 0; i < length; i++) {
    char byte = strchr("0123456789. ", bytes[i]) ? '#' : bytes[i];
    if (byte != '#' || last != '#') hash = (hash ^ (unsigned char)byte) * 16777619u;
    last = byte;
  }
  return hash;
}

static void report_text(const char *call, long length) {
  if (length < 0)report(call, length);
  else printf("%s: %s, like %08x\n", call, length ? "bytes" : "nothing", like(text, length));
}

static int opened(int flags) { return open(path, flags | O_CLOEXEC, 0600); }

/* Reads the whole file in pieces of at most `size` bytes. Returns the length. */
static long all(int fd, size_t size) {
  long length = 0, got;
  while ((got = read(fd, text + length, size)) > 0) length += got;
  return got < 0 ? got : length;
}

static const char *in_directory(const char *file) {
  snprintf(name, sizeof name, "%s/%s", directory, file);
  return name;
}

static void opening(void) {
  static const struct { const char *call; int flags; } ways[] = {
    {"open WRONLY", O_WRONLY}, {"open RDWR", O_RDWR}, {"open APPEND", O_WRONLY | O_APPEND}, {"open TRUNC", O_WRONLY | O_TRUNC},
    {"open CREAT", O_RDONLY | O_CREAT}, {"open EXCL", O_RDONLY | O_CREAT | O_EXCL}, {"open PATH", O_PATH}, {"open DIRECT", O_DIRECT},
    {"open DIRECTORY", O_DIRECTORY}, {"open NOFOLLOW", O_NOFOLLOW}, {"open NONBLOCK", O_NONBLOCK}, {"open SYNC", O_SYNC},
    {"open NOATIME", O_NOATIME}, {"open TMPFILE", O_TMPFILE | O_RDWR},
  };
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    int fd = open(path, ways[i].flags, 0600);
   report(ways[i].call, fd < 0 ? fd : 0);
    if (fd >= 0) close(fd);
  }
 report("open directory TMPFILE", open(directory, O_TMPFILE | O_RDWR, 0600));
 report("open directory WRONLY", open(directory, O_WRONLY));
 report("open new CREAT", open(in_directory("new"), O_RDWR | O_CREAT, 0600));
 report("access R_OK", access(path, R_OK));
 report("access W_OK", access(path, W_OK));
 report("access X_OK", access(path, X_OK));
 report("execve", execl(path, path, NULL));
 report("fcntl SETFL ASYNC", fcntl(opened(O_RDONLY), F_SETFL, O_ASYNC));
 report("fcntl SETFL DIRECT", fcntl(opened(O_RDONLY), F_SETFL, O_DIRECT));
}

static void reading(void) {
  int fd = opened(O_RDONLY);
  char few[8];
 report_text("read", all(fd, sizeof text - 1));
 report("read at the end", read(fd, text, 1));
 report_text("read byte by byte", all(opened(O_RDONLY), 1));
 report_text("read by 7 bytes", all(opened(O_RDONLY), 7));
 report("read nothing", read(opened(O_RDONLY), text, 0));
 report("read into nowhere", read(opened(O_RDONLY), nowhere, 100));
  struct iovec parts[3] = {{text, 5}, {text + 5, 0}, {text + 5, 9}};
 report("readv", readv(opened(O_RDONLY), parts, 3));
 report("readv of nothing", readv(opened(O_RDONLY), parts, 0));
 report("preadv2 NOWAIT", preadv2(opened(O_RDONLY), parts, 3, 0, RWF_NOWAIT));
 report("preadv2 HIPRI", preadv2(opened(O_RDONLY), parts, 3, 0, RWF_HIPRI));
 report("pread", pread(fd, few, 8, 3));
 report("pread before the beginning", pread(fd, few, 8, -1));
 report("pread far behind the end", pread(fd, few, 8, 1L << 40));
 report("pread at the last offset", pread(fd, few, 1, INT64_MAX - 1));
 report("pread over the last offset", pread(fd, few, 8, INT64_MAX));
 report("read what is only written to", read(opened(O_WRONLY), few, 8));
 report("read PATH", read(opened(O_PATH), few, 8));
}

static void seeking(void) {
  int fd = opened(O_RDONLY);
 report("lseek SET", lseek(fd, 10, SEEK_SET));
 report("lseek CUR", lseek(fd, -3, SEEK_CUR));
 report("lseek END", lseek(fd, 0, SEEK_END));
 report("lseek DATA", lseek(fd, 0, SEEK_DATA));
 report("lseek HOLE", lseek(fd, 0, SEEK_HOLE));
 report("lseek before the beginning", lseek(fd, -1, SEEK_SET));
 report("lseek CUR before the beginning", lseek(fd, -100, SEEK_CUR));
 report("lseek stays", lseek(fd, 0, SEEK_CUR));
 report("lseek unknown", lseek(fd, 0, 17));
 report("lseek far", lseek(fd, 1L << 40, SEEK_SET));
 report("read there", read(fd, text, 10));
 report("lseek farthest", lseek(fd, INT64_MAX, SEEK_SET) == INT64_MAX ? 1 : -1);
 report("read at the farthest", read(fd, text, 10));
 report("lseek over the farthest", lseek(fd, 1, SEEK_CUR));
  lseek(fd, 0, SEEK_SET);
 report_text("read once more", all(fd, 4096));
}

static void waiting(void) {
  int fd = opened(O_RDONLY);
  struct pollfd one = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
 report("poll", poll(&one, 1, 0));
  printf("poll events: %x\n", one.revents);
  fd_set in, out, except;
  FD_ZERO(&in);
  FD_SET(fd, &in);
  out = except = in;
  struct timeval now = {0, 0};
 report("select", select(fd + 1, &in, &out, &except, &now));
  int epoll = epoll_create1(0);
  struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLPRI, {0}};
 report("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
 report("epoll_wait", epoll_wait(epoll, &event, 1, 0));
 report("epoll_ctl of the directory", epoll_ctl(epoll, EPOLL_CTL_ADD, open(directory, O_RDONLY), &event));
}

static void map(const char *call, int flags, int protection, int how) {
  volatile char *at = mmap(NULL, 4096, protection, how, opened(flags), 0);
 report(call, at == MAP_FAILED ? -1 : 0);
  if (at == MAP_FAILED) return;
  fflush(stdout);
  int status;
  if (fork() == 0) _exit(*at ? 1 : 0);
  wait(&status);
  printf("%s, read: %s\n", call, WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : "a byte");
}

static void mapping(void) {
  map("mmap PRIVATE", O_RDONLY, PROT_READ, MAP_PRIVATE);
  map("mmap PRIVATE to write", O_RDONLY, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  map("mmap SHARED", O_RDONLY, PROT_READ, MAP_SHARED);
  map("mmap SHARED to write", O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED);
  map("mmap of what is only written to", O_WRONLY, PROT_READ, MAP_SHARED);
 report("fadvise", posix_fadvise(opened(O_RDONLY), 0, 0, POSIX_FADV_WILLNEED));
 report("readahead", readahead(opened(O_RDONLY), 0, 4096));
}

static void splicing(void) {
  int pipes[2], fd = opened(O_RDONLY), memory = memfd_create("calls", 0);
  if (pipe2(pipes, O_NONBLOCK)) exit(1);
 report("splice", splice(fd, NULL, pipes[1], NULL, 100, 0));
 report("sendfile", sendfile(memory, opened(O_RDONLY), NULL, 100));
 report("copy_file_range", copy_file_range(opened(O_RDONLY), NULL, memory, NULL, 100, 0));
 report("copy_file_range into it", copy_file_range(memory, NULL, opened(O_WRONLY), NULL, 100, 0));
  if (write(pipes[1], "x", 1) != 1) exit(1);
 report("splice into it", splice(pipes[0], NULL, opened(O_WRONLY), NULL, 1, 0));
 report("sendfile into it", sendfile(opened(O_WRONLY), opened(O_RDONLY), NULL, 100));
 report("ioctl FICLONE", ioctl(opened(O_WRONLY), FICLONE, opened(O_RDONLY)));
}

/* Reads through a ring for one request at a time. Returns the length, or -1. */
static long uring_read(int fd, char *into, unsigned size, long offset) {
  static struct io_uring_params params;
  static char *rings;
  static struct io_uring_sqe *entry;
  static int ring = -1;
  if (ring < 0) {
    if ((ring = syscall(SYS_io_uring_setup, 1, &params)) < 0) return -1;
    rings = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    entry = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    if (rings == MAP_FAILED || (void *)entry == MAP_FAILED || !(params.features & IORING_FEAT_SINGLE_MMAP)) return -1;
  }
  *entry = (struct io_uring_sqe){.opcode = IORING_OP_READ, .fd = fd, .addr = (uintptr_t)into, .len = size, .off = offset};
  __atomic_fetch_add((unsigned *)(rings + params.sq_off.tail), 1, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1) return -1;
  unsigned head = __atomic_fetch_add((unsigned *)(rings + params.cq_off.head), 1, __ATOMIC_RELEASE);
  long result = ((struct io_uring_cqe *)(rings + params.cq_off.cqes))[head & *(unsigned *)(rings + params.cq_off.ring_mask)].res;
  if (result < 0) errno = -result;
  return result < 0 ? -1 : result;
}

static void uring(const char *call, unsigned size) {
  int fd = opened(O_RDONLY);
  long length = 0, got;
  while ((got = uring_read(fd, text + length, size, length)) > 0) length += got;
 report_text(call, got < 0 ? got : length);
  close(fd);
}

static void uring_both(void) {
  uring("io_uring", sizeof text / 2);
  uring("io_uring by 1000 bytes", 1000);
  int fd = opened(O_RDONLY);
  uring_read(fd, text, 10, -1);
 report("io_uring at the position", lseek(fd, 0, SEEK_CUR));
}

static void writing(void) {
  int fd = opened(O_RDWR);
 report("write of nothing", write(fd, "", 0));
 report("write to what is only read", write(opened(O_RDONLY), "x", 1));
 report("ftruncate", ftruncate(fd, 0));
 report("ftruncate to more", ftruncate(fd, 1 << 20));
 report("ftruncate of what is only read", ftruncate(opened(O_RDONLY), 0));
 report("truncate", truncate(path, 0));
 report("truncate below nothing", truncate(path, -1));
 report("fallocate", fallocate(fd, 0, 0, 4096));
 report("fallocate PUNCH_HOLE", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
 report("fsync", fsync(fd));
 report("fdatasync", fdatasync(fd));
 report("sync_file_range", sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
 report("fsync of the directory", fsync(open(directory, O_RDONLY)));
 report("syncfs", syncfs(fd));
}

/* Writes that every file without a meaning for them refuses. */
static void refused(void) {
  int fd = opened(O_RDWR);
 report("write", write(fd, "x", 1));
 report("pwrite far away", pwrite(fd, "x", 1, 1L << 40));
  struct iovec part = {"x", 1};
 report("writev", writev(fd, &part, 1));
}

static void locking(void) {
  int fd = opened(O_RDONLY), other = opened(O_RDWR);
 report("flock", flock(fd, LOCK_EX));
 report("flock of another", flock(other, LOCK_EX | LOCK_NB));
 report("flock UN", flock(fd, LOCK_UN));
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
 report("fcntl OFD_SETLK", fcntl(other, F_OFD_SETLK, &lock));
  lock.l_type = F_RDLCK;
 report("fcntl OFD_SETLK of another", fcntl(fd, F_OFD_SETLK, &lock));
 report("fcntl SETLK", fcntl(fd, F_SETLK, &lock));
  lock.l_type = F_WRLCK;
 report("fcntl GETLK", fcntl(fd, F_GETLK, &lock));
  close(other);
 report("fcntl SETLEASE", fcntl(fd, F_SETLEASE, F_RDLCK));
 report("fcntl ADD_SEALS", fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
 report("fcntl NOTIFY", fcntl(open(directory, O_RDONLY), F_NOTIFY, DN_CREATE));
}

static void attributes(void) {
  struct stat info;
  struct statx more;
  struct statfs system;
  int fd = opened(O_RDONLY), number = -1;
 report("fstat", fstat(fd, &info));
  printf("fstat type, mode: %o\nfstat links: %lu\nfstat owner: %u %u\nfstat size: %ld\n", info.st_mode, info.st_nlink, info.st_uid, info.st_gid, info.st_size);
  printf("fstat blocks: %ld\nfstat block size: %ld\nfstat rdev: %lu\n", info.st_blocks, info.st_blksize, info.st_rdev);
  printf("fstat times: %s\n", info.st_mtime > 1700000000 && info.st_mtime <= time(NULL) ? "plausible" : "implausible");
 report("statx", statx(AT_FDCWD, path, 0, STATX_ALL | STATX_DIOALIGN, &more));
  printf("statx mask: %x\nstatx attributes: %llx\n", more.stx_mask & (STATX_ALL | STATX_DIOALIGN), more.stx_attributes & ~STATX_ATTR_MOUNT_ROOT);
 report("stat of the directory", stat(directory, &info));
  printf("its type, mode: %o\nits size: %ld\n", info.st_mode, info.st_size);
 report("statfs", statfs(path, &system));
  printf("statfs type: %lx\n", system.f_type);
 report("utimensat", utimensat(AT_FDCWD, path, NULL, 0));
 report("chmod to the same", chmod(path, info.st_mode = (stat(path, &info), info.st_mode & 07777)));
 report("chown to the same", chown(path, 0, 0));
 report("ioctl unknown", ioctl(fd, 0x1234, text));
 report("ioctl FIONREAD", ioctl(fd, FIONREAD, &number));
  printf("ioctl FIONREAD value: %d\n", number);
 report("ioctl TCGETS", ioctl(fd, 0x5401, text));
 report("ioctl FS_IOC_GETFLAGS", ioctl(fd, FS_IOC_GETFLAGS, &number));
 report("getxattr", getxattr(path, "user.x", text, 100));
 report("getxattr security", getxattr(path, "security.capability", text, 100));
 report("getxattr acl", getxattr(path, "system.posix_acl_access", text, 100));
 report("setxattr", setxattr(path, "user.x", "x", 1, 0));
 report("removexattr", removexattr(path, "user.x"));
 report("listxattr", listxattr(path, text, 100));
 report("listxattr size", listxattr(path, NULL, 0));
  struct { struct file_handle handle; char bytes[128]; } handle = {.handle.handle_bytes = 128};
 report("name_to_handle_at", name_to_handle_at(AT_FDCWD, path, &handle.handle, &number, 0));
}

static void naming(void) {
  char new[4096];
  snprintf(new, sizeof new, "%s/new", directory);
 report("link", link(path, new));
 report("rename", rename(path, new));
 report("rename to itself", rename(path, path));
 report("renameat2 EXCHANGE", renameat2(AT_FDCWD, path, AT_FDCWD, new, RENAME_EXCHANGE));
 report("symlink", symlink("x", new));
 report("symlink over it", symlink("x", path));
 report("mkdir", mkdir(new, 0700));
 report("mkdir over it", mkdir(path, 0700));
 report("mknod", mknod(new, S_IFIFO | 0600, 0));
 report("unlink", unlink(path));
 report("unlink of nothing", unlink(new));
 report("rmdir", rmdir(path));
 report("readlink", readlink(path, text, 100));
 report("stat below it", stat(strcat(strcpy(new, path), "/x"), &(struct stat){0}));
  memset(new, 'x', 300);
  new[255] = 0;
 report("stat of a long name", stat(in_directory(new), &(struct stat){0}));
  new[255] = 'x', new[256] = 0;
 report("stat of too long a name", stat(in_directory(new), &(struct stat){0}));
}

static void watching(void) {
  int notify = inotify_init1(IN_NONBLOCK), mask = 0;
 report("inotify_add_watch", inotify_add_watch(notify, path, IN_ALL_EVENTS));
  int fd = opened(O_RDONLY);
  all(fd, 4096);
  close(fd);
  long length = read(notify, text, sizeof text);
  for (long at = 0; at < length; at += sizeof(struct inotify_event)) mask |= ((struct inotify_event *)(text + at))->mask;
  printf("inotify events: %x\n", mask);
}

/* Lists a directory by reads of `size` bytes. Returns the number of entries, or -1. */
static long list(int fd, unsigned size) {
  long entries = 0, got;
  while ((got = syscall(SYS_getdents64, fd, text, size)) > 0)
    for (long at = 0; at < got; at += *(unsigned short *)(text + at + 16)) entries++;
  return got < 0 ? got : entries;
}

static void listing(void) {
  int fd = open(directory, O_RDONLY);
 report("getdents", list(fd, 32768));
 report("getdents at the end", list(fd, 32768));
 report("lseek of the directory", lseek(fd, 0, SEEK_SET));
 report("getdents once more", list(fd, 32768));
 report("getdents by 32 bytes", list(open(directory, O_RDONLY), 32));
 report("getdents by 24 bytes", list(open(directory, O_RDONLY), 24));
 report("getdents by 23 bytes", list(open(directory, O_RDONLY), 23));
 report("getdents of a file", list(opened(O_RDONLY), 32768));
 report("read of the directory", read(fd, text, 10));
 report("lseek END of the directory", lseek(fd, 0, SEEK_END));
 report("lseek of the directory before its beginning", lseek(fd, -1, SEEK_SET));
}

/* calls FILE held: reads 16 bytes, waits for a line on stdin, reads the rest, then the whole file again. */
static int held(void) {
  int fd = opened(O_RDONLY);
  long first = read(fd, text, 16);
  puts("held"), fflush(stdout);
  if (getchar() == EOF || first < 0) return 1;
  long length = first + read(fd, text + first, sizeof text / 2);
  fwrite(text, 1, length, stdout), putchar(0);
  lseek(fd, 0, SEEK_SET);
  fwrite(text, 1, all(fd, 4096), stdout);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2) return fputs("usage: calls FILE [held]\n", stderr), 2;
  path = argv[1];
  *strrchr(directory = strdup(path), '/') = 0;
  signal(SIGIO, SIG_IGN), signal(SIGPIPE, SIG_IGN);
  struct statfs system;
  if (statfs(path, &system)) return perror(path), 2;
  if (system.f_type != PROC_SUPER_MAGIC && system.f_type != SYSFS_MAGIC && system.f_type != FUSE_SUPER_MAGIC)
    return fprintf(stderr, "%s: not on procfs, sysfs or FUSE; the calls would destroy it\n", path), 2;
  if (argc > 2) return held();
  void (*const parts[])(void) = {opening, reading, seeking, waiting, mapping, splicing, uring_both, writing, refused, locking, attributes, naming, watching, listing};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) parts[i]();
  return 0;
}

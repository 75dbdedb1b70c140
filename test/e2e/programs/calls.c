/* Does everything that may be done with a file of procfs and its directory, and tells what came of it:
   `call: result`, or `call: ERRNO`. Numbers of a text are not compared, nor how wide they are: `like` is
   a hash of the rest. Any other file it would destroy. */
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

static void say(const char *call, long result) {
  if (result < 0) printf("%s: %s\n", call, strerrorname_np(errno));
  else printf("%s: %ld\n", call, result);
}

/* Of what is left of a text without its numbers and what pads them. */
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

static void say_text(const char *call, long length) {
  if (length < 0) say(call, length);
  else printf("%s: %s, like %08x\n", call, length ? "bytes" : "nothing", like(text, length));
}

static int opened(int flags) { return open(path, flags | O_CLOEXEC, 0600); }

/* All of it, by pieces of at most `size` bytes. */
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
    say(ways[i].call, fd < 0 ? fd : 0);
    if (fd >= 0) close(fd);
  }
  say("open directory TMPFILE", open(directory, O_TMPFILE | O_RDWR, 0600));
  say("open directory WRONLY", open(directory, O_WRONLY));
  say("open new CREAT", open(in_directory("new"), O_RDWR | O_CREAT, 0600));
  say("access R_OK", access(path, R_OK));
  say("access W_OK", access(path, W_OK));
  say("access X_OK", access(path, X_OK));
  say("execve", execl(path, path, NULL));
  say("fcntl SETFL ASYNC", fcntl(opened(O_RDONLY), F_SETFL, O_ASYNC));
  say("fcntl SETFL DIRECT", fcntl(opened(O_RDONLY), F_SETFL, O_DIRECT));
}

static void reading(void) {
  int fd = opened(O_RDONLY);
  char few[8];
  say_text("read", all(fd, sizeof text - 1));
  say("read at the end", read(fd, text, 1));
  say_text("read byte by byte", all(opened(O_RDONLY), 1));
  say_text("read by 7 bytes", all(opened(O_RDONLY), 7));
  say("read nothing", read(opened(O_RDONLY), text, 0));
  say("read into nowhere", read(opened(O_RDONLY), nowhere, 100));
  struct iovec parts[3] = {{text, 5}, {text + 5, 0}, {text + 5, 9}};
  say("readv", readv(opened(O_RDONLY), parts, 3));
  say("readv of nothing", readv(opened(O_RDONLY), parts, 0));
  say("preadv2 NOWAIT", preadv2(opened(O_RDONLY), parts, 3, 0, RWF_NOWAIT));
  say("preadv2 HIPRI", preadv2(opened(O_RDONLY), parts, 3, 0, RWF_HIPRI));
  say("pread", pread(fd, few, 8, 3));
  say("pread before the beginning", pread(fd, few, 8, -1));
  say("pread far behind the end", pread(fd, few, 8, 1L << 40));
  say("pread at the last offset", pread(fd, few, 1, INT64_MAX - 1));
  say("pread over the last offset", pread(fd, few, 8, INT64_MAX));
  say("read what is only written to", read(opened(O_WRONLY), few, 8));
  say("read PATH", read(opened(O_PATH), few, 8));
}

static void seeking(void) {
  int fd = opened(O_RDONLY);
  say("lseek SET", lseek(fd, 10, SEEK_SET));
  say("lseek CUR", lseek(fd, -3, SEEK_CUR));
  say("lseek END", lseek(fd, 0, SEEK_END));
  say("lseek DATA", lseek(fd, 0, SEEK_DATA));
  say("lseek HOLE", lseek(fd, 0, SEEK_HOLE));
  say("lseek before the beginning", lseek(fd, -1, SEEK_SET));
  say("lseek CUR before the beginning", lseek(fd, -100, SEEK_CUR));
  say("lseek stays", lseek(fd, 0, SEEK_CUR));
  say("lseek unknown", lseek(fd, 0, 17));
  say("lseek far", lseek(fd, 1L << 40, SEEK_SET));
  say("read there", read(fd, text, 10));
  say("lseek farthest", lseek(fd, INT64_MAX, SEEK_SET) == INT64_MAX ? 1 : -1);
  say("read at the farthest", read(fd, text, 10));
  say("lseek over the farthest", lseek(fd, 1, SEEK_CUR));
  lseek(fd, 0, SEEK_SET);
  say_text("read once more", all(fd, 4096));
}

static void waiting(void) {
  int fd = opened(O_RDONLY);
  struct pollfd one = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
  say("poll", poll(&one, 1, 0));
  printf("poll events: %x\n", one.revents);
  fd_set in, out, except;
  FD_ZERO(&in);
  FD_SET(fd, &in);
  out = except = in;
  struct timeval now = {0, 0};
  say("select", select(fd + 1, &in, &out, &except, &now));
  int epoll = epoll_create1(0);
  struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLPRI, {0}};
  say("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
  say("epoll_wait", epoll_wait(epoll, &event, 1, 0));
  say("epoll_ctl of the directory", epoll_ctl(epoll, EPOLL_CTL_ADD, open(directory, O_RDONLY), &event));
}

static void map(const char *call, int flags, int protection, int how) {
  volatile char *at = mmap(NULL, 4096, protection, how, opened(flags), 0);
  say(call, at == MAP_FAILED ? -1 : 0);
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
  say("fadvise", posix_fadvise(opened(O_RDONLY), 0, 0, POSIX_FADV_WILLNEED));
  say("readahead", readahead(opened(O_RDONLY), 0, 4096));
}

static void splicing(void) {
  int pipes[2], fd = opened(O_RDONLY), memory = memfd_create("calls", 0);
  if (pipe2(pipes, O_NONBLOCK)) exit(1);
  say("splice", splice(fd, NULL, pipes[1], NULL, 100, 0));
  say("sendfile", sendfile(memory, opened(O_RDONLY), NULL, 100));
  say("copy_file_range", copy_file_range(opened(O_RDONLY), NULL, memory, NULL, 100, 0));
  say("copy_file_range into it", copy_file_range(memory, NULL, opened(O_WRONLY), NULL, 100, 0));
  if (write(pipes[1], "x", 1) != 1) exit(1);
  say("splice into it", splice(pipes[0], NULL, opened(O_WRONLY), NULL, 1, 0));
  say("sendfile into it", sendfile(opened(O_WRONLY), opened(O_RDONLY), NULL, 100));
  say("ioctl FICLONE", ioctl(opened(O_WRONLY), FICLONE, opened(O_RDONLY)));
}

/* A ring for one request at a time; what was read at an offset, or -1. */
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
  say_text(call, got < 0 ? got : length);
  close(fd);
}

static void uring_both(void) {
  uring("io_uring", sizeof text / 2);
  uring("io_uring by 1000 bytes", 1000);
  int fd = opened(O_RDONLY);
  uring_read(fd, text, 10, -1);
  say("io_uring at the position", lseek(fd, 0, SEEK_CUR));
}

static void writing(void) {
  int fd = opened(O_RDWR);
  say("write of nothing", write(fd, "", 0));
  say("write to what is only read", write(opened(O_RDONLY), "x", 1));
  say("ftruncate", ftruncate(fd, 0));
  say("ftruncate to more", ftruncate(fd, 1 << 20));
  say("ftruncate of what is only read", ftruncate(opened(O_RDONLY), 0));
  say("truncate", truncate(path, 0));
  say("truncate below nothing", truncate(path, -1));
  say("fallocate", fallocate(fd, 0, 0, 4096));
  say("fallocate PUNCH_HOLE", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
  say("fsync", fsync(fd));
  say("fdatasync", fdatasync(fd));
  say("sync_file_range", sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
  say("fsync of the directory", fsync(open(directory, O_RDONLY)));
  say("syncfs", syncfs(fd));
}

/* What every file refuses that means nothing by it. */
static void refused(void) {
  int fd = opened(O_RDWR);
  say("write", write(fd, "x", 1));
  say("pwrite far away", pwrite(fd, "x", 1, 1L << 40));
  struct iovec part = {"x", 1};
  say("writev", writev(fd, &part, 1));
}

static void locking(void) {
  int fd = opened(O_RDONLY), other = opened(O_RDWR);
  say("flock", flock(fd, LOCK_EX));
  say("flock of another", flock(other, LOCK_EX | LOCK_NB));
  say("flock UN", flock(fd, LOCK_UN));
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  say("fcntl OFD_SETLK", fcntl(other, F_OFD_SETLK, &lock));
  lock.l_type = F_RDLCK;
  say("fcntl OFD_SETLK of another", fcntl(fd, F_OFD_SETLK, &lock));
  say("fcntl SETLK", fcntl(fd, F_SETLK, &lock));
  lock.l_type = F_WRLCK;
  say("fcntl GETLK", fcntl(fd, F_GETLK, &lock));
  close(other);
  say("fcntl SETLEASE", fcntl(fd, F_SETLEASE, F_RDLCK));
  say("fcntl ADD_SEALS", fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
  say("fcntl NOTIFY", fcntl(open(directory, O_RDONLY), F_NOTIFY, DN_CREATE));
}

static void attributes(void) {
  struct stat info;
  struct statx more;
  struct statfs system;
  int fd = opened(O_RDONLY), number = -1;
  say("fstat", fstat(fd, &info));
  printf("fstat type, mode: %o\nfstat links: %lu\nfstat owner: %u %u\nfstat size: %ld\n", info.st_mode, info.st_nlink, info.st_uid, info.st_gid, info.st_size);
  printf("fstat blocks: %ld\nfstat block size: %ld\nfstat rdev: %lu\n", info.st_blocks, info.st_blksize, info.st_rdev);
  printf("fstat times: %s\n", info.st_mtime > 1700000000 && info.st_mtime <= time(NULL) ? "of some moment" : "strange");
  say("statx", statx(AT_FDCWD, path, 0, STATX_ALL | STATX_DIOALIGN, &more));
  printf("statx mask: %x\nstatx attributes: %llx\n", more.stx_mask & (STATX_ALL | STATX_DIOALIGN), more.stx_attributes & ~STATX_ATTR_MOUNT_ROOT);
  say("stat of the directory", stat(directory, &info));
  printf("its type, mode: %o\nits size: %ld\n", info.st_mode, info.st_size);
  say("statfs", statfs(path, &system));
  printf("statfs type: %lx\n", system.f_type);
  say("utimensat", utimensat(AT_FDCWD, path, NULL, 0));
  say("chmod to the same", chmod(path, info.st_mode = (stat(path, &info), info.st_mode & 07777)));
  say("chown to the same", chown(path, 0, 0));
  say("ioctl unknown", ioctl(fd, 0x1234, text));
  say("ioctl FIONREAD", ioctl(fd, FIONREAD, &number));
  printf("ioctl FIONREAD says: %d\n", number);
  say("ioctl TCGETS", ioctl(fd, 0x5401, text));
  say("ioctl FS_IOC_GETFLAGS", ioctl(fd, FS_IOC_GETFLAGS, &number));
  say("getxattr", getxattr(path, "user.x", text, 100));
  say("getxattr security", getxattr(path, "security.capability", text, 100));
  say("getxattr acl", getxattr(path, "system.posix_acl_access", text, 100));
  say("setxattr", setxattr(path, "user.x", "x", 1, 0));
  say("removexattr", removexattr(path, "user.x"));
  say("listxattr", listxattr(path, text, 100));
  say("listxattr size", listxattr(path, NULL, 0));
  struct { struct file_handle handle; char bytes[128]; } handle = {.handle.handle_bytes = 128};
  say("name_to_handle_at", name_to_handle_at(AT_FDCWD, path, &handle.handle, &number, 0));
}

static void naming(void) {
  char new[4096];
  snprintf(new, sizeof new, "%s/new", directory);
  say("link", link(path, new));
  say("rename", rename(path, new));
  say("rename to itself", rename(path, path));
  say("renameat2 EXCHANGE", renameat2(AT_FDCWD, path, AT_FDCWD, new, RENAME_EXCHANGE));
  say("symlink", symlink("x", new));
  say("symlink over it", symlink("x", path));
  say("mkdir", mkdir(new, 0700));
  say("mkdir over it", mkdir(path, 0700));
  say("mknod", mknod(new, S_IFIFO | 0600, 0));
  say("unlink", unlink(path));
  say("unlink of nothing", unlink(new));
  say("rmdir", rmdir(path));
  say("readlink", readlink(path, text, 100));
  say("stat below it", stat(strcat(strcpy(new, path), "/x"), &(struct stat){0}));
  memset(new, 'x', 300);
  new[255] = 0;
  say("stat of a long name", stat(in_directory(new), &(struct stat){0}));
  new[255] = 'x', new[256] = 0;
  say("stat of too long a name", stat(in_directory(new), &(struct stat){0}));
}

static void watching(void) {
  int notify = inotify_init1(IN_NONBLOCK), mask = 0;
  say("inotify_add_watch", inotify_add_watch(notify, path, IN_ALL_EVENTS));
  int fd = opened(O_RDONLY);
  all(fd, 4096);
  close(fd);
  long length = read(notify, text, sizeof text);
  for (long at = 0; at < length; at += sizeof(struct inotify_event)) mask |= ((struct inotify_event *)(text + at))->mask;
  printf("inotify events: %x\n", mask);
}

/* By reads of so many bytes; how many entries there are, or what ended it. */
static long list(int fd, unsigned size) {
  long entries = 0, got;
  while ((got = syscall(SYS_getdents64, fd, text, size)) > 0)
    for (long at = 0; at < got; at += *(unsigned short *)(text + at + 16)) entries++;
  return got < 0 ? got : entries;
}

static void listing(void) {
  int fd = open(directory, O_RDONLY);
  say("getdents", list(fd, 32768));
  say("getdents at the end", list(fd, 32768));
  say("lseek of the directory", lseek(fd, 0, SEEK_SET));
  say("getdents once more", list(fd, 32768));
  say("getdents by 32 bytes", list(open(directory, O_RDONLY), 32));
  say("getdents by 24 bytes", list(open(directory, O_RDONLY), 24));
  say("getdents by 23 bytes", list(open(directory, O_RDONLY), 23));
  say("getdents of a file", list(opened(O_RDONLY), 32768));
  say("read of the directory", read(fd, text, 10));
  say("lseek END of the directory", lseek(fd, 0, SEEK_END));
  say("lseek of the directory before its beginning", lseek(fd, -1, SEEK_SET));
}

/* calls FILE: all of that. calls FILE again: reads a piece, waits for a line, reads on, then anew. */
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
  if (argc < 2) return fputs("usage: calls FILE [again]\n", stderr), 2;
  path = argv[1];
  *strrchr(directory = strdup(path), '/') = 0;
  signal(SIGIO, SIG_IGN), signal(SIGPIPE, SIG_IGN);
  struct statfs system;
  if (statfs(path, &system)) return perror(path), 2;
  if (system.f_type != PROC_SUPER_MAGIC && system.f_type != SYSFS_MAGIC && system.f_type != FUSE_SUPER_MAGIC)
    return fprintf(stderr, "%s: is not of procfs, sysfs or FUSE, and would be lost\n", path), 2;
  if (argc > 2) return held();
  void (*const parts[])(void) = {opening, reading, seeking, waiting, mapping, splicing, uring_both, writing, refused, locking, attributes, naming, watching, listing};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) parts[i]();
  return 0;
}

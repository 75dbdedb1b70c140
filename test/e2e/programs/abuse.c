/* Calls by which a hostile container could harm a server of files. Linked statically, to run in any root file system. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

/* open FILE COUNT: opens COUNT descriptors, and keeps them until stdin ends. */
static int open_many(const char *path, long count) {
  struct rlimit limit = {count + 16, count + 16};
  setrlimit(RLIMIT_NOFILE, &limit);
  long open_files = 0;
  char byte;
  for (; open_files < count; open_files++) {
    int fd = open(path, O_RDONLY);
    if (fd < 0) break;
    if (read(fd, &byte, 1) != 1) return 1;
  }
  printf("opened %ld\n", open_files);
  fflush(stdout);
  getchar();
  return 0;
}

/* lookup DIRECTORY SECONDS: looks up missing names, random ones of all lengths up to 255. */
static int lookup(const char *directory, double seconds) {
  char path[4096];
  struct stat info;
 long lookups = 0, found = 0;
  int at = sprintf(path, "%s/", directory);
  for (double end = now() + seconds; now() < end; lookups++) {
    int length = lookups % 4 == 0 ? 255 : 1 + rand() % 254;
    for (int i = 0; i < length; i++) {
      char byte = (char)(1 + rand() % 255);
      path[at + i] = byte == '/' || byte == '.' ? 'x' : byte;
    }
    path[at + length] = 0;
    found += stat(path, &info) == 0;
  }
  printf("lookups %ld found %ld\n", lookups, found);
 return lookups == 0;
}

/* misuse FILE SECONDS: every call on a file except read. */
static int misuse(const char *path, double seconds) {
  static char big[65536];
  long rounds = 0;
  for (double end = now() + seconds; now() < end; rounds++) {
    int fd = open(path, rounds % 2 ? O_RDWR : O_RDONLY);
    if (fd < 0) continue;
    for (unsigned long request = rounds & 0xff; request < 0x100; request += 0x11) ioctl(fd, request << 8 | rand() % 256, big);
    if (write(fd, big, sizeof big) > 0 || pwrite(fd, big, 1, 1L << 40) > 0) printf("written\n");
    fsetxattr(fd, "user.x", big, sizeof big, 0);
    setxattr(path, "security.capability", big, 20, 0);
    getxattr(path, "system.posix_acl_access", big, sizeof big);
    listxattr(path, big, sizeof big);
    removexattr(path, "user.x");
    if (ftruncate(fd, 1L << 40) && truncate(path, -1)) errno = 0;
    void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map != MAP_FAILED) munmap(map, 4096);
    lseek(fd, -1, SEEK_END);
    fchmod(fd, 0777);
    if (fchown(fd, 1, 1) == 0) printf("owned\n");
    fallocate(fd, 0, 0, 1 << 20);
    if (posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED) || readahead(fd, 0, 1 << 20)) errno = 0;
    close(fd);
  }
  printf("rounds %ld\n", rounds);
  return 0;
}

/* fork FILE SECONDS: starts as many processes as the limit allows, each of which reads the file and ends. */
static int fork_many(const char *path, double seconds) {
  char byte;
  long forks = 0;
  for (double end = now() + seconds; now() < end;) {
    pid_t pid = fork();
    if (pid == 0) _exit(read(open(path, O_RDONLY), &byte, 1) != 1);
    if (pid > 0) forks++;
    while (waitpid(-1, NULL, pid > 0 ? WNOHANG : 0) > 0 && pid > 0) continue;
  }
  printf("forks %ld\n", forks);
  return 0;
}

/* named NAME: sets its name, which may hold any bytes, and waits until it is killed. */
static void named(const char *name) {
  prctl(PR_SET_NAME, name);
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}

/* as INIT PID COMMAND...: runs the command in the pid namespace of INIT, with PID both there and in this namespace.
   Exits with 3 if another process has this pid. Since Linux 5.5 a process can choose the pid of its child. */
static int run_as(const char *init, pid_t pid, char **command) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/ns/pid", init);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns(fd, CLONE_NEWPID)) return perror(path), 1;
  pid_t pids[] = {pid, pid};
  struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)pids, .set_tid_size = 2};
  pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof args);
  if (child < 0) return errno == EEXIST ? 3 : (perror("clone3"), 1);
  if (child == 0) {
    execvp(command[0], command);
    _exit(127);
  }
  int status;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 1;
  return WEXITSTATUS(status);
}

int main(int argc, char **argv) {
  if (argc == 4 && !strcmp(argv[1], "open")) return open_many(argv[2], atol(argv[3]));
  if (argc == 4 && !strcmp(argv[1], "lookup")) return lookup(argv[2], atof(argv[3]));
  if (argc == 4 && !strcmp(argv[1], "misuse")) return misuse(argv[2], atof(argv[3]));
  if (argc == 4 && !strcmp(argv[1], "fork")) return fork_many(argv[2], atof(argv[3]));
  if (argc == 3 && !strcmp(argv[1], "named")) named(argv[2]);
  if (argc > 4 && !strcmp(argv[1], "as")) return run_as(argv[2], atoi(argv[3]), argv + 4);
  fputs("usage: abuse open FILE COUNT | lookup DIRECTORY SECONDS | misuse FILE SECONDS | fork FILE SECONDS | named NAME\n"
        "       abuse as INIT PID COMMAND...\n", stderr);
  return 2;
}

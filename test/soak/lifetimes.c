/* Many reads or many short containers, at the lowest cost.

  lifetimes opens COUNT FILE                        opens, reads and closes a file
   lifetimes containers COUNT NAME FILE ROOT LIMIT   creates a cgroup below ROOT, limits it to 64 MiB by the file LIMIT,
                                                     and starts a process in it and in a new pid namespace, which
                                                     reads FILE, the container's meminfo, and ends

  Prints the number done so far after each hundredth. Exit code 1 if anything fails. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[1 << 20];

static void fail(const char *what) {
  fprintf(stderr, "lifetimes: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void print_progress(long done, long count) {
  if (done % (count / 100 ? count / 100 : 1)) return;
  printf("%ld\n", done);
  fflush(stdout);
}

static void read_file(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(path);
  ssize_t got = read(fd, text, sizeof text);
  if (got <= 0 || text[got - 1] != '\n') fail("incomplete text");
  close(fd);
}

static void write_file(const char *directory, const char *name, const char *value, size_t length) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, value, length) != (ssize_t)length) fail(path);
  close(fd);
}

static void run_container(const char *directory, const char *file) {
  write_file(directory, "cgroup.procs", "0", 1);
  read_file(file);
  _exit(strncmp(text, "MemTotal:          65536 kB\n", 28) != 0);
}

/* rmdir(2) of a cgroup fails with EBUSY while its last process exits. */
static void remove_cgroup(const char *directory) {
  for (int tries = 0; rmdir(directory); tries++) {
    if (errno != EBUSY || tries > 10000) fail(directory);
    usleep(100);
  }
}

static void container(const char *name, long number, char **argv) {
  const char *file = argv[0], *root = argv[1], *limit = argv[2];
  char directory[4096];
  snprintf(directory, sizeof directory, "%s/%s-%ld", root, name, number);
  if (mkdir(directory, 0755)) fail(directory);
  write_file(directory, limit, "67108864", 8);
  pid_t pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
  if (pid == 0) run_container(directory, file);
  int status;
  if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) fail("a container failed");
 remove_cgroup(directory);
}

int main(int argc, char **argv) {
  int containers = argc == 7 && !strcmp(argv[1], "containers");
  if (!containers && argc != 4) return 2;
  long count = atol(argv[2]);
  for (long i = 1; i <= count; i++) {
    if (containers) container(argv[3], i, argv + 4);
    else read_file(argv[3]);
   print_progress(i, count);
  }
  return 0;
}

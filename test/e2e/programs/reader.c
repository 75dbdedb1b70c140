/* The program that tests run inside containers. Linked statically, to run in any root file system. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char text[1 << 20];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static ssize_t read_all(int fd) {
  ssize_t length = 0, got;
  while ((got = pread(fd, text + length, sizeof text - 1 - length, length)) > 0) length += got;
  text[length] = 0;
  return got < 0 ? -errno : length;
}

/* Reads in pieces of 256 bytes, as some programs do. */
static ssize_t read_pieces(int fd) {
  ssize_t length = 0, got;
  while ((got = read(fd, text + length, 256)) > 0) length += got;
  text[length] = 0;
  return got < 0 ? -errno : length;
}

static ssize_t read_by(const char *path, ssize_t (*how)(int)) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t length = how(fd);
  close(fd);
  return length;
}

static ssize_t read_file(const char *path) { return read_by(path, read_all); }

/* Reads a file of any size and leaves its length as the text. */
static ssize_t drain(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t length = 0, got;
  while ((got = read(fd, text, sizeof text)) > 0) length += got;
  close(fd);
  return got < 0 ? -errno : sprintf(text, "%zd", length);
}

/* serve: for each path on stdin, the file's bytes and a NUL; "!errno" and a NUL if it cannot be read.
   For "drain PATH" the file's length. */
static int serve(void) {
  char path[4096];
  while (fgets(path, sizeof path, stdin)) {
    path[strcspn(path, "\n")] = 0;
    ssize_t length = strncmp(path, "drain ", 6) ? read_file(path) : drain(path + 6);
    if (length < 0) length = sprintf(text, "!%zd", -length);
    fwrite(text, 1, length + 1, stdout);
    fflush(stdout);
  }
  return 0;
}

/* Whether the text has a line of `prefix` and `expect`; for "#n", whether n lines begin with `prefix`. */
static int matches(const char *prefix, const char *expect) {
  long lines = 0, length = strlen(prefix);
  for (char *line = text; line && *line; line = (line = strchr(line, '\n')) ? line + 1 : NULL) {
    if (strncmp(line, prefix, length)) continue;
    if (*expect != '#') {
      const char *value = line + length + strspn(line + length, " \t");
      return !strncmp(value, expect, strlen(expect)) && value[strlen(expect)] == '\n';
    }
    lines++;
  }
  return *expect == '#' && lines == atol(expect + 1);
}

/* Shared by all readers: set when they shall end. */
static volatile int *ended;

/* Kind 0 opens the file for each read, 1 keeps it open, 2 reads it in pieces. */
static int check_one(char **argv, double end, int kind) {
  long reads = 0;
  double longest = 0;
  int fd = kind == 1 ? open(argv[0], O_RDONLY) : -1;
  do {
    double start = now();
    ssize_t length = kind == 1 ? read_all(fd) : read_by(argv[0], kind ? read_pieces : read_all);
    if (now() - start > longest) longest = now() - start;
    if (length <= 0 || !matches(argv[1], argv[2])) {
      printf("read %ld of %s: %zd bytes, not %s %s:\n%.300s\n", reads, argv[0], length, argv[1], argv[2], text);
      return 1;
    }
    reads++;
  } while (!*ended && (end < 0 || now() < end));
  printf("reads %ld\nlongest %.3f\n", reads, longest);
  return 0;
}

/* check FILE PREFIX EXPECT SECONDS READERS: reads in READERS processes and checks each text; -1 s: until stdin ends. */
static int check(char **argv) {
  double end = atof(argv[3]) < 0 ? -1 : now() + atof(argv[3]);
  int failed = 0, status;
  ended = mmap(NULL, sizeof *ended, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (ended == MAP_FAILED) return 1;
  for (int i = 0; i < atoi(argv[4]); i++) {
    fflush(stdout);
    if (fork() == 0) exit(check_one(argv, end, i % 3));
  }
  if (end < 0) *ended = getchar() == EOF;
  while (wait(&status) > 0) failed |= status != 0;
  return failed;
}

/* hold MIB [huge | FILE]: touches memory, in huge pages or mapped from a new file, and keeps it until stdin ends. */
static int hold(size_t bytes, const char *kind) {
  int huge = !strcmp(kind, "huge");
  int fd = huge || !*kind ? -1 : open(kind, O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (fd >= 0 && ftruncate(fd, bytes)) return 1;
  int flags = fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (memory == MAP_FAILED || (huge && madvise(memory, bytes, MADV_HUGEPAGE))) return 1;
  memset(memory, 1, bytes);
  puts("ready");
  fflush(stdout);
  getchar();
  return 0;
}

/* uncached FILE MIB: writes a file and drops it from the page cache. */
static int uncached(const char *path, int size) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  memset(text, 7, sizeof text);
  for (int i = 0; i < size; i++)
    if (write(fd, text, sizeof text) != sizeof text) return 1;
  if (fsync(fd)) return 1;
  return posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

/* spin SECONDS: uses one CPU. */
static int spin(double seconds) {
  for (double end = now() + seconds; now() < end;)
    for (volatile int i = 0; i < 100000; i++) continue;
  return 0;
}

/* wait: a task in uninterruptible sleep, as with a hung disk: the parent of a vfork(2). */
static int wait_uninterruptibly(void) {
  if (vfork() == 0) {
    pause();
    _exit(0);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "serve")) return serve();
  if (argc == 7 && !strcmp(argv[1], "check")) return check(argv + 2);
  if (argc >= 3 && !strcmp(argv[1], "hold")) return hold(strtoul(argv[2], NULL, 10) << 20, argc == 4 ? argv[3] : "");
  if (argc == 4 && !strcmp(argv[1], "uncached")) return uncached(argv[2], atoi(argv[3]));
  if (argc == 3 && !strcmp(argv[1], "spin")) return spin(atof(argv[2]));
  if (argc == 2 && !strcmp(argv[1], "wait")) return wait_uninterruptibly();
  fputs("usage: reader serve | check FILE PREFIX EXPECT SECONDS READERS | hold MIB [huge | FILE] | uncached FILE MIB | spin SECONDS | wait\n", stderr);
  return 2;
}

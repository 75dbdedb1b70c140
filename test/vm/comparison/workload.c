/* A workload in three programs: `work` (disk, memory, forks, threads, files, one busy CPU), `user` and `system` (all CPUs
   busy in that mode). At each of its points it saves the text of FILEs; at its end it prints them all.

     workload work|user|system DIRECTORY CPUS FILE...

  It writes files to DIRECTORY. Memory stays allocated until `released`, so that each part is the change from the point
   before. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define FILE_MIB 160
#define ANON_MIB 192
#define HUGE_MIB 192
#define SHARED_MIB 96
#define LOCKED_MIB 64
#define THREADS 400
#define FILES 8000
#define FORKS 250
#define FORK_PAGES 256
#define IDLE_SECONDS 10
#define ONE_SECONDS 8
#define SYSTEM_SECONDS 10
/* Updates of the load average while the CPUs are busy, and seconds between two of them. */
#define LOAD_UPDATES 6
#define LOAD_PERIOD 5.0

/* The kernel flushes a cgroup's counters at least every 2 s (mm/memcontrol.c, FLUSH_TIME). */
#define SETTLE_SECONDS 2.2

static char **files;
static char saved[4 * 1024 * 1024];
static size_t length;
static char block[1 << 20];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double clock_of(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void wait_for(double seconds) {
  if (seconds <= 0) return;
  struct timespec t = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
  nanosleep(&t, NULL);
}

static void save_file(const char *path) {
  length += sprintf(saved + length, "== file %s\n", path);
  int fd = open(path, O_RDONLY);
  ssize_t got;
  while (fd >= 0 && (got = read(fd, saved + length, sizeof saved - 65536 - length)) > 0) length += got;
  close(fd);
}

static void save(const char *name) {
  length += sprintf(saved + length, "== point %s %.3f\n", name, clock_of(CLOCK_BOOTTIME));
  for (char **file = files; *file; file++) save_file(*file);
}

static void point(const char *name) {
  wait_for(SETTLE_SECONDS);
 save(name);
}

static void *map(size_t mebibytes, int sharing, int advice) {
  char *at = mmap(NULL, mebibytes * MIB, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) fail("mmap");
  madvise(at, mebibytes * MIB, advice);
  return at;
}

static void *touched(size_t mebibytes, int sharing, int advice) {
  char *at = map(mebibytes, sharing, advice);
  for (size_t i = 0; i < mebibytes * MIB; i += 4096) at[i] = 1;
  return at;
}

static void disk(const char *directory) {
  char path[4096];
  snprintf(path, sizeof path, "%s/workload.data", directory);
  int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) fail(path);
  unlink(path);
  point("start");
  for (int i = 0; i < FILE_MIB; i++)
    if (write(fd, block, MIB) != (ssize_t)MIB) fail("write");
  wait_for(SETTLE_SECONDS);
  point("dirty");
  if (fsync(fd)) fail("fsync");
  point("written");
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  point("dropped");
  for (int i = 0; i < FILE_MIB; i++)
    if (pread(fd, block, MIB, i * MIB) != (ssize_t)MIB) fail("read");
  point("read");
  volatile char *at = mmap(NULL, FILE_MIB * MIB, PROT_READ, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) fail("mmap");
  for (size_t i = 0; i < FILE_MIB * MIB; i += 4096) at[i];
  point("mapped");
  munmap((void *)at, FILE_MIB * MIB);
  close(fd);
  point("closed");
}

static int gate[2];

static void *sleeper(void *nothing) {
  char byte;
  if (read(gate[0], &byte, 1) < 0) fail("gate");
  return nothing;
}

static void threads(void) {
  pthread_t thread[THREADS];
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  if (pipe(gate)) fail("pipe");
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&thread[i], &small, sleeper, NULL)) fail("thread");
  point("threads");
  close(gate[1]);
  for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
}

static void memory(void) {
  void *anon = touched(ANON_MIB, MAP_PRIVATE, MADV_NOHUGEPAGE);
  point("anon");
  void *huge = touched(HUGE_MIB, MAP_PRIVATE, MADV_HUGEPAGE);
  point("huge");
  void *shared = touched(SHARED_MIB, MAP_SHARED, MADV_NOHUGEPAGE);
  point("shared");
  void *locked = map(LOCKED_MIB, MAP_PRIVATE, MADV_NOHUGEPAGE);
  if (mlock(locked, LOCKED_MIB * MIB)) fail("mlock");
  point("locked");
  munmap(anon, ANON_MIB * MIB);
  munmap(huge, HUGE_MIB * MIB);
  munmap(shared, SHARED_MIB * MIB);
  munmap(locked, LOCKED_MIB * MIB);
  point("released");
}

static void make_files(const char *directory) {
  char path[4096];
  for (int i = 0; i < FILES; i++) {
    snprintf(path, sizeof path, "%s/workload.%d", directory, i);
    close(open(path, O_CREAT | O_WRONLY, 0600));
  }
  point("files");
}

static void forks(void) {
  volatile char *fresh = map(FORK_PAGES * 4096 / MIB, MAP_PRIVATE, MADV_NOHUGEPAGE);
  for (int i = 0; i < FORKS; i++) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      for (int page = 0; page < FORK_PAGES; page++) fresh[page * 4096] = 1;
      _exit(0);
    }
    waitpid(child, NULL, 0);
  }
  point("forks");
}

static volatile int stop;

static void *in_user_mode(void *nothing) {
  while (!stop)
    for (volatile int i = 0; i < 100000; i++) continue;
  return nothing;
}

static void *in_system_mode(void *nothing) {
  static char into[1 << 18];
  int zero = open("/dev/zero", O_RDONLY);
  while (!stop)
    if (read(zero, into, sizeof into) < 0) fail("/dev/zero");
  close(zero);
  return nothing;
}

/* Waits for the next update of the load average. */
static void await_update(void) {
  char before[128] = "", now[128] = "";
  for (int i = 0; i < 400; i++) {
    int fd = open("/proc/loadavg", O_RDONLY);
    ssize_t got = read(fd, now, sizeof now - 1);
    close(fd);
    now[got > 0 ? got : 0] = 0;
    char *third = strchr(strchr(strchr(now, ' ') + 1, ' ') + 1, ' ');
    if (third) *third = 0;
    if (*before && strcmp(before, now)) break;
    strcpy(before, now);
    wait_for(0.1);
  }
}

static void start_busy(int count, void *(*mode)(void *)) {
  pthread_t thread;
  while (count--)
    if (pthread_create(&thread, NULL, mode, NULL)) fail("thread");
}

static void work(const char *directory) {
  disk(directory);
  memory();
  forks();
  wait_for(IDLE_SECONDS);
 save("idle");
  threads();
  point("joined");
  make_files(directory);
  start_busy(1, in_user_mode);
 save("one");
  wait_for(ONE_SECONDS);
 save("one-end");
}

/* This thread must sleep when the kernel samples the load: otherwise it counts as a running task. */
static void busy_in_user_mode(int cpus) {
  char name[32];
  start_busy(cpus, in_user_mode);
  await_update();
  double between = clock_of(CLOCK_BOOTTIME) + LOAD_PERIOD / 2;
  for (int i = 0; i <= LOAD_UPDATES; i++) {
    wait_for(between + i * LOAD_PERIOD - clock_of(CLOCK_BOOTTIME));
    sprintf(name, "user-%d", i);
   save(name);
  }
}

static void busy_in_system_mode(int cpus) {
  start_busy(cpus, in_system_mode);
  wait_for(1);
 save("system");
  wait_for(SYSTEM_SECONDS);
 save("system-end");
}

int main(int argc, char **argv) {
  if (argc < 5) return fputs("usage: workload work|user|system DIRECTORY CPUS FILE...\n", stderr), 2;
  files = argv + 4;
  memset(saved, 1, sizeof saved);
  memset(block, 1, sizeof block);
  int cpus = atoi(argv[3]);
  if (!strcmp(argv[1], "work")) work(argv[2]);
  if (!strcmp(argv[1], "user")) busy_in_user_mode(cpus);
  if (!strcmp(argv[1], "system")) busy_in_system_mode(cpus);
  stop = 1;
  fwrite(saved, 1, length, stdout);
  return 0;
}

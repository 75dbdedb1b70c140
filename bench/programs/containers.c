/*
* Many containers with small processes, and readers in them.
 *
* It reads one command a line from stdin, and prints one line for each:
 *
*   start PROCESSES THREADS BUSY CGROUP.PROCS...   "started INDEX PID": starts a container with its own pid and mount
 *                                                  namespace; each process has THREADS, the first BUSY processes spin
 *   stop INDEX                                     "stopped INDEX": kills it and waits for its end
 *   read GROUP INDEX READERS PERIOD SECONDS FILE...
 *                                                  "reading": READERS processes in that container read all files, once
 *                                                  in PERIOD microseconds (0: without a pause), for SECONDS
*   result GROUP                                   waits for all readers; JSON with latencies of open, read and close
 *
 * It ends, and all containers with it, at the end of stdin.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "latency.h"

#define MOST_CONTAINERS 4096
#define MOST_WORDS 64
#define GROUPS 4

/* Shared by all readers of a group in all containers. */
struct group {
  uint64_t count, errors, max_ns;
  uint64_t histogram[BUCKETS];
};

static struct group *groups;
static struct container {
  pid_t init;
  char *joins[MOST_WORDS];
} containers[MOST_CONTAINERS];
static int started, reading;

static void fatal(const char *what) {
  fprintf(stderr, "containers: %s: %s\n", what, strerror(errno));
  exit(2);
}

static void join(const char *procs) {
  int fd = open(procs, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "0", 1) != 1) fatal(procs);
  close(fd);
}

static void *spin(void *unused) {
  (void)unused;
  for (volatile uint64_t i = 0;; i++) {}
  return NULL;
}

static void *sleep_on(void *unused) {
  (void)unused;
  for (;;) pause();
  return NULL;
}

/* One process of a container; never returns. */
static void run_process(int threads, int busy) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1 << 16);
  for (int i = 1; i < threads; i++) {
    pthread_t thread;
    if ((errno = pthread_create(&thread, &attributes, sleep_on, NULL))) fatal("pthread_create");
  }
  (busy ? spin : sleep_on)(NULL);
}

static void run_init(int processes, int threads, int busy, int ready) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("proc", "/proc", "proc", 0, NULL)) fatal("mount");
  for (int i = 1; i < processes; i++) {
    pid_t pid = fork();
    if (pid < 0) fatal("fork");
    if (pid == 0)run_process(threads, i <= busy);
  }
  if (write(ready, "", 1) != 1) fatal("pipe");
  close(ready);
 run_process(threads, 0);
}

/* Starts a container: its init process is a child of this process, in new namespaces. */
static void start(int count, char **words) {
  if (count < 3 || started == MOST_CONTAINERS) fatal("start");
  int processes = atoi(words[0]), threads = atoi(words[1]), busy = atoi(words[2]);
  int ready[2], own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
  if (own < 0 || pipe2(ready, O_CLOEXEC) < 0 || unshare(CLONE_NEWPID) < 0) fatal("unshare");
  pid_t pid = fork();
  if (pid < 0) fatal("fork");
  if (pid == 0) {
    for (int i = 3; i < count; i++) join(words[i]);
    if (unshare(CLONE_NEWNS) < 0) fatal("unshare");
   run_init(processes, threads, busy, ready[1]);
  }
  if (setns(own, CLONE_NEWPID) < 0) fatal("setns");
  close(own);
  close(ready[1]);
  char byte;
  if (read(ready[0], &byte, 1) != 1) fatal("a container has not started");
  close(ready[0]);
  struct container *container = &containers[started];
  container->init = pid;
  for (int i = 3; i < count; i++) container->joins[i - 3] = strdup(words[i]);
  printf("started %d %d\n", started++, pid);
}

static void enter(pid_t pid, const char *type) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, type);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns(fd, 0) < 0) fatal(path);
  close(fd);
}

static int cat(const char *file) {
  static char buffer[1 << 17];
  int fd = open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t n;
  while ((n = read(fd, buffer, sizeof buffer)) > 0) {}
  close(fd);
  return n < 0 ? -1 : 0;
}

static void record(struct group *group, uint64_t took, int failed) {
  if (failed < 0) __atomic_fetch_add(&group->errors, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&group->count, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&group->histogram[bucket_of(took)], 1, __ATOMIC_RELAXED);
  uint64_t max = __atomic_load_n(&group->max_ns, __ATOMIC_RELAXED);
  while (took > max && !__atomic_compare_exchange_n(&group->max_ns, &max, took, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
}

static void read_files(struct group *group, uint64_t period, double seconds, int count, char **files, int number) {
  uint64_t end = now_ns() + (uint64_t)(seconds * 1e9);
 /* Different readers start at different times. */
  uint64_t next = now_ns() + period * (uint64_t)(number % 97) / 97;
  do {
    if (period) {
      struct timespec at = {(time_t)(next / 1000000000u), (long)(next % 1000000000u)};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
      next += period;
    }
    for (int i = 0; i < count; i++) {
      uint64_t before = now_ns();
      int failed = cat(files[i]);
     record(group, now_ns() - before, failed);
    }
  } while (now_ns() < end);
}

/* read GROUP INDEX READERS PERIOD SECONDS FILE...: a child enters the container, and its children read. */
static void begin_reading(int count, char **words) {
  if (count < 6) fatal("read");
  struct group *group = &groups[atoi(words[0]) % GROUPS];
  int index = atoi(words[1]), readers = atoi(words[2]);
  reading++;
  pid_t pid = fork();
  if (pid < 0) fatal("fork");
  if (pid > 0) return;
  const struct container *container = &containers[index];
  for (char *const *procs = container->joins; *procs; procs++) join(*procs);
  enter(container->init, "pid");
  enter(container->init, "mnt");
  for (int i = 0; i < readers; i++) {
    if (fork()) continue;
    read_files(group, strtoull(words[3], NULL, 10) * 1000, atof(words[4]), count - 5, words + 5, index * readers + i);
    _exit(0);
  }
  while (wait(NULL) > 0) {}
  _exit(0);
}

static void stop(int index) {
  if (index < 0 || index >= started || containers[index].init == 0) fatal("stop");
  kill(containers[index].init, SIGKILL);
  while (waitpid(containers[index].init, NULL, 0) < 0 && errno == EINTR) {}
  containers[index].init = 0;
  printf("stopped %d\n", index);
}

static void result(int number) {
  struct group *group = &groups[number % GROUPS];
  for (int status; reading > 0; reading--) {
    if (wait(&status) < 0 || status != 0) fatal("a reader failed");
  }
  printf("{\"reads\":%lu,\"errors\":%lu,\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f}\n", group->count, group->errors,
         quantile_us(group->histogram, group->count, 0.5),
         quantile_us(group->histogram, group->count, 0.99), (double)group->max_ns / 1000);
  memset(group, 0, sizeof *group);
}

static void execute(char *line) {
  char *words[MOST_WORDS];
  int count = 0;
  for (char *word = strtok(line, " \n"); word && count < MOST_WORDS; word = strtok(NULL, " \n")) words[count++] = word;
  if (count < 2 && count > 0) fatal(words[0]);
  if (count == 0) return;
  if (!strcmp(words[0], "start")) start(count - 1, words + 1);
  else if (!strcmp(words[0], "stop")) stop(atoi(words[1]));
  else if (!strcmp(words[0], "result")) result(atoi(words[1]));
  else if (!strcmp(words[0], "read")) {
    begin_reading(count - 1, words + 1);
    printf("reading\n");
  } else fatal(words[0]);
}

int main(void) {
  char line[1 << 14];
  groups = mmap(NULL, GROUPS * sizeof *groups, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (groups == MAP_FAILED) fatal("mmap");
  setvbuf(stdout, NULL, _IOLBF, 0);
  while (fgets(line, sizeof line, stdin)) {
   execute(line);
    fflush(stdout);
  }
  return 0;
}

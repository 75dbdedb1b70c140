/*
* The benchmark's reader: opens, reads to EOF and closes one file repeatedly, and prints the latencies. It is a small C
 * program, so that the figures show the file system and not the reader.
 *
 *   reader -f FILE [-t THREADS] [-s SECONDS | -i ITERATIONS] [-w WARM_SECONDS] [-c CPU] [-b BUFFER]
 *          [-m MIN_BYTES] [-g CGROUP.PROCS]... [-p]
 *
* It joins the cgroups, warms up, prints "ready", waits for a line on stdin (so that its parent can sample the server's
 * CPU time), runs, and prints one line of JSON. With a negative WARM_SECONDS it does not warm up, so that -i 1 measures
 * the first read. With -p it prints the file once instead. With -a it opens the file repeatedly until it can be read, for
 * at most 20 s, and prints the time of that (CLOCK_MONOTONIC, ms).
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
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "latency.h"

/* A file that always fails is not read for the whole run. */
#define MAX_FAILURES 1000

static struct {
  const char *file;
  int threads;
  double seconds, warm;
  uint64_t iterations;
  int cpu;
  size_t buffer, min_bytes;
} opt = {.threads = 1, .seconds = 1, .cpu = -1, .buffer = 8192, .min_bytes = 1};

struct worker {
  pthread_t thread;
  char *buffer;
  uint64_t cats, errors, empty, short_reads, bytes, max_ns;
  int first_errno;
  uint64_t start_ns, end_ns;
  uint32_t *histogram;
};

static pthread_barrier_t warmed, started;

static void fatal(const char *what) {
  fprintf(stderr, "reader: %s: %s\n", what, strerror(errno));
  exit(2);
}

/* Opens, reads to EOF and closes. Returns 0, or -1 after it has counted a failure. */
static int cat(struct worker *w) {
  int fd = open(opt.file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) goto error;
  size_t total = 0;
  char last = 0;
  for (;;) {
    ssize_t n = read(fd, w->buffer, opt.buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      int saved = errno;
      close(fd);
      errno = saved;
      goto error;
    }
    if (n == 0) break;
    total += (size_t)n;
    last = w->buffer[n - 1];
  }
  if (close(fd) < 0) goto error;
  w->bytes = total;
  if (total == 0) {
    w->empty++;
    return -1;
  }
  if (total < opt.min_bytes || last != '\n') {
    w->short_reads++;
    return -1;
  }
  return 0;
error:
  w->errors++;
  if (!w->first_errno) w->first_errno = errno;
  return -1;
}

static void warm_up(struct worker *w) {
  if (opt.warm < 0) return;
  uint64_t deadline = now_ns() + (uint64_t)(opt.warm * 1e9);
  unsigned failures = 0;
  do {
    if (cat(w) < 0 && ++failures >= MAX_FAILURES) return;
  } while (now_ns() < deadline);
}

static void *work(void *argument) {
  struct worker *w = argument;
  warm_up(w);
  pthread_barrier_wait(&warmed);
  pthread_barrier_wait(&started);
  uint64_t before = now_ns(), deadline = before + (uint64_t)(opt.seconds * 1e9);
  unsigned failures = 0;
  w->start_ns = before;
  for (;;) {
    int status = cat(w);
    uint64_t after = now_ns(), took = after - before;
    if (status == 0) {
      w->cats++;
      w->histogram[bucket_of(took)]++;
      if (took > w->max_ns) w->max_ns = took;
    } else if (++failures >= MAX_FAILURES) {
      before = after;
      break;
    }
    before = after;
    if (opt.iterations ? w->cats + failures >= opt.iterations : after >= deadline) break;
  }
  w->end_ns = before;
  return NULL;
}

static double cpu_us(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void report(const struct worker *workers, double cpu) {
  struct worker sum = {.start_ns = UINT64_MAX};
  uint64_t *histogram = calloc(BUCKETS, sizeof *histogram);
  if (!histogram) fatal("calloc");
  for (int i = 0; i < opt.threads; i++) {
    const struct worker *w = &workers[i];
    sum.cats += w->cats;
    sum.errors += w->errors;
    sum.empty += w->empty;
    sum.short_reads += w->short_reads;
    sum.bytes = w->bytes;
    if (w->first_errno) sum.first_errno = w->first_errno;
    if (w->max_ns > sum.max_ns) sum.max_ns = w->max_ns;
    if (w->start_ns < sum.start_ns) sum.start_ns = w->start_ns;
    if (w->end_ns > sum.end_ns) sum.end_ns = w->end_ns;
    for (unsigned b = 0; b < BUCKETS; b++) histogram[b] += w->histogram[b];
  }
  double seconds = (double)(sum.end_ns - sum.start_ns) / 1e9;
  printf("{\"cats\":%lu,\"seconds\":%.6f,\"perSecond\":%.1f,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,"
         "\"bytes\":%lu,\"errors\":%lu,\"empty\":%lu,\"short\":%lu,\"error\":\"%s\",\"cpu\":%.0f}\n",
         sum.cats, seconds, seconds > 0 ? (double)sum.cats / seconds : 0, quantile_us(histogram, sum.cats, 0.5),
         quantile_us(histogram, sum.cats, 0.99), (double)sum.max_ns / 1000, sum.bytes, sum.errors, sum.empty,
         sum.short_reads, sum.first_errno ? strerrorname_np(sum.first_errno) : "", cpu);
  fflush(stdout);
  free(histogram);
}

/* Joins a cgroup by its cgroup.procs: "0" is the writer in any pid namespace. */
static void join(const char *procs) {
  int fd = open(procs, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "0", 1) != 1) fatal(procs);
  close(fd);
}

static void parse(int argc, char **argv, int *print, int *await) {
  int c;
  while ((c = getopt(argc, argv, "f:t:s:i:w:c:b:m:g:pa")) != -1) {
    switch (c) {
      case 'f': opt.file = optarg; break;
      case 't': opt.threads = atoi(optarg); break;
      case 's': opt.seconds = atof(optarg); break;
      case 'i': opt.iterations = strtoull(optarg, NULL, 10); break;
      case 'w': opt.warm = atof(optarg); break;
      case 'c': opt.cpu = atoi(optarg); break;
      case 'b': opt.buffer = strtoull(optarg, NULL, 10); break;
      case 'm': opt.min_bytes = strtoull(optarg, NULL, 10); break;
      case 'g': join(optarg); break;
      case 'p': *print = 1; break;
      case 'a': *await = 1; break;
      default: exit(2);
    }
  }
  if (!opt.file || opt.threads < 1 || opt.buffer < 1 || optind != argc) {
    fprintf(stderr, "reader: usage: see the comment at the top of reader.c\n");
    exit(2);
  }
}

static void pin(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(opt.cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) < 0) fatal("sched_setaffinity");
}

static int print_once(void) {
  static char buffer[1 << 16];
  int fd = open(opt.file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) fatal(opt.file);
  ssize_t n;
  while ((n = read(fd, buffer, sizeof buffer)) > 0) {
    if (write(STDOUT_FILENO, buffer, (size_t)n) != n) fatal("stdout");
  }
  if (n < 0) fatal(opt.file);
  return 0;
}

static int await_first(void) {
  static char buffer[1 << 16];
  uint64_t deadline = now_ns() + 20000000000u;
  do {
    int fd = open(opt.file, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, buffer, sizeof buffer);
    uint64_t at = now_ns();
    if (fd >= 0) close(fd);
    if (n > 0) return printf("%.3f\n", (double)at / 1e6) < 0;
    usleep(500);
  } while (now_ns() < deadline);
  fatal(opt.file);
  return 2;
}

int main(int argc, char **argv) {
  int print = 0, await = 0;
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* nsenter forks: killing it must end the reader too */
  parse(argc, argv, &print, &await);
  if (opt.cpu >= 0) pin();
  if (print) return print_once();
  if (await) return await_first();
  struct worker *workers = calloc((size_t)opt.threads, sizeof *workers);
  if (!workers) fatal("calloc");
  pthread_barrier_init(&warmed, NULL, (unsigned)opt.threads + 1);
  pthread_barrier_init(&started, NULL, (unsigned)opt.threads + 1);
  for (int i = 0; i < opt.threads; i++) {
    workers[i].buffer = malloc(opt.buffer);
    workers[i].histogram = calloc(BUCKETS, sizeof *workers[i].histogram);
    if (!workers[i].buffer || !workers[i].histogram) fatal("malloc");
    if ((errno = pthread_create(&workers[i].thread, NULL, work, &workers[i]))) fatal("pthread_create");
  }
  pthread_barrier_wait(&warmed);
  printf("ready\n");
  fflush(stdout);
  if (getchar() == EOF) return 2;
  double before = cpu_us();
  pthread_barrier_wait(&started);
  for (int i = 0; i < opt.threads; i++) pthread_join(workers[i].thread, NULL);
  report(workers, cpu_us() - before);
  return 0;
}

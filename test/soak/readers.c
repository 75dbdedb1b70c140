/* Reads files without end, and checks each text against the one before: it must be complete, with the same lines, and no
   counter may decrease.

  soak-reader fresh|held|pieces KILOBYTES FILE...   prints a line for each fault; at the end of stdin a line of JSON

   fresh opens a file for each read, held keeps it open and reads from 0 again, pieces reads 256 bytes at a time. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 1 << 18, MOST = 20, PAUSE_MS = 5 };

struct file {
  const char *path, *name;
  int held;
  char *before;
};

static char text[SIZE];
static long reads, faults;
static double longest;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void fault(const struct file *file, const char *what, const char *before, const char *after) {
  if (faults++ >= MOST) return;
  printf("%.3f %s: %s\n< %.*s\n> %.*s\n", now(), file->path, what, (int)strcspn(before, "\n"), before,
         (int)strcspn(after, "\n"), after);
  fflush(stdout);
}

/* Returns the length of the text, or -errno. */
static ssize_t read_body(const struct file *file, size_t piece) {
  int fd = file->held >= 0 ? file->held : open(file->path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t length = 0, got = lseek(fd, 0, SEEK_SET) < 0 ? -1 : 0;
  if (got == 0)
    while ((got = read(fd, text + length, piece < SIZE - 1 - (size_t)length ? piece : SIZE - 1 - (size_t)length)) > 0)
      length += got;
  int error = got < 0 ? errno : 0;
  if (file->held < 0) close(fd);
  text[length] = 0;
  return error ? -error : length;
}

static int starts(const char *line, const char *word) { return !strncmp(line, word, strlen(word)); }

/* Whether the numbers of a line are counters. */
static int is_counter(const char *name, const char *line) {
  static const char *const events[] = {"pg", "workingset_", "oom_kill", "psw", "allocstall", "thp_", NULL};
  if (!strcmp(name, "uptime") || !strcmp(name, "diskstats")) return 1;
  if (!strcmp(name, "stat")) return !starts(line, "procs_");
  if (strcmp(name, "vmstat") || starts(line, "workingset_nodes")) return 0;
  for (int i = 0; events[i]; i++)
    if (starts(line, events[i])) return 1;
  return 0;
}

static const char *next_word(const char *at) {
  at += strcspn(at, " \t\n");
  return at + strspn(at, " \t");
}

static size_t key(const char *line) { return strcspn(line, ": \t\n"); }

/* Whether a number is smaller than before. The number of requests in flight of a disk is a gauge. */
static int decreased(const char *name, const char *before, const char *after) {
  enum { IN_FLIGHT = 11 };
  int disk = !strcmp(name, "diskstats");
  for (int word = 0; *before && *before != '\n' && *after && *after != '\n'; word++) {
    if (isdigit(*before) && isdigit(*after) && !(disk && word == IN_FLIGHT) && strtod(after, NULL) < strtod(before, NULL))
      return 1;
    before = next_word(before);
    after = next_word(after);
  }
  return 0;
}

/* Returns the line of the same disk, or NULL. */
static const char *same_disk(const char *lines, const char *line) {
  const char *name = next_word(next_word(line + strspn(line, " ")));
  size_t length = strcspn(name, " ");
  for (; *lines; lines += strcspn(lines, "\n") + 1) {
    const char *other = next_word(next_word(lines + strspn(lines, " ")));
    if (strcspn(other, " ") == length && !strncmp(other, name, length)) return lines + strspn(lines, " ");
    if (!strchr(lines, '\n')) break;
  }
  return NULL;
}

static void compare(const struct file *file) {
  const char *name = file->name, *before = file->before, *after = text;
  int disks = !strcmp(name, "diskstats"), keyed = !disks && strcmp(name, "uptime") && strcmp(name, "loadavg");
  for (; *after; after = strchr(after, '\n') + 1) {
    after += strspn(after, " ");
    before += strspn(before, " ");
    const char *was = disks ? same_disk(file->before, after) : before;
    if (keyed && (key(was) != key(after) || strncmp(was, after, key(was)))) {
      fault(file, "different line", was, after);
      return;
    }
    if (was && is_counter(name, after) && decreased(name, was, after)) fault(file, "decreased", was, after);
    if (starts(after, "btime") && strtol(after + 6, NULL, 10) != strtol(was + 6, NULL, 10)) fault(file, "changed", was, after);
    if (!disks) before += strcspn(before, "\n") + 1;
  }
  if (!disks && *before) fault(file, "short", before, "");
}

static void check(struct file *file, size_t piece, const char *total) {
  double start = now();
  ssize_t length = read_body(file, piece);
  if (now() - start > longest) longest = now() - start;
  reads++;
  int disks = !strcmp(file->name, "diskstats");
  if (length < 0) {
    fault(file, strerror(-length), "", "");
  } else if (length == 0 ? !disks : text[length - 1] != '\n') {
    fault(file, "incomplete", "", text);
  } else if (!strcmp(file->name, "meminfo") && strtol(text + strcspn(text, "0123456789"), NULL, 10) != atol(total)) {
    fault(file, "not this container's", total, text);
  } else {
    if (file->before) compare(file);
    free(file->before);
    file->before = strdup(text);
  }
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fputs("usage: soak-reader fresh|held|pieces KILOBYTES FILE...\n", stderr);
    return 2;
  }
  size_t piece = !strcmp(argv[1], "pieces") ? 256 : SIZE;
  struct file *files = calloc(argc, sizeof *files);
  struct pollfd in = {0, POLLIN, 0};
  int count = argc - 3;
  for (int i = 0; i < count; i++) {
    const char *path = argv[i + 3];
    files[i] = (struct file){path, strrchr(path, '/') + 1, -1, NULL};
    if (!strcmp(argv[1], "held") && (files[i].held = open(path, O_RDONLY)) < 0) fault(&files[i], strerror(errno), "", "");
  }
  for (int i = 0; poll(&in, 1, PAUSE_MS) == 0; i++) check(&files[i % count], piece, argv[2]);
  printf("{\"reads\":%ld,\"longest\":%.3f,\"faults\":%ld}\n", reads, longest, faults);
  return 0;
}

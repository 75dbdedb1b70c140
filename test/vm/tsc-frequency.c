/* Prints the frequency of this CPU's time stamp counter in kHz. A kernel that finds it out while others use the CPU
   may be wrong by a factor, and its clock with it. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct moment {
  int64_t nanoseconds;
  uint64_t ticks;
};

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC_RAW, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* The tightest of many, in between which nobody else was given the CPU. */
static struct moment look(void) {
  struct moment best = {0, 0};
  int64_t width = INT64_MAX;
  for (int i = 0; i < 1000; i++) {
    int64_t before = now();
    uint64_t ticks = __rdtsc();
    int64_t after = now();
    if (after - before >= width) continue;
    width = after - before;
    best = (struct moment){(before + after) / 2, ticks};
  }
  return best;
}

int main(void) {
  struct moment from = look();
  struct timespec tenth = {0, 100000000};
  nanosleep(&tenth, NULL);
  struct moment to = look();
  printf("%.0f\n", (double)(to.ticks - from.ticks) * 1e6 / (double)(to.nanoseconds - from.nanoseconds));
  return 0;
}

/* Prints the frequency of this CPU's time stamp counter in kHz. An emulated kernel that calibrates it on a busy host may be
   wrong by a factor, and so is its clock. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct sample {
  int64_t nanoseconds;
  uint64_t ticks;
};

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC_RAW, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* The sample with the shortest reading of many: during it no other process had the CPU. */
static struct sample take_sample(void) {
  struct sample best = {0, 0};
  int64_t width = INT64_MAX;
  for (int i = 0; i < 1000; i++) {
    int64_t before = now();
    uint64_t ticks = __rdtsc();
    int64_t after = now();
    if (after - before >= width) continue;
    width = after - before;
    best = (struct sample){(before + after) / 2, ticks};
  }
  return best;
}

int main(void) {
  struct sample from =take_sample();
  struct timespec tenth = {0, 100000000};
  nanosleep(&tenth, NULL);
  struct sample to =take_sample();
  printf("%.0f\n", (double)(to.ticks - from.ticks) * 1e6 / (double)(to.nanoseconds - from.nanoseconds));
  return 0;
}

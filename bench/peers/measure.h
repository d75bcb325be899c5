/* What the programs in C measure with. */
#include <time.h>

static double nowUs(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

/* For qsort. */
static inline int compareNumbers(const void *one, const void *other) {
  double difference = *(const double *)one - *(const double *)other;
  return (difference > 0) - (difference < 0);
}

/* For ppoll; a time that is over is 0. */
static inline struct timespec timeLeft(double us) {
  if (us < 0) us = 0;
  return (struct timespec){.tv_sec = us / 1e6, .tv_nsec = (long)(us * 1e3) % 1000000000};
}

/* A UDP relay with a known delay: `relay TARGET_PORT DELAY_US`. Prints its port. It delays what one client sends, and passes the
   answers on at once. When its standard input ends, it prints the median of what it really delayed, in microseconds. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

enum { QUEUE = 4096, BYTES = 2048, SAMPLES = 1000000 };

struct datagram {
  double atUs;
  ssize_t length;
  char bytes[BYTES];
};

static struct datagram queue[QUEUE];
static double delayedUs[SAMPLES];

int main(int count, char **words) {
  if (count < 3) return 2;
  double delayUs = atof(words[2]);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, client = {0};
  struct sockaddr_in target = here;
  target.sin_port = htons(atoi(words[1]));
  socklen_t size = sizeof here;
  int front = socket(AF_INET, SOCK_DGRAM, 0), back = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(front, (struct sockaddr *)&here, sizeof here) || connect(back, (struct sockaddr *)&target, sizeof target)) return 1;
  getsockname(front, (struct sockaddr *)&here, &size);
  printf("%d\n", ntohs(here.sin_port));
  fflush(stdout);
  int first = 0, held = 0, samples = 0;
  char bytes[65536];
  struct pollfd wait[] = {{.fd = front, .events = POLLIN}, {.fd = back, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  for (;;) {
    while (held > 0 && nowUs() >= queue[first].atUs + delayUs) {
      send(back, queue[first].bytes, queue[first].length, 0);
      if (samples < SAMPLES) delayedUs[samples++] = nowUs() - queue[first].atUs;
      first = (first + 1) % QUEUE;
      held -= 1;
    }
    double leftUs = held > 0 ? queue[first].atUs + delayUs - nowUs() : 1e6;
    struct timespec left = timeLeft(leftUs);
    if (ppoll(wait, 3, &left, NULL) <= 0) continue;
    if (wait[0].revents && held < QUEUE) {
      struct datagram *last = &queue[(first + held) % QUEUE];
      size = sizeof client;
      last->length = recvfrom(front, last->bytes, BYTES, 0, (struct sockaddr *)&client, &size);
      last->atUs = nowUs();
      if (last->length >= 0) held += 1;
    }
    if (wait[1].revents) {
      ssize_t length = recv(back, bytes, sizeof bytes, 0);
      if (length >= 0) sendto(front, bytes, length, 0, (struct sockaddr *)&client, sizeof client);
    }
    if (wait[2].revents && read(0, bytes, sizeof bytes) <= 0) break;
  }
  qsort(delayedUs, samples, sizeof *delayedUs, compareNumbers);
  printf("%.1f\n", samples ? delayedUs[samples / 2] : 0);
  return 0;
}

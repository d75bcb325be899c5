/* A UDP probe in C: `ping PORT COUNT INTERVAL_US BYTES`. With an interval of 0 it sends when the answer has come. Else it sends
   on schedule, sleeping in ppoll. Prints `sent received p50 p99` of the round trips in microseconds. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <math.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

int main(int count, char **words) {
  if (count < 5) return 2;
  int probes = atoi(words[2]), bytes = atoi(words[4]);
  double intervalUs = atof(words[3]);
  double *sentUs = calloc(probes, sizeof *sentUs), *rttUs = calloc(probes, sizeof *rttUs);
  char *payload = calloc(1, bytes < 8 ? 8 : bytes);
  char answer[65536];
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_DGRAM, 0), received = 0, sent = 0;
  if (connect(fd, (struct sockaddr *)&to, sizeof to)) return 1;
  struct pollfd wait = {.fd = fd, .events = POLLIN};
  double startUs = nowUs();
  for (;;) {
    double dueUs = intervalUs > 0 ? startUs + sent * intervalUs : sent > received ? INFINITY : 0;
    if (sent < probes && nowUs() >= dueUs) {
      uint32_t number = sent;
      memcpy(payload, &number, sizeof number);
      sentUs[sent] = nowUs();
      send(fd, payload, bytes, 0);
      sent += 1;
      continue;
    }
    double leftUs = sent == probes ? 1e6 : dueUs - nowUs();
    if (leftUs > 1e6) leftUs = 1e6;
    struct timespec left = timeLeft(leftUs);
    int ready = ppoll(&wait, 1, &left, NULL);
    if (ready == 0 && sent == probes) break;
    if (ready <= 0) continue;
    ssize_t length = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
    double atUs = nowUs();
    uint32_t number;
    if (length != bytes) continue;
    memcpy(&number, answer, sizeof number);
    if (number >= (uint32_t)sent) continue;
    rttUs[received] = atUs - sentUs[number];
    received += 1;
    if (received == probes) break;
  }
  qsort(rttUs, received, sizeof *rttUs, compareNumbers);
  printf("%d %d %.1f %.1f\n", sent, received, rttUs[received / 2], rttUs[received * 99 / 100]);
  return 0;
}

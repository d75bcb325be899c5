/* The clients of the benchmark in C: one thread, epoll; every byte that comes back is compared with the one sent.
 *
 *   load messages|cycles|datagrams PORT CLIENTS BYTES DEPTH
 *
 * A letter on stdin asks: `c` how many messages are back, `r` to count anew, `s` what was seen since: messages,
 * seconds, and the 50th and the 99th percentile of their times in microseconds. The end of stdin ends it. What goes
 * wrong is said on stderr, and ends it with 1: the run is void. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include "measure.h"

enum { PATTERN_BYTES = 512 * 1024, BURST_BYTES = 256 * 1024, MOST_DEPTH = 64, EVENTS = 1024 };

/* A datagram not answered after so long is sent once more: a full buffer drops, on loopback too. */
static const double LOST_AFTER_US = 250e3;

struct client {
  int fd, waits_for_room;
  /* Where its bytes begin in the pattern; how many are to be sent, are sent, and are back. */
  size_t origin, due, sent, back;
  /* Of each message under way, by its number modulo the depth. */
  double sent_us[MOST_DEPTH];
  uint32_t number[MOST_DEPTH];
};

/* Bytes that do not repeat soon: whatever is lost, doubled or moved shows. */
static char pattern[PATTERN_BYTES + BURST_BYTES];
static char buffer[BURST_BYTES];
static struct sockaddr_in server;
static struct client *clients;
static size_t count, bytes, depth;
static int poller;

static struct {
  float *trips_us;
  size_t count, room;
  double since_us;
} tally;

static void void_run(const char *what) {
  fprintf(stderr, "load: %s\n", what);
  exit(1);
}

static long must(long result, const char *call) {
  if (result >= 0) return result;
  fprintf(stderr, "load: %s: %s\n", call, strerror(errno));
  exit(1);
}

static void came_back(double sent_us, double at_us) {
  if (tally.count == tally.room) {
    tally.room = tally.room ? 2 * tally.room : 1 << 16;
    tally.trips_us = realloc(tally.trips_us, tally.room * sizeof *tally.trips_us);
  }
  tally.trips_us[tally.count++] = at_us - sent_us;
}

static int by_size(const void *a, const void *b) {
  float one = *(const float *)a, other = *(const float *)b;
  return (one > other) - (one < other);
}

static double quantile_us(double q) { return tally.count ? tally.trips_us[(size_t)(q * tally.count)] : 0; }

static void answer(void) {
  char asked;
  if (read(STDIN_FILENO, &asked, 1) != 1) exit(0);
  if (asked == 'c') printf("%zu\n", tally.count);
  if (asked == 's') {
    double seconds = (nowUs() - tally.since_us) / 1e6;
    qsort(tally.trips_us, tally.count, sizeof *tally.trips_us, by_size);
    printf("%zu %f %f %f\n", tally.count, seconds, quantile_us(0.5), quantile_us(0.99));
  }
  if (asked == 'r') tally.count = 0, tally.since_us = nowUs();
  fflush(stdout);
}

static char *bytes_at(const struct client *client, size_t position) {
  return pattern + (client->origin + position) % PATTERN_BYTES;
}

static void watch(struct client *client, int operation, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  must(epoll_ctl(poller, operation, client->fd, &event), "epoll_ctl");
}

static void open_socket(struct client *client, int type) {
  client->fd = must(socket(AF_INET, type, 0), "socket");
  if (type == SOCK_STREAM) setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  must(connect(client->fd, (struct sockaddr *)&server, sizeof server), "connect");
}

static void compare(const char *received, const char *expected, size_t length) {
  if (memcmp(received, expected, length)) void_run("other bytes came back than were sent");
}

/* Sends what it can of what is due; the rest when there is room. */
static void flush(struct client *client) {
  while (client->sent < client->due) {
    size_t left = client->due - client->sent;
    if (left > BURST_BYTES) left = BURST_BYTES;
    ssize_t length = send(client->fd, bytes_at(client, client->sent), left, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (length < 0 && errno == EAGAIN) break;
    client->sent += must(length, "send");
  }
  int waits_for_room = client->sent < client->due;
  if (waits_for_room == client->waits_for_room) return;
  client->waits_for_room = waits_for_room;
  watch(client, EPOLL_CTL_MOD, waits_for_room ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void send_messages(struct client *client, size_t messages, double at_us) {
  for (size_t first = client->due / bytes, i = 0; i < messages; i++) client->sent_us[(first + i) % depth] = at_us;
  client->due += messages * bytes;
  flush(client);
}

/* Reads once: 0 is the end, below it nothing was there. */
static ssize_t receive(struct client *client, int flags) {
  ssize_t length = recv(client->fd, buffer, sizeof buffer, flags);
  if (length < 0 && errno == EAGAIN) return length;
  compare(buffer, bytes_at(client, client->back), must(length, "recv"));
  client->back += length;
  return length;
}

/* Messages to and fro on connections that stay: as many as came back are sent again, in one write. */
static void on_message(struct client *client, unsigned events) {
  if (events & EPOLLOUT) flush(client);
  size_t before = client->back / bytes;
  if (receive(client, MSG_DONTWAIT) == 0) void_run("a connection was closed");
  size_t after = client->back / bytes;
  if (after == before) return;
  double at_us = nowUs();
  for (size_t i = before; i < after; i++) came_back(client->sent_us[i % depth], at_us);
  send_messages(client, after - before, at_us);
}

/* One message goes to and fro before the next connects: so all are accepted, however short the queue. */
static void connect_all(void) {
  for (size_t i = 0; i < count; i++) {
    struct client *client = &clients[i];
    open_socket(client, SOCK_STREAM);
    watch(client, EPOLL_CTL_ADD, EPOLLIN);
    send_messages(client, 1, nowUs());
    while (client->back < bytes) {
      if (receive(client, 0) == 0) void_run("a connection was closed");
      flush(client);
    }
  }
  for (size_t i = 0; i < count; i++) send_messages(&clients[i], depth, nowUs());
}

/* Connects, sends one message and its end, and reads. */
static void begin_cycle(struct client *client) {
  client->sent_us[0] = nowUs();
  client->back = 0;
  open_socket(client, SOCK_STREAM);
  must(send(client->fd, bytes_at(client, 0), bytes, MSG_NOSIGNAL), "send");
  must(shutdown(client->fd, SHUT_WR), "shutdown");
  watch(client, EPOLL_CTL_ADD, EPOLLIN);
}

/* Begins anew, from another place of the pattern, once all is back and the server has ended too. */
static void on_cycle(struct client *client, unsigned events) {
  (void)events;
  if (receive(client, MSG_DONTWAIT) != 0) return;
  if (client->back != bytes) void_run("a connection was closed before all was back");
  close(client->fd);
  came_back(client->sent_us[0], nowUs());
  client->origin += 4099;
  begin_cycle(client);
}

/* A datagram begins with its number, of one place every depth-th: so a number says whose place it is. */
static void send_datagram(struct client *client, size_t place) {
  char *datagram = bytes_at(client, place * bytes);
  client->number[place] += depth;
  client->sent_us[place] = nowUs();
  memcpy(buffer, &client->number[place], sizeof(uint32_t));
  memcpy(buffer + sizeof(uint32_t), datagram, bytes - sizeof(uint32_t));
  must(send(client->fd, buffer, bytes, 0), "send");
}

static void on_datagram(struct client *client, unsigned events) {
  (void)events;
  for (;;) {
    ssize_t length = recv(client->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (length < 0 && errno == EAGAIN) return;
    if (must(length, "recv") != (ssize_t)bytes) void_run("a datagram came back in another length");
    uint32_t number;
    memcpy(&number, buffer, sizeof number);
    size_t place = number % depth;
    /* The answer to one that was taken for lost. */
    if (number != client->number[place]) continue;
    compare(buffer + sizeof number, bytes_at(client, place * bytes), bytes - sizeof number);
    came_back(client->sent_us[place], nowUs());
    send_datagram(client, place);
  }
}

static void open_all(void) {
  for (size_t i = 0; i < count; i++) {
    open_socket(&clients[i], SOCK_DGRAM);
    watch(&clients[i], EPOLL_CTL_ADD, EPOLLIN);
    for (size_t place = 0; place < depth; place++) {
      clients[i].number[place] = place;
      send_datagram(&clients[i], place);
    }
  }
}

static void send_lost_again(void) {
  double late_us = nowUs() - LOST_AFTER_US;
  for (size_t i = 0; i < count; i++)
    for (size_t place = 0; place < depth; place++)
      if (clients[i].sent_us[place] < late_us) send_datagram(&clients[i], place);
}

static void begin_cycles(void) {
  for (size_t i = 0; i < count; i++) begin_cycle(&clients[i]);
}

static void nothing(void) {}

/* What a load does at its start, when a client can read (or write), and from time to time. */
static const struct load {
  const char *name;
  void (*begin)(void);
  void (*on_ready)(struct client *, unsigned);
  void (*now_and_then)(void);
} loads[] = {
  {"messages", connect_all, on_message, nothing},
  {"cycles", begin_cycles, on_cycle, nothing},
  {"datagrams", open_all, on_datagram, send_lost_again},
};

static void run(const struct load *load) {
  struct epoll_event events[EVENTS];
  struct epoll_event asked = {.events = EPOLLIN};
  double due_us = 0;
  must(epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &asked), "epoll_ctl");
  load->begin();
  for (;;) {
    int ready = must(epoll_wait(poller, events, EVENTS, LOST_AFTER_US / 1000), "epoll_wait");
    for (int i = 0; i < ready; i++) {
      if (events[i].data.ptr) load->on_ready(events[i].data.ptr, events[i].events);
      else answer();
    }
    if (nowUs() < due_us) continue;
    due_us = nowUs() + LOST_AFTER_US;
    load->now_and_then();
  }
}

int main(int argc, char **argv) {
  if (argc != 6) void_run("usage: load messages|cycles|datagrams PORT CLIENTS BYTES DEPTH");
  server.sin_family = AF_INET;
  server.sin_port = htons(atoi(argv[2]));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  count = atoi(argv[3]), bytes = atoi(argv[4]), depth = atoi(argv[5]);
  if (depth > MOST_DEPTH || bytes * depth > BURST_BYTES) void_run("too much at once");
  for (size_t filled = 0; filled < PATTERN_BYTES;) {
    ssize_t length = getrandom(pattern + filled, PATTERN_BYTES - filled, 0);
    filled += must(length, "getrandom");
  }
  memcpy(pattern + PATTERN_BYTES, pattern, BURST_BYTES);
  clients = calloc(count, sizeof *clients);
  for (size_t i = 0; i < count; i++) clients[i].origin = i * 4099;
  poller = must(epoll_create1(0), "epoll_create1");
  tally.since_us = nowUs();
  for (size_t i = 0; i < sizeof loads / sizeof *loads; i++)
    if (!strcmp(argv[1], loads[i].name)) run(&loads[i]);
  void_run("no such load");
}

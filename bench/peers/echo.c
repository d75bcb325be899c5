/* An echo in C: one thread, epoll. Prints the port; `echo udp` serves UDP. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BUFFER_BYTES = 65536, EVENTS = 1024 };

/* What a connection still owes its peer; while it owes, it is not read. */
struct connection {
  int fd;
  size_t owed, sent;
  char *unsent;
};

static char buffer[BUFFER_BYTES];
static int poller;

static void watch(struct connection *connection, int operation, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  epoll_ctl(poller, operation, connection->fd, &event);
}

static void end(struct connection *connection) {
  close(connection->fd);
  free(connection->unsent);
  free(connection);
}

static void keep(struct connection *connection, const char *bytes, size_t length) {
  connection->unsent = malloc(length);
  memcpy(connection->unsent, bytes, length);
  connection->owed = length;
  connection->sent = 0;
  watch(connection, EPOLL_CTL_MOD, EPOLLOUT);
}

static void flush(struct connection *connection) {
  size_t left = connection->owed - connection->sent;
  ssize_t sent = send(connection->fd, connection->unsent + connection->sent, left, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return end(connection);
  if (sent > 0) connection->sent += sent;
  if (connection->sent < connection->owed) return;
  free(connection->unsent);
  connection->unsent = NULL;
  connection->owed = 0;
  watch(connection, EPOLL_CTL_MOD, EPOLLIN);
}

static void echo(struct connection *connection) {
  ssize_t length = recv(connection->fd, buffer, sizeof buffer, 0);
  if (length == 0 || (length < 0 && errno != EAGAIN)) return end(connection);
  if (length < 0) return;
  ssize_t sent = send(connection->fd, buffer, length, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return end(connection);
  if (sent < 0) sent = 0;
  if (sent < length) keep(connection, buffer + sent, length - sent);
}

static void accept_all(int listener) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct connection *connection = calloc(1, sizeof *connection);
    connection->fd = fd;
    watch(connection, EPOLL_CTL_ADD, EPOLLIN);
  }
}

static void serve_tcp(int listener) {
  struct connection accepting = {.fd = listener};
  struct epoll_event events[EVENTS];
  poller = epoll_create1(0);
  watch(&accepting, EPOLL_CTL_ADD, EPOLLIN);
  for (;;) {
    int count = epoll_wait(poller, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      struct connection *connection = events[i].data.ptr;
      if (connection == &accepting) accept_all(listener);
      else if (connection->owed) flush(connection);
      else echo(connection);
    }
  }
}

static void serve_udp(int socket) {
  struct sockaddr_in from;
  for (;;) {
    socklen_t size = sizeof from;
    ssize_t length = recvfrom(socket, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &size);
    if (length >= 0) sendto(socket, buffer, length, 0, (struct sockaddr *)&from, size);
  }
}

int main(int argc, char **argv) {
  int udp = argc > 1 && strcmp(argv[1], "udp") == 0;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(fd, (struct sockaddr *)&address, size) || (!udp && listen(fd, 4096))) return perror("echo"), 1;
  getsockname(fd, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  if (udp) serve_udp(fd);
  else serve_tcp(fd);
}

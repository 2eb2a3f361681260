#include "socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST = 1000000 };     /* milliseconds of one poll(), which takes an int */

int64_t socket_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int socket_wait(int fd, short events, int64_t until, int cancel_fd)
{
    struct pollfd fds[2] = { { fd, events, 0 }, { cancel_fd, POLLIN, 0 } };   /* poll() passes over one that is -1 */
    for (;;) {
        int64_t left = until - socket_now();
        int ready = poll(fds, 2, left > 0 ? (int)(left < LONGEST ? left : LONGEST) : 0);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready > 0 && fds[1].revents != 0) {
            errno = ECANCELED;
            return -1;
        }
        if (ready != 0)
            return ready > 0 ? 1 : -1;
        if (left <= 0)
            return 0;
    }
}

/* What came of a connection in the making: 0, or errno. */
static int outcome(int fd, int64_t until, int cancel_fd)
{
    int problem = 0;
    socklen_t size = sizeof problem;
    int ready = socket_wait(fd, POLLOUT, until, cancel_fd);
    if (ready == 0)
        return ETIMEDOUT;
    if (ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) != 0)
        return errno;
    return problem;
}

int socket_connect(const struct net_address *address, int64_t until, int cancel_fd)
{
    int on = 1, problem = 0;
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)&address->storage, address->length) != 0)
        problem = errno == EINPROGRESS ? outcome(fd, until, cancel_fd) : errno;
    if (problem == 0)
        return fd;
    close(fd);
    errno = problem;
    return -1;
}

int socket_send(int fd, const void *data, size_t size, int64_t (*until)(const void *context), const void *context,
                int cancel_fd)
{
    const char *at = data;
    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent > 0) {
            at += sent;
            size -= (size_t)sent;
            continue;
        }
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            return -1;
        int ready = socket_wait(fd, POLLOUT, until(context), cancel_fd);
        if (ready <= 0)
            return ready == 0 ? 1 : -1;
    }
    return 0;
}

/*
 * Options set on every stream socket, and the small calls around poll() and errors that links and
 * listeners share.
 */
#include "wire/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include "base/system.h"
#include "wire/clock.h"

/*
 * Keepalive: first probe after 3 s of silence, then every 2 s; the third that stays unanswered ends
 * it at 9 s. TCP_USER_TIMEOUT ends it when sent data stays unacknowledged, and on Linux it also
 * takes the place of the probe count, so it must be below the 9 s.
 */
static const struct tcp_option {
	int level, name, value;
} tcp_options[] = {
	{ IPPROTO_TCP, TCP_NODELAY, 1 },
	{ SOL_SOCKET, SO_KEEPALIVE, 1 },
#if defined(TCP_KEEPIDLE)
	{ IPPROTO_TCP, TCP_KEEPIDLE, 3 },
#elif defined(TCP_KEEPALIVE) /* macOS */
	{ IPPROTO_TCP, TCP_KEEPALIVE, 3 },
#endif
#ifdef TCP_KEEPINTVL
	{ IPPROTO_TCP, TCP_KEEPINTVL, 2 },
	{ IPPROTO_TCP, TCP_KEEPCNT, 3 },
#endif
#if defined(TCP_USER_TIMEOUT)
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, 8000 },
#elif defined(TCP_RXT_CONNDROPTIME) /* macOS, in seconds */
	{ IPPROTO_TCP, TCP_RXT_CONNDROPTIME, 8 },
#endif
};

/* So that the kernel takes a whole frame at once: TCP's own buffer begins with less. */
#define SEND_ROOM (2 * 65537)

int
vsc_socket_prepare(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
#ifdef SO_NOSIGPIPE
	flags = 1;
	if (setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &flags, sizeof(flags)) < 0)
		return -1;
#endif
	return 0;
}

#if !VSC_ON_LINUX
/* fd, prepared, or closed and -1 */
static int
prepared(int fd)
{
	if (fd < 0 || vsc_socket_prepare(fd) == 0)
		return fd;
	vsc_socket_close(fd);
	return -1;
}
#endif

int
vsc_socket_new(int family)
{
#if VSC_ON_LINUX
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
	return prepared(socket(family, SOCK_STREAM, 0));
#endif
}

int
vsc_socket_accept(int listener)
{
#if VSC_ON_LINUX
	return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
	return prepared(accept(listener, NULL, NULL));
#endif
}

/* What the socket is called on this or the other side. */
static struct vsc_span
name_of(int fd, struct sockaddr_storage *name,
    int (*get)(int fd, struct sockaddr *name, socklen_t *len))
{
	socklen_t len = sizeof(*name);

	*name = (struct sockaddr_storage){ .ss_family = AF_UNSPEC };
	if (get(fd, (struct sockaddr *)name, &len) < 0 || len > sizeof(*name))
		len = 0;
	return vsc_span_from(name, len);
}

static bool
is_inet(const struct sockaddr_storage *name)
{
	return name->ss_family == AF_INET || name->ss_family == AF_INET6;
}

void
vsc_socket_tune(int fd)
{
	static const int room = SEND_ROOM;
	struct sockaddr_storage own;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	(void)name_of(fd, &own, getsockname);
	if (!is_inet(&own))
		return;
	/* a system that lacks one of them still has a working connection */
	for (size_t i = 0; i < VSC_COUNT(tcp_options); i++)
		(void)setsockopt(fd, tcp_options[i].level, tcp_options[i].name,
		    &tcp_options[i].value, sizeof(tcp_options[i].value));
}

bool
vsc_socket_is_self(int fd)
{
	struct sockaddr_storage own, peer;
	struct vsc_span a = name_of(fd, &own, getsockname), b = name_of(fd, &peer, getpeername);

	return is_inet(&own) && vsc_span_eq(a, b);
}

void
vsc_socket_close(int fd)
{
	int error = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = error;
}

int
vsc_socket_wait(int fd, short events, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int ready;

	do
		ready = poll(&pfd, 1, vsc_deadline_left(deadline));
	while (ready < 0 && errno == EINTR);
	return ready < 0 ? VSC_E_IO : ready;
}

int
vsc_socket_error(int error)
{
	bool gone = error == ECONNRESET || error == EPIPE || error == ETIMEDOUT ||
		    error == ENOTCONN || error == ECONNABORTED;

	return gone ? VSC_E_CLOSED : VSC_E_IO;
}

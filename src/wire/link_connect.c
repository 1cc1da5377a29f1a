/* Connecting: without blocking, and with a deadline on top of that. */
#include "wire/link_impl.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "wire/clock.h"
#include "wire/socket.h"

int
vsc_link_connect_start(struct vsc_link **link, const struct vsc_endpoint *ep)
{
	struct vsc_link *new;
	int err;

	if ((err = vsc_link_new(&new)) < 0)
		return err;
	err = ep->kind == VSC_ENDPOINT_UNIX ? vsc_unix_connect(new, ep) : vsc_tcp_connect(new, ep);
	if (err < 0) {
		err = err == VSC_E_IO && errno == ETIMEDOUT ? VSC_E_TIMEOUT : err;
		vsc_link_free(new);
		return err;
	}
	*link = new;
	return 0;
}

static int
socket_failure(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return errno;
	if (error == 0 && vsc_socket_is_self(fd))
		error = ECONNREFUSED;
	return error;
}

int
vsc_link_connected(struct vsc_link *link)
{
	int ready, error, err;

	while (link->connecting) {
		if ((ready = vsc_socket_wait(link->fd, POLLOUT, 0)) <= 0)
			return ready;
		if ((error = socket_failure(link->fd)) == 0)
			link->connecting = false;
		else if ((err = vsc_tcp_connect_next(link, error)) < 0)
			return err;
	}
	if (link->addresses != NULL)
		freeaddrinfo(link->addresses);
	link->addresses = link->next = NULL;
	return 1;
}

/* An address that does not answer gets its share of the time, so that those after it get theirs. */
static int64_t
share(const struct vsc_link *link, int64_t deadline)
{
	int left = vsc_deadline_left(deadline), addresses = 1;

	for (const struct addrinfo *a = link->next; a != NULL; a = a->ai_next)
		addresses++;
	return left < 0 ? deadline : vsc_deadline_in(left / addresses);
}

static int
finish(struct vsc_link *link, int64_t deadline)
{
	int got, ready, err;

	while ((got = vsc_link_connected(link)) == 0) {
		if ((ready = vsc_socket_wait(link->fd, POLLOUT, share(link, deadline))) < 0)
			return ready;
		if (ready == 0 && (err = vsc_tcp_connect_next(link, ETIMEDOUT)) < 0)
			return err;
	}
	return got < 0 ? got : 0;
}

/* A Unix socket whose queue is full has no event to wait for: ask again in a millisecond. */
static int
start(struct vsc_link **link, const struct vsc_endpoint *ep, int64_t deadline)
{
	int err;

	while ((err = vsc_link_connect_start(link, ep)) == VSC_E_BUSY) {
		if (vsc_deadline_left(deadline) == 0)
			return VSC_E_TIMEOUT;
		(void)poll(NULL, 0, 1);
	}
	return err;
}

int
vsc_link_connect(struct vsc_link **link, const struct vsc_endpoint *ep, int ms)
{
	int64_t deadline = vsc_deadline_in(ms);
	struct vsc_link *new;
	int err;

	if ((err = start(&new, ep, deadline)) < 0)
		return err;
	if ((err = finish(new, deadline)) < 0) {
		err = err == VSC_E_IO && errno == ETIMEDOUT ? VSC_E_TIMEOUT : err;
		vsc_link_free(new);
		return err;
	}
	*link = new;
	return 0;
}

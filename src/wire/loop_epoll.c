/* Waiting with epoll: the cost of a round depends on what is ready, not on what is watched. */
#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "wire/loop_impl.h"

#define EVENTS_MAX 256

/* The state is the descriptor, one higher: NULL means that there is none. */
static int
fd_of(void *state)
{
	return (int)((intptr_t)state - 1);
}

static int
epoll_open(void **state)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		return VSC_E_IO;
	*state = (void *)((intptr_t)fd + 1);
	return 0;
}

static void
epoll_finish(void *state)
{
	(void)close(fd_of(state));
}

static int
epoll_set(void *state, struct vsc_watch *watch, unsigned events)
{
	struct epoll_event event = { .data.ptr = watch };
	int op = watch->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	if (events & VSC_LOOP_READ)
		event.events |= EPOLLIN;
	if (events & VSC_LOOP_WRITE)
		event.events |= EPOLLOUT;
	/* hangups come even when nothing is asked for, so nothing means removed */
	if (events == 0)
		op = EPOLL_CTL_DEL;
	return epoll_ctl(fd_of(state), op, watch->fd, &event) < 0 ? VSC_E_IO : 0;
}

static unsigned
events_from(uint32_t bits)
{
	unsigned events = 0;

	if (bits & EPOLLIN)
		events |= VSC_LOOP_READ;
	if (bits & EPOLLOUT)
		events |= VSC_LOOP_WRITE;
	if (bits & (EPOLLHUP | EPOLLERR))
		events |= VSC_LOOP_HANGUP;
	return events;
}

static int
epoll_await(void *state, struct vsc_ready *ready, size_t max, int ms)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(fd_of(state), events, max < EVENTS_MAX ? (int)max : EVENTS_MAX, ms);

	if (n < 0)
		return errno == EINTR ? 0 : VSC_E_IO;
	for (int i = 0; i < n; i++)
		ready[i] = (struct vsc_ready){ events[i].data.ptr, events_from(events[i].events) };
	return n;
}

const struct vsc_backend vsc_backend_epoll = {
	.name = "epoll",
	.open = epoll_open,
	.close = epoll_finish,
	.set = epoll_set,
	.wait = epoll_await,
};

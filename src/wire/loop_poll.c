/* Waiting with poll: for systems without epoll. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "wire/loop_impl.h"

/* Two arrays side by side; a watch knows its place in them. */
struct polled {
	struct pollfd *pfds;
	struct vsc_watch **watches;
	size_t count, room;
	size_t turn; /* where the next search begins, so that nobody is always last */
};

static int
poll_open(void **state)
{
	*state = calloc(1, sizeof(struct polled));
	return *state == NULL ? VSC_E_NOMEM : 0;
}

static void
poll_close(void *state)
{
	struct polled *polled = state;

	free(polled->pfds);
	free(polled->watches);
	free(polled);
}

static int
make_room(struct polled *polled)
{
	size_t room = polled->room == 0 ? 16 : 2 * polled->room;
	struct vsc_watch **watches;
	struct pollfd *pfds;

	if (polled->count < polled->room)
		return 0;
	if ((pfds = realloc(polled->pfds, room * sizeof(*pfds))) == NULL)
		return VSC_E_NOMEM;
	polled->pfds = pfds;
	watches = realloc(polled->watches, room * sizeof(struct vsc_watch *));
	if (watches == NULL)
		return VSC_E_NOMEM;
	polled->watches = watches;
	polled->room = room;
	return 0;
}

static void
leave(struct polled *polled, const struct vsc_watch *watch)
{
	size_t last = --polled->count;

	polled->pfds[watch->slot] = polled->pfds[last];
	polled->watches[watch->slot] = polled->watches[last];
	polled->watches[watch->slot]->slot = watch->slot;
}

static int
poll_set(void *state, struct vsc_watch *watch, unsigned events)
{
	struct polled *polled = state;
	short bits = 0;

	if (events == 0) {
		leave(polled, watch);
		return 0;
	}
	if (watch->events == 0) {
		if (make_room(polled) < 0)
			return VSC_E_NOMEM;
		watch->slot = polled->count++;
		polled->watches[watch->slot] = watch;
	}
	if (events & VSC_LOOP_READ)
		bits |= POLLIN;
	if (events & VSC_LOOP_WRITE)
		bits |= POLLOUT;
	polled->pfds[watch->slot] = (struct pollfd){ .fd = watch->fd, .events = bits };
	return 0;
}

static unsigned
events_from(short bits)
{
	unsigned events = 0;

	if (bits & POLLIN)
		events |= VSC_LOOP_READ;
	if (bits & POLLOUT)
		events |= VSC_LOOP_WRITE;
	if (bits & (POLLHUP | POLLERR | POLLNVAL))
		events |= VSC_LOOP_HANGUP;
	return events;
}

static int
poll_await(void *state, struct vsc_ready *ready, size_t max, int ms)
{
	struct polled *polled = state;
	int left = poll(polled->pfds, (nfds_t)polled->count, ms);
	size_t n = 0, at = polled->turn;

	if (left < 0)
		return errno == EINTR ? 0 : VSC_E_IO;
	for (size_t seen = 0; seen < polled->count && left > 0 && n < max; seen++, at++) {
		if (at >= polled->count)
			at = 0;
		if (polled->pfds[at].revents == 0)
			continue;
		ready[n++] = (struct vsc_ready){ polled->watches[at],
			events_from(polled->pfds[at].revents) };
		left--;
	}
	polled->turn = at;
	return (int)n;
}

const struct vsc_backend vsc_backend_poll = {
	.name = "poll",
	.open = poll_open,
	.close = poll_close,
	.set = poll_set,
	.wait = poll_await,
};

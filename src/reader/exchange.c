/*
 * Sends a request and waits for its one answer: first byte, rest of the frame and sending have
 * deadlines of their own.
 */
#include "reader/exchange.h"

#include <errno.h>
#include <poll.h>

#include "iso/atr.h"
#include "reader/deadline.h"

/* Nothing may be waiting before a request: it would be taken for the answer. */
static int
check_silence(struct vsc_exchange *x)
{
	struct vsc_span stale;
	int got = vsc_link_recv(x->link, x->scratch, &stale);

	if (got < 0)
		return got;
	if (got > 0 || vsc_link_pending(x->link) || vsc_link_partial(x->link))
		return VSC_E_STATE;
	return 0;
}

/* Until the peer did something: sent, hung up, or has room for what is not sent yet. */
static int
wait_for_peer(struct vsc_exchange *x, int64_t deadline)
{
	struct pollfd pfd = { .fd = vsc_link_fd(x->link), .events = POLLIN };
	int n;

	if (vsc_link_unsent(x->link))
		pfd.events |= POLLOUT;
	do
		n = poll(&pfd, 1, vsc_deadline_left(deadline));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return VSC_E_IO;
	if (n == 0)
		return VSC_E_TIMEOUT;
	return (pfd.revents & POLLOUT) != 0 ? vsc_link_flush(x->link) : 0;
}

static int
await_sent(struct vsc_exchange *x)
{
	while (vsc_link_unsent(x->link)) {
		int err = wait_for_peer(x, x->first);

		if (err < 0)
			return err;
	}
	return 0;
}

/* What most exchanges get by with: the answer comes whole and in time. 0: it did not. */
static int
await_quickly(struct vsc_exchange *x, struct vsc_span *answer)
{
	if (x->patience <= 0 || vsc_link_unsent(x->link))
		return 0;
	return vsc_link_recv_within(x->link, x->scratch, answer, x->patience);
}

static int
await_answer(struct vsc_exchange *x, struct vsc_span *answer)
{
	int64_t deadline = x->first;
	bool begun = false;
	int got = await_quickly(x, answer);

	if (got != 0)
		return got < 0 ? got : 0;
	for (;;) {
		if (vsc_link_partial(x->link) && !begun) {
			begun = true;
			deadline = vsc_deadline_in(x->frame_ms);
		}
		got = wait_for_peer(x, deadline);
		if (got == 0)
			got = vsc_link_recv(x->link, x->scratch, answer);
		if (got < 0)
			return got;
		if (got > 0) /* an answer to half a request is none */
			return vsc_link_unsent(x->link) ? VSC_E_STATE : 0;
	}
}

int
vsc_exchange(struct vsc_exchange *x, struct vsc_span request, struct vsc_span *answer)
{
	int err;

	if (request.len > VSC_FRAME_MAX)
		return VSC_E_SPACE;
	err = check_silence(x);
	if (err < 0)
		return err;
	err = vsc_link_send(x->link, request);
	if (err < 0)
		return err == VSC_E_SPACE ? VSC_E_STATE : err;
	return answer == NULL ? await_sent(x) : await_answer(x, answer);
}

bool
vsc_exchange_is_atr(struct vsc_span answer)
{
	return answer.len >= VSC_ATR_MIN && answer.len <= VSC_ATR_MAX &&
	       (answer.ptr[0] == 0x3B || answer.ptr[0] == 0x3F);
}

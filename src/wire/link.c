/* Frames over a connected stream socket of any kind: receive, send, and both with deadlines. */
#include "wire/link_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "wire/clock.h"
#include "wire/socket.h"

/* A peer that does not read gets this much queued, then it is an error. */
#define QUEUE_MAX (4 * (size_t)(VSC_FRAME_HEADER + VSC_FRAME_MAX))
/* Room on the stack of the blocking functions; longer frames come in several reads. */
#define WAIT_ROOM 16384

int
vsc_link_new(struct vsc_link **link)
{
	struct vsc_link *new = calloc(1, sizeof(*new));

	if (new == NULL)
		return VSC_E_NOMEM;
	new->fd = -1;
	*link = new;
	return 0;
}

int
vsc_link_from_fd(struct vsc_link **link, int fd)
{
	int err;

	if (vsc_socket_prepare(fd) < 0) {
		vsc_socket_close(fd);
		return VSC_E_IO;
	}
	if ((err = vsc_link_new(link)) < 0) {
		vsc_socket_close(fd);
		return err;
	}
	vsc_socket_tune(fd);
	(*link)->fd = fd;
	return 0;
}

void
vsc_link_free(struct vsc_link *link)
{
	if (link == NULL)
		return;
	vsc_socket_close(link->fd);
	vsc_frames_reset(&link->frames);
	vsc_blob_free(&link->rest);
	vsc_blob_free(&link->queue);
	if (link->addresses != NULL)
		freeaddrinfo(link->addresses);
	free(link);
}

void
vsc_link_shut(struct vsc_link *link)
{
	(void)shutdown(link->fd, SHUT_RDWR);
}

void
vsc_link_shut_reading(struct vsc_link *link)
{
	(void)shutdown(link->fd, SHUT_RD);
}

int
vsc_link_fd(const struct vsc_link *link)
{
	return link->fd;
}

/* A frame from what was read already. 1, 0 (then nothing of it is left) or < 0 */
static int
recv_rest(struct vsc_link *link, struct vsc_span *frame)
{
	struct vsc_in in = vsc_in_from(vsc_blob_span(&link->rest));
	int got;

	if (link->rest.len == 0)
		return 0;
	if ((got = vsc_in_skip(&in, link->rest_at)) < 0)
		return got;
	got = vsc_frames_next(&link->frames, &in, frame);
	link->rest_at = link->rest.len - vsc_in_left(&in);
	if (got == 0) {
		vsc_blob_free(&link->rest);
		link->rest_at = 0;
	}
	return got;
}

/* A frame from what was just read; what follows it is kept. 1, 0 or < 0 */
static int
recv_fresh(struct vsc_link *link, struct vsc_span bytes, struct vsc_span *frame)
{
	struct vsc_in in = vsc_in_from(bytes);
	int got = vsc_frames_next(&link->frames, &in, frame), err;

	if (got == 1 && vsc_in_left(&in) != 0) {
		if ((err = vsc_blob_set(&link->rest, vsc_in_rest(&in))) < 0)
			return err;
		link->rest_at = 0;
	}
	return got;
}

/* The bytes that are there, at most room's, behind what room holds. 1, 0 if there are none, < 0 */
static int
read_some(int fd, struct vsc_out *room, int flags)
{
	ssize_t n;

	do
		n = recv(fd, room->buf, room->cap, flags);
	while (n < 0 && errno == EINTR && flags == MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : vsc_socket_error(errno);
	room->len = (size_t)n;
	return n == 0 ? VSC_E_CLOSED : 1;
}

/* flags: for the first read; the others find something or do not wait. */
static int
recv_frame(struct vsc_link *link, struct vsc_out *scratch, struct vsc_span *frame, int flags)
{
	int got = recv_rest(link, frame), there = 1;

	while (got == 0 && there == 1) {
		/* a long frame that has begun is read to where it belongs */
		struct vsc_out room = vsc_frames_room(&link->frames);
		struct vsc_out *to = room.cap > 0 ? &room : scratch;

		if ((there = read_some(link->fd, to, flags)) <= 0)
			return there;
		flags = MSG_DONTWAIT;
		got = to == scratch ? recv_fresh(link, vsc_out_span(scratch), frame)
				    : vsc_frames_filled(&link->frames, room.len, frame);
		there = to->len == to->cap; /* else there was no more */
	}
	return got;
}

int
vsc_link_recv(struct vsc_link *link, struct vsc_out *scratch, struct vsc_span *frame)
{
	return recv_frame(link, scratch, frame, MSG_DONTWAIT);
}

static int
set_patience(struct vsc_link *link, int ms)
{
	struct timeval t = { ms / 1000, ms % 1000 * 1000 };
	int flags = fcntl(link->fd, F_GETFL);

	if (flags < 0 || fcntl(link->fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ||
	    setsockopt(link->fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) < 0)
		return VSC_E_IO;
	link->patience = ms;
	return 0;
}

int
vsc_link_recv_within(struct vsc_link *link, struct vsc_out *scratch, struct vsc_span *frame, int ms)
{
	int err;

	if (link->patience != ms && (err = set_patience(link, ms)) < 0)
		return err;
	return recv_frame(link, scratch, frame, 0);
}

bool
vsc_link_pending(const struct vsc_link *link)
{
	return link->rest_at < link->rest.len;
}

bool
vsc_link_partial(const struct vsc_link *link)
{
	struct vsc_span rest =
	    vsc_span_slice(vsc_blob_span(&link->rest), link->rest_at, link->rest.len);

	if (vsc_frames_partial(&link->frames))
		return true;
	return rest.len != 0 && !vsc_frame_complete(rest);
}

/* Keep header and payload without their first `sent` bytes for later. */
static int
enqueue(struct vsc_link *link, struct vsc_span header, struct vsc_span payload, size_t sent)
{
	size_t skip = sent < header.len ? 0 : sent - header.len;
	int err;

	if (link->queue.len - link->queue_at + header.len + payload.len - sent > QUEUE_MAX)
		return VSC_E_SPACE;
	if ((err = vsc_blob_append(&link->queue, vsc_span_slice(header, sent, header.len))) < 0)
		return err;
	return vsc_blob_append(&link->queue, vsc_span_slice(payload, skip, payload.len));
}

/* sendmsg takes pointers to what it does not change as void * */
static struct iovec
iovec_from(struct vsc_span s)
{
	return (struct iovec){ (void *)(uintptr_t)s.ptr, s.len };
}

/* How many bytes went, 0 if the peer is slow, or < 0 */
static ssize_t
send_now(int fd, struct vsc_span first, struct vsc_span second)
{
	struct iovec parts[2] = { iovec_from(first), iovec_from(second) };
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	return n < 0 ? vsc_socket_error(errno) : n;
}

int
vsc_link_send(struct vsc_link *link, struct vsc_span payload)
{
	uint8_t header[VSC_FRAME_HEADER] = { (uint8_t)(payload.len >> 8), (uint8_t)payload.len };
	ssize_t n = 0;

	if (payload.len > VSC_FRAME_MAX)
		return VSC_E_SPACE;
	if (!vsc_link_unsent(link))
		n = send_now(link->fd, VSC_SPAN_OF(header), payload);
	if (n < 0)
		return (int)n;
	if ((size_t)n == sizeof(header) + payload.len)
		return 0;
	return enqueue(link, VSC_SPAN_OF(header), payload, (size_t)n);
}

bool
vsc_link_unsent(const struct vsc_link *link)
{
	return link->queue_at < link->queue.len;
}

int
vsc_link_flush(struct vsc_link *link)
{
	struct vsc_span left;
	ssize_t n;

	while (vsc_link_unsent(link)) {
		left = vsc_span_slice(vsc_blob_span(&link->queue), link->queue_at, link->queue.len);
		if ((n = send_now(link->fd, left, VSC_SPAN_EMPTY)) <= 0)
			return (int)n;
		link->queue_at += (size_t)n;
	}
	vsc_blob_free(&link->queue);
	link->queue_at = 0;
	return 0;
}

/* 0: readable, VSC_E_TIMEOUT or another error */
static int
wait_for(struct vsc_link *link, short events, int64_t deadline)
{
	int ready = vsc_socket_wait(link->fd, events, deadline);

	return ready == 0 ? VSC_E_TIMEOUT : ready < 0 ? ready : 0;
}

int
vsc_link_wait(struct vsc_link *link, struct vsc_blob *frame, int first_ms, int frame_ms)
{
	uint8_t room[WAIT_ROOM];
	struct vsc_out scratch = vsc_out_from(room, sizeof(room));
	struct vsc_span got = VSC_SPAN_EMPTY;
	bool begun = vsc_link_partial(link);
	int64_t deadline = vsc_deadline_in(begun ? frame_ms : first_ms);
	size_t used = 0;
	int result;

	for (;;) {
		if (!vsc_link_pending(link) && (result = wait_for(link, POLLIN, deadline)) < 0)
			break;
		result = vsc_link_recv(link, &scratch, &got);
		used = scratch.len > used ? scratch.len : used;
		if (result != 0)
			break;
		if (!begun && vsc_link_partial(link)) {
			begun = true;
			deadline = vsc_deadline_in(frame_ms);
		}
	}
	if (result == 1)
		result = vsc_blob_set(frame, got);
	vsc_wipe(room, used);
	return result;
}

int
vsc_link_call(struct vsc_link *link, struct vsc_span request, struct vsc_blob *reply, int ms)
{
	int64_t deadline = vsc_deadline_in(ms);
	int err, left;

	if ((err = vsc_link_send(link, request)) < 0)
		return err;
	while (vsc_link_unsent(link)) {
		if ((err = wait_for(link, POLLOUT, deadline)) < 0 ||
		    (err = vsc_link_flush(link)) < 0)
			return err;
	}
	left = vsc_deadline_left(deadline);
	return vsc_link_wait(link, reply, left, left);
}

/*
 * A link carries frames between one reader and one card: over TCP, a Unix socket, or within the
 * process. Reads and writes never block unless a function takes a deadline. A link belongs to one
 * thread at a time.
 */
#ifndef VSC_WIRE_LINK_H
#define VSC_WIRE_LINK_H

#include "base/bytes.h"
#include "base/env.h"
#include "wire/endpoint.h"
#include "wire/frame.h"

struct vsc_link;

/*
 * Connect, trying each address of a name in turn, for at most ms milliseconds. A connection of a
 * socket to itself (Linux does that on ephemeral ports) is refused. TCP_NODELAY, keepalive and
 * TCP_USER_TIMEOUT are set: a dead peer is noticed within 10 s. VSC_E_IO with errno, VSC_E_TIMEOUT,
 * VSC_E_NOT_FOUND (no such host).
 */
VSC_MUST_CHECK int vsc_link_connect(struct vsc_link **link, const struct vsc_endpoint *ep, int ms);

/*
 * The same without blocking: *link is under way, or complete; ask vsc_link_connected() when its
 * descriptor is writable. Stop watching the descriptor before asking: when it answers 0, another
 * address is tried and the descriptor may be another. Name resolution of a non-numeric host may
 * block; resolve it first where that matters. VSC_E_BUSY: the queue of a Unix socket is full, try
 * again.
 */
VSC_MUST_CHECK int vsc_link_connect_start(struct vsc_link **link, const struct vsc_endpoint *ep);
/* 1 connected, 0 still under way, < 0 failed */
VSC_MUST_CHECK int vsc_link_connected(struct vsc_link *link);

/* Take over a connected stream socket; it is closed with the link, also on failure. */
VSC_MUST_CHECK int vsc_link_from_fd(struct vsc_link **link, int fd);

/* Two ends of a link within the process (a socket pair), usable from two threads (each end from
 * one). */
VSC_MUST_CHECK int vsc_link_pair(struct vsc_link **a, struct vsc_link **b);

/* Close and free; NULL is fine. */
void vsc_link_free(struct vsc_link *link);

/* Neither side sends any more; who waits on the link wakes up. Also from another thread than the
 * link's, which frees it later. */
void vsc_link_shut(struct vsc_link *link);
/* The same, but what is about to be sent still is. */
void vsc_link_shut_reading(struct vsc_link *link);

/* To wait for readability with poll or a loop. -1 if closed. */
int vsc_link_fd(const struct vsc_link *link);

/*
 * The next frame that is there. 1: *frame, borrowed until the next call on this link; 0: nothing
 * complete yet; VSC_E_CLOSED: the peer went (in the middle of a frame too); VSC_E_IO. `scratch` is
 * room for reading, at least VSC_FRAME_HEADER + 1 bytes, shared by as many links as one likes:
 * bytes that make no whole frame are kept in the link. *frame may point into it. Each call that
 * finds nothing in the link reads from the socket; who waits with poll may stop calling as soon as
 * vsc_link_pending() is false.
 */
VSC_MUST_CHECK int vsc_link_recv(
    struct vsc_link *link, struct vsc_out *scratch, struct vsc_span *frame);

/*
 * As vsc_link_recv(), but waits up to ms (> 0, best always the same) for the peer to send
 * something: one system call where poll and recv take two. 0 also when a signal came.
 */
VSC_MUST_CHECK int vsc_link_recv_within(
    struct vsc_link *link, struct vsc_out *scratch, struct vsc_span *frame, int ms);

/* Did bytes come behind the frame that recv returned last? Then call it again, poll does not know
 * of them. */
bool vsc_link_pending(const struct vsc_link *link);
/* Did a frame begin that is not complete yet? */
bool vsc_link_partial(const struct vsc_link *link);

/*
 * Send a frame with one system call. 0: sent, or queued because the peer is slow (then
 * vsc_link_unsent() is true: call vsc_link_flush() when writable). VSC_E_SPACE: payload too long,
 * or too much is queued; VSC_E_CLOSED, VSC_E_IO.
 */
VSC_MUST_CHECK int vsc_link_send(struct vsc_link *link, struct vsc_span payload);
bool vsc_link_unsent(const struct vsc_link *link);
VSC_MUST_CHECK int vsc_link_flush(struct vsc_link *link);

/* Blocking, with deadlines in milliseconds (< 0: none), for a reader or a test. VSC_E_TIMEOUT. */
VSC_MUST_CHECK int vsc_link_wait(
    struct vsc_link *link, struct vsc_blob *frame, int first_ms, int frame_ms);
VSC_MUST_CHECK int vsc_link_call(
    struct vsc_link *link, struct vsc_span request, struct vsc_blob *reply, int ms);

/* One listening endpoint, which may be several sockets (IPv4 and IPv6 loopback). */
#define VSC_LISTENER_FDS 4
struct vsc_listener {
	int fds[VSC_LISTENER_FDS];
	size_t nfds;
	char path[108];         /* Unix socket to remove when closed; "" otherwise */
	uint64_t device, inode; /* of that socket: another one at the same path is not removed */
};

/*
 * Non-blocking, close-on-exec, SO_REUSEADDR. Port 0 picks one that is free in both families and
 * puts it into ep. No IPv6 on the machine is no error; one debug line says so. An IPv6 socket takes
 * no IPv4 connections: "*" is what listens on both. A Unix socket is for its owner only (0600); a
 * stale one nobody listens on is replaced. VSC_E_BUSY: somebody has it; VSC_E_NOT_FOUND: no such
 * host; VSC_E_IO with errno.
 */
VSC_MUST_CHECK int vsc_listener_open(
    struct vsc_listener *l, struct vsc_endpoint *ep, const struct vsc_env *env);
void vsc_listener_close(struct vsc_listener *l);
/* 1 *link is the next waiting connection, 0 none, < 0 error that is worth a message; the listener
 * stays usable */
VSC_MUST_CHECK int vsc_listener_accept(struct vsc_listener *l, struct vsc_link **link);

#endif

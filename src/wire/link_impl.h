/* What the files of links share: the link itself, and what TCP and Unix sockets do differently. */
#ifndef VSC_WIRE_LINK_IMPL_H
#define VSC_WIRE_LINK_IMPL_H

#include <netdb.h>

#include "wire/link.h"

/* An idle link is this struct and nothing else on the heap. */
struct vsc_link {
	int fd;
	struct vsc_frames frames; /* the frame that is under way */
	struct vsc_blob rest;     /* what was read behind the frame that recv returned */
	size_t rest_at;           /* how much of it is used up */
	struct vsc_blob queue;    /* what the peer was too slow to take */
	size_t queue_at;          /* how much of it is sent */
	int patience;             /* ms that a blocking read waits, once one was asked for */
	/* while connecting */
	bool connecting;
	struct addrinfo *addresses; /* owned; NULL once connected */
	struct addrinfo *next;      /* to try when this one fails */
	int error;                  /* errno of the attempt that tells most */
};

/* A link without a socket. */
VSC_MUST_CHECK int vsc_link_new(struct vsc_link **link);

/* connect_start for the two kinds. 0: connecting or connected */
VSC_MUST_CHECK int vsc_tcp_connect(struct vsc_link *link, const struct vsc_endpoint *ep);
VSC_MUST_CHECK int vsc_unix_connect(struct vsc_link *link, const struct vsc_endpoint *ep);

/* Give up the address under way, for `error`, and try the next ones. 0 or < 0 if none is left */
VSC_MUST_CHECK int vsc_tcp_connect_next(struct vsc_link *link, int error);

VSC_MUST_CHECK int vsc_tcp_listen(
    struct vsc_listener *l, struct vsc_endpoint *ep, const struct vsc_env *env);
VSC_MUST_CHECK int vsc_unix_listen(struct vsc_listener *l, const struct vsc_endpoint *ep);
void vsc_unix_unlisten(struct vsc_listener *l);

#endif

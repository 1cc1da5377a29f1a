/*
 * One request and its answer on a link, within deadlines, by the thread that calls. The protocol
 * has no numbers in its frames: an answer belongs to a request only because nothing else was under
 * way. Whatever breaks that order is VSC_E_STATE, and the link must be closed.
 */
#ifndef VSC_READER_EXCHANGE_H
#define VSC_READER_EXCHANGE_H

#include "wire/frame.h"
#include "wire/link.h"

struct vsc_exchange {
	struct vsc_link *link;
	struct vsc_out *scratch; /* VSC_FRAME_HEADER + VSC_FRAME_MAX bytes to read into */
	int64_t first;           /* until the first byte of the answer (reader/deadline.h) */
	int frame_ms;            /* from there to its last byte */
	int patience;            /* > 0: vsc_link_recv_within() may be used, with this */
};

/*
 * *answer borrows from scratch or link until the next call; NULL: there is none to this request.
 * VSC_E_SPACE: request too long, nothing was sent; VSC_E_TIMEOUT, VSC_E_CLOSED, VSC_E_IO,
 * VSC_E_STATE, VSC_E_NOMEM: the link is of no more use.
 */
VSC_MUST_CHECK int vsc_exchange(
    struct vsc_exchange *x, struct vsc_span request, struct vsc_span *answer);

/* Could this be an answer to reset? 2 to 33 bytes, ISO/IEC 7816-3:2006 8.2.1: first 3B or 3F. The
 * rest is for those who use it to judge. */
bool vsc_exchange_is_atr(struct vsc_span answer);

#endif

/*
 * Connections of which nobody knows yet whether a card is behind them: a phone, a card that needs
 * three seconds, a port scanner. Several are asked for their ATR at the same time, so that none can
 * keep another out; the first that answers like a card wins.
 */
#ifndef VSC_READER_CANDIDATES_H
#define VSC_READER_CANDIDATES_H

#include <poll.h>

#include "iso/atr.h"
#include "wire/link.h"

#define VSC_CANDIDATES_MAX 32

struct vsc_candidate {
	struct vsc_link *link;
	int64_t deadline; /* for the step it is at */
	bool connecting;  /* we called, nobody answered yet */
	bool begun;       /* a part of its answer is there */
};

struct vsc_candidates {
	struct vsc_candidate list[VSC_CANDIDATES_MAX]; /* oldest first */
	size_t n;
	int atr_ms, frame_ms;
	const struct vsc_env *env; /* for messages */
	const char *name;
};

/* Takes the link. When all places are taken the oldest candidate has to go. */
void vsc_candidates_add(
    struct vsc_candidates *c, struct vsc_link *link, bool connecting, int64_t deadline);

/* What to wait for: c->n entries, in order. Returns the earliest deadline. */
int64_t vsc_candidates_poll(const struct vsc_candidates *c, struct pollfd *fds);

/*
 * After poll: takes the next step of each; drops who failed, was late or is no card. Returns the
 * winner's link, now the caller's, and its ATR; or NULL.
 */
struct vsc_link *vsc_candidates_judge(
    struct vsc_candidates *c, const struct pollfd *fds, uint8_t atr[VSC_ATR_MAX], size_t *atr_len);

void vsc_candidates_clear(struct vsc_candidates *c);

#endif

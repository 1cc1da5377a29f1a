/* What the files of a session share: session.c, the loop's side, and session_work.c, a worker's. */
#ifndef VSC_VICC_SESSION_IMPL_H
#define VSC_VICC_SESSION_IMPL_H

#include <pthread.h>

#include "vicc/session.h"

struct vsc_session {
	struct vsc_loop *loop;
	struct vsc_holder *holder;
	struct vsc_link *link;
	struct vsc_watch *watch;
	vsc_session_lost_fn *lost;
	void *ctx;
	bool served;   /* a frame came */
	bool switched; /* the reader has switched power on or off since it is here */
	bool powered;
	bool busy; /* a worker has the card and all that follows */
	struct vsc_link *lent;
	struct vsc_blob command, answer, room;
	int result;

	pthread_mutex_t lock;
	/* under the lock */
	bool resting; /* the worker waits for the next command: it has the link but not the card */
	bool gone;    /* the card left meanwhile */
};

/* On the thread that has the card: frame to it, and what it answers onto the link. VSC_E_NOT_FOUND:
 * there is no card any more; else as vsc_link_send(). */
VSC_MUST_CHECK int vsc_session_answer(
    struct vsc_session *s, struct vsc_link *link, struct vsc_span frame, struct vsc_out *out);

/* No reader, no power. */
void vsc_session_off(struct vsc_session *s);

/* The card and its link become a worker's. The frame borrows from the loop's scratch; it is copied.
 */
VSC_MUST_CHECK int vsc_session_hand_over(struct vsc_session *s, struct vsc_span frame);
/* They are the loop's again: 0 goes on, an error loses the link. */
void vsc_session_resume(struct vsc_session *s, int rc);

/* vsc_session_look() while a worker has the card. */
void vsc_session_look_resting(struct vsc_session *s);

#endif

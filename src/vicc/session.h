/*
 * A session: one card and, while a reader is there, the link to it. Frames come in, control codes
 * and commands go to the card, answers go back. What may take long runs on one of the loop's
 * workers; until it is done the link is not read.
 */
#ifndef VSC_VICC_SESSION_H
#define VSC_VICC_SESSION_H

#include "vicc/holder.h"
#include "wire/link.h"
#include "wire/loop.h"

struct vsc_session;

/* The link is closed: VSC_E_CLOSED, the reader went; VSC_E_NOT_FOUND, the card did (a relayed
 * one); others as the link failed. */
typedef void vsc_session_lost_fn(void *ctx, int why);

/* holder stays the caller's and must outlive the session. */
VSC_MUST_CHECK int vsc_session_new(struct vsc_session **session, struct vsc_loop *loop,
    struct vsc_holder *holder, vsc_session_lost_fn *lost, void *ctx);
/* When the loop is freed: a worker may have the card until then. NULL is fine. */
void vsc_session_free(struct vsc_session *session);

/* Serve this link, which is freed on failure too. VSC_E_STATE: there is one already. */
VSC_MUST_CHECK int vsc_session_attach(struct vsc_session *session, struct vsc_link *link);
/* Close the link, without calling lost; the card loses power. Before the loop is freed. */
void vsc_session_detach(struct vsc_session *session);

/* The card may have left (vsc_card_on_presence): then its reader is told, as by lost. */
void vsc_session_look(struct vsc_session *session);

/* Is there a link? */
bool vsc_session_attached(const struct vsc_session *session);

/* Has anything come over the link that was attached last? */
bool vsc_session_served(const struct vsc_session *session);

#endif

/*
 * What a session does on a worker: a command that may take long. A card of which every command does
 * (a relayed one, one behind a man in the middle) keeps its worker for the commands that follow
 * soon, so that the way through it costs no change of thread.
 */
#include "vicc/session_impl.h"

/* So long a worker waits for the next command before the loop does. */
#define STAY_MS 50

/* Is the card there? Then the loop may look at it until rest_over. */
static bool
rest(struct vsc_session *s)
{
	bool present;

	(void)pthread_mutex_lock(&s->lock);
	present = vsc_card_present(s->holder->card);
	s->resting = present;
	(void)pthread_mutex_unlock(&s->lock);
	return present;
}

static bool
rest_over(struct vsc_session *s)
{
	bool present;

	(void)pthread_mutex_lock(&s->lock);
	s->resting = false;
	present = !s->gone;
	s->gone = false;
	(void)pthread_mutex_unlock(&s->lock);
	return present;
}

void
vsc_session_look_resting(struct vsc_session *s)
{
	(void)pthread_mutex_lock(&s->lock);
	if (s->resting && !s->gone && !vsc_card_present(s->holder->card)) {
		s->gone = true;
		vsc_link_shut(s->lent);
	}
	(void)pthread_mutex_unlock(&s->lock);
}

/* 1: the next command, in s->room; 0: it is left to the loop; < 0 */
static int
next_command(struct vsc_session *s, struct vsc_span *frame)
{
	struct vsc_out scratch = vsc_out_from(s->room.ptr, s->room.len);
	int got;

	if (!rest(s))
		return VSC_E_NOT_FOUND;
	got = vsc_link_recv_within(s->lent, &scratch, frame, STAY_MS);
	return rest_over(s) ? got : VSC_E_NOT_FOUND;
}

static int
stay(struct vsc_session *s, struct vsc_span *frame)
{
	int got;

	if (!vsc_holder_blocks(s->holder) || vsc_link_unsent(s->lent))
		return 0;
	if (s->room.len == 0 && vsc_blob_alloc(&s->room, VSC_FRAME_HEADER + VSC_FRAME_MAX) < 0)
		return 0; /* it is no more than a shorter way */
	if (!vsc_loop_stay(s->loop))
		return 0;
	got = next_command(s, frame);
	vsc_loop_stayed(s->loop);
	return got;
}

static void
work(void *ctx)
{
	struct vsc_session *s = ctx;
	struct vsc_span frame = vsc_blob_span(&s->command);
	int rc;

	do {
		struct vsc_out out = vsc_out_from(s->answer.ptr, s->answer.len);

		rc = vsc_session_answer(s, s->lent, frame, &out);
	} while (rc == 0 && (rc = stay(s, &frame)) > 0);
	s->result = rc;
}

static void
work_done(void *ctx)
{
	struct vsc_session *s = ctx;
	struct vsc_link *lent = s->lent;
	int rc = s->result;

	s->busy = false;
	s->lent = NULL;
	vsc_blob_free(&s->command);
	vsc_blob_free(&s->answer);
	vsc_blob_free(&s->room);
	if (s->link == NULL) {
		vsc_link_free(lent);
		vsc_session_off(s);
		return;
	}
	if (rc == 0 && !vsc_card_present(s->holder->card))
		rc = VSC_E_NOT_FOUND;
	vsc_session_resume(s, rc);
}

int
vsc_session_hand_over(struct vsc_session *s, struct vsc_span frame)
{
	int rc;

	if ((rc = vsc_blob_set(&s->command, frame)) < 0 ||
	    (rc = vsc_blob_alloc(&s->answer, VSC_RESPONSE_MAX)) < 0)
		return rc;
	s->busy = true;
	s->lent = s->link;
	rc = vsc_loop_work(s->loop, work, work_done, s);
	if (rc < 0) {
		s->busy = false;
		s->lent = NULL;
	}
	return rc;
}

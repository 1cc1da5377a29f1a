/* From a frame to the card and back: see session.h. */
#include "vicc/session_impl.h"

#include <stdlib.h>

/* Frames handled before other sessions of the loop get their turn. */
#define TURN_FRAMES 32

/* --- Control codes --- */

static int
power(struct vsc_session *s, enum vsc_reset how)
{
	vsc_holder_power(s->holder, how);
	s->switched = true;
	s->powered = how != VSC_RESET_OFF;
	return 0;
}

void
vsc_session_off(struct vsc_session *s)
{
	if (s->powered)
		(void)power(s, VSC_RESET_OFF);
}

static int
power_off(struct vsc_session *s, struct vsc_out *out)
{
	(void)out;
	return power(s, VSC_RESET_OFF);
}

static int
power_on(struct vsc_session *s, struct vsc_out *out)
{
	(void)out;
	return power(s, VSC_RESET_ON);
}

static int
reset(struct vsc_session *s, struct vsc_out *out)
{
	(void)out;
	return power(s, VSC_RESET_WARM);
}

static int
get_atr(struct vsc_session *s, struct vsc_out *out)
{
	vsc_holder_atr(s->holder, out);
	return 0;
}

static const struct {
	uint8_t code;
	int (*run)(struct vsc_session *s, struct vsc_out *out);
} controls[] = {
	{ VSC_CTRL_OFF, power_off },
	{ VSC_CTRL_ON, power_on },
	{ VSC_CTRL_RESET, reset },
	{ VSC_CTRL_ATR, get_atr },
};

static int
control(struct vsc_session *s, uint8_t code, struct vsc_out *out)
{
	for (size_t i = 0; i < VSC_COUNT(controls); i++)
		if (controls[i].code == code)
			return controls[i].run(s, out);
	vsc_env_log(&s->holder->env, VSC_LOG_DEBUG, "unknown control code %02X ignored", code);
	return 0;
}

/* --- One frame --- */

static int
command(struct vsc_session *s, struct vsc_span frame, struct vsc_out *out)
{
	/* Some readers ask for the ATR and go on without a word about power. */
	if (!s->switched)
		power(s, VSC_RESET_ON);
	return vsc_holder_transmit(s->holder, frame, out);
}

int
vsc_session_answer(
    struct vsc_session *s, struct vsc_link *link, struct vsc_span frame, struct vsc_out *out)
{
	int rc;

	if (frame.len == 0) {
		vsc_env_log(&s->holder->env, VSC_LOG_DEBUG, "empty frame ignored");
		return 0;
	}
	rc = frame.len == 1 ? control(s, frame.ptr[0], out) : command(s, frame, out);
	if (rc < 0)
		return VSC_E_NOT_FOUND;
	return out->len == 0 ? 0 : vsc_link_send(link, vsc_out_span(out));
}

static void
lose(struct vsc_session *s, int why)
{
	vsc_session_detach(s);
	s->lost(s->ctx, why);
}

static int
watch_for(struct vsc_session *s)
{
	if (s->busy)
		return vsc_watch_set(s->watch, 0);
	return vsc_watch_set(s->watch, vsc_link_unsent(s->link) ? VSC_LOOP_WRITE : VSC_LOOP_READ);
}

static void serve(struct vsc_session *s);

void
vsc_session_resume(struct vsc_session *s, int rc)
{
	if (rc == 0)
		serve(s);
	else
		lose(s, rc);
}

/* --- The link --- */

static int
on_frame(struct vsc_session *s, struct vsc_span frame)
{
	struct vsc_out *out = vsc_loop_response(s->loop);

	s->served = true;
	if (vsc_holder_is_slow(s->holder, frame))
		return vsc_session_hand_over(s, frame);
	*out = vsc_out_from(out->buf, out->cap);
	return vsc_session_answer(s, s->link, frame, out);
}

static void
serve_again(void *ctx)
{
	struct vsc_session *s = ctx;

	if (s->link != NULL && !s->busy)
		serve(s);
}

/* Handles what is there, but not for ever. */
static int
serve_turn(struct vsc_session *s)
{
	struct vsc_span frame;
	int rc, n = 0;

	do {
		rc = vsc_link_recv(s->link, vsc_loop_scratch(s->loop), &frame);
		if (rc > 0)
			rc = on_frame(s, frame);
		if (rc < 0)
			return rc;
		if (s->busy || vsc_link_unsent(s->link))
			return 0;
	} while (vsc_link_pending(s->link) && ++n < TURN_FRAMES);
	/* what waits inside the link makes no descriptor readable */
	return n < TURN_FRAMES ? 0 : vsc_loop_post(s->loop, serve_again, s);
}

static void
serve(struct vsc_session *s)
{
	int rc = serve_turn(s);

	if (rc == 0)
		rc = watch_for(s);
	if (rc < 0)
		lose(s, rc);
}

static void
on_link(void *ctx, unsigned events)
{
	struct vsc_session *s = ctx;
	int rc;

	if ((events & VSC_LOOP_WRITE) != 0 && (rc = vsc_link_flush(s->link)) < 0) {
		lose(s, rc);
		return;
	}
	serve(s);
}

void
vsc_session_look(struct vsc_session *s)
{
	if (s->link == NULL)
		return;
	if (s->busy)
		vsc_session_look_resting(s);
	else if (!vsc_card_present(s->holder->card))
		lose(s, VSC_E_NOT_FOUND);
}

/* --- Life --- */

int
vsc_session_new(struct vsc_session **session, struct vsc_loop *loop, struct vsc_holder *holder,
    vsc_session_lost_fn *lost, void *ctx)
{
	*session = calloc(1, sizeof(**session));
	if (*session == NULL)
		return VSC_E_NOMEM;
	if (pthread_mutex_init(&(*session)->lock, NULL) != 0) {
		free(*session);
		return VSC_E_NOMEM;
	}
	(*session)->loop = loop;
	(*session)->holder = holder;
	(*session)->lost = lost;
	(*session)->ctx = ctx;
	return 0;
}

void
vsc_session_free(struct vsc_session *session)
{
	if (session == NULL)
		return;
	vsc_session_off(session); /* a worker had the card when it was detached */
	vsc_link_free(session->lent);
	vsc_blob_free(&session->command);
	vsc_blob_free(&session->answer);
	vsc_blob_free(&session->room);
	(void)pthread_mutex_destroy(&session->lock);
	free(session);
}

int
vsc_session_attach(struct vsc_session *s, struct vsc_link *link)
{
	int rc;

	if (s->link != NULL) {
		vsc_link_free(link);
		return VSC_E_STATE;
	}
	s->link = link;
	s->served = false;
	s->switched = false;
	rc = vsc_loop_watch(s->loop, &s->watch, vsc_link_fd(link), VSC_LOOP_READ, on_link, s);
	if (rc < 0)
		vsc_session_detach(s);
	return rc;
}

void
vsc_session_detach(struct vsc_session *s)
{
	if (s->watch != NULL)
		vsc_watch_free(s->watch);
	if (s->busy) /* the worker's until it has answered; it waits for no other command */
		vsc_link_shut_reading(s->link);
	else
		vsc_link_free(s->link);
	s->watch = NULL;
	s->link = NULL;
	if (!s->busy)
		vsc_session_off(s);
}

bool
vsc_session_served(const struct vsc_session *session)
{
	return session->served;
}

bool
vsc_session_attached(const struct vsc_session *session)
{
	return session->link != NULL;
}

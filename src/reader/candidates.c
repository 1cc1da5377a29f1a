/*
 * Connections asked for their ATR side by side: each step is driven by poll(), each has a deadline,
 * the oldest makes room when there are too many.
 */
#include "reader/candidates.h"

#include "base/env.h"
#include "reader/deadline.h"
#include "reader/exchange.h"

enum verdict { UNDECIDED, CARD, DROP };

static void
drop(struct vsc_candidates *c, struct vsc_candidate *cand, const char *why)
{
	if (!cand->connecting) /* that nobody listens there is nothing new */
		vsc_env_log(c->env, VSC_LOG_INFO, "%s: connection dropped: %s", c->name, why);
	vsc_link_free(cand->link);
	cand->link = NULL;
}

/* Close the gaps, keep the order. */
static void
sweep(struct vsc_candidates *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (c->list[i].link != NULL)
			c->list[kept++] = c->list[i];
	}
	c->n = kept;
}

static int
ask(struct vsc_candidates *c, struct vsc_candidate *cand)
{
	cand->connecting = false;
	cand->deadline = vsc_deadline_in(c->atr_ms);
	return vsc_link_send(cand->link, VSC_BYTES(VSC_CTRL_ATR));
}

void
vsc_candidates_add(
    struct vsc_candidates *c, struct vsc_link *link, bool connecting, int64_t deadline)
{
	struct vsc_candidate cand = {
		.link = link, .deadline = deadline, .connecting = connecting
	};

	if (c->n == VSC_CANDIDATES_MAX) {
		drop(c, &c->list[0], "too many others came after it");
		sweep(c);
	}
	if (!connecting && ask(c, &cand) < 0) {
		drop(c, &cand, "it went away");
		return;
	}
	c->list[c->n++] = cand;
}

int64_t
vsc_candidates_poll(const struct vsc_candidates *c, struct pollfd *fds)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < c->n; i++) {
		const struct vsc_candidate *cand = &c->list[i];

		fds[i] = (struct pollfd){ .fd = vsc_link_fd(cand->link),
			.events = cand->connecting ? POLLOUT : POLLIN };
		first = vsc_deadline_first(first, cand->deadline);
	}
	return first;
}

static enum verdict
step_connect(struct vsc_candidates *c, struct vsc_candidate *cand, const char **why)
{
	int got = vsc_link_connected(cand->link);

	*why = "it went away";
	if (got == 0)
		return UNDECIDED;
	return got < 0 || ask(c, cand) < 0 ? DROP : UNDECIDED;
}

static enum verdict
step_answer(struct vsc_candidates *c, struct vsc_candidate *cand, struct vsc_span *answer,
    struct vsc_out *scratch, const char **why)
{
	int got = vsc_link_recv(cand->link, scratch, answer);

	*why = got < 0 ? "it went away" : "what it sent is no ATR";
	if (got < 0)
		return DROP;
	if (got > 0)
		return vsc_exchange_is_atr(*answer) && !vsc_link_pending(cand->link) ? CARD : DROP;
	if (!cand->begun && vsc_link_partial(cand->link)) {
		cand->begun = true;
		cand->deadline = vsc_deadline_first(cand->deadline, vsc_deadline_in(c->frame_ms));
	}
	return UNDECIDED;
}

static enum verdict
step(struct vsc_candidates *c, struct vsc_candidate *cand, short revents, struct vsc_span *answer,
    struct vsc_out *scratch)
{
	const char *why = "no ATR came in time";
	enum verdict verdict = UNDECIDED;

	if (revents != 0)
		verdict = cand->connecting ? step_connect(c, cand, &why)
					   : step_answer(c, cand, answer, scratch, &why);
	if (verdict == UNDECIDED && vsc_deadline_left(cand->deadline) == 0) {
		why = "no ATR came in time";
		verdict = DROP;
	}
	if (verdict == DROP)
		drop(c, cand, why);
	return verdict;
}

struct vsc_link *
vsc_candidates_judge(
    struct vsc_candidates *c, const struct pollfd *fds, uint8_t atr[VSC_ATR_MAX], size_t *atr_len)
{
	uint8_t room[VSC_FRAME_HEADER + 4 * VSC_ATR_MAX];
	struct vsc_out scratch = vsc_out_from(room, sizeof(room));
	struct vsc_link *winner = NULL;
	struct vsc_span answer;

	for (size_t i = 0; i < c->n && winner == NULL; i++) {
		struct vsc_candidate *cand = &c->list[i];

		if (step(c, cand, fds[i].revents, &answer, &scratch) != CARD)
			continue;
		if (vsc_copy(atr, VSC_ATR_MAX, answer) < 0)
			continue;
		*atr_len = answer.len;
		winner = cand->link;
		cand->link = NULL;
	}
	sweep(c);
	return winner;
}

void
vsc_candidates_clear(struct vsc_candidates *c)
{
	for (size_t i = 0; i < c->n; i++)
		vsc_link_free(c->list[i].link);
	c->n = 0;
}

/* The reader's thread: accepts or connects, judges candidates, notices loss, closes links. */
#include "reader/slot.h"

#include <errno.h>
#include <unistd.h>

#include "reader/deadline.h"

#ifndef POLLRDHUP /* not on Linux: a full close shows as POLLHUP */
#define POLLRDHUP 0
#endif

#define BACKOFF_FIRST 10 /* ms until the first attempt to connect again; doubles */
#define BACKOFF_LAST  500
#define ACCEPT_PAUSE  100 /* ms after an error, for instance too many open files */

/* What one poll waits for, in this order. */
struct watch {
	struct pollfd fds[2 + VSC_LISTENER_FDS + VSC_CANDIDATES_MAX];
	size_t n;
	struct pollfd *card, *listeners, *candidates; /* card NULL: no card */
	uint64_t generation;                          /* of the card that is watched */
};

void
vsc_watcher_wake(struct vsc_reader *r)
{
	ssize_t n;

	do
		n = write(r->wake[1], "", 1);
	while (n < 0 && errno == EINTR); /* a full pipe wakes just as well */
}

struct vsc_link *
vsc_slot_remove(struct vsc_reader *r)
{
	struct vsc_link *link = r->link;

	if (link == NULL)
		return NULL;
	r->link = NULL;
	r->atr_len = 0;
	r->generation++;
	pthread_cond_broadcast(&r->changed);
	if (link != r->working)
		return link;
	/* an earlier one may still wait for the thread, which was slower than two cards */
	vsc_link_free(r->retired);
	r->retired = link;
	return NULL;
}

static void
install(struct vsc_reader *r, struct vsc_link *link, struct vsc_span atr)
{
	pthread_mutex_lock(&r->lock);
	if (r->canceled || vsc_copy(r->atr, sizeof(r->atr), atr) < 0) {
		pthread_mutex_unlock(&r->lock);
		vsc_link_free(link);
		return;
	}
	r->atr_len = atr.len;
	r->link = link;
	r->generation++;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	vsc_env_log(r->config.env, VSC_LOG_INFO, "%s: card inserted", r->name);
}

/* The peer of the watched card hung up; it may be gone already, given up by a call. */
static void
lose(struct vsc_reader *r, uint64_t generation)
{
	struct vsc_link *link = NULL;
	bool mine;

	pthread_mutex_lock(&r->lock);
	mine = r->generation == generation;
	if (mine)
		link = vsc_slot_remove(r);
	pthread_mutex_unlock(&r->lock);
	vsc_link_free(link);
	if (mine)
		vsc_env_log(r->config.env, VSC_LOG_INFO, "%s: card removed", r->name);
}

static void
settle(struct vsc_reader *r)
{
	pthread_mutex_lock(&r->lock);
	r->settled = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* Close what a call has left, tell what changed. false: canceled. */
static bool
catch_up(struct vsc_reader *r)
{
	struct vsc_link *left = NULL;
	vsc_reader_event_fn *event = NULL;
	void *ctx;
	bool go_on;

	pthread_mutex_lock(&r->lock);
	if (r->retired != r->working) {
		left = r->retired;
		r->retired = NULL;
	}
	if (r->told != r->generation || r->event_is_new)
		event = r->event;
	ctx = r->event_ctx;
	r->told = r->generation;
	r->event_is_new = false;
	go_on = !r->canceled;
	pthread_mutex_unlock(&r->lock);
	vsc_link_free(left);
	if (event != NULL && go_on)
		event(ctx, r);
	return go_on;
}

static void
back_off(struct vsc_reader *r)
{
	r->retry_at = vsc_deadline_in(r->backoff);
	r->backoff = r->backoff * 2 < BACKOFF_LAST ? r->backoff * 2 : BACKOFF_LAST;
}

/* Nobody there is the normal case, and not worth a line; a name without an address is a mistake. */
static void
explain_host(struct vsc_reader *r, int err)
{
	bool unknown = err == VSC_E_NOT_FOUND;

	if (unknown && !r->host_unknown)
		vsc_env_log(r->config.env, VSC_LOG_ERROR,
		    "%s: unknown host \"%s\", trying again; is the name right?", r->name,
		    r->config.endpoint.host);
	r->host_unknown = unknown;
}

/* Connecting mode: call the card, unless it is there or being called. */
static void
call_card(struct vsc_reader *r)
{
	struct vsc_link *link;
	int err;

	if (r->candidates.n > 0 || vsc_deadline_left(r->retry_at) > 0)
		return;
	err = vsc_link_connect_start(&link, &r->config.endpoint);
	explain_host(r, err);
	if (err < 0) {
		settle(r);
		back_off(r);
		return;
	}
	vsc_candidates_add(&r->candidates, link, true, vsc_deadline_in(r->config.connect_timeout));
}

static void
accept_all(struct vsc_reader *r, bool occupied)
{
	struct vsc_link *link;
	int got = 0;

	/* a flood must not keep us from those who are in */
	for (int i = 0; i < VSC_CANDIDATES_MAX; i++) {
		got = vsc_listener_accept(&r->listener, &link);
		if (got <= 0)
			break;
		if (!occupied) {
			vsc_candidates_add(&r->candidates, link, false, 0);
			continue;
		}
		/* left in the queue it would wait for ever; closed, it can try another slot */
		vsc_link_free(link);
		vsc_env_log(r->config.env, VSC_LOG_INFO,
		    "%s: connection dropped: there is a card already", r->name);
	}
	if (got < 0 && !atomic_load(&r->refusing))
		vsc_env_log(r->config.env, VSC_LOG_WARN, "%s: cannot accept a connection: %s",
		    r->name, vsc_err_text(got));
	if (got < 0)
		r->retry_at = vsc_deadline_in(ACCEPT_PAUSE);
}

static struct pollfd *
watch_add(struct watch *w, int fd, short events)
{
	w->fds[w->n] = (struct pollfd){ .fd = fd, .events = events };
	return &w->fds[w->n++];
}

/* Returns until when to wait. */
static int64_t
watch_build(struct vsc_reader *r, struct watch *w)
{
	int64_t until = INT64_MAX;

	w->n = 0;
	w->card = NULL;
	watch_add(w, r->wake[0], POLLIN);
	pthread_mutex_lock(&r->lock);
	w->generation = r->generation;
	/* not POLLIN: whoever sent a command reads the answer, and need not wake us for it */
	if (r->link != NULL)
		w->card = watch_add(w, vsc_link_fd(r->link), POLLRDHUP);
	pthread_mutex_unlock(&r->lock);
	w->listeners = &w->fds[w->n];
	if (vsc_deadline_left(r->retry_at) > 0)
		until = r->retry_at;
	else
		for (size_t i = 0; i < r->listener.nfds; i++)
			watch_add(w, r->listener.fds[i], POLLIN);
	w->candidates = &w->fds[w->n];
	until = vsc_deadline_first(until, vsc_candidates_poll(&r->candidates, w->candidates));
	w->n += r->candidates.n;
	return until;
}

static void
judge(struct vsc_reader *r, const struct watch *w)
{
	uint8_t atr[VSC_ATR_MAX];
	size_t len = 0;
	struct vsc_link *winner;

	if (r->candidates.n == 0)
		return;
	winner = vsc_candidates_judge(&r->candidates, w->candidates, atr, &len);
	if (winner != NULL) {
		vsc_candidates_clear(&r->candidates); /* one slot, one card */
		install(r, winner, vsc_span_from(atr, len));
		r->backoff = BACKOFF_FIRST;
		r->retry_at = vsc_deadline_in(r->config.endpoint.listen ? 0 : r->backoff);
	} else if (r->candidates.n == 0 && !r->config.endpoint.listen) {
		back_off(r);
	}
	if (r->candidates.n == 0)
		settle(r);
}

static void
drain(int fd)
{
	char bytes[64];
	ssize_t n;

	do
		n = read(fd, bytes, sizeof(bytes));
	while (n == (ssize_t)sizeof(bytes) || (n < 0 && errno == EINTR));
}

static bool
any_event(const struct pollfd *from, const struct pollfd *to)
{
	for (; from < to; from++) {
		if (from->revents != 0)
			return true;
	}
	return false;
}

static bool
occupied(struct vsc_reader *r)
{
	bool yes;

	pthread_mutex_lock(&r->lock);
	yes = r->link != NULL;
	pthread_mutex_unlock(&r->lock);
	return yes;
}

static void
turn(struct vsc_reader *r, struct watch *w)
{
	int64_t until;

	if (!r->config.endpoint.listen && !occupied(r))
		call_card(r);
	until = watch_build(r, w);
	if (poll(w->fds, (nfds_t)w->n, vsc_deadline_left(until)) < 0)
		return; /* EINTR; there is nothing else it could be */
	if (w->fds[0].revents != 0)
		drain(r->wake[0]);
	/* loss before newcomers: a card that was restarted finds its place free */
	if (w->card != NULL && w->card->revents != 0)
		lose(r, w->generation);
	judge(r, w);
	if (any_event(w->listeners, w->candidates))
		accept_all(r, occupied(r));
}

void *
vsc_watcher_run(void *arg)
{
	struct vsc_reader *r = arg;
	struct watch w;

	r->backoff = BACKOFF_FIRST;
	while (catch_up(r))
		turn(r, &w);
	vsc_candidates_clear(&r->candidates);
	return NULL;
}

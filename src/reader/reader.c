/*
 * A slot's life and the calls on it: whoever talks to the card takes its turn, and decides by the
 * error whether the card stays. Cards come and go in watcher.c.
 */
#include "reader/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reader/deadline.h"
#include "reader/exchange.h"
#include "reader/slot.h"

/* --- life ------------------------------------------------------------------------------------ */

static int
either(int ms, int fallback)
{
	return ms > 0 ? ms : fallback;
}

static void
configure(struct vsc_reader *r, const struct vsc_reader_config *config)
{
	struct vsc_reader_config *c = &r->config;

	*c = *config;
	c->atr_timeout = either(c->atr_timeout, 10000);
	c->apdu_timeout = either(c->apdu_timeout, 120000);
	c->frame_timeout = either(c->frame_timeout, 5000);
	c->connect_timeout = either(c->connect_timeout, 2000);
	if (c->open_wait == 0)
		c->open_wait = c->connect_timeout;
	snprintf(r->name, sizeof(r->name), "%s", c->name != NULL ? c->name : "reader");
	c->name = r->name;
	r->candidates.env = c->env;
	r->candidates.name = r->name;
	r->candidates.atr_ms = c->atr_timeout;
	r->candidates.frame_ms = c->frame_timeout;
	r->scratch = vsc_out_from(r->room, sizeof(r->room));
}

/* Neither end blocks, nor is seen by a program that pcscd or an application starts. */
static int
open_pipe(int fds[2])
{
	if (pipe(fds) < 0)
		return VSC_E_IO;
	for (int i = 0; i < 2; i++) {
		if (fcntl(fds[i], F_SETFD, FD_CLOEXEC) < 0 ||
		    fcntl(fds[i], F_SETFL, O_NONBLOCK) < 0) {
			close(fds[0]);
			close(fds[1]);
			return VSC_E_IO;
		}
	}
	return 0;
}

static int
init_locks(struct vsc_reader *r)
{
	if (pthread_mutex_init(&r->lock, NULL) != 0)
		return VSC_E_NOMEM;
	if (vsc_deadline_cond_init(&r->changed) != 0)
		goto fail;
	if (vsc_deadline_cond_init(&r->turn) == 0)
		return 0;
	pthread_cond_destroy(&r->changed);
fail:
	pthread_mutex_destroy(&r->lock);
	return VSC_E_NOMEM;
}

static void
destroy_locks(struct vsc_reader *r)
{
	pthread_cond_destroy(&r->turn);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
}

/* Signals are the business of the program that loaded us. */
static int
start_thread(struct vsc_reader *r)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&r->thread, NULL, vsc_watcher_run, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err == 0 ? 0 : VSC_E_NOMEM;
}

/* Connecting mode: a card that waits is there when open returns. The attempt goes on if it takes
 * longer, a name server that does not answer for instance. */
static void
await_first_attempt(struct vsc_reader *r)
{
	int64_t deadline = vsc_deadline_in(r->config.open_wait);
	int err = 0;

	pthread_mutex_lock(&r->lock);
	while (!r->settled && err != ETIMEDOUT)
		err = vsc_deadline_wait(&r->changed, &r->lock, deadline);
	pthread_mutex_unlock(&r->lock);
}

int
vsc_reader_open(struct vsc_reader **reader, const struct vsc_reader_config *config)
{
	struct vsc_reader *r = calloc(1, sizeof(*r));
	int err;

	*reader = NULL;
	if (r == NULL)
		return VSC_E_NOMEM;
	configure(r, config);
	if ((err = init_locks(r)) < 0)
		goto fail_locks;
	if ((err = open_pipe(r->wake)) < 0)
		goto fail_pipe;
	if (r->config.endpoint.listen &&
	    (err = vsc_listener_open(&r->listener, &r->config.endpoint, r->config.env)) < 0)
		goto fail_listener;
	if ((err = start_thread(r)) < 0)
		goto fail_thread;
	if (!r->config.endpoint.listen && r->config.open_wait > 0)
		await_first_attempt(r);
	*reader = r;
	return 0;

fail_thread:
	vsc_listener_close(&r->listener);
fail_listener:
	close(r->wake[0]);
	close(r->wake[1]);
fail_pipe:
	destroy_locks(r);
fail_locks:
	free(r);
	return err;
}

void
vsc_reader_cancel(struct vsc_reader *r)
{
	pthread_mutex_lock(&r->lock);
	r->canceled = true;
	if (r->link != NULL) /* whoever waits for its answer wakes up */
		shutdown(vsc_link_fd(r->link), SHUT_RDWR);
	pthread_cond_broadcast(&r->changed);
	pthread_cond_broadcast(&r->turn);
	pthread_mutex_unlock(&r->lock);
	vsc_watcher_wake(r);
}

void
vsc_reader_close(struct vsc_reader *r)
{
	if (r == NULL)
		return;
	vsc_reader_cancel(r);
	pthread_mutex_lock(&r->lock);
	while (r->inside > 0)
		pthread_cond_wait(&r->changed, &r->lock);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	vsc_link_free(r->link);
	vsc_link_free(r->retired);
	vsc_listener_close(&r->listener);
	close(r->wake[0]);
	close(r->wake[1]);
	destroy_locks(r);
	vsc_wipe(r->room, sizeof(r->room)); /* a PIN may have gone through */
	free(r);
}

/* --- who is in ------------------------------------------------------------------------------- */

uint64_t
vsc_reader_generation(struct vsc_reader *r)
{
	uint64_t generation;

	pthread_mutex_lock(&r->lock);
	generation = r->generation;
	pthread_mutex_unlock(&r->lock);
	return generation;
}

bool
vsc_reader_present(struct vsc_reader *r)
{
	return vsc_reader_generation(r) % 2 == 1;
}

static bool
is_in(const struct vsc_reader *r, uint64_t generation)
{
	return r->link != NULL && (generation == 0 || generation == r->generation);
}

static void
enter(struct vsc_reader *r)
{
	pthread_mutex_lock(&r->lock);
	r->inside++;
}

static void
leave(struct vsc_reader *r)
{
	r->inside--;
	if (r->canceled)
		pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

int
vsc_reader_wait(struct vsc_reader *r, uint64_t seen, int ms)
{
	int64_t deadline = vsc_deadline_in(ms);
	int err = 0, result = 0;

	enter(r);
	while (r->generation == seen && !r->woken && !r->canceled && err != ETIMEDOUT)
		err = vsc_deadline_wait(&r->changed, &r->lock, deadline);
	if (r->canceled)
		result = VSC_E_CANCELED;
	else if (r->generation != seen)
		result = 1;
	r->woken = false;
	leave(r);
	return result;
}

void
vsc_reader_wake(struct vsc_reader *r)
{
	pthread_mutex_lock(&r->lock);
	r->woken = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

void
vsc_reader_on_event(struct vsc_reader *r, vsc_reader_event_fn *fn, void *ctx)
{
	pthread_mutex_lock(&r->lock);
	r->event = fn;
	r->event_ctx = ctx;
	r->event_is_new = true;
	pthread_mutex_unlock(&r->lock);
	vsc_watcher_wake(r);
}

int
vsc_reader_atr(struct vsc_reader *r, uint64_t generation, uint8_t atr[VSC_ATR_MAX], size_t *len)
{
	int err = VSC_E_CLOSED;

	pthread_mutex_lock(&r->lock);
	if (is_in(r, generation)) {
		err = vsc_copy(atr, VSC_ATR_MAX, vsc_span_from(r->atr, r->atr_len));
		*len = r->atr_len;
	}
	pthread_mutex_unlock(&r->lock);
	return err;
}

const struct vsc_endpoint *
vsc_reader_endpoint(const struct vsc_reader *r)
{
	return &r->config.endpoint;
}

/* --- talking to the card --------------------------------------------------------------------- */

/* 0: x->link is ours until turn_give. */
static int
turn_take(struct vsc_reader *r, uint64_t generation, struct vsc_exchange *x)
{
	int err = 0;

	while (r->busy && !r->canceled && is_in(r, generation) && err != ETIMEDOUT)
		err = vsc_deadline_wait(&r->turn, &r->lock, x->first);
	if (r->canceled)
		return VSC_E_CANCELED;
	if (!is_in(r, generation))
		return VSC_E_CLOSED;
	if (r->busy)
		return VSC_E_TIMEOUT;
	r->busy = true;
	x->link = r->working = r->link;
	x->scratch = &r->scratch;
	return 0;
}

/* What is wrong with the command or with one answer is no reason to give up the card. */
static bool
card_stays(int err)
{
	return err >= 0 || err == VSC_E_SPACE || err == VSC_E_FORMAT || err == VSC_E_PARAM;
}

static void
log_loss(struct vsc_reader *r, int err)
{
	const char *why = vsc_err_text(err);

	if (err == VSC_E_TIMEOUT)
		why = "it did not answer in time";
	else if (err == VSC_E_STATE)
		why = "it sent something that was not asked for";
	vsc_env_log(r->config.env, VSC_LOG_WARN, "%s: card given up: %s", r->name, why);
}

/* Returns what the caller of the reader is told. */
static int
turn_give(struct vsc_reader *r, struct vsc_link *link, int err)
{
	bool bad = !card_stays(err), was_in = r->link == link;

	if (bad && was_in)
		(void)vsc_slot_remove(r); /* parked, as we are still busy */
	r->busy = false;
	r->working = NULL;
	pthread_cond_signal(&r->turn);
	if (r->retired == link)
		vsc_watcher_wake(r);
	if (r->canceled && bad)
		return VSC_E_CANCELED;
	if (bad && was_in)
		log_loss(r, err);
	return err == VSC_E_STATE || err == VSC_E_IO ? VSC_E_CLOSED : err;
}

static int
exchange_transmit(struct vsc_exchange *x, struct vsc_span cmd, struct vsc_out *rsp)
{
	struct vsc_span answer;
	int err = vsc_exchange(x, cmd, &answer);

	if (err < 0)
		return err;
	if (answer.len < 2) /* no status word */
		return VSC_E_FORMAT;
	if (answer.len > rsp->cap - rsp->len)
		return VSC_E_SPACE;
	vsc_out_put(rsp, answer);
	return 0;
}

int
vsc_reader_transmit(
    struct vsc_reader *r, uint64_t generation, struct vsc_span cmd, struct vsc_out *rsp)
{
	struct vsc_exchange x = { .first = vsc_deadline_in(r->config.apdu_timeout),
		.frame_ms = r->config.frame_timeout,
		.patience = r->config.apdu_timeout };
	int err;

	if (cmd.len < 2) /* every card takes a single byte for a control code */
		return VSC_E_PARAM;
	if (cmd.len > VSC_FRAME_MAX)
		return VSC_E_SPACE;
	enter(r);
	err = turn_take(r, generation, &x);
	if (err == 0) {
		pthread_mutex_unlock(&r->lock);
		err = exchange_transmit(&x, cmd, rsp);
		pthread_mutex_lock(&r->lock);
		err = turn_give(r, x.link, err);
	}
	leave(r);
	return err;
}

static const struct {
	uint8_t code;
	bool has_atr;
} actions[] = {
	[VSC_READER_POWER_UP] = { VSC_CTRL_ON, true },
	[VSC_READER_POWER_DOWN] = { VSC_CTRL_OFF, false },
	[VSC_READER_RESET] = { VSC_CTRL_RESET, true },
};

static int
exchange_power(struct vsc_exchange *x, enum vsc_reader_power action, struct vsc_span *atr)
{
	int err = vsc_exchange(x, VSC_BYTES(actions[action].code), NULL);

	if (err < 0 || !actions[action].has_atr)
		return err;
	err = vsc_exchange(x, VSC_BYTES(VSC_CTRL_ATR), atr);
	if (err < 0)
		return err;
	return vsc_exchange_is_atr(*atr) ? 0 : VSC_E_FORMAT;
}

/* The card may answer with another ATR than before. */
static void
keep_atr(struct vsc_reader *r, struct vsc_link *link, struct vsc_span atr)
{
	if (r->link != link || atr.len == 0 || vsc_copy(r->atr, sizeof(r->atr), atr) < 0)
		return;
	r->atr_len = atr.len;
}

int
vsc_reader_power(struct vsc_reader *r, uint64_t generation, enum vsc_reader_power action)
{
	struct vsc_exchange x = { .first = vsc_deadline_in(r->config.atr_timeout),
		.frame_ms = r->config.frame_timeout };
	struct vsc_span atr = VSC_SPAN_EMPTY;
	int err;

	if ((size_t)action >= VSC_COUNT(actions))
		return VSC_E_PARAM;
	enter(r);
	err = turn_take(r, generation, &x);
	if (err == 0) {
		pthread_mutex_unlock(&r->lock);
		err = exchange_power(&x, action, &atr);
		pthread_mutex_lock(&r->lock);
		if (err == 0)
			keep_atr(r, x.link, atr);
		err = turn_give(r, x.link, err);
	}
	leave(r);
	return err;
}

/*
 * The channels that pcscd has opened, by Lun, and how each one's event thread hears of cards: a
 * card that was swapped between two polls is first reported gone.
 */
#include "ifd/channels.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "ifd/log.h"
#include "wire/clock.h"

/* ms; pcscd needs some microseconds to write down what it was told */
#define HOLD 20

/* The IFD handler interface passes no context, so the process keeps it here. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t idle; /* users of some channel became 0 */
	struct vsc_channel *first;
} channels = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL };

static struct vsc_channel **
find(unsigned long lun)
{
	struct vsc_channel **at = &channels.first;

	while (*at != NULL && (*at)->lun != lun)
		at = &(*at)->next;
	return at;
}

/* pcscd opens the slots of an entry one after the other, and shall not wait longer for a host that
 * is silent because it has many: what is left of connect-timeout, in ms for vsc_reader_config. */
static int
open_wait(unsigned long lun, const struct vsc_devicename *d)
{
	int64_t left = (d->connect_timeout > 0 ? d->connect_timeout : 2000) * (int64_t)1000000;

	pthread_mutex_lock(&channels.lock);
	for (const struct vsc_channel *ch = channels.first; ch != NULL; ch = ch->next) {
		if (ch->lun >> 16 == lun >> 16)
			left -= ch->opening;
	}
	pthread_mutex_unlock(&channels.lock);
	return left >= 1000000 ? (int)(left / 1000000) : -1;
}

static int
open_reader(struct vsc_reader **reader, unsigned long lun, const struct vsc_devicename *d)
{
	unsigned slot = (unsigned)(lun & 0xFFFF);
	char name[64];
	struct vsc_reader_config config = { .atr_timeout = d->atr_timeout,
		.apdu_timeout = d->apdu_timeout,
		.frame_timeout = d->frame_timeout,
		.connect_timeout = d->connect_timeout,
		.open_wait = open_wait(lun, d),
		.name = name,
		.env = &vsc_ifd_env };

	if (slot >= d->slots)
		return VSC_E_PARAM;
	if (vsc_endpoint_nth(&d->endpoint, slot, &config.endpoint) < 0)
		return VSC_E_PARAM;
	snprintf(name, sizeof(name), "Virtual PCD %lu slot %u", lun >> 16, slot);
	return vsc_reader_open(reader, &config);
}

static struct vsc_channel *
channel_new(unsigned long lun, const struct vsc_devicename *d, int *err)
{
	struct vsc_channel *ch = calloc(1, sizeof(*ch));

	*err = VSC_E_NOMEM;
	if (ch == NULL)
		return NULL;
	ch->lun = lun;
	ch->slots = d->slots;
	if (pthread_mutex_init(&ch->lock, NULL) != 0) {
		free(ch);
		return NULL;
	}
	ch->opening = vsc_clock_ns();
	*err = open_reader(&ch->reader, lun, d);
	ch->opening = vsc_clock_ns() - ch->opening;
	if (*err < 0) {
		pthread_mutex_destroy(&ch->lock);
		free(ch);
		return NULL;
	}
	ch->seen = vsc_reader_generation(ch->reader);
	return ch;
}

static void
channel_free(struct vsc_channel *ch)
{
	vsc_reader_close(ch->reader);
	pthread_mutex_destroy(&ch->lock);
	free(ch);
}

int
vsc_channels_open(unsigned long lun, const struct vsc_devicename *d)
{
	struct vsc_channel *ch = vsc_channels_get(lun);
	bool taken = ch != NULL;
	int err;

	vsc_channels_put(ch);
	if (taken)
		return VSC_E_EXISTS;
	ch = channel_new(lun, d, &err);
	if (ch == NULL)
		return err;
	pthread_mutex_lock(&channels.lock);
	taken = *find(lun) != NULL;
	if (!taken) {
		ch->next = channels.first;
		channels.first = ch;
	}
	pthread_mutex_unlock(&channels.lock);
	if (taken)
		channel_free(ch);
	return taken ? VSC_E_EXISTS : 0;
}

struct vsc_channel *
vsc_channels_get(unsigned long lun)
{
	struct vsc_channel *ch;

	pthread_mutex_lock(&channels.lock);
	ch = *find(lun);
	if (ch != NULL)
		ch->users++;
	pthread_mutex_unlock(&channels.lock);
	return ch;
}

void
vsc_channels_put(struct vsc_channel *ch)
{
	if (ch == NULL)
		return;
	pthread_mutex_lock(&channels.lock);
	if (--ch->users == 0)
		pthread_cond_broadcast(&channels.idle);
	pthread_mutex_unlock(&channels.lock);
}

int
vsc_channels_close(unsigned long lun)
{
	struct vsc_channel **at, *ch;

	pthread_mutex_lock(&channels.lock);
	at = find(lun);
	ch = *at;
	if (ch != NULL) {
		*at = ch->next;
		vsc_reader_cancel(ch->reader);
		while (ch->users > 0)
			pthread_cond_wait(&channels.idle, &channels.lock);
	}
	pthread_mutex_unlock(&channels.lock);
	if (ch == NULL)
		return VSC_E_NOT_FOUND;
	channel_free(ch);
	return 0;
}

static bool
is_event_thread(const struct vsc_channel *ch)
{
	return !ch->polled || pthread_equal(ch->poller, pthread_self()) != 0;
}

void
vsc_channel_power_done(struct vsc_channel *ch, bool ok)
{
	pthread_mutex_lock(&ch->lock);
	ch->hold = ok ? 0 : vsc_deadline_in(HOLD);
	pthread_mutex_unlock(&ch->lock);
}

/* Under ch->lock: is the card gone that pcscd believes in, and shall it not hear of it yet? */
static bool
is_held_back(const struct vsc_channel *ch, uint64_t now)
{
	return ch->polled && ch->seen % 2 == 1 && ch->seen != now &&
	       vsc_deadline_left(ch->hold) > 0;
}

/* Under ch->lock, by the event thread: what it is told now. */
static bool
tell(struct vsc_channel *ch, uint64_t now)
{
	ch->news_due = false;
	if (is_held_back(ch, now))
		return true; /* it will come back from vsc_channel_poll for the news */
	/* from one card to another: via the gap between them */
	ch->seen = now != ch->seen && now % 2 == 1 && ch->seen % 2 == 1 ? now - 1 : now;
	return ch->seen % 2 == 1;
}

bool
vsc_channel_present(struct vsc_channel *ch)
{
	uint64_t now = vsc_reader_generation(ch->reader);
	bool present;

	pthread_mutex_lock(&ch->lock);
	if (is_event_thread(ch) && (ch->news_due || !ch->polled))
		present = tell(ch, now);
	else
		present = ch->seen == now && now % 2 == 1;
	if (present && !is_event_thread(ch))
		ch->hold = vsc_deadline_in(HOLD);
	pthread_mutex_unlock(&ch->lock);
	return present;
}

uint64_t
vsc_channel_card(struct vsc_channel *ch)
{
	uint64_t seen;

	pthread_mutex_lock(&ch->lock);
	seen = ch->seen;
	pthread_mutex_unlock(&ch->lock);
	return seen % 2 == 1 ? seen : UINT64_MAX;
}

void
vsc_channel_set_powered(struct vsc_channel *ch, bool powered)
{
	pthread_mutex_lock(&ch->lock);
	ch->powered = powered;
	pthread_mutex_unlock(&ch->lock);
}

bool
vsc_channel_powered(struct vsc_channel *ch)
{
	bool powered;

	pthread_mutex_lock(&ch->lock);
	powered = ch->powered;
	pthread_mutex_unlock(&ch->lock);
	return powered;
}

void
vsc_channel_poll(struct vsc_channel *ch, int ms)
{
	uint64_t seen;
	int hold = 0;

	pthread_mutex_lock(&ch->lock);
	ch->polled = true;
	ch->poller = pthread_self();
	seen = ch->seen;
	pthread_mutex_unlock(&ch->lock);
	if (vsc_reader_wait(ch->reader, seen, ms) < 0)
		return; /* being closed */
	pthread_mutex_lock(&ch->lock);
	if (is_held_back(ch, vsc_reader_generation(ch->reader)))
		hold = vsc_deadline_left(ch->hold);
	pthread_mutex_unlock(&ch->lock);
	if (hold > 0) /* here, where the event thread has no lock of pcscd */
		(void)poll(NULL, 0, hold);
	pthread_mutex_lock(&ch->lock);
	ch->news_due = true;
	pthread_mutex_unlock(&ch->lock);
}

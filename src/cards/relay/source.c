/* The card in another reader: see source.h. */
#include "cards/relay/source.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "cards/relay/pcsc.h"

#define PROTOCOLS      (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
#define NOTIFICATION   "\\\\?PnP?\\Notification"
#define SERIAL_NO      0x00010103u /* SCARD_ATTR_VENDOR_IFD_SERIAL_NO */
#define CONDITION      0x0000FFFFu /* of a reader's state; above it the number of changes */
#define PAUSE_FIRST_MS 50
#define PAUSE_MAX_MS   1000
/* Readers that come between our looking and our waiting are seen then. */
#define LOOK_AGAIN_MS 5000
#define CANCEL_MS     20

struct vsc_source {
	struct vsc_card *card;
	struct vsc_pcsc pcsc;
	char reader[MAX_READERNAME + 1];
	pthread_t watcher, hand;
	bool watched, handed; /* the threads run */

	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under the lock, which is never held while PC/SC works */
	bool stop, ended; /* the watcher is to end, has ended */
	bool off;         /* power is to be taken */
	bool present;
	bool swapped;  /* it was away since somebody asked last */
	bool watching; /* watch_context is valid */
	SCARDCONTEXT watch_context;
	uint8_t atr[MAX_ATR_SIZE];
	size_t atr_len;
	char told[160]; /* the last complaint */

	/* held while PC/SC works on the card; taken before the lock */
	pthread_mutex_t working;
	SCARDCONTEXT context;
	SCARDHANDLE handle;
	bool has_context, connected;
	DWORD share, protocol;
};

/* --- Shared state --- */

/* Each complaint once, until another one comes or all is well. */
static void
complain(struct vsc_source *s, const char *what, LONG rv)
{
	char line[160], number[32];
	bool known;

	(void)snprintf(line, sizeof(line), "reader \"%s\": %s: %s", s->reader, what,
	    vsc_pcsc_text(rv, number));
	pthread_mutex_lock(&s->lock);
	known = strcmp(line, s->told) == 0;
	(void)snprintf(s->told, sizeof(s->told), "%s", line);
	pthread_mutex_unlock(&s->lock);
	if (!known)
		vsc_card_log(s->card, VSC_LOG_WARN, "%s", line);
}

static void
set_atr(struct vsc_source *s, struct vsc_span atr)
{
	pthread_mutex_lock(&s->lock);
	if (vsc_copy(s->atr, sizeof(s->atr), atr) == 0)
		s->atr_len = atr.len;
	pthread_mutex_unlock(&s->lock);
}

/* What the watcher saw; swapped: it was away in between. */
static void
set_present(struct vsc_source *s, bool present, bool swapped)
{
	bool news;

	pthread_mutex_lock(&s->lock);
	news = present != s->present || swapped;
	/* one that comes back before anybody asked was away all the same */
	s->swapped = s->swapped || swapped || (s->present && !present);
	s->present = present;
	if (news)
		s->told[0] = '\0';
	pthread_mutex_unlock(&s->lock);
	if (!news)
		return;
	vsc_card_log(s->card, VSC_LOG_INFO, "reader \"%s\": %s", s->reader,
	    present ? "a card is in it" : "no card");
	vsc_card_presence_changed(s->card);
}

static bool
stopping(struct vsc_source *s)
{
	bool stop;

	pthread_mutex_lock(&s->lock);
	stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return stop;
}

/* --- The watcher --- */

static void
pause_for(struct vsc_source *s, int ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&s->lock);
	while (!s->stop && pthread_cond_timedwait(&s->changed, &s->lock, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&s->lock);
}

/* One look at the reader and then a wait until it, or the list of readers, is another. */
static LONG
watch_once(struct vsc_source *s, SCARDCONTEXT context, SCARD_READERSTATE states[2])
{
	const DWORD before = states[0].dwCurrentState;
	DWORD now;
	bool there;
	LONG rv = s->pcsc.wait(context, INFINITE, states, 2);

	if (rv != SCARD_S_SUCCESS)
		return rv;
	now = states[0].dwEventState;
	there = (now & SCARD_STATE_PRESENT) != 0 && (now & SCARD_STATE_MUTE) == 0;
	if (there)
		set_atr(s, vsc_span_from(states[0].rgbAtr, states[0].cbAtr));
	/* an even number of changes between two looks at a card: it was away */
	set_present(s, there,
	    (before & SCARD_STATE_PRESENT) != 0 && (before & ~CONDITION) != (now & ~CONDITION));
	states[0].dwCurrentState = now & ~(DWORD)SCARD_STATE_CHANGED;
	states[1].dwCurrentState = states[1].dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	return (now & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE)) != 0 ? SCARD_E_UNKNOWN_READER
									    : SCARD_S_SUCCESS;
}

/* Until the service or the reader is gone. */
static LONG
watch_reader(struct vsc_source *s, SCARDCONTEXT context)
{
	SCARD_READERSTATE states[2] = { { .szReader = s->reader }, { .szReader = NOTIFICATION } };
	LONG rv;

	do
		rv = watch_once(s, context, states);
	while (rv == SCARD_S_SUCCESS && !stopping(s));
	set_present(s, false, false);
	return rv;
}

/* The reader has gone; the service has not. */
static LONG
await_reader(struct vsc_source *s, SCARDCONTEXT context)
{
	SCARD_READERSTATE state = { .szReader = NOTIFICATION };
	LONG rv = s->pcsc.wait(context, LOOK_AGAIN_MS, &state, 1);

	return rv == (LONG)SCARD_E_TIMEOUT ? SCARD_S_SUCCESS : rv;
}

static void
watch_service(struct vsc_source *s, SCARDCONTEXT context)
{
	LONG rv = SCARD_S_SUCCESS;

	while (rv == SCARD_S_SUCCESS && !stopping(s)) {
		rv = watch_reader(s, context);
		if (stopping(s))
			return;
		complain(s, "waiting", rv);
		if (rv == (LONG)SCARD_E_UNKNOWN_READER || rv == (LONG)SCARD_E_READER_UNAVAILABLE)
			rv = await_reader(s, context);
	}
}

static bool
begin_watching(struct vsc_source *s, SCARDCONTEXT context)
{
	bool stop;

	pthread_mutex_lock(&s->lock);
	stop = s->stop;
	s->watch_context = context;
	s->watching = !stop;
	pthread_mutex_unlock(&s->lock);
	return !stop;
}

static void
end_watching(struct vsc_source *s)
{
	pthread_mutex_lock(&s->lock);
	s->watching = false;
	pthread_mutex_unlock(&s->lock);
}

static void *
watcher_main(void *ctx)
{
	struct vsc_source *s = ctx;
	int pause = PAUSE_FIRST_MS;

	while (!stopping(s)) {
		SCARDCONTEXT context;
		LONG rv = s->pcsc.establish(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);

		if (rv == SCARD_S_SUCCESS) {
			if (begin_watching(s, context))
				watch_service(s, context);
			end_watching(s);
			(void)s->pcsc.release(context);
			pause = PAUSE_FIRST_MS;
		} else {
			complain(s, "waiting for it", rv);
		}
		pause_for(s, pause);
		pause = pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause * 2;
	}
	pthread_mutex_lock(&s->lock);
	s->ended = true;
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* --- Work on the card; s->working is held --- */

static void
drop_card(struct vsc_source *s, DWORD disposition)
{
	if (s->connected)
		(void)s->pcsc.disconnect(s->handle, disposition);
	s->connected = false;
}

static void
drop_context(struct vsc_source *s)
{
	drop_card(s, SCARD_LEAVE_CARD);
	if (s->has_context)
		(void)s->pcsc.release(s->context);
	s->has_context = false;
}

static LONG
need_context(struct vsc_source *s)
{
	LONG rv = SCARD_S_SUCCESS;

	if (!s->has_context)
		rv = s->pcsc.establish(SCARD_SCOPE_SYSTEM, NULL, NULL, &s->context);
	s->has_context = rv == SCARD_S_SUCCESS;
	return rv;
}

static void
learn_atr(struct vsc_source *s)
{
	uint8_t atr[MAX_ATR_SIZE];
	DWORD len = sizeof(atr), name_len = 0, state, protocol;

	if (s->pcsc.status(s->handle, NULL, &name_len, &state, &protocol, atr, &len) ==
		SCARD_S_SUCCESS &&
	    len > 0)
		set_atr(s, vsc_span_from(atr, len));
}

/* For us alone, as a card in a reader is; together with others where they had it first. */
static LONG
connect_once(struct vsc_source *s)
{
	LONG rv = need_context(s);

	if (rv != SCARD_S_SUCCESS)
		return rv;
	s->share = SCARD_SHARE_EXCLUSIVE;
	rv = s->pcsc.connect(s->context, s->reader, s->share, PROTOCOLS, &s->handle, &s->protocol);
	if (rv == (LONG)SCARD_E_SHARING_VIOLATION) {
		s->share = SCARD_SHARE_SHARED;
		rv = s->pcsc.connect(
		    s->context, s->reader, s->share, PROTOCOLS, &s->handle, &s->protocol);
	}
	s->connected = rv == SCARD_S_SUCCESS;
	return rv;
}

/* A context does not survive its service: once more with a new one. */
static LONG
connect_card(struct vsc_source *s)
{
	LONG rv = connect_once(s);

	if (rv == (LONG)SCARD_E_NO_SERVICE || rv == (LONG)SCARD_E_INVALID_HANDLE ||
	    rv == (LONG)SCARD_F_COMM_ERROR || rv == (LONG)SCARD_E_SERVICE_STOPPED) {
		drop_context(s);
		rv = connect_once(s);
	}
	if (rv == SCARD_S_SUCCESS)
		learn_atr(s);
	else
		complain(s, "connecting", rv);
	return rv;
}

/* Commands of any length; what the protocol makes of them is the reader's business. */
static LONG
exchange(struct vsc_source *s, struct vsc_span raw, struct vsc_out *out)
{
	SCARD_IO_REQUEST pci = { s->protocol, sizeof(pci) };
	DWORD len = (DWORD)(out->cap - out->len);
	LONG rv = s->pcsc.transmit(
	    s->handle, &pci, raw.ptr, (DWORD)raw.len, NULL, out->buf + out->len, &len);

	if (rv == SCARD_S_SUCCESS)
		out->len += len;
	return rv;
}

static void
power(struct vsc_source *s, DWORD how)
{
	LONG rv = SCARD_E_INVALID_HANDLE;

	if (s->connected)
		rv = s->pcsc.reconnect(s->handle, s->share, PROTOCOLS, how, &s->protocol);
	if (rv == SCARD_S_SUCCESS) {
		learn_atr(s);
		return;
	}
	drop_card(s, SCARD_RESET_CARD);
	/* what cannot be reached will not answer the next command either, and leaves then */
	if (connect_card(s) != SCARD_S_SUCCESS)
		s->connected = false;
}

void
vsc_source_on(struct vsc_source *s, bool warm)
{
	pthread_mutex_lock(&s->working);
	pthread_mutex_lock(&s->lock);
	s->off = false;
	pthread_mutex_unlock(&s->lock);
	power(s, warm ? SCARD_RESET_CARD : SCARD_UNPOWER_CARD);
	pthread_mutex_unlock(&s->working);
}

int
vsc_source_transmit(struct vsc_source *s, struct vsc_span raw, struct vsc_out *out)
{
	LONG rv = SCARD_S_SUCCESS;

	pthread_mutex_lock(&s->working);
	if (!s->connected)
		rv = connect_card(s);
	if (rv == SCARD_S_SUCCESS && (rv = exchange(s, raw, out)) != SCARD_S_SUCCESS) {
		complain(s, "a command", rv);
		drop_card(s, SCARD_RESET_CARD);
	}
	pthread_mutex_unlock(&s->working);
	return rv == SCARD_S_SUCCESS ? 0 : VSC_E_NOT_FOUND;
}

/* A direct connection needs no card; it may be refused while another program has the card. */
void
vsc_source_serial(struct vsc_source *s, struct vsc_out *out)
{
	uint8_t text[MAX_BUFFER_SIZE]; /* pcsc-lite refuses more */
	DWORD len = sizeof(text), protocol;
	SCARDHANDLE handle;

	pthread_mutex_lock(&s->working);
	if (need_context(s) == SCARD_S_SUCCESS &&
	    s->pcsc.connect(s->context, s->reader, SCARD_SHARE_DIRECT, 0, &handle, &protocol) ==
		SCARD_S_SUCCESS) {
		if (s->pcsc.attribute(handle, SERIAL_NO, text, &len) == SCARD_S_SUCCESS)
			vsc_out_put(out, vsc_span_from(text, strnlen((const char *)text, len)));
		(void)s->pcsc.disconnect(handle, SCARD_LEAVE_CARD);
	}
	pthread_mutex_unlock(&s->working);
}

/* --- The hand --- */

static void
take_power(struct vsc_source *s)
{
	bool off;

	pthread_mutex_lock(&s->working);
	pthread_mutex_lock(&s->lock);
	off = s->off;
	s->off = false;
	pthread_mutex_unlock(&s->lock);
	if (off)
		drop_card(s, SCARD_UNPOWER_CARD);
	pthread_mutex_unlock(&s->working);
}

static void *
hand_main(void *ctx)
{
	struct vsc_source *s = ctx;

	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		if (!s->off) {
			pthread_cond_wait(&s->changed, &s->lock);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		take_power(s);
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

void
vsc_source_off(struct vsc_source *s)
{
	pthread_mutex_lock(&s->lock);
	s->off = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

bool
vsc_source_present(struct vsc_source *s)
{
	bool present;

	pthread_mutex_lock(&s->lock);
	present = s->present && !s->swapped;
	s->swapped = false;
	pthread_mutex_unlock(&s->lock);
	return present;
}

void
vsc_source_atr(struct vsc_source *s, struct vsc_out *out)
{
	pthread_mutex_lock(&s->lock);
	vsc_out_put(out, vsc_span_from(s->atr, s->atr_len));
	pthread_mutex_unlock(&s->lock);
}

/* --- Which reader --- */

static bool
is_number(const char *text)
{
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* The whole name before a part of one. */
static const char *
pick(const struct vsc_blob *names, const char *wanted)
{
	const char *name = NULL, *part = NULL;
	unsigned long n = is_number(wanted) ? strtoul(wanted, NULL, 10) : 0;

	while ((name = vsc_pcsc_next(names, name)) != NULL) {
		if (is_number(wanted) ? n-- == 0 : strcmp(name, wanted) == 0)
			return name;
		if (part == NULL && !is_number(wanted) && strstr(name, wanted) != NULL)
			part = name;
	}
	return part;
}

static int
no_such_reader(struct vsc_source *s, const struct vsc_blob *names, const char *wanted)
{
	const char *name = NULL;

	vsc_card_log(s->card, VSC_LOG_ERROR, "--reader %s: there is no such reader; there %s",
	    wanted, vsc_pcsc_next(names, NULL) == NULL ? "is none" : "are:");
	for (unsigned n = 0; (name = vsc_pcsc_next(names, name)) != NULL; n++)
		vsc_card_log(s->card, VSC_LOG_ERROR, "  %u: %s", n, name);
	return VSC_E_NOT_FOUND;
}

/* Is there a card right now? So that a first attempt need not wait for the watcher. */
static void
look(struct vsc_source *s)
{
	SCARD_READERSTATE state = { .szReader = s->reader };

	if (s->pcsc.wait(s->context, 0, &state, 1) != SCARD_S_SUCCESS)
		return;
	s->present = (state.dwEventState & SCARD_STATE_PRESENT) != 0 &&
		     (state.dwEventState & SCARD_STATE_MUTE) == 0;
	if (s->present)
		set_atr(s, vsc_span_from(state.rgbAtr, state.cbAtr));
	else
		vsc_card_log(
		    s->card, VSC_LOG_INFO, "reader \"%s\": no card yet, waiting", s->reader);
}

static int
choose(struct vsc_source *s, const char *wanted)
{
	VSC_AUTO_BLOB names = { NULL, 0 };
	char number[32];
	const char *name;
	LONG rv = need_context(s);

	if (rv == SCARD_S_SUCCESS)
		rv = vsc_pcsc_readers(&s->pcsc, s->context, &names);
	if (rv != SCARD_S_SUCCESS && rv != (LONG)SCARD_E_NO_READERS_AVAILABLE) {
		vsc_card_log(
		    s->card, VSC_LOG_ERROR, "--reader %s: %s", wanted, vsc_pcsc_text(rv, number));
		return VSC_E_NOT_FOUND;
	}
	if ((name = pick(&names, wanted)) == NULL)
		return no_such_reader(s, &names, wanted);
	(void)snprintf(s->reader, sizeof(s->reader), "%s", name);
	look(s);
	return 0;
}

/* --- Life --- */

static int
start_threads(struct vsc_source *s)
{
	s->watched = pthread_create(&s->watcher, NULL, watcher_main, s) == 0;
	s->handed = s->watched && pthread_create(&s->hand, NULL, hand_main, s) == 0;
	return s->handed ? 0 : VSC_E_NOMEM;
}

int
vsc_source_open(
    struct vsc_source **source, struct vsc_card *card, const char *reader, const char *library)
{
	struct vsc_source *s = calloc(1, sizeof(*s));
	struct vsc_why why = { "" };
	int rc;

	if (s == NULL)
		return VSC_E_NOMEM;
	s->card = card;
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->working, NULL);
	pthread_cond_init(&s->changed, NULL);
	rc = vsc_pcsc_load(&s->pcsc, library, &why);
	if (rc < 0)
		vsc_card_log(card, VSC_LOG_ERROR, "%s", why.text);
	else if ((rc = choose(s, reader)) == 0)
		rc = start_threads(s);
	if (rc < 0) {
		vsc_source_close(s);
		return rc;
	}
	*source = s;
	return 0;
}

/* A cancellation that comes just before the wait is lost: again until the watcher has ended. */
static void
end_watcher(struct vsc_source *s)
{
	const struct timespec moment = { .tv_nsec = CANCEL_MS * 1000000 };

	pthread_mutex_lock(&s->lock);
	while (!s->ended) {
		if (s->watching)
			(void)s->pcsc.cancel(s->watch_context);
		pthread_mutex_unlock(&s->lock);
		(void)nanosleep(&moment, NULL);
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->watcher, NULL);
}

void
vsc_source_close(struct vsc_source *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	if (s->watched)
		end_watcher(s);
	if (s->handed)
		pthread_join(s->hand, NULL);
	drop_card(s, SCARD_UNPOWER_CARD);
	drop_context(s);
	vsc_pcsc_unload(&s->pcsc);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->working);
	free(s);
}

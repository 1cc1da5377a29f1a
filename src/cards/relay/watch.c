/* A thread that waits for what happens in the other reader, through all that may happen to it. */
#include <errno.h>
#include <time.h>

#include "cards/relay/source_impl.h"

#define NOTIFICATION   "\\\\?PnP?\\Notification"
#define CONDITION      0x0000FFFFu /* of a reader's state; above it the number of changes */
#define PAUSE_FIRST_MS 50
#define PAUSE_MAX_MS   1000
/* Readers that come between our looking and our waiting are seen then. */
#define LOOK_AGAIN_MS 5000
#define CANCEL_MS     20

static bool
stopping(struct vsc_source *s)
{
	bool stop;

	pthread_mutex_lock(&s->lock);
	stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return stop;
}

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
		vsc_source_set_atr(s, vsc_span_from(states[0].rgbAtr, states[0].cbAtr));
	/* an even number of changes between two looks at a card: it was away */
	vsc_source_set_present(s, there,
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
	/* that we end is no news of the card */
	if (!stopping(s))
		vsc_source_set_present(s, false, false);
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
		vsc_source_complain(s, "waiting", rv);
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

void *
vsc_source_watch(void *ctx)
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
			vsc_source_complain(s, "waiting for it", rv);
		}
		pause_for(s, pause);
		pause = pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause * 2;
	}
	pthread_mutex_lock(&s->lock);
	s->ended = true;
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* A cancellation that comes just before the wait is lost: again until the watcher has ended. */
void
vsc_source_end_watch(struct vsc_source *s)
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

/* A thread that waits for the signals: no handler, so nothing global. See stop.h. */
#include "vicc/stop.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "wire/clock.h"

/* timeout(1), and others that signal a process and then its group, send every signal twice: what
 * comes this soon after the first is no second one */
#define TWICE_MS 100

struct vsc_stop {
	pthread_mutex_t lock;
	struct vsc_loop *loop; /* NULL: it has ended, or was told to */
	struct vsc_touch *touch;
	bool done;       /* the signal comes from vsc_stop_free */
	int64_t settled; /* from then on another signal is a second one */
	sigset_t signals;
	pthread_t thread;
};

/* SIGUSR1 is a touch. Of the others the first stops the loop, a second one the process. false: no
 * more are waited for. */
static bool
on_signal(struct vsc_stop *stop, int number)
{
	bool done;

	if (number == SIGUSR1) {
		vsc_touch_give(stop->touch);
		return true;
	}
	/* nobody waits for a touch any more */
	vsc_touch_close(stop->touch);
	pthread_mutex_lock(&stop->lock);
	done = stop->done;
	if (!done && stop->loop == NULL && vsc_deadline_left(stop->settled) == 0)
		_exit(128 + number);
	if (!done && stop->loop != NULL) {
		stop->settled = vsc_deadline_in(TWICE_MS);
		vsc_loop_stop(stop->loop);
	}
	stop->loop = NULL;
	pthread_mutex_unlock(&stop->lock);
	return !done;
}

static void *
wait_for_signals(void *ctx)
{
	struct vsc_stop *stop = ctx;
	int number;

	while (sigwait(&stop->signals, &number) == 0 && on_signal(stop, number))
		;
	return NULL;
}

int
vsc_stop_new(struct vsc_stop **stop, struct vsc_loop *loop, struct vsc_touch *touch)
{
	struct vsc_stop *fresh = calloc(1, sizeof(*fresh));

	*stop = NULL;
	if (fresh == NULL)
		return VSC_E_NOMEM;
	fresh->loop = loop;
	fresh->touch = touch;
	pthread_mutex_init(&fresh->lock, NULL);
	sigemptyset(&fresh->signals);
	sigaddset(&fresh->signals, SIGINT);
	sigaddset(&fresh->signals, SIGTERM);
	sigaddset(&fresh->signals, SIGUSR1);
	if (pthread_sigmask(SIG_BLOCK, &fresh->signals, NULL) != 0 ||
	    pthread_create(&fresh->thread, NULL, wait_for_signals, fresh) != 0) {
		free(fresh);
		return VSC_E_NOMEM;
	}
	*stop = fresh;
	return 0;
}

void
vsc_stop_ended(struct vsc_stop *stop)
{
	pthread_mutex_lock(&stop->lock);
	stop->loop = NULL;
	pthread_mutex_unlock(&stop->lock);
}

void
vsc_stop_free(struct vsc_stop *stop)
{
	if (stop == NULL)
		return;
	pthread_mutex_lock(&stop->lock);
	stop->done = true;
	pthread_mutex_unlock(&stop->lock);
	/* the thread waits for it */
	/* NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread,cert-pos44-c) */
	pthread_kill(stop->thread, SIGTERM);
	pthread_join(stop->thread, NULL);
	pthread_mutex_destroy(&stop->lock);
	free(stop);
}

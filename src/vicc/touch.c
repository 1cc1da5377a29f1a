/* Touches given and waited for: see touch.h. */
#include "vicc/touch.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "reader/deadline.h"

#define NS_PER_MS 1000000

struct vsc_touch {
	pthread_mutex_t lock;
	pthread_cond_t given;
	uint64_t count;   /* touches that somebody waited for */
	unsigned waiting; /* cards */
	bool spare;       /* one that nobody waited for, */
	int64_t spare_at; /* and when that was */
	bool closed;
};

int
vsc_touch_new(struct vsc_touch **touch)
{
	struct vsc_touch *fresh = calloc(1, sizeof(*fresh));

	*touch = NULL;
	if (fresh == NULL || vsc_deadline_cond_init(&fresh->given) != 0) {
		free(fresh);
		return VSC_E_NOMEM;
	}
	(void)pthread_mutex_init(&fresh->lock, NULL);
	*touch = fresh;
	return 0;
}

void
vsc_touch_free(struct vsc_touch *touch)
{
	if (touch == NULL)
		return;
	(void)pthread_cond_destroy(&touch->given);
	(void)pthread_mutex_destroy(&touch->lock);
	free(touch);
}

void
vsc_touch_give(struct vsc_touch *touch)
{
	(void)pthread_mutex_lock(&touch->lock);
	if (touch->waiting == 0) {
		touch->spare = true;
		touch->spare_at = vsc_clock_ns();
	} else {
		touch->count++;
		(void)pthread_cond_broadcast(&touch->given);
	}
	(void)pthread_mutex_unlock(&touch->lock);
}

void
vsc_touch_close(struct vsc_touch *touch)
{
	(void)pthread_mutex_lock(&touch->lock);
	touch->closed = true;
	(void)pthread_cond_broadcast(&touch->given);
	(void)pthread_mutex_unlock(&touch->lock);
}

/* The touch that came before; with the lock held. */
static bool
take_spare(struct vsc_touch *touch, unsigned ms)
{
	bool good = touch->spare && vsc_clock_ns() - touch->spare_at <= (int64_t)ms * NS_PER_MS;

	touch->spare = false;
	return good;
}

/* With the lock held. */
static bool
wait_until(struct vsc_touch *touch, int64_t deadline)
{
	uint64_t seen = touch->count;
	int err = 0;

	touch->waiting++;
	while (touch->count == seen && !touch->closed && err != ETIMEDOUT)
		err = vsc_deadline_wait(&touch->given, &touch->lock, deadline);
	touch->waiting--;
	return touch->count != seen;
}

bool
vsc_touch_wait(struct vsc_touch *touch, unsigned ms)
{
	int64_t deadline = vsc_deadline_in((int)ms);
	bool touched;

	(void)pthread_mutex_lock(&touch->lock);
	touched = take_spare(touch, ms) || wait_until(touch, deadline);
	(void)pthread_mutex_unlock(&touch->lock);
	return touched;
}

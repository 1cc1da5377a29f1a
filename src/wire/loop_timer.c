/* Timers: a binary heap ordered by when they are due, each timer knowing its place in it. */
#include "wire/loop_impl.h"

#include <stdlib.h>

#include "wire/clock.h"

#define NOWHERE SIZE_MAX

struct vsc_timer {
	struct vsc_timers *timers;
	int64_t due;
	size_t at; /* place in the heap, or NOWHERE */
	vsc_timer_fn *fn;
	void *ctx;
};

static void
put(struct vsc_timers *timers, size_t at, struct vsc_timer *timer)
{
	timers->heap[at] = timer;
	timer->at = at;
}

/* From a gap at `at`, towards the root, to where the timer belongs. */
static void
rise(struct vsc_timers *timers, size_t at, struct vsc_timer *timer)
{
	for (; at > 0 && timers->heap[(at - 1) / 2]->due > timer->due; at = (at - 1) / 2)
		put(timers, at, timers->heap[(at - 1) / 2]);
	put(timers, at, timer);
}

static void
sink(struct vsc_timers *timers, size_t at, struct vsc_timer *timer)
{
	for (size_t child; (child = 2 * at + 1) < timers->armed; at = child) {
		if (child + 1 < timers->armed &&
		    timers->heap[child + 1]->due < timers->heap[child]->due)
			child++;
		if (timers->heap[child]->due >= timer->due)
			break;
		put(timers, at, timers->heap[child]);
	}
	put(timers, at, timer);
}

static void
disarm(struct vsc_timer *timer)
{
	struct vsc_timers *timers = timer->timers;
	size_t at = timer->at;
	struct vsc_timer *last;

	if (at == NOWHERE)
		return;
	timer->at = NOWHERE;
	last = timers->heap[--timers->armed];
	if (last == timer)
		return;
	if (at > 0 && timers->heap[(at - 1) / 2]->due > last->due)
		rise(timers, at, last);
	else
		sink(timers, at, last);
}

static int
make_room(struct vsc_timers *timers)
{
	size_t room = timers->room == 0 ? 16 : 2 * timers->room;
	struct vsc_timer **heap;

	if (timers->exist < timers->room)
		return 0;
	if ((heap = realloc(timers->heap, room * sizeof(struct vsc_timer *))) == NULL)
		return VSC_E_NOMEM;
	timers->heap = heap;
	timers->room = room;
	return 0;
}

int
vsc_loop_timer(struct vsc_loop *loop, struct vsc_timer **timer, int ms, vsc_timer_fn *fn, void *ctx)
{
	struct vsc_timer *new;

	if (make_room(&loop->timers) < 0 || (new = calloc(1, sizeof(*new))) == NULL)
		return VSC_E_NOMEM;
	new->timers = &loop->timers;
	new->at = NOWHERE;
	new->fn = fn;
	new->ctx = ctx;
	loop->timers.exist++;
	vsc_timer_set(new, ms);
	*timer = new;
	return 0;
}

void
vsc_timer_set(struct vsc_timer *timer, int ms)
{
	disarm(timer);
	if (ms < 0)
		return;
	timer->due = vsc_deadline_in(ms);
	rise(timer->timers, timer->timers->armed++, timer);
}

void
vsc_timer_free(struct vsc_timer *timer)
{
	if (timer == NULL)
		return;
	disarm(timer);
	timer->timers->exist--;
	free(timer);
}

int
vsc_timers_left(const struct vsc_timers *timers)
{
	return timers->armed == 0 ? -1 : vsc_deadline_left(timers->heap[0]->due);
}

void
vsc_timers_fire(struct vsc_timers *timers)
{
	size_t limit = timers->armed;
	int64_t now;

	if (limit == 0)
		return;
	now = vsc_clock_ns();
	for (; limit > 0 && timers->armed > 0 && timers->heap[0]->due <= now; limit--) {
		struct vsc_timer *timer = timers->heap[0];

		disarm(timer);
		timer->fn(timer->ctx);
	}
}

/* The loop with each of its backends: watches, timers, posts, workers, and many links at once. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/system.h"
#include "test.h"
#include "wire/clock.h"
#include "wire/link.h"
#include "wire/loop.h"

static const char *const backends[] = {
#if VSC_ON_LINUX
	"epoll",
#endif
	"poll",
};

static struct vsc_loop *
loop_new(const char *backend)
{
	struct vsc_loop *loop = NULL;

	assert_int_equal(vsc_loop_new(&loop, 2, backend), 0);
	return loop;
}

static void
each_backend(void (*body)(struct vsc_loop *loop))
{
	for (size_t i = 0; i < VSC_COUNT(backends); i++) {
		struct vsc_loop *loop = loop_new(backends[i]);

		body(loop);
		vsc_loop_free(loop);
	}
}

/* A guard against a loop that never stops. */
static void
too_late(void *ctx)
{
	(void)ctx;
	fail_msg("the loop was not stopped in time");
}

static void
run_within(struct vsc_loop *loop, int ms)
{
	struct vsc_timer *guard;

	assert_int_equal(vsc_loop_timer(loop, &guard, ms, too_late, NULL), 0);
	assert_int_equal(vsc_loop_run(loop), 0);
	vsc_timer_free(guard);
}

/* --- timers --- */

#define NTIMERS 10000

struct ticking {
	size_t fired;
	int64_t earliest; /* when the last one that fired was due, at the earliest */
};

struct tick {
	struct ticking *all;
	struct vsc_timer *timer;
	int64_t earliest, latest; /* due between these: the clock before and after it was set */
};

static void
tick(void *ctx)
{
	struct tick *t = ctx;

	assert_true(vsc_clock_ns() >= t->earliest);
	assert_true(t->latest >= t->all->earliest);
	t->all->earliest = t->earliest;
	t->all->fired++;
}

static void
many_timers(struct vsc_loop *loop)
{
	static struct tick ticks[NTIMERS];
	struct ticking all = { 0, 0 };
	int64_t start = vsc_clock_ns();
	size_t expected = 0;

	for (size_t i = 0; i < NTIMERS; i++) {
		int ms = (int)(i * 7919 % 200);

		ticks[i] = (struct tick){ .all = &all, .earliest = vsc_deadline_in(ms) };
		assert_int_equal(vsc_loop_timer(loop, &ticks[i].timer, ms, tick, &ticks[i]), 0);
		ticks[i].latest = vsc_deadline_in(ms);
	}
	/* every third is stopped, every other third freed */
	for (size_t i = 0; i < NTIMERS; i++) {
		if (i % 3 == 0)
			vsc_timer_set(ticks[i].timer, -1);
		if (i % 3 == 1) {
			vsc_timer_free(ticks[i].timer);
			ticks[i].timer = NULL;
		}
		expected += i % 3 == 2;
	}
	while (all.fired < expected && vsc_clock_ns() - start < 20000000000)
		assert_int_equal(vsc_loop_turn(loop, 1000), 0);
	assert_int_equal(all.fired, expected);
	for (size_t i = 0; i < NTIMERS; i++)
		vsc_timer_free(ticks[i].timer);
}

static void
timers_in_order(void **state)
{
	(void)state;
	each_backend(many_timers);
}

struct again {
	struct vsc_loop *loop;
	struct vsc_timer *timer, *other;
	int count;
};

static void
again(void *ctx)
{
	struct again *a = ctx;

	vsc_timer_free(a->other);
	a->other = NULL;
	if (++a->count < 5) {
		vsc_timer_set(a->timer, 0);
		return;
	}
	vsc_timer_free(a->timer); /* the one that is firing */
	a->timer = NULL;
	vsc_loop_stop(a->loop);
}

static void
never(void *ctx)
{
	(void)ctx;
	fail_msg("a freed timer fired");
}

static void
timer_set_and_freed_while_firing(struct vsc_loop *loop)
{
	struct again a = { .loop = loop };

	assert_int_equal(vsc_loop_timer(loop, &a.timer, 0, again, &a), 0);
	assert_int_equal(vsc_loop_timer(loop, &a.other, 0, never, NULL), 0);
	run_within(loop, 5000);
	assert_int_equal(a.count, 5);
}

static void
timers_change_in_callbacks(void **state)
{
	(void)state;
	each_backend(timer_set_and_freed_while_firing);
}

static void
a_turn_waits_no_longer_than_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(backends); i++) {
		struct vsc_loop *loop = loop_new(backends[i]);
		int64_t start = vsc_clock_ns();

		assert_int_equal(vsc_loop_turn(loop, 30), 0);
		assert_true(vsc_clock_ns() - start >= 30000000);
		vsc_loop_free(loop);
	}
}

/* --- watches --- */

#define NPEERS 8

struct peers {
	int fds[NPEERS][2];
	struct vsc_watch *watches[NPEERS];
	int calls;
	unsigned events;
};

static void
peers_open(struct peers *p, struct vsc_loop *loop, vsc_watch_fn *fn)
{
	*p = (struct peers){ .calls = 0 };
	for (size_t i = 0; i < NPEERS; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, p->fds[i]), 0);
		assert_int_equal(
		    vsc_loop_watch(loop, &p->watches[i], p->fds[i][0], VSC_LOOP_READ, fn, p), 0);
	}
}

static void
peers_close(struct peers *p)
{
	for (size_t i = 0; i < NPEERS; i++) {
		vsc_watch_free(p->watches[i]);
		(void)close(p->fds[i][0]);
		(void)close(p->fds[i][1]);
	}
}

static void
peers_write(struct peers *p)
{
	for (size_t i = 0; i < NPEERS; i++)
		assert_int_equal(write(p->fds[i][1], "x", 1), 1);
}

/* Whoever comes first frees everybody, closes one descriptor and opens another in its place. */
static void
free_all(void *ctx, unsigned events)
{
	struct peers *p = ctx;

	(void)events;
	p->calls++;
	for (size_t i = 0; i < NPEERS; i++) {
		vsc_watch_free(p->watches[i]);
		p->watches[i] = NULL;
	}
}

static void
freed_in_callback(struct vsc_loop *loop)
{
	struct peers p;

	peers_open(&p, loop, free_all);
	peers_write(&p);
	assert_int_equal(vsc_loop_turn(loop, 1000), 0);
	assert_int_equal(vsc_loop_turn(loop, 0), 0);
	assert_int_equal(p.calls, 1);
	peers_close(&p);
}

static void
watches_of_others_freed_in_callback(void **state)
{
	(void)state;
	each_backend(freed_in_callback);
}

static void
silence_all(void *ctx, unsigned events)
{
	struct peers *p = ctx;

	(void)events;
	p->calls++;
	for (size_t i = 0; i < NPEERS; i++)
		assert_int_equal(vsc_watch_set(p->watches[i], 0), 0);
}

static void
silenced_and_heard_again(struct vsc_loop *loop)
{
	struct peers p;

	peers_open(&p, loop, silence_all);
	peers_write(&p);
	assert_int_equal(vsc_loop_turn(loop, 1000), 0);
	assert_int_equal(p.calls, 1);
	/* not even a hangup is heard */
	(void)shutdown(p.fds[3][1], SHUT_RDWR);
	assert_int_equal(vsc_loop_turn(loop, 0), 0);
	assert_int_equal(p.calls, 1);
	assert_int_equal(vsc_watch_set(p.watches[3], VSC_LOOP_READ), 0);
	assert_int_equal(vsc_loop_turn(loop, 1000), 0);
	assert_int_equal(p.calls, 2);
	peers_close(&p);
}

static void
watches_silenced_in_callback(void **state)
{
	(void)state;
	each_backend(silenced_and_heard_again);
}

static void
note_events(void *ctx, unsigned events)
{
	struct peers *p = ctx;

	p->calls++;
	p->events = events;
}

static void
events_as_asked(struct vsc_loop *loop)
{
	struct peers p;

	peers_open(&p, loop, note_events);
	assert_int_equal(vsc_loop_turn(loop, 0), 0);
	assert_int_equal(p.calls, 0);
	assert_int_equal(vsc_watch_set(p.watches[0], VSC_LOOP_WRITE), 0);
	assert_int_equal(vsc_loop_turn(loop, 1000), 0);
	assert_int_equal(p.events, VSC_LOOP_WRITE);
	assert_int_equal(vsc_watch_set(p.watches[0], VSC_LOOP_READ), 0);
	(void)close(p.fds[0][1]);
	p.fds[0][1] = dup(p.fds[1][1]);
	assert_int_equal(vsc_loop_turn(loop, 1000), 0);
	assert_int_equal(p.events & VSC_LOOP_READ, VSC_LOOP_READ);
	peers_close(&p);
}

static void
events_are_those_asked_for(void **state)
{
	(void)state;
	each_backend(events_as_asked);
}

static void
each_once(void *ctx, unsigned events)
{
	struct peers *p = ctx;

	(void)events;
	p->calls++;
	/* the slot of a watch that goes is taken by another one in the poll backend */
	if (p->calls == 1) {
		vsc_watch_free(p->watches[0]);
		p->watches[0] = NULL;
	}
}

static void
others_still_called(struct vsc_loop *loop)
{
	struct peers p;

	peers_open(&p, loop, each_once);
	peers_write(&p);
	assert_int_equal(vsc_loop_turn(loop, 1000), 0);
	/* the first one called may or may not have been watch 0 */
	assert_in_range(p.calls, NPEERS - 1, NPEERS);
	p.calls = 1;
	assert_int_equal(vsc_loop_turn(loop, 1000), 0);
	assert_int_equal(p.calls, 1 + NPEERS - 1);
	peers_close(&p);
}

static void
the_rest_is_called_when_one_goes(void **state)
{
	(void)state;
	each_backend(others_still_called);
}

/* --- other threads --- */

#define NTHREADS 4
#define NPOSTS   5000

struct posting {
	struct vsc_loop *loop;
	pthread_t loop_thread;
	size_t count; /* only the loop's thread touches it */
};

static void
posted(void *ctx)
{
	struct posting *p = ctx;

	assert_true(pthread_equal(pthread_self(), p->loop_thread));
	if (++p->count == (size_t)NTHREADS * NPOSTS)
		vsc_loop_stop(p->loop);
}

static void *
post_many(void *arg)
{
	struct posting *p = arg;
	intptr_t failed = 0;

	for (int i = 0; i < NPOSTS; i++)
		failed += vsc_loop_post(p->loop, posted, p) < 0;
	return (void *)failed;
}

static void
post_from_threads(struct vsc_loop *loop)
{
	struct posting p = { .loop = loop, .loop_thread = pthread_self() };
	pthread_t threads[NTHREADS];
	void *failed;

	for (size_t i = 0; i < NTHREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, post_many, &p), 0);
	run_within(loop, 20000);
	assert_int_equal(p.count, NTHREADS * NPOSTS);
	for (size_t i = 0; i < NTHREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

static void
posts_from_threads_all_arrive(void **state)
{
	(void)state;
	each_backend(post_from_threads);
}

#define NJOBS 200

struct job {
	struct jobs *all;
	pthread_t worker;
	int result;
};

struct jobs {
	struct vsc_loop *loop;
	pthread_t loop_thread;
	struct job jobs[NJOBS];
	int done;
};

static void
job_work(void *ctx)
{
	struct job *job = ctx;

	job->worker = pthread_self();
	job->result = 42;
	if ((job - job->all->jobs) % 50 == 0)
		(void)usleep(1000);
}

static void
job_done(void *ctx)
{
	struct job *job = ctx;
	struct jobs *all = job->all;

	assert_true(pthread_equal(pthread_self(), all->loop_thread));
	assert_false(pthread_equal(job->worker, all->loop_thread));
	assert_int_equal(job->result, 42);
	if (++all->done == NJOBS)
		vsc_loop_stop(all->loop);
}

static void
work_completes(struct vsc_loop *loop)
{
	struct jobs all = { .loop = loop, .loop_thread = pthread_self() };

	for (size_t i = 0; i < NJOBS; i++) {
		all.jobs[i].all = &all;
		assert_int_equal(vsc_loop_work(loop, job_work, job_done, &all.jobs[i]), 0);
	}
	run_within(loop, 20000);
	assert_int_equal(all.done, NJOBS);
}

static void
work_completes_in_the_loops_thread(void **state)
{
	(void)state;
	each_backend(work_completes);
}

static void
slow_work(void *ctx)
{
	atomic_int *phase = ctx;

	atomic_store(phase, 1);
	(void)usleep(50000);
	atomic_store(phase, 2);
}

static void
freed_while_working(struct vsc_loop *loop)
{
	/* each_backend frees the loop that it gave; this one is ours */
	struct vsc_loop *mine = loop_new(NULL);
	atomic_int phase;

	(void)loop;
	atomic_init(&phase, 0);
	assert_int_equal(vsc_loop_work(mine, slow_work, never, &phase), 0);
	while (atomic_load(&phase) == 0)
		(void)usleep(100);
	vsc_loop_free(mine);
	assert_int_equal(atomic_load(&phase), 2);
}

static void
free_waits_for_work_under_way(void **state)
{
	(void)state;
	each_backend(freed_while_working);
}

/* Jobs that wait until all of them have begun. */
struct outside {
	struct vsc_loop *loop;
	atomic_uint begun;
	unsigned all, left;
};

static void
wait_outside(void *ctx)
{
	struct outside *o = ctx;

	vsc_loop_waits(o->loop, true);
	atomic_fetch_add(&o->begun, 1);
	while (atomic_load(&o->begun) < o->all)
		usleep(1000);
	vsc_loop_waits(o->loop, false);
}

static void
came_back(void *ctx)
{
	struct outside *o = ctx;

	if (--o->left == 0)
		vsc_loop_stop(o->loop);
}

/* Who waits for somebody is no worker: twenty wait at the same time in a loop that has one. */
static void
who_waits_is_no_worker(void **state)
{
	struct outside o = { .all = 20, .left = 20 };

	(void)state;
	assert_int_equal(vsc_loop_new(&o.loop, 1, NULL), 0);
	for (unsigned i = 0; i < o.all; i++)
		assert_int_equal(vsc_loop_work(o.loop, wait_outside, came_back, &o), 0);
	assert_int_equal(vsc_loop_run(o.loop), 0);
	assert_int_equal(o.left, 0);
	vsc_loop_free(o.loop);
}

static void
half_of_the_workers_may_stay(void **state)
{
	static const struct {
		unsigned workers, stay;
	} rows[] = { { 1, 0 }, { 2, 1 }, { 3, 1 }, { 8, 4 } };

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct vsc_loop *mine;

		assert_int_equal(vsc_loop_new(&mine, rows[i].workers, NULL), 0);
		for (unsigned n = 0; n < rows[i].stay; n++)
			assert_true(vsc_loop_stay(mine));
		assert_false(vsc_loop_stay(mine));
		if (rows[i].stay > 0) {
			vsc_loop_stayed(mine);
			assert_true(vsc_loop_stay(mine));
		}
		vsc_loop_free(mine);
	}
}

static struct vsc_loop *interrupted; /* a signal handler has no other way to know */

static void
on_signal(int number)
{
	(void)number;
	vsc_loop_stop(interrupted);
}

static void
stop_from_signal(struct vsc_loop *loop)
{
	struct sigaction action = { .sa_handler = on_signal }, before;

	interrupted = loop;
	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	(void)ualarm(20000, 0);
	run_within(loop, 5000);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
}

static void
stopped_by_a_signal_handler(void **state)
{
	(void)state;
	each_backend(stop_from_signal);
}

static void
stop_before_run(struct vsc_loop *loop)
{
	vsc_loop_stop(loop);
	run_within(loop, 5000);
}

static void
stop_is_remembered(void **state)
{
	(void)state;
	each_backend(stop_before_run);
}

/* --- links --- */

#define NLINKS  2000
#define NROUNDS 3

struct swarm {
	struct vsc_loop *loop;
	size_t echoes;
};

struct end {
	struct swarm *swarm;
	struct vsc_link *link;
	struct vsc_watch *watch;
	bool client;
	unsigned rounds;
};

static struct end ends[2 * NLINKS];

static void
end_ready(void *ctx, unsigned events)
{
	struct end *end = ctx;
	struct vsc_span frame;

	(void)events;
	if (vsc_link_recv(end->link, vsc_loop_scratch(end->swarm->loop), &frame) != 1)
		return;
	assert_int_equal(frame.len, 5);
	if (!end->client) {
		assert_int_equal(vsc_link_send(end->link, frame), 0);
		return;
	}
	end->swarm->echoes++;
	if (++end->rounds < NROUNDS)
		assert_int_equal(vsc_link_send(end->link, frame), 0);
	else if (end->swarm->echoes == (size_t)NLINKS * NROUNDS)
		vsc_loop_stop(end->swarm->loop);
}

static void
allow_descriptors(rlim_t count)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_cur < count) {
		limit.rlim_cur = limit.rlim_max < count ? limit.rlim_max : count;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void
many_links(struct vsc_loop *loop)
{
	struct swarm swarm = { .loop = loop };

	for (size_t i = 0; i < NLINKS; i++) {
		struct end *pair = &ends[2 * i];

		if (vsc_link_pair(&pair[0].link, &pair[1].link) < 0)
			fail_msg("%zu links: %s", i, strerror(errno));
		for (size_t k = 0; k < 2; k++) {
			pair[k].swarm = &swarm;
			pair[k].client = k == 0;
			pair[k].rounds = 0;
			assert_int_equal(
			    vsc_loop_watch(loop, &pair[k].watch, vsc_link_fd(pair[k].link),
				VSC_LOOP_READ, end_ready, &pair[k]),
			    0);
		}
		assert_int_equal(vsc_link_send(pair[0].link, VSC_BYTES(0, 0xB0, 0, 0, 0)), 0);
	}
	run_within(loop, 60000);
	assert_int_equal(swarm.echoes, NLINKS * NROUNDS);
	for (size_t i = 0; i < VSC_COUNT(ends); i++) {
		vsc_watch_free(ends[i].watch);
		vsc_link_free(ends[i].link);
	}
}

static void
two_thousand_links_echo(void **state)
{
	(void)state;
	allow_descriptors(2 * NLINKS + 64);
	each_backend(many_links);
}

static void
scratch_is_given_empty(void **state)
{
	struct vsc_loop *loop = loop_new(NULL);
	struct vsc_out *out = vsc_loop_response(loop);

	(void)state;
	assert_true(out->cap >= VSC_FRAME_HEADER + VSC_FRAME_MAX);
	vsc_out_fill(out, 1, out->cap + 1);
	assert_true(out->full);
	vsc_out_truncate(out, 0);
	vsc_out_u8(out, 1);
	out = vsc_loop_response(loop);
	assert_int_equal(out->len, 0);
	assert_false(out->full);
	assert_ptr_not_equal(vsc_loop_scratch(loop)->buf, out->buf);
	vsc_loop_free(loop);
}

static void
unknown_backend(void **state)
{
	struct vsc_loop *loop;

	(void)state;
	assert_int_equal(vsc_loop_new(&loop, 0, "select"), VSC_E_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_in_order),
		cmocka_unit_test(timers_change_in_callbacks),
		cmocka_unit_test(a_turn_waits_no_longer_than_told),
		cmocka_unit_test(watches_of_others_freed_in_callback),
		cmocka_unit_test(watches_silenced_in_callback),
		cmocka_unit_test(events_are_those_asked_for),
		cmocka_unit_test(the_rest_is_called_when_one_goes),
		cmocka_unit_test(posts_from_threads_all_arrive),
		cmocka_unit_test(work_completes_in_the_loops_thread),
		cmocka_unit_test(free_waits_for_work_under_way),
		cmocka_unit_test(who_waits_is_no_worker),
		cmocka_unit_test(half_of_the_workers_may_stay),
		cmocka_unit_test(stopped_by_a_signal_handler),
		cmocka_unit_test(stop_is_remembered),
		cmocka_unit_test(two_thousand_links_echo),
		cmocka_unit_test(scratch_is_given_empty),
		cmocka_unit_test(unknown_backend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

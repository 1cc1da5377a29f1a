/* What the files of the loop share: the loop, its watches, and what a way to wait must do. */
#ifndef VSC_WIRE_LOOP_IMPL_H
#define VSC_WIRE_LOOP_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "wire/loop.h"

struct vsc_watch {
	struct vsc_loop *loop;
	vsc_watch_fn *fn; /* NULL: freed during a round, memory goes at its end */
	void *ctx;
	int fd;
	unsigned events;
	size_t slot;            /* the poll backend's */
	struct vsc_watch *next; /* in the list of the freed */
};

struct vsc_ready {
	struct vsc_watch *watch;
	unsigned events;
};

/* One way to wait for many descriptors. */
struct vsc_backend {
	const char *name;
	int (*open)(void **state);
	void (*close)(void *state);
	/* from watch->events to events; 0 is not watched */
	int (*set)(void *state, struct vsc_watch *watch, unsigned events);
	/* up to max that are ready, 0 after ms (< 0: no limit) or a signal, < 0 */
	int (*wait)(void *state, struct vsc_ready *ready, size_t max, int ms);
};

extern const struct vsc_backend vsc_backend_epoll; /* Linux */
extern const struct vsc_backend vsc_backend_poll;

/* Something to run once, in a queue; work has a second part for the loop's thread. */
struct vsc_task {
	vsc_work_fn *run, *done;
	void *ctx;
	struct vsc_task *next;
};

struct vsc_tasks {
	struct vsc_task *first, **last;
};

void vsc_tasks_init(struct vsc_tasks *tasks);
void vsc_tasks_add(struct vsc_tasks *tasks, struct vsc_task *task);
/* NULL if there is none */
struct vsc_task *vsc_tasks_take(struct vsc_tasks *tasks);
void vsc_tasks_free(struct vsc_tasks *tasks);

/* Workers, started when there is more to do than idle ones. */
struct vsc_pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct vsc_tasks tasks;       /* not begun */
	unsigned waiting;             /* number of tasks */
	unsigned idle;                /* number of threads without one */
	unsigned staying;             /* number of threads whose work waits for more */
	unsigned outside;             /* number of threads whose work waits for somebody outside */
	unsigned nthreads, max, room; /* max: of those that are not outside; room: in threads */
	bool closing;
	pthread_t *threads;
};

VSC_MUST_CHECK int vsc_pool_init(struct vsc_pool *pool, unsigned max);
/* Waits for work under way. */
void vsc_pool_free(struct vsc_pool *pool);

struct vsc_timers {
	struct vsc_timer **heap; /* room for every timer that exists, so that arming cannot fail */
	size_t armed, exist, room;
};

/* Milliseconds until the next one: 0 if due, -1 if there is none. */
int vsc_timers_left(const struct vsc_timers *timers);
/* Calls those that are due; what they arm for now waits for the next round. */
void vsc_timers_fire(struct vsc_timers *timers);

struct vsc_loop {
	const struct vsc_backend *backend;
	void *state; /* the backend's */
	bool in_round;
	struct vsc_watch *freed; /* during this round */
	struct vsc_timers timers;
	struct vsc_pool pool;
	/* from other threads and signal handlers */
	int wake_read, wake_write; /* an eventfd (then both are it) or a pipe */
	struct vsc_watch *wake;
	atomic_bool stop;
	pthread_mutex_t lock; /* for posted */
	struct vsc_tasks posted;
	struct vsc_out scratch, response;
};

/* Also from a signal handler. */
void vsc_loop_wake(struct vsc_loop *loop);
/* Any thread; the task is the loop's from now on. */
void vsc_loop_post_task(struct vsc_loop *loop, struct vsc_task *task);

#endif

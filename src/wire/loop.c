/* The loop itself: watches, rounds, and being woken from outside. */
#include "wire/loop_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/system.h"

#if VSC_ON_LINUX
#include <sys/eventfd.h>
#endif

#define ROUND_MAX   256 /* ready descriptors taken at a time */
#define SCRATCH_CAP (VSC_FRAME_HEADER + VSC_FRAME_MAX)

static const struct vsc_backend *const backends[] = {
#if VSC_ON_LINUX
	&vsc_backend_epoll,
#endif
	&vsc_backend_poll,
};

static const struct vsc_backend *
backend_find(const char *name)
{
	if (name == NULL)
		return backends[0];
	for (size_t i = 0; i < VSC_COUNT(backends); i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	return NULL;
}

#if VSC_ON_LINUX
static int
wake_open(struct vsc_loop *loop)
{
	loop->wake_read = loop->wake_write = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return loop->wake_read < 0 ? VSC_E_IO : 0;
}
#else
static int
wake_open(struct vsc_loop *loop)
{
	int ends[2];

	if (pipe(ends) < 0)
		return VSC_E_IO;
	loop->wake_read = ends[0];
	loop->wake_write = ends[1];
	for (size_t i = 0; i < 2; i++)
		if (fcntl(ends[i], F_SETFL, O_NONBLOCK) < 0 ||
		    fcntl(ends[i], F_SETFD, FD_CLOEXEC) < 0)
			return VSC_E_IO;
	return 0;
}
#endif

void
vsc_loop_wake(struct vsc_loop *loop)
{
	static const uint64_t one = 1; /* what an eventfd takes; a pipe takes anything */
	int error = errno;

	/* full means that the loop is woken already */
	while (write(loop->wake_write, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
	errno = error;
}

static void
run_posted(struct vsc_loop *loop)
{
	struct vsc_tasks tasks;
	struct vsc_task *task;

	vsc_tasks_init(&tasks);
	(void)pthread_mutex_lock(&loop->lock);
	if (loop->posted.first != NULL) {
		tasks = loop->posted;
		vsc_tasks_init(&loop->posted);
	}
	(void)pthread_mutex_unlock(&loop->lock);
	while ((task = vsc_tasks_take(&tasks)) != NULL) {
		task->run(task->ctx);
		free(task);
	}
}

static void
woken(void *ctx, unsigned events)
{
	struct vsc_loop *loop = ctx;
	uint8_t drain[64];

	(void)events;
	while (read(loop->wake_read, drain, sizeof(drain)) == (ssize_t)sizeof(drain))
		continue;
	run_posted(loop);
}

static int
scratch_alloc(struct vsc_out *out)
{
	uint8_t *buf = malloc(SCRATCH_CAP);

	*out = vsc_out_from(buf, SCRATCH_CAP);
	return buf == NULL ? VSC_E_NOMEM : 0;
}

static void
scratch_free(struct vsc_out *out)
{
	if (out->buf != NULL)
		vsc_wipe(out->buf, out->cap);
	free(out->buf);
}

static int
loop_init(struct vsc_loop *loop)
{
	int err;

	if ((err = loop->backend->open(&loop->state)) < 0 || (err = wake_open(loop)) < 0 ||
	    (err = scratch_alloc(&loop->scratch)) < 0 || (err = scratch_alloc(&loop->response)) < 0)
		return err;
	return vsc_loop_watch(loop, &loop->wake, loop->wake_read, VSC_LOOP_READ, woken, loop);
}

int
vsc_loop_new(struct vsc_loop **loop, unsigned workers, const char *backend)
{
	const struct vsc_backend *found = backend_find(backend);
	struct vsc_loop *new;
	int err;

	if (found == NULL)
		return VSC_E_UNSUPPORTED;
	if ((new = calloc(1, sizeof(*new))) == NULL)
		return VSC_E_NOMEM;
	new->backend = found;
	new->wake_read = new->wake_write = -1;
	atomic_init(&new->stop, false);
	vsc_tasks_init(&new->posted);
	if (pthread_mutex_init(&new->lock, NULL) != 0 || vsc_pool_init(&new->pool, workers) < 0) {
		free(new);
		return VSC_E_NOMEM;
	}
	if ((err = loop_init(new)) < 0) {
		vsc_loop_free(new);
		return err;
	}
	*loop = new;
	return 0;
}

void
vsc_loop_free(struct vsc_loop *loop)
{
	if (loop == NULL)
		return;
	vsc_pool_free(&loop->pool);
	vsc_tasks_free(&loop->posted);
	vsc_watch_free(loop->wake);
	if (loop->state != NULL)
		loop->backend->close(loop->state);
	if (loop->wake_read >= 0)
		(void)close(loop->wake_read);
	if (loop->wake_write >= 0 && loop->wake_write != loop->wake_read)
		(void)close(loop->wake_write);
	scratch_free(&loop->scratch);
	scratch_free(&loop->response);
	free(loop->timers.heap);
	(void)pthread_mutex_destroy(&loop->lock);
	free(loop);
}

int
vsc_loop_watch(struct vsc_loop *loop, struct vsc_watch **watch, int fd, unsigned events,
    vsc_watch_fn *fn, void *ctx)
{
	struct vsc_watch *new = calloc(1, sizeof(*new));
	int err;

	if (new == NULL)
		return VSC_E_NOMEM;
	new->loop = loop;
	new->fd = fd;
	new->fn = fn;
	new->ctx = ctx;
	if ((err = vsc_watch_set(new, events)) < 0) {
		free(new);
		return err;
	}
	*watch = new;
	return 0;
}

int
vsc_watch_set(struct vsc_watch *watch, unsigned events)
{
	struct vsc_loop *loop = watch->loop;
	int err;

	if (watch->events == events)
		return 0;
	if ((err = loop->backend->set(loop->state, watch, events)) < 0)
		return err;
	watch->events = events;
	return 0;
}

void
vsc_watch_free(struct vsc_watch *watch)
{
	if (watch == NULL)
		return;
	/* to watch nothing takes no memory and cannot fail */
	if (watch->events != 0)
		(void)watch->loop->backend->set(watch->loop->state, watch, 0);
	if (!watch->loop->in_round) {
		free(watch);
		return;
	}
	watch->events = 0;
	watch->fn = NULL;
	watch->next = watch->loop->freed;
	watch->loop->freed = watch;
}

static void
free_freed(struct vsc_loop *loop)
{
	struct vsc_watch *watch;

	while ((watch = loop->freed) != NULL) {
		loop->freed = watch->next;
		free(watch);
	}
}

/* A callback before this one in the round may have freed or silenced the watch. */
static void
dispatch(const struct vsc_ready *ready)
{
	struct vsc_watch *watch = ready->watch;
	unsigned events = ready->events & (watch->events | VSC_LOOP_HANGUP);

	if (watch->fn == NULL || watch->events == 0 || events == 0)
		return;
	/* who wants to read finds the end or the error by reading */
	if (events & VSC_LOOP_HANGUP)
		events |= watch->events;
	watch->fn(watch->ctx, events);
}

int
vsc_loop_turn(struct vsc_loop *loop, int ms)
{
	struct vsc_ready ready[ROUND_MAX];
	int timer_ms = vsc_timers_left(&loop->timers), n;

	if (timer_ms >= 0 && (ms < 0 || timer_ms < ms))
		ms = timer_ms;
	if ((n = loop->backend->wait(loop->state, ready, VSC_COUNT(ready), ms)) < 0)
		return n;
	loop->in_round = true;
	for (int i = 0; i < n; i++)
		dispatch(&ready[i]);
	vsc_timers_fire(&loop->timers);
	loop->in_round = false;
	free_freed(loop);
	return 0;
}

int
vsc_loop_run(struct vsc_loop *loop)
{
	int err;

	while (!atomic_exchange(&loop->stop, false))
		if ((err = vsc_loop_turn(loop, -1)) < 0)
			return err;
	return 0;
}

void
vsc_loop_stop(struct vsc_loop *loop)
{
	atomic_store(&loop->stop, true);
	vsc_loop_wake(loop);
}

struct vsc_out *
vsc_loop_scratch(struct vsc_loop *loop)
{
	loop->scratch = vsc_out_from(loop->scratch.buf, SCRATCH_CAP);
	return &loop->scratch;
}

struct vsc_out *
vsc_loop_response(struct vsc_loop *loop)
{
	loop->response = vsc_out_from(loop->response.buf, SCRATCH_CAP);
	return &loop->response;
}

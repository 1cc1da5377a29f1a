/* What other threads do for the loop: tasks posted to it, and the workers. */
#include "wire/loop_impl.h"

#include <signal.h>
#include <stdlib.h>

#define WORKERS_DEFAULT 8

void
vsc_tasks_init(struct vsc_tasks *tasks)
{
	tasks->first = NULL;
	tasks->last = &tasks->first;
}

void
vsc_tasks_add(struct vsc_tasks *tasks, struct vsc_task *task)
{
	task->next = NULL;
	*tasks->last = task;
	tasks->last = &task->next;
}

struct vsc_task *
vsc_tasks_take(struct vsc_tasks *tasks)
{
	struct vsc_task *task = tasks->first;

	if (task == NULL)
		return NULL;
	tasks->first = task->next;
	if (tasks->first == NULL)
		tasks->last = &tasks->first;
	return task;
}

void
vsc_tasks_free(struct vsc_tasks *tasks)
{
	struct vsc_task *task;

	while ((task = vsc_tasks_take(tasks)) != NULL)
		free(task);
}

static struct vsc_task *
task_new(vsc_work_fn *run, vsc_work_fn *done, void *ctx)
{
	struct vsc_task *task = calloc(1, sizeof(*task));

	if (task != NULL)
		*task = (struct vsc_task){ .run = run, .done = done, .ctx = ctx };
	return task;
}

void
vsc_loop_post_task(struct vsc_loop *loop, struct vsc_task *task)
{
	bool first;

	(void)pthread_mutex_lock(&loop->lock);
	first = loop->posted.first == NULL;
	vsc_tasks_add(&loop->posted, task);
	(void)pthread_mutex_unlock(&loop->lock);
	/* the one who posted what is before this one has woken the loop */
	if (first)
		vsc_loop_wake(loop);
}

int
vsc_loop_post(struct vsc_loop *loop, vsc_work_fn *fn, void *ctx)
{
	struct vsc_task *task = task_new(fn, NULL, ctx);

	if (task == NULL)
		return VSC_E_NOMEM;
	vsc_loop_post_task(loop, task);
	return 0;
}

/* The next task, or NULL when the pool closes. Called and left with the lock held. */
static struct vsc_task *
next_task(struct vsc_pool *pool)
{
	while (pool->waiting == 0 && !pool->closing) {
		pool->idle++;
		(void)pthread_cond_wait(&pool->more, &pool->lock);
		pool->idle--;
	}
	if (pool->closing)
		return NULL;
	pool->waiting--;
	return vsc_tasks_take(&pool->tasks);
}

static void *
worker(void *arg)
{
	struct vsc_loop *loop = arg;
	struct vsc_pool *pool = &loop->pool;
	struct vsc_task *task;

	(void)pthread_mutex_lock(&pool->lock);
	while ((task = next_task(pool)) != NULL) {
		(void)pthread_mutex_unlock(&pool->lock);
		task->run(task->ctx);
		task->run = task->done;
		vsc_loop_post_task(loop, task);
		(void)pthread_mutex_lock(&pool->lock);
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static int
make_room(struct vsc_pool *pool)
{
	pthread_t *more;

	if (pool->nthreads < pool->room)
		return 0;
	more = realloc(pool->threads, 2 * (size_t)pool->room * sizeof(*more));
	if (more == NULL)
		return VSC_E_NOMEM;
	pool->threads = more;
	pool->room *= 2;
	return 0;
}

/* Signals are for the threads that the program knows of. */
static int
start_worker(struct vsc_loop *loop)
{
	struct vsc_pool *pool = &loop->pool;
	sigset_t all, before;
	int err;

	if ((err = make_room(pool)) < 0)
		return err;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&pool->threads[pool->nthreads], NULL, worker, loop);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err != 0)
		return VSC_E_NOMEM;
	pool->nthreads++;
	return 0;
}

/* Fails only if there is no worker at all. Called with the lock held. */
static int
enough_workers(struct vsc_loop *loop)
{
	struct vsc_pool *pool = &loop->pool;

	if (pool->waiting < pool->idle || pool->nthreads >= pool->max + pool->outside)
		return 0;
	return start_worker(loop) < 0 && pool->nthreads == 0 ? VSC_E_NOMEM : 0;
}

int
vsc_loop_work(struct vsc_loop *loop, vsc_work_fn *work, vsc_work_fn *done, void *ctx)
{
	struct vsc_pool *pool = &loop->pool;
	struct vsc_task *task = task_new(work, done, ctx);
	int err;

	if (task == NULL)
		return VSC_E_NOMEM;
	(void)pthread_mutex_lock(&pool->lock);
	if ((err = enough_workers(loop)) == 0) {
		vsc_tasks_add(&pool->tasks, task);
		pool->waiting++;
		(void)pthread_cond_signal(&pool->more);
	}
	(void)pthread_mutex_unlock(&pool->lock);
	if (err < 0)
		free(task);
	return err;
}

bool
vsc_loop_stay(struct vsc_loop *loop)
{
	struct vsc_pool *pool = &loop->pool;
	bool may;

	(void)pthread_mutex_lock(&pool->lock);
	may = pool->waiting == 0 && !pool->closing && pool->staying < pool->max / 2;
	if (may)
		pool->staying++;
	(void)pthread_mutex_unlock(&pool->lock);
	return may;
}

void
vsc_loop_stayed(struct vsc_loop *loop)
{
	struct vsc_pool *pool = &loop->pool;

	(void)pthread_mutex_lock(&pool->lock);
	pool->staying--;
	(void)pthread_mutex_unlock(&pool->lock);
}

void
vsc_loop_waits(struct vsc_loop *loop, bool begins)
{
	struct vsc_pool *pool = &loop->pool;

	(void)pthread_mutex_lock(&pool->lock);
	pool->outside += begins ? 1u : -1u;
	/* work that found every worker busy has one more now; without a thread for it, it waits */
	if (begins && pool->waiting > 0 && !pool->closing)
		(void)enough_workers(loop);
	(void)pthread_mutex_unlock(&pool->lock);
}

int
vsc_pool_init(struct vsc_pool *pool, unsigned max)
{
	pool->max = max == 0 ? WORKERS_DEFAULT : max;
	pool->room = pool->max;
	vsc_tasks_init(&pool->tasks);
	if ((pool->threads = calloc(pool->room, sizeof(*pool->threads))) == NULL)
		return VSC_E_NOMEM;
	if (pthread_mutex_init(&pool->lock, NULL) != 0)
		goto fail;
	if (pthread_cond_init(&pool->more, NULL) == 0)
		return 0;
	(void)pthread_mutex_destroy(&pool->lock);
fail:
	free(pool->threads);
	return VSC_E_NOMEM;
}

void
vsc_pool_free(struct vsc_pool *pool)
{
	(void)pthread_mutex_lock(&pool->lock);
	pool->closing = true;
	(void)pthread_cond_broadcast(&pool->more);
	(void)pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->nthreads; i++)
		(void)pthread_join(pool->threads[i], NULL);
	vsc_tasks_free(&pool->tasks);
	(void)pthread_cond_destroy(&pool->more);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool->threads);
}

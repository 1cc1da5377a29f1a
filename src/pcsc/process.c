/* The one file with process-wide state: the PC/SC functions have no argument to keep it in. */
#include "pcsc/process.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/system.h"
#include "pcsc/backend.h"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t settled; /* `changing` is over */
	struct vsc_backend backend;
	bool open;
	bool changing;     /* a thread opens or closes the backend, without the lock */
	unsigned contexts; /* that are, or are about to be, established */
	unsigned calls;    /* under way */
	struct vsc_env env;
} process = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.settled = PTHREAD_COND_INITIALIZER,
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
print(void *ctx, enum vsc_log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	fprintf(stderr, "vpcd: %s\n", line);
}

/* VPCD_LOG: error (the default), warn, info, debug, trace, or none */
static void
read_verbosity(struct vsc_env *env)
{
	static const char *const names[] = { "error", "warn", "info", "debug", "trace" };
	const char *wanted = vsc_getenv("VPCD_LOG");

	env->log = print;
	env->verbosity = VSC_LOG_ERROR;
	for (size_t i = 0; wanted != NULL && i < VSC_COUNT(names); i++)
		if (strcmp(wanted, names[i]) == 0)
			env->verbosity = (enum vsc_log_level)i;
	if (wanted != NULL && strcmp(wanted, "none") == 0)
		env->log = NULL;
}

static void
before_fork(void)
{
	pthread_mutex_lock(&process.lock);
}

static void
after_fork_parent(void)
{
	pthread_mutex_unlock(&process.lock);
}

/*
 * The threads that serve our readers stayed in the parent. The child starts anew with its first
 * context; the parent's contexts are invalid in it.
 */
static void
after_fork_child(void)
{
	if (process.open)
		process.backend.forked(process.backend.self);
	process.open = false;
	process.changing = false;
	process.contexts = 0;
	process.calls = 0;
	pthread_mutex_init(&process.lock, NULL);
	pthread_cond_init(&process.settled, NULL);
}

/* A program may end with contexts open. */
__attribute__((destructor)) static void
at_exit(void)
{
	if (pthread_mutex_trylock(&process.lock) != 0)
		return;
	if (process.open && process.backend.exiting != NULL)
		process.backend.exiting(process.backend.self);
	pthread_mutex_unlock(&process.lock);
}

static void
init(void)
{
	read_verbosity(&process.env);
	pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

static int
backend_open(struct vsc_backend *backend)
{
	const char *session = vsc_getenv("VPCD_SESSION");

	if (session != NULL && *session != '\0')
		return vsc_backend_remote(backend, session, &process.env);
	return vsc_backend_local(backend, &process.env);
}

/* With the lock, which it gives up meanwhile. */
static bool
open_first(void)
{
	struct vsc_backend backend;
	int err;

	process.changing = true;
	pthread_mutex_unlock(&process.lock);
	err = backend_open(&backend);
	pthread_mutex_lock(&process.lock);
	process.changing = false;
	pthread_cond_broadcast(&process.settled);
	if (err < 0)
		return false;
	process.backend = backend;
	process.open = true;
	return true;
}

static LONG
enter(enum vsc_rm_op op)
{
	LONG rv = SCARD_S_SUCCESS;

	pthread_mutex_lock(&process.lock);
	while (process.changing)
		pthread_cond_wait(&process.settled, &process.lock);
	if (!process.open) {
		if (op != VSC_RM_ESTABLISH)
			rv = SCARD_E_INVALID_HANDLE;
		else if (!open_first())
			rv = SCARD_E_NO_SERVICE;
	}
	if (rv == SCARD_S_SUCCESS) {
		process.calls++;
		if (op == VSC_RM_ESTABLISH)
			process.contexts++;
	}
	pthread_mutex_unlock(&process.lock);
	return rv;
}

static void
close_last(void)
{
	struct vsc_backend backend = process.backend;

	process.open = false;
	process.changing = true;
	pthread_mutex_unlock(&process.lock);
	backend.close(backend.self);
	pthread_mutex_lock(&process.lock);
	process.changing = false;
	pthread_cond_broadcast(&process.settled);
}

/* Does another process still use what we opened? Then it stays, for it or for our next context. */
static bool
is_wanted(void)
{
	return process.backend.wanted != NULL && process.backend.wanted(process.backend.self);
}

static void
leave(bool context_gone)
{
	pthread_mutex_lock(&process.lock);
	process.calls--;
	if (context_gone)
		process.contexts--;
	if (process.contexts > 0 || is_wanted())
		;
	else if (process.calls == 0)
		close_last();
	else if (context_gone)
		process.backend.stop(process.backend.self);
	pthread_mutex_unlock(&process.lock);
}

static LONG
try_call(struct vsc_rm_call *call, bool *entered)
{
	LONG rv = enter(call->op);

	*entered = rv == SCARD_S_SUCCESS;
	if (!*entered)
		return rv;
	rv = process.backend.call(process.backend.self, call);
	/* A release takes the context away even if the manager could not be told. */
	leave(call->op == VSC_RM_ESTABLISH
		  ? rv != SCARD_S_SUCCESS
		  : call->op == VSC_RM_RELEASE && rv != SCARD_E_INVALID_HANDLE);
	return rv;
}

LONG
vsc_process_call(struct vsc_rm_call *call)
{
	bool entered;
	LONG rv;

	pthread_once(&once, init);
	rv = try_call(call, &entered);
	/* The process whose readers we were about to share may just have closed them. */
	if (call->op == VSC_RM_ESTABLISH && rv == SCARD_E_NO_SERVICE && entered)
		rv = try_call(call, &entered);
	return rv;
}

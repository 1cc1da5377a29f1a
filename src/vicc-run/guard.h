/*
 * A small process beside the run, which sees to it that nothing is left behind even if the run is
 * killed: the command is told by SIGHUP, as if its terminal had gone, and the folder is removed.
 */
#ifndef VSC_VICC_RUN_GUARD_H
#define VSC_VICC_RUN_GUARD_H

#include <sys/types.h>

#include "base/env.h"

struct vsc_guard {
	pid_t pid; /* 0: none */
	int pipe;  /* to it; its end is ours */
};

/* Before any thread is started. `clean` runs in the guard if we are killed. Without a guard a run
 * works just as well. */
void vsc_guard_start(struct vsc_guard *guard, void (*clean)(void *ctx), void *ctx);

/* This is the command; 0: there is none any more. The new process may say so itself. */
void vsc_guard_watch(struct vsc_guard *guard, pid_t command);

/* The run has cleaned up itself. */
void vsc_guard_end(struct vsc_guard *guard);

/* A pipe that no command inherits; < 0 with errno. */
int vsc_guard_pipe(int ends[2]);

#endif

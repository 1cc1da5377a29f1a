/* The command of a run: started with the signals it would have without us, which are passed on to
 * it while it works. */
#ifndef VSC_VICC_RUN_CHILD_H
#define VSC_VICC_RUN_CHILD_H

#include <signal.h>

#include "vicc-run/guard.h"
#include "vicc/touch.h"

/* Before any other thread is started, so that all of them leave the signals to the main thread. */
void vsc_child_prepare(sigset_t *before);

/*
 * Runs the command to its end. Its wait status, or < 0 after logging why it could not be started;
 * then *exit_status is what a shell would say: 127 not found, 126 otherwise. touch: gets SIGUSR1
 * instead of the command; may be NULL.
 */
int vsc_child_run(char *const argv[], const sigset_t *before, struct vsc_guard *guard,
    struct vsc_touch *touch, const struct vsc_env *env, int *exit_status);

/* Ends this process as the command ended: with its exit status, or by the same signal. */
void vsc_child_end_as(int wait_status) __attribute__((noreturn));

#endif

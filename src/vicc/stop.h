/*
 * Signals. SIGINT and SIGTERM end a loop: what is under way is finished first, a second one ends at
 * once, unless it comes so soon that it is the same. SIGUSR1 is a touch of the cards.
 */
#ifndef VSC_VICC_STOP_H
#define VSC_VICC_STOP_H

#include "vicc/touch.h"
#include "wire/loop.h"

struct vsc_stop;

/* Before any other thread is started: they inherit that they do not take these signals. */
VSC_MUST_CHECK int vsc_stop_new(
    struct vsc_stop **stop, struct vsc_loop *loop, struct vsc_touch *touch);
/* The loop is about to be freed: the first signal from now on ends the process at once. */
void vsc_stop_ended(struct vsc_stop *stop);
/* NULL is fine. The signals stay blocked. */
void vsc_stop_free(struct vsc_stop *stop);

#endif

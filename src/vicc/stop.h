/* SIGINT and SIGTERM end a loop: what is under way is finished first. A second one ends at once. */
#ifndef VSC_VICC_STOP_H
#define VSC_VICC_STOP_H

#include "wire/loop.h"

struct vsc_stop;

/* Before any other thread is started: they inherit that they do not take these signals. */
VSC_MUST_CHECK int vsc_stop_new(struct vsc_stop **stop, struct vsc_loop *loop);
/* The loop is about to be freed: the first signal from now on ends the process at once. */
void vsc_stop_ended(struct vsc_stop *stop);
/* NULL is fine. The signals stay blocked. */
void vsc_stop_free(struct vsc_stop *stop);

#endif

/*
 * A finger: somebody touches the cards of this process (SIGUSR1), and cards wait for it (--touch
 * signal). One touch is for all cards that wait for one; when none does, for the first that asks
 * within the time it would have waited. Any thread.
 */
#ifndef VSC_VICC_TOUCH_H
#define VSC_VICC_TOUCH_H

#include <stdbool.h>

#include "base/err.h"

struct vsc_touch;

VSC_MUST_CHECK int vsc_touch_new(struct vsc_touch **touch);
/* NULL is fine. Nobody waits. */
void vsc_touch_free(struct vsc_touch *touch);
void vsc_touch_give(struct vsc_touch *touch);
/* Who waits is not touched, nor who comes later. */
void vsc_touch_close(struct vsc_touch *touch);
/* At most so long. */
bool vsc_touch_wait(struct vsc_touch *touch, unsigned ms);

#endif

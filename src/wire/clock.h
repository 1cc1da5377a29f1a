/* Monotonic time and deadlines: what poll, timers and measurements need. */
#ifndef VSC_WIRE_CLOCK_H
#define VSC_WIRE_CLOCK_H

#include <stdint.h>

/* Nanoseconds since some moment; never goes back. */
int64_t vsc_clock_ns(void);

/* The moment ms from now; ms < 0: never. */
int64_t vsc_deadline_in(int ms);

/* Milliseconds until then for poll and epoll_wait, rounded up: 0 if passed, -1 for never. */
int vsc_deadline_left(int64_t deadline);

#endif

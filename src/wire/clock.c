/* CLOCK_MONOTONIC in nanoseconds, deadlines in it, and what is left of one for poll(). */
#include "wire/clock.h"

#include <limits.h>
#include <time.h>

#define NS_PER_MS 1000000

int64_t
vsc_clock_ns(void)
{
	struct timespec now;

	/* cannot fail: CLOCK_MONOTONIC is required by POSIX.1-2008 and now is ours */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
vsc_deadline_in(int ms)
{
	return ms < 0 ? INT64_MAX : vsc_clock_ns() + (int64_t)ms * NS_PER_MS;
}

int
vsc_deadline_left(int64_t deadline)
{
	int64_t left;

	if (deadline == INT64_MAX)
		return -1;
	left = deadline - vsc_clock_ns();
	if (left <= 0)
		return 0;
	left = (left + NS_PER_MS - 1) / NS_PER_MS;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* Condition variables on the monotonic clock, with what macOS has instead. */
#include "reader/deadline.h"

#include <time.h>

#ifdef __APPLE__ /* has no conditions on the monotonic clock, but waits for a time span */

int
vsc_deadline_cond_init(pthread_cond_t *cond)
{
	return pthread_cond_init(cond, NULL);
}

int
vsc_deadline_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline)
{
	int left = vsc_deadline_left(deadline);
	struct timespec span = { left / 1000, (long)(left % 1000) * 1000000 };

	if (left < 0)
		return pthread_cond_wait(cond, lock);
	return pthread_cond_timedwait_relative_np(cond, lock, &span);
}

#else

int
vsc_deadline_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	int err = pthread_condattr_init(&attr);

	if (err != 0)
		return err;
	err = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (err == 0)
		err = pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
	return err;
}

int
vsc_deadline_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline)
{
	struct timespec ts = { (time_t)(deadline / 1000000000), (long)(deadline % 1000000000) };

	if (deadline == INT64_MAX) /* never */
		return pthread_cond_wait(cond, lock);
	return pthread_cond_timedwait(cond, lock, &ts);
}

#endif

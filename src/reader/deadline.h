/* Conditions that can be waited for until a deadline (wire/clock.h). */
#ifndef VSC_READER_DEADLINE_H
#define VSC_READER_DEADLINE_H

#include <pthread.h>
#include <stdint.h>

#include "wire/clock.h"

static inline int64_t
vsc_deadline_first(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A condition that vsc_deadline_wait can wait for. 0, or an errno value. */
int vsc_deadline_cond_init(pthread_cond_t *cond);

/* ETIMEDOUT when the deadline passed, else 0: look at the condition again. */
int vsc_deadline_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline);

#endif

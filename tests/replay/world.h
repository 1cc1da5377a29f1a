/* The world of a replayed card: the random bytes and the time that a transcript gives it. */
#ifndef VSC_REPLAY_WORLD_H
#define VSC_REPLAY_WORLD_H

#include <pthread.h>

#include "base/env.h"

struct world {
	struct vsc_env env;   /* what the card asks; ctx is this world, so do not move it */
	pthread_mutex_t lock; /* the card may live on another thread */
	struct vsc_blob random;
	size_t drawn;
	bool fed;     /* randomness comes from the transcript only */
	bool ran_out; /* it was not enough */
	bool has_time;
	int64_t time;
	bool verbose;
	char last[1024]; /* the last reason or error that the card gave */
};

void world_open(struct world *world, bool verbose);
void world_close(struct world *world);

/* From now on the card draws what was given, and nothing else. */
void world_feed(struct world *world);
VSC_MUST_CHECK int world_give_random(struct world *world, struct vsc_span bytes);
void world_set_time(struct world *world, int64_t time);

/* Did the card draw more than was given, since last asked? */
bool world_ran_out(struct world *world);

/* Copy and forget the card's last reason or error. */
void world_take_message(struct world *world, char *text, size_t cap);

#endif

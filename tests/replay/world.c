/* Randomness, clock and messages of a replayed card. */
#include "world.h"

#include <stdio.h>
#include <time.h>

static int
draw(void *ctx, uint8_t *buf, size_t len)
{
	struct world *world = ctx;
	struct vsc_span given;
	int r = 0;

	if (!world->fed)
		return vsc_env_random(NULL, buf, len);
	pthread_mutex_lock(&world->lock);
	given = vsc_span_slice(vsc_blob_span(&world->random), world->drawn, len);
	if (given.len < len || vsc_copy(buf, len, given) < 0) {
		world->ran_out = true;
		r = VSC_E_STATE;
	}
	world->drawn += given.len;
	pthread_mutex_unlock(&world->lock);
	return r;
}

static int64_t
now(void *ctx)
{
	struct world *world = ctx;
	int64_t t;

	pthread_mutex_lock(&world->lock);
	t = world->has_time ? world->time : (int64_t)time(NULL);
	pthread_mutex_unlock(&world->lock);
	return t;
}

static void
keep_message(void *ctx, enum vsc_log_level level, const char *line)
{
	struct world *world = ctx;

	pthread_mutex_lock(&world->lock);
	/* not the name of every command, which the transcript shows */
	if (level != VSC_LOG_DEBUG)
		snprintf(world->last, sizeof(world->last), "%s", line);
	if (world->verbose)
		printf("# %s\n", line);
	pthread_mutex_unlock(&world->lock);
}

void
world_open(struct world *world, bool verbose)
{
	*world = (struct world){ .env = { .ctx = world,
				     .random = draw,
				     .now = now,
				     .log = keep_message,
				     .verbosity = VSC_LOG_TRACE },
		.verbose = verbose };
	pthread_mutex_init(&world->lock, NULL);
}

void
world_close(struct world *world)
{
	vsc_blob_free(&world->random);
	pthread_mutex_destroy(&world->lock);
}

void
world_feed(struct world *world)
{
	world->fed = true;
}

int
world_give_random(struct world *world, struct vsc_span bytes)
{
	int r;

	pthread_mutex_lock(&world->lock);
	r = vsc_blob_append(&world->random, bytes);
	pthread_mutex_unlock(&world->lock);
	return r;
}

void
world_set_time(struct world *world, int64_t time)
{
	pthread_mutex_lock(&world->lock);
	world->has_time = true;
	world->time = time;
	pthread_mutex_unlock(&world->lock);
}

bool
world_ran_out(struct world *world)
{
	bool ran_out;

	pthread_mutex_lock(&world->lock);
	ran_out = world->ran_out;
	world->ran_out = false;
	pthread_mutex_unlock(&world->lock);
	return ran_out;
}

void
world_take_message(struct world *world, char *text, size_t cap)
{
	pthread_mutex_lock(&world->lock);
	snprintf(text, cap, "%s", world->last);
	world->last[0] = '\0';
	pthread_mutex_unlock(&world->lock);
}

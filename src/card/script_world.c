/* What a script says before the first command, and what its card draws: see script.h. */
#include "card/script.h"

int
vsc_script_head_next(struct vsc_in *text, struct vsc_line *line)
{
	struct vsc_span bytes;
	int rc;

	while (vsc_line_next(text, &bytes) > 0) {
		if ((rc = vsc_line_parse(line, bytes, NULL)) < 0)
			return rc;
		if (line->kind == VSC_LINE_SETTING)
			return 1;
		if (line->kind != VSC_LINE_EMPTY)
			return 0;
	}
	return 0;
}

int
vsc_script_world_open(
    struct vsc_script_world *world, struct vsc_span text, const struct vsc_env *base)
{
	struct vsc_line line = { .kind = VSC_LINE_EMPTY };
	struct vsc_in in = vsc_in_from(text);
	int rc = 0;

	*world = (struct vsc_script_world){ .base = base };
	while (rc == 0 && vsc_script_head_next(&in, &line) > 0) {
		if (line.setting == VSC_SETTING_RANDOM) {
			world->fed = true;
			rc = vsc_blob_append(&world->random, vsc_blob_span(&line.bytes));
		} else if (line.setting == VSC_SETTING_TIME) {
			world->has_time = true;
			world->time = line.time;
		}
	}
	vsc_line_free(&line);
	return rc;
}

void
vsc_script_world_close(struct vsc_script_world *world)
{
	vsc_blob_free(&world->random);
	*world = (struct vsc_script_world){ .base = NULL };
}

int
vsc_script_world_random(struct vsc_script_world *world, uint8_t *buf, size_t len)
{
	struct vsc_span given;

	if (!world->fed)
		return vsc_env_random(world->base, buf, len);
	given = vsc_span_slice(vsc_blob_span(&world->random), world->drawn, len);
	if (given.len < len || vsc_copy(buf, len, given) < 0) {
		world->ran_out = true;
		return VSC_E_STATE;
	}
	world->drawn += len;
	return 0;
}

int64_t
vsc_script_world_now(const struct vsc_script_world *world)
{
	return world->has_time ? world->time : vsc_env_now(world->base);
}

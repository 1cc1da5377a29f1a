/* From options to a card: see holder.h. */
#include "vicc/holder.h"

#include <limits.h>
#include <stdio.h>

#include "card/image.h"

static void
holder_log(void *ctx, enum vsc_log_level level, const char *line)
{
	const struct vsc_holder *holder = ctx;

	if (holder->number == 0)
		vsc_env_log(holder->base, level, "%s", line);
	else
		vsc_env_log(holder->base, level, "card %u: %s", holder->number, line);
}

static int
recorded_random(void *ctx, uint8_t *buf, size_t len)
{
	const struct vsc_holder *holder = ctx;
	int rc = vsc_env_random(holder->base, buf, len);

	if (rc == 0)
		vsc_trace_random(holder->trace, vsc_span_from(buf, len));
	return rc;
}

static int64_t
recorded_now(void *ctx)
{
	const struct vsc_holder *holder = ctx;
	int64_t now = vsc_env_now(holder->base);

	vsc_trace_time(holder->trace, now);
	return now;
}

/* The value of an option that names a file, for this one of --count cards. Empty: not given. */
static int
file_option(const struct vsc_holder *holder, const struct vsc_card_args *args, const char *option,
    unsigned index, char name[PATH_MAX])
{
	const char *path = vsc_params_get(&args->params, option);
	int rc;

	name[0] = '\0';
	if (path == NULL)
		return 0;
	rc = vsc_numbered_name(name, PATH_MAX, path, index, args->count);
	if (rc < 0)
		vsc_env_log(holder->base, VSC_LOG_ERROR, "--%s %s: %s", option, path,
		    rc == VSC_E_PARAM ? "several cards need several files; put %d into the name"
				      : "the name is too long");
	return rc;
}

static int
open_trace(struct vsc_holder *holder, const struct vsc_card_args *args, unsigned index)
{
	char name[PATH_MAX];
	int rc = file_option(holder, args, "trace", index, name);

	if (rc < 0 || name[0] == '\0')
		return rc;
	if ((rc = vsc_trace_open(&holder->trace, name, &holder->env)) < 0)
		return rc;
	if (vsc_params_has(&args->params, "trace-random")) {
		holder->env.random = recorded_random;
		holder->env.now = recorded_now;
	}
	return 0;
}

/* A new card in memory, or the one that --file keeps. */
static int
open_card(struct vsc_holder *holder, const struct vsc_card_args *args, unsigned index)
{
	struct vsc_image *image;
	struct vsc_why why = { "" };
	char name[PATH_MAX];
	int rc = file_option(holder, args, "file", index, name);

	if (rc < 0)
		return rc;
	if (name[0] == '\0')
		return vsc_card_new(&holder->card, args->type, &args->params, &holder->env);
	rc = vsc_image_open(&image, name, &why);
	if (rc == 0)
		rc = vsc_card_open(
		    &holder->card, image, args->type, &args->params, &holder->env, &why);
	if (rc < 0 && why.text[0] != '\0')
		vsc_env_log(holder->base, VSC_LOG_ERROR, "--file %s: %s", name, why.text);
	return rc;
}

int
vsc_holder_open(struct vsc_holder *holder, const struct vsc_card_args *args, unsigned index,
    unsigned number, const struct vsc_env *base)
{
	int rc;

	*holder = (struct vsc_holder){ .base = base, .number = number };
	holder->env =
	    (struct vsc_env){ .ctx = holder, .log = holder_log, .verbosity = base->verbosity };
	if ((rc = open_trace(holder, args, index)) < 0)
		return rc;
	vsc_trace_card(
	    holder->trace, vsc_params_get(&args->params, "type"), args->type, &args->params);
	if ((rc = open_card(holder, args, index)) < 0)
		vsc_holder_close(holder);
	return rc;
}

void
vsc_holder_close(struct vsc_holder *holder)
{
	vsc_card_free(holder->card);
	vsc_trace_close(holder->trace);
	holder->card = NULL;
	holder->trace = NULL;
}

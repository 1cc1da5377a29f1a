/* From options to a card: see holder.h. */
#include "vicc/holder.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/disk.h"
#include "card/image.h"
#include "card/script.h"
#include "iso/atr.h"
#include "vicc/init.h"
#include "vicc/numbered.h"
#include "vicc/own.h"

static void
holder_log(void *ctx, enum vsc_log_level level, const char *line)
{
	struct vsc_holder *holder = ctx;

	if (level == VSC_LOG_ERROR)
		holder->complained = true;
	if (holder->number == 0)
		vsc_env_log(holder->base, level, "%s", line);
	else
		vsc_env_log(holder->base, level, "card %u: %s", holder->number, line);
}

/* Several cards share standard output: their lines say whose they are. */
static void
holder_print(void *ctx, const char *line)
{
	const struct vsc_holder *holder = ctx;

	if (holder->number == 0)
		vsc_env_print(holder->base, "%s", line);
	else
		vsc_env_print(holder->base, "card %u: %s", holder->number, line);
}

/* While a script makes the card, it says what the card draws and when it lives. */
static int
holder_random(void *ctx, uint8_t *buf, size_t len)
{
	const struct vsc_holder *holder = ctx;
	int rc = holder->world != NULL ? vsc_script_world_random(holder->world, buf, len)
				       : vsc_env_random(holder->base, buf, len);

	if (rc == 0 && holder->records)
		vsc_trace_random(holder->trace, vsc_span_from(buf, len));
	return rc;
}

static int64_t
holder_now(void *ctx)
{
	const struct vsc_holder *holder = ctx;
	int64_t now =
	    holder->world != NULL ? vsc_script_world_now(holder->world) : vsc_env_now(holder->base);

	if (holder->records)
		vsc_trace_time(holder->trace, now);
	return now;
}

/* The card is about to wait, on one of the loop's workers. */
static void
holder_waits(void *ctx, bool begins)
{
	const struct vsc_holder *holder = ctx;

	if (holder->loop != NULL)
		vsc_loop_waits(holder->loop, begins);
}

static void
holder_pause(void *ctx, unsigned ms)
{
	const struct vsc_holder *holder = ctx;

	holder_waits(ctx, true);
	vsc_env_pause(holder->base, ms);
	holder_waits(ctx, false);
}

static bool
holder_touch(void *ctx, unsigned ms)
{
	const struct vsc_holder *holder = ctx;

	if (holder->touch == NULL)
		return false;
	vsc_env_log(&holder->env, VSC_LOG_INFO, "touch it: kill -USR1 %ld", (long)getpid());
	return vsc_touch_wait(holder->touch, ms);
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
		vsc_env_log(
		    &holder->env, VSC_LOG_ERROR, "--%s %s: the name is too long", option, path);
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
	holder->records = vsc_params_has(&args->params, "trace-random");
	return 0;
}

/* What --init asks of a new card. */
struct script {
	char path[PATH_MAX];
	struct vsc_blob text;
	struct vsc_script_world world;
	const struct vsc_env *env;
	bool played;
};

static int
run_script(void *ctx, struct vsc_card *card)
{
	struct script *script = ctx;
	struct vsc_why why = { "" };
	int rc;

	script->played = true;
	rc = vsc_script_run(card, vsc_blob_span(&script->text), &script->world, &why);

	if (rc < 0)
		vsc_env_log(script->env, VSC_LOG_ERROR, "--init %s: %s", script->path,
		    why.text[0] != '\0' ? why.text : vsc_err_text(rc));
	return rc;
}

static int
open_saved(struct vsc_holder *holder, const struct vsc_card_args *args, const char *name,
    const struct vsc_card_setup *setup)
{
	struct vsc_image *image;
	struct vsc_why why = { "" };
	int rc = vsc_image_open(&image, name, &why);

	if (rc == 0 && setup != NULL && vsc_image_type(image) != NULL) {
		vsc_env_log(holder->base, VSC_LOG_INFO,
		    "--file %s: holds a card already; --init is for a new one and not played",
		    name);
		setup = NULL;
	}
	if (rc == 0)
		rc = vsc_card_open(
		    &holder->card, image, args->type, &args->params, &holder->env, setup, &why);
	/* what the card itself has said is enough */
	if (rc < 0 && why.text[0] != '\0' && !holder->complained)
		vsc_env_log(&holder->env, VSC_LOG_ERROR, "--file %s", why.text);
	return rc;
}

/* A new card in memory, or the one that --file keeps. */
static int
open_made(struct vsc_holder *holder, const struct vsc_card_args *args, const char *name,
    const struct vsc_card_setup *setup)
{
	if (name[0] != '\0')
		return open_saved(holder, args, name, setup);
	return vsc_card_new_with(&holder->card, args->type, &args->params, &holder->env, setup);
}

/* The script's first lines say what the card draws while it is made; the others while it plays. */
static int
open_scripted(
    struct vsc_holder *holder, const struct vsc_card_args *args, const char *name, const char *init)
{
	struct script script = { .env = &holder->env };
	const struct vsc_card_setup setup = { run_script, &script };
	struct vsc_why why = { "" };
	int rc;

	vsc_init_path(script.path, sizeof(script.path), init);
	if ((rc = vsc_disk_read(&script.text, script.path, &why)) < 0)
		vsc_env_log(&holder->env, VSC_LOG_ERROR, "--init %s%s", why.text,
		    strchr(init, '/') == NULL ? "; empty, demo and pkcs15 come with vicc" : "");
	else
		rc =
		    vsc_script_world_open(&script.world, vsc_blob_span(&script.text), holder->base);
	if (rc == 0) {
		holder->world = &script.world;
		rc = open_made(holder, args, name, &setup);
		holder->world = NULL;
	}
	if (script.world.ran_out && !script.played)
		vsc_env_log(&holder->env, VSC_LOG_ERROR,
		    "--init %s: the card draws more random bytes than @ random gave it",
		    script.path);
	vsc_script_world_close(&script.world);
	vsc_blob_free(&script.text);
	return rc;
}

static int
open_card(struct vsc_holder *holder, const struct vsc_card_args *args, unsigned index)
{
	const char *init = vsc_params_get(&args->params, "init");
	struct vsc_card_args mine = *args;
	struct vsc_numbered numbered;
	char name[PATH_MAX];
	int rc = file_option(holder, args, "file", index, name);

	if (rc < 0)
		return rc;
	rc = vsc_numbered_params(&numbered, args, index);
	mine.params = numbered.params;
	if (rc == 0)
		rc = init == NULL ? open_made(holder, &mine, name, NULL)
				  : open_scripted(holder, &mine, name, init);
	vsc_numbered_free(&numbered);
	return rc;
}

static int
open_middle(struct vsc_holder *holder, const struct vsc_card_args *args)
{
	struct vsc_middle_config config = { .env = &holder->env };
	struct vsc_why why = { "" };
	char helper[PATH_MAX];
	int rc;

	config.command = vsc_params_get(&args->params, "mitm");
	if (config.command == NULL)
		return 0;
	config.restart = vsc_params_has(&args->params, "mitm-restart");
	vsc_own_file(helper, sizeof(helper), VSC_OWN_HELPER, "vicc-mitm.py");
	config.python_helper = helper;
	rc = vsc_middle_new(&holder->middle, &config, &why);
	if (rc < 0)
		vsc_env_log(holder->base, VSC_LOG_ERROR, "--mitm %s",
		    why.text[0] != '\0' ? why.text : vsc_err_text(rc));
	return rc;
}

/* A plugin's may be none that a reader takes, which then only finds that there is no card. */
static void
check_atr(const struct vsc_holder *holder, const char *type)
{
	uint8_t buf[2 * VSC_ATR_MAX];
	struct vsc_out atr = vsc_out_from(buf, sizeof(buf));

	if (!vsc_card_present(holder->card))
		return;
	vsc_card_atr(holder->card, &atr);
	if (atr.full || atr.len < VSC_ATR_MIN || atr.len > VSC_ATR_MAX)
		vsc_env_log(&holder->env, VSC_LOG_WARN,
		    "--type %s: its answer to reset has not %d to %d bytes: no reader takes it",
		    type, VSC_ATR_MIN, VSC_ATR_MAX);
}

int
vsc_holder_open(struct vsc_holder *holder, const struct vsc_card_args *args, unsigned index,
    unsigned number, const struct vsc_env *base)
{
	int rc;

	*holder = (struct vsc_holder){ .base = base, .number = number };
	holder->env = (struct vsc_env){ .ctx = holder,
		.random = holder_random,
		.now = holder_now,
		.log = holder_log,
		.print = holder_print,
		.pause = holder_pause,
		.touch = holder_touch,
		.waits = holder_waits,
		.verbosity = base->verbosity };
	if ((rc = open_trace(holder, args, index)) < 0)
		return rc;
	vsc_trace_card(
	    holder->trace, vsc_params_get(&args->params, "type"), args->type, &args->params);
	if ((rc = open_card(holder, args, index)) < 0) {
		/* most types say what is wrong, but nothing makes a plugin do so */
		if (!holder->complained)
			vsc_env_log(&holder->env, VSC_LOG_ERROR,
			    "--type %s: cannot make the card: %s", args->type->name,
			    vsc_err_text(rc));
	} else {
		check_atr(holder, args->type->name);
		rc = open_middle(holder, args);
	}
	if (rc < 0)
		vsc_holder_close(holder);
	return rc;
}

void
vsc_holder_close(struct vsc_holder *holder)
{
	vsc_middle_free(holder->middle);
	vsc_card_free(holder->card);
	vsc_trace_close(holder->trace);
	holder->middle = NULL;
	holder->card = NULL;
	holder->trace = NULL;
}

void
vsc_holder_power(struct vsc_holder *holder, enum vsc_reset how)
{
	static const struct {
		enum vsc_reset how;
		enum vsc_line_event event;
		enum vsc_middle_event told;
		const char *name;
	} kinds[] = {
		{ VSC_RESET_OFF, VSC_EVENT_OFF, VSC_MIDDLE_OFF, "off" },
		{ VSC_RESET_ON, VSC_EVENT_ON, VSC_MIDDLE_ON, "on" },
		{ VSC_RESET_WARM, VSC_EVENT_RESET, VSC_MIDDLE_RESET, "reset" },
	};

	vsc_card_reset(holder->card, how);
	for (size_t i = 0; i < VSC_COUNT(kinds); i++) {
		if (kinds[i].how != how)
			continue;
		vsc_trace_event(holder->trace, kinds[i].event);
		if (holder->middle != NULL)
			vsc_middle_tell(holder->middle, kinds[i].told);
		vsc_env_log(&holder->env, VSC_LOG_DEBUG, "power: %s", kinds[i].name);
	}
}

void
vsc_holder_atr(struct vsc_holder *holder, struct vsc_out *out)
{
	vsc_card_atr(holder->card, out);
	vsc_trace_atr(holder->trace, vsc_out_span(out));
}

int
vsc_holder_transmit(struct vsc_holder *holder, struct vsc_span command, struct vsc_out *out)
{
	int rc = holder->middle == NULL
		     ? vsc_card_transmit(holder->card, command, out)
		     : vsc_middle_transmit(holder->middle, holder->card, command, out);

	vsc_trace_exchange(holder->trace, command, rc < 0 ? VSC_SPAN_EMPTY : vsc_out_span(out));
	return rc;
}

bool
vsc_holder_is_slow(const struct vsc_holder *holder, struct vsc_span frame)
{
	return holder->middle != NULL || vsc_card_is_slow(holder->card, frame);
}

bool
vsc_holder_blocks(const struct vsc_holder *holder)
{
	return vsc_holder_is_slow(holder, VSC_SPAN_EMPTY); /* as are those that are none */
}

/*
 * Starts the man in the middle of --mitm and leads each command and answer past it. How one speaks
 * to a program is in middle_program.c, to a shared object in middle_object.c.
 */
#include "card/middle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card/middle_impl.h"

#define TOO_SHORT "its answer is shorter than a status word"

struct vsc_middle {
	const struct vsc_middle_ops *ops;
	void *ctx;
	bool failed;
	bool restart;
	char *command; /* as it was given */
	const struct vsc_env *env;
	struct vsc_blob forwarded, answered; /* room for one frame each */
};

static bool
ends_with(const char *text, const char *end)
{
	const size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* A Python module of the predecessor's kind has get_MitM(), defined or imported. */
static bool
is_python_module(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1024];
	bool found = false;

	if (file == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "#")] = '\0';
		found = strstr(line, "get_MitM") != NULL;
	}
	fclose(file);
	return found;
}

/* python3, and the helper if the module needs it, in front of the words. */
static int
add_python(struct vsc_middle_command *command, const char *helper)
{
	const char *const front[] = { "python3", helper };
	const size_t added = helper == NULL ? 1 : 2;
	size_t count = 0;
	char **longer;

	while (command->words[count] != NULL)
		count++;
	if ((longer = calloc(count + added + 1, sizeof(*longer))) == NULL)
		return VSC_E_NOMEM;
	for (size_t i = 0; i < added; i++)
		if ((longer[i] = strdup(front[i])) == NULL) {
			vsc_words_free(longer);
			return VSC_E_NOMEM;
		}
	for (size_t i = 0; i < count; i++)
		longer[added + i] = command->words[i];
	free(command->words);
	*command = (struct vsc_middle_command){ .words = longer, .introduced = helper != NULL };
	return 0;
}

/* A file NAME.py that has get_MitM() runs in the helper; one that cannot be executed runs in
 * python3. */
static int
choose_interpreter(struct vsc_middle_command *command, const struct vsc_middle_config *config)
{
	const char *name = command->words[0];

	if (!ends_with(name, ".py"))
		return 0;
	if (is_python_module(name))
		return add_python(command, config->python_helper);
	return access(name, R_OK) == 0 && access(name, X_OK) != 0 ? add_python(command, NULL) : 0;
}

static int
start(struct vsc_middle *middle, const struct vsc_middle_config *config, struct vsc_why *why)
{
	struct vsc_middle_command command = { .words = NULL };
	int err = vsc_words_split(&command.words, config->command);

	if (err < 0)
		return vsc_why_set(why, err == VSC_E_NOMEM ? err : VSC_E_PARAM,
		    "\"%s\": no command, or a quote is not closed", config->command);
	if (ends_with(command.words[0], ".so")) {
		err = vsc_middle_object_new(&middle->ctx, &middle->ops, command.words[0], why);
		vsc_words_free(command.words);
		return err;
	}
	if (choose_interpreter(&command, config) < 0) {
		vsc_words_free(command.words);
		return VSC_E_NOMEM;
	}
	return vsc_middle_program_new(&middle->ctx, &middle->ops, &command, config, why);
}

int
vsc_middle_new(
    struct vsc_middle **middle, const struct vsc_middle_config *config, struct vsc_why *why)
{
	struct vsc_middle *fresh = calloc(1, sizeof(*fresh));
	int err;

	*middle = NULL;
	if (fresh == NULL)
		return VSC_E_NOMEM;
	fresh->restart = config->restart;
	fresh->env = config->env;
	if ((fresh->command = strdup(config->command)) == NULL) {
		free(fresh);
		return VSC_E_NOMEM;
	}
	if ((err = vsc_blob_alloc(&fresh->forwarded, VSC_RESPONSE_MAX)) < 0 ||
	    (err = vsc_blob_alloc(&fresh->answered, VSC_RESPONSE_MAX)) < 0 ||
	    (err = start(fresh, config, why)) < 0) {
		vsc_middle_free(fresh);
		return err;
	}
	*middle = fresh;
	return 0;
}

void
vsc_middle_free(struct vsc_middle *middle)
{
	if (middle == NULL)
		return;
	if (middle->ctx != NULL)
		middle->ops->close(middle->ctx);
	vsc_blob_free(&middle->forwarded);
	vsc_blob_free(&middle->answered);
	free(middle->command);
	free(middle);
}

/* Is there something to speak to? */
static bool
ready(struct vsc_middle *middle)
{
	struct vsc_why why = { { 0 } };

	if (!middle->failed)
		return true;
	if (!middle->restart || middle->ops->start == NULL)
		return false;
	if (middle->ops->start(middle->ctx, &why) < 0) {
		vsc_env_log(middle->env, VSC_LOG_ERROR, "--mitm %s", why.text);
		return false;
	}
	vsc_env_log(middle->env, VSC_LOG_WARN, "--mitm: started again");
	middle->failed = false;
	return true;
}

/* A program says itself what is wrong with it; a shared object does not. */
static int
complain(const struct vsc_middle *middle, const char *what)
{
	if (middle->ops->start == NULL)
		vsc_env_log(middle->env, VSC_LOG_ERROR, "--mitm %s: %s", middle->command, what);
	return VSC_E_CANCELED;
}

/* 0: *out, empty before, holds the answer for the reader; VSC_E_CANCELED: the middle failed; else
 * as vsc_card_transmit. */
static int
pass(struct vsc_middle *middle, struct vsc_card *card, struct vsc_span raw, struct vsc_out *out)
{
	struct vsc_out forward = vsc_out_from(middle->forwarded.ptr, middle->forwarded.len);
	struct vsc_out answer = vsc_out_from(middle->answered.ptr, middle->answered.len);
	int verdict = middle->ops->command(middle->ctx, raw, &forward), err;

	if (verdict < 0)
		return complain(middle, "vsc_middle_command failed");
	if (forward.full)
		return complain(middle, "what it wrote is longer than any APDU");
	if (verdict == 1) {
		vsc_out_put(out, vsc_out_span(&forward));
		return out->len < 2 ? complain(middle, TOO_SHORT) : 0;
	}
	if ((err = vsc_card_transmit(card, vsc_out_span(&forward), &answer)) < 0)
		return err;
	if (middle->ops->answer(middle->ctx, vsc_out_span(&answer), out) < 0)
		return complain(middle, "vsc_middle_answer failed");
	if (out->full)
		return complain(middle, "what it wrote is longer than any APDU");
	/* fewer than two bytes would be nonsense to every reader */
	return out->len < 2 ? complain(middle, TOO_SHORT) : 0;
}

int
vsc_middle_transmit(
    struct vsc_middle *middle, struct vsc_card *card, struct vsc_span raw, struct vsc_out *out)
{
	struct vsc_out passed = vsc_out_from(out->buf + out->len, out->cap - out->len);
	int err = ready(middle) ? pass(middle, card, raw, &passed) : VSC_E_CANCELED;

	if (err == 0)
		out->len += passed.len;
	if (err != VSC_E_CANCELED)
		return err;
	middle->failed = middle->ops->start != NULL;
	vsc_out_u16(out, VSC_SW_INTERNAL);
	return out->full ? VSC_E_SPACE : 0;
}

void
vsc_middle_tell(struct vsc_middle *middle, enum vsc_middle_event event)
{
	if (middle->ops->tell != NULL && !middle->failed)
		middle->ops->tell(middle->ctx, event);
}

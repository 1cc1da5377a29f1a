/*
 * Prints the cards of a command line for --show: a saved card from its file, read only; others made
 * and thrown away.
 */
#include "vicc/display.h"

#include <limits.h>
#include <stdio.h>

#include "card/image.h"
#include "card/show.h"
#include "vicc/holder.h"
#include "vicc/numbered.h"

static void
show(struct vsc_card *card, bool json)
{
	if (json)
		vsc_card_show_json(card, stdout);
	else
		vsc_card_show(card, stdout);
}

static int
show_saved(const struct vsc_card_args *args, const char *path, bool json, const struct vsc_env *env)
{
	struct vsc_why why = { "" };
	struct vsc_image *image;
	struct vsc_card *card = NULL;
	int rc = vsc_image_open_readonly(&image, path, &why);

	if (rc == 0)
		rc = vsc_card_open(&card, image, args->type, &args->params, env, NULL, &why);
	if (rc < 0) {
		vsc_env_log(env, VSC_LOG_ERROR, "--file %s", why.text[0] != '\0' ? why.text : path);
		return rc;
	}
	show(card, json);
	vsc_card_free(card);
	return 0;
}

static int
show_new(const struct vsc_card_args *args, bool json, const struct vsc_env *env)
{
	struct vsc_holder holder;
	int rc = vsc_holder_open(&holder, args, 0, 0, env);

	if (rc < 0)
		return rc;
	show(holder.card, json);
	vsc_holder_close(&holder);
	return 0;
}

static int
show_card(const struct vsc_card_args *args, unsigned index, bool json, const struct vsc_env *env)
{
	const char *file = vsc_params_get(&args->params, "file");
	char path[PATH_MAX];
	int rc;

	if (file == NULL)
		return index == 0 ? show_new(args, json, env) : 0;
	if ((rc = vsc_numbered_name(path, sizeof(path), file, index, args->count)) < 0) {
		vsc_env_log(env, VSC_LOG_ERROR,
		    "--file %s: several cards need several files; put %%d into the name", file);
		return rc;
	}
	return show_saved(args, path, json, env);
}

static void
print_nothing(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

int
vsc_display_cards(const struct vsc_args *args, bool json, const struct vsc_env *base)
{
	/* what a card tells its user when it starts is not what was asked for */
	struct vsc_env quiet = *base;
	const struct vsc_env *env = &quiet;
	int rc = 0;

	quiet.print = print_nothing;

	for (size_t i = 0; i < args->ncards && rc == 0; i++)
		for (unsigned n = 0; n < args->cards[i].count && rc == 0; n++) {
			if (!json && i + n > 0)
				putchar('\n');
			rc = show_card(&args->cards[i], n, json, env);
		}
	if (rc == 0 && fflush(stdout) != 0) {
		vsc_env_log(env, VSC_LOG_ERROR, "--show: cannot write to standard output");
		rc = VSC_E_IO;
	}
	return rc;
}

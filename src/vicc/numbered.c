/* Names of files with the number of a card in them: see numbered.h. */
#include "vicc/numbered.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is this the name of a file that the card writes? */
static bool
is_written(const struct vsc_card_args *card, const struct vsc_param *param)
{
	struct vsc_option_lists lists = { .count = 0 };
	const struct vsc_option *option;

	vsc_option_lists_add(&lists, vsc_common_options, vsc_common_option_count);
	vsc_option_lists_add_type(&lists, card->type);
	option = vsc_option_find(&lists, param->name, strlen(param->name));
	return option != NULL && option->kind == VSC_OPTION_OUTPUT;
}

int
vsc_numbered_check(const struct vsc_card_args *card, struct vsc_why *why)
{
	for (size_t i = 0; i < card->params.count && card->count > 1; i++) {
		const struct vsc_param *param = &card->params.items[i];

		if (is_written(card, param) && strstr(param->value, "%d") == NULL)
			return vsc_why_set(why, VSC_E_PARAM,
			    "option --%s %s: several cards need several files; put %%d into the "
			    "name",
			    param->name, param->value);
	}
	return 0;
}

int
vsc_numbered_name(char *name, size_t cap, const char *text, unsigned number, unsigned count)
{
	const char *mark = strstr(text, "%d");
	int n;

	if (mark == NULL && count != 1)
		return VSC_E_PARAM;
	if (mark == NULL)
		n = snprintf(name, cap, "%s", text);
	else
		n = snprintf(name, cap, "%.*s%u%s", (int)(mark - text), text, number, mark + 2);
	return n < 0 || (size_t)n >= cap ? VSC_E_SPACE : 0;
}

/* The same parameter with a name of its own. */
static int
give_name(
    struct vsc_numbered *numbered, const struct vsc_card_args *card, size_t at, unsigned index)
{
	char name[PATH_MAX];
	int rc =
	    vsc_numbered_name(name, sizeof(name), numbered->items[at].value, index, card->count);

	if (rc < 0)
		return rc;
	if ((numbered->names[at] = strdup(name)) == NULL)
		return VSC_E_NOMEM;
	numbered->items[at].value = numbered->names[at];
	return 0;
}

int
vsc_numbered_params(struct vsc_numbered *numbered, const struct vsc_card_args *card, unsigned index)
{
	const size_t count = card->params.count;
	int rc = 0;

	*numbered = (struct vsc_numbered){ .params = card->params };
	if (card->count == 1 || count == 0)
		return 0;
	numbered->items = calloc(count, sizeof(*numbered->items));
	numbered->names = calloc(count, sizeof(*numbered->names));
	if (numbered->items == NULL || numbered->names == NULL)
		return VSC_E_NOMEM;
	numbered->params.items = numbered->items;
	for (size_t i = 0; rc == 0 && i < count; i++) {
		numbered->items[i] = card->params.items[i];
		if (is_written(card, &numbered->items[i]))
			rc = give_name(numbered, card, i, index);
	}
	return rc;
}

void
vsc_numbered_free(struct vsc_numbered *numbered)
{
	for (size_t i = 0; numbered->names != NULL && i < numbered->params.count; i++)
		free(numbered->names[i]);
	free(numbered->names);
	free(numbered->items);
	*numbered = (struct vsc_numbered){ .items = NULL };
}

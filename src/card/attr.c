/* Options given to a card, and the named values saved with it. */
#include "card/engine.h"

#include <stdlib.h>
#include <string.h>

const char *
vsc_params_nth(const struct vsc_params *params, const char *name, size_t n)
{
	if (params == NULL)
		return NULL;
	for (size_t i = 0; i < params->count; i++)
		if (strcmp(params->items[i].name, name) == 0 && n-- == 0)
			return params->items[i].value;
	return NULL;
}

const char *
vsc_params_get(const struct vsc_params *params, const char *name)
{
	const char *value = NULL, *next;

	for (size_t n = 0; (next = vsc_params_nth(params, name, n)) != NULL; n++)
		value = next;
	return value;
}

bool
vsc_params_has(const struct vsc_params *params, const char *name)
{
	return vsc_params_nth(params, name, 0) != NULL;
}

static bool
is_one_of(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

void
vsc_params_warn_late(struct vsc_card *card, const struct vsc_params *params,
    const struct vsc_option *options, size_t count, const char *const *later, size_t nlater,
    const char *what)
{
	for (size_t i = 0; i < count; i++)
		if (vsc_params_has(params, options[i].name) &&
		    !is_one_of(later, nlater, options[i].name))
			vsc_card_log(card, VSC_LOG_WARN,
			    "--%s is for a new %s; this one stays as it is", options[i].name, what);
}

static struct vsc_attr *
find_attr(const struct vsc_card *card, const char *name)
{
	for (struct vsc_attr *attr = card->attrs; attr != NULL; attr = attr->next)
		if (strcmp(attr->name, name) == 0)
			return attr;
	return NULL;
}

static int
add_attr(struct vsc_card *card, const char *name, struct vsc_attr **attr)
{
	struct vsc_attr *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL || (fresh->name = strdup(name)) == NULL) {
		free(fresh);
		return VSC_E_NOMEM;
	}
	fresh->next = card->attrs;
	card->attrs = fresh;
	*attr = fresh;
	return 0;
}

static int
put_attr(struct vsc_card *card, const char *name, struct vsc_span value, struct vsc_attr **attr)
{
	int rc;

	*attr = find_attr(card, name);
	if (*attr == NULL && (rc = add_attr(card, name, attr)) < 0)
		return rc;
	(*attr)->deleted = false;
	return vsc_blob_set(&(*attr)->value, value);
}

int
vsc_card_attr_load(struct vsc_card *card, const char *name, struct vsc_span value)
{
	struct vsc_attr *attr;

	return put_attr(card, name, value, &attr);
}

int
vsc_card_attr_get(const struct vsc_card *card, const char *name, struct vsc_span *value)
{
	const struct vsc_attr *attr = find_attr(card, name);

	if (attr == NULL || attr->deleted)
		return VSC_E_NOT_FOUND;
	*value = vsc_blob_span(&attr->value);
	return 0;
}

int
vsc_card_attr_set(struct vsc_card *card, const char *name, struct vsc_span value)
{
	struct vsc_attr *attr;
	int rc;

	if ((rc = put_attr(card, name, value, &attr)) < 0)
		return rc;
	attr->dirty = true;
	vsc_card_touch(card);
	return 0;
}

int
vsc_card_attr_delete(struct vsc_card *card, const char *name)
{
	struct vsc_attr *attr = find_attr(card, name);

	if (attr == NULL || attr->deleted)
		return VSC_E_NOT_FOUND;
	vsc_blob_free(&attr->value);
	attr->deleted = attr->dirty = true;
	vsc_card_touch(card);
	return 0;
}

void
vsc_attrs_free(struct vsc_card *card)
{
	struct vsc_attr *next;

	for (struct vsc_attr *attr = card->attrs; attr != NULL; attr = next) {
		next = attr->next;
		vsc_blob_free(&attr->value);
		free(attr->name);
		free(attr);
	}
	card->attrs = NULL;
}

void
vsc_attrs_clean(struct vsc_card *card)
{
	for (struct vsc_attr *attr = card->attrs; attr != NULL; attr = attr->next)
		attr->dirty = false;
}

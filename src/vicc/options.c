/* The option parser: see options.h. */
#include "vicc/options.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIMILAR_MAX 8 /* names that one beginning is told to have */

void
vsc_option_lists_add(struct vsc_option_lists *lists, const struct vsc_option *options, size_t count)
{
	if (count > 0 && lists->count < VSC_OPTION_LISTS)
		lists->items[lists->count++] = (struct vsc_option_list){ options, count };
}

void
vsc_option_lists_add_type(struct vsc_option_lists *lists, const struct vsc_card_type *type)
{
	for (; type != NULL; type = type->base)
		vsc_option_lists_add(lists, type->options, type->noptions);
}

const struct vsc_option *
vsc_option_find(const struct vsc_option_lists *lists, const char *name, size_t len)
{
	for (size_t i = 0; i < lists->count; i++)
		for (size_t j = 0; j < lists->items[i].count; j++) {
			const struct vsc_option *option = &lists->items[i].items[j];

			if (strncmp(option->name, name, len) == 0 && option->name[len] == '\0')
				return option;
		}
	return NULL;
}

static const struct vsc_option *
find_letter(const struct vsc_option_lists *lists, char letter)
{
	for (size_t i = 0; i < lists->count; i++)
		for (size_t j = 0; j < lists->items[i].count; j++)
			if (lists->items[i].items[j].letter == letter)
				return &lists->items[i].items[j];
	return NULL;
}

int
vsc_number_parse(const char *text, unsigned long max, unsigned long *number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return VSC_E_FORMAT;
	errno = 0;
	*number = strtoul(text, &end, 0);
	return errno != 0 || *end != '\0' || *number > max ? VSC_E_FORMAT : 0;
}

/* inline_value: what stood in the same argument, or NULL. `shown` is the option as it was given. */
static int
take_value(struct vsc_scan *scan, const struct vsc_option *option, const char *shown,
    const char *inline_value, struct vsc_param *param)
{
	unsigned long number;

	param->name = option->name;
	param->value = inline_value;
	if (param->value == NULL && scan->next < scan->argc)
		param->value = scan->argv[scan->next++];
	if (param->value == NULL)
		return vsc_why_set(&scan->why, VSC_E_PARAM, "option %s needs a value: %s %s", shown,
		    shown, option->argument != NULL ? option->argument : "VALUE");
	if ((option->kind == VSC_OPTION_FILE || option->kind == VSC_OPTION_OUTPUT) &&
	    param->value[0] == '\0')
		return vsc_why_set(
		    &scan->why, VSC_E_PARAM, "option %s: \"\" is no name of a file", shown);
	if (option->kind == VSC_OPTION_NUMBER &&
	    vsc_number_parse(param->value, UINT32_MAX, &number) < 0)
		return vsc_why_set(&scan->why, VSC_E_PARAM, "option %s: \"%s\" is not a number",
		    shown, param->value);
	return 1;
}

static bool
is_among(const struct vsc_option **found, size_t count, const struct vsc_option *option)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(found[i]->name, option->name) == 0)
			return true;
	return false;
}

static int
explain_several(const struct vsc_option **found, size_t count, const char *name, size_t len,
    struct vsc_why *why)
{
	char names[160];
	struct vsc_out out = vsc_out_from(names, sizeof(names) - 1);

	for (size_t i = 0; i < count; i++) {
		vsc_out_str(&out, i == 0 ? "--" : i + 1 < count ? ", --" : " or --");
		vsc_out_str(&out, found[i]->name);
	}
	names[out.len] = '\0';
	return vsc_why_set(why, VSC_E_PARAM, "option --%.*s: %s?", (int)len, name,
	    out.full ? "one of many" : names);
}

/*
 * An option by its name, or by the beginning of one that no other has, as the predecessor's
 * argparse took them. NULL: *why names what it may be.
 */
static const struct vsc_option *
find_long(const struct vsc_option_lists *lists, const char *name, size_t len, struct vsc_why *why)
{
	const struct vsc_option *whole = vsc_option_find(lists, name, len);
	const struct vsc_option *found[SIMILAR_MAX];
	size_t count = 0;

	if (whole != NULL)
		return whole;
	for (size_t i = 0; i < lists->count && len > 0; i++)
		for (size_t j = 0; j < lists->items[i].count && count < SIMILAR_MAX; j++) {
			const struct vsc_option *option = &lists->items[i].items[j];

			if (strncmp(option->name, name, len) == 0 &&
			    !is_among(found, count, option))
				found[count++] = option;
		}
	if (count == 1)
		return found[0];
	if (count == 0)
		(void)vsc_why_set(why, VSC_E_PARAM, "unknown option --%.*s", (int)len, name);
	else
		(void)explain_several(found, count, name, len, why);
	return NULL;
}

static int
scan_long(struct vsc_scan *scan, const struct vsc_option_lists *lists,
    const struct vsc_option **option, struct vsc_param *param)
{
	const char *text = scan->argv[scan->next++];
	const char *equals = strchr(text, '=');
	size_t len = equals != NULL ? (size_t)(equals - text) : strlen(text);
	char shown[64];

	snprintf(shown, sizeof(shown), "%.*s", (int)len, text);
	if ((*option = find_long(lists, text + 2, len - 2, &scan->why)) == NULL)
		return VSC_E_PARAM;
	if ((*option)->kind != VSC_OPTION_FLAG)
		return take_value(scan, *option, shown, equals != NULL ? equals + 1 : NULL, param);
	if (equals != NULL)
		return vsc_why_set(&scan->why, VSC_E_PARAM, "option %s takes no value", shown);
	*param = (struct vsc_param){ (*option)->name, "" };
	return 1;
}

static int
scan_letter(struct vsc_scan *scan, const struct vsc_option_lists *lists,
    const struct vsc_option **option, struct vsc_param *param)
{
	const char shown[] = { '-', *scan->letters, '\0' };
	const char *rest = scan->letters[1] != '\0' ? scan->letters + 1 : NULL;

	scan->letters = NULL;
	*option = find_letter(lists, shown[1]);
	if (*option == NULL)
		return vsc_why_set(&scan->why, VSC_E_PARAM, "unknown option %s", shown);
	if ((*option)->kind != VSC_OPTION_FLAG)
		return take_value(scan, *option, shown, rest, param);
	scan->letters = rest;
	*param = (struct vsc_param){ (*option)->name, "" };
	return 1;
}

int
vsc_scan_next(struct vsc_scan *scan, const struct vsc_option_lists *lists,
    const struct vsc_option **option, struct vsc_param *param)
{
	const char *text;

	if (scan->letters != NULL)
		return scan_letter(scan, lists, option, param);
	if (scan->next >= scan->argc)
		return 0;
	text = scan->argv[scan->next];
	if (text[0] != '-' || text[1] == '\0')
		return 0;
	if (text[1] != '-') {
		scan->letters = text + 1;
		scan->next++;
		return scan_letter(scan, lists, option, param);
	}
	if (text[2] != '\0')
		return scan_long(scan, lists, option, param);
	scan->next++;
	return 0;
}

void
vsc_option_help(struct vsc_out *text, const struct vsc_option *options, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct vsc_option *o = &options[i];
		char left[64];
		int n;

		n = snprintf(left, sizeof(left), o->letter != 0 ? "  -%c, --%s" : "  %c   --%s",
		    o->letter != 0 ? o->letter : ' ', o->name);
		if (o->argument != NULL && n > 0 && (size_t)n < sizeof(left))
			snprintf(left + n, sizeof(left) - (size_t)n, " %s", o->argument);
		vsc_out_str(text, left);
		if (strlen(left) < 28)
			vsc_out_fill(text, ' ', 30 - strlen(left));
		else
			vsc_out_str(text, "\n                              ");
		vsc_out_str(text, o->help);
		vsc_out_str(
		    text, o->repeatable && o->kind != VSC_OPTION_FLAG ? " (repeatable)\n" : "\n");
	}
}

/* Cards on a command line: see args.h. */
#include "vicc/args.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/system.h"
#include "card/image.h"
#include "vicc/numbered.h"

#define COUNT_MAX  100000u
#define EXIT_USAGE 2

const struct vsc_option vsc_common_options[] = {
	{ "card", 0, VSC_OPTION_FLAG, true, NULL, "what follows is for another card" },
	{ "count", 0, VSC_OPTION_NUMBER, false, "N",
	    "make N of this card, on as many ports; %d in a file name is the number" },
	{ "file", 'f', VSC_OPTION_OUTPUT, false, "FILE",
	    "the saved card: opened, or created; holds every change" },
	{ "init", 0, VSC_OPTION_FILE, false, "FILE",
	    "play this transcript to a new card, checking its answers: demo, empty, pkcs15, .." },
	{ "help", 'h', VSC_OPTION_FLAG, false, NULL, "print this" },
	{ "json", 0, VSC_OPTION_FLAG, false, NULL, "with --show: for programs" },
	{ "mitm", 0, VSC_OPTION_VALUE, false, "COMMAND",
	    "a program between reader and card; NAME.so, NAME.py too" },
	{ "mitm-restart", 0, VSC_OPTION_FLAG, false, NULL,
	    "start that program again when it fails" },
	{ "show", 0, VSC_OPTION_FLAG, false, NULL,
	    "print the card (that of --file, or a new one) instead of running it" },
	{ "trace", 0, VSC_OPTION_OUTPUT, false, "FILE",
	    "record everything, PINs too, as a transcript; NAME.pcapng for Wireshark" },
	{ "trace-random", 0, VSC_OPTION_FLAG, false, NULL,
	    "record the card's randomness and clock too, to replay it exactly" },
	{ "type", 't', VSC_OPTION_VALUE, false, "TYPE",
	    "the card's type (that of FILE, or iso7816), or a plugin: ./NAME.so" },
	{ "verbose", 'v', VSC_OPTION_FLAG, true, NULL,
	    "show commands and status words; -vv: why something is refused" },
	{ "version", 0, VSC_OPTION_FLAG, false, NULL, "print the version" },
};
const size_t vsc_common_option_count = VSC_COUNT(vsc_common_options);

bool
vsc_type_has_option(const struct vsc_card_type *type, const char *name)
{
	struct vsc_option_lists lists = { .count = 0 };

	vsc_option_lists_add_type(&lists, type);
	return vsc_option_find(&lists, name, strlen(name)) != NULL;
}

/* The types that have the option, or letter, that was not found: "nPA or piv"; "" if none has. */
static void
types_with(const char *shown, char *names, size_t cap)
{
	struct vsc_out out = vsc_out_from(names, cap - 1);
	const struct vsc_card_type *type;

	for (size_t i = 0; (type = vsc_card_type_nth(i)) != NULL; i++) {
		if (strncmp(shown, "--", 2) != 0 || !vsc_type_has_option(type, shown + 2))
			continue;
		vsc_out_str(&out, out.len > 0 ? " or " : "");
		vsc_out_str(&out, type->name);
	}
	names[out.len] = '\0';
}

/* An option of any built-in type, when the program does not have it. */
static int
scan_any_type(struct vsc_scan *scan, const struct vsc_option **option, struct vsc_param *param)
{
	const struct vsc_scan before = *scan;
	const struct vsc_card_type *type;
	int rc = VSC_E_PARAM;

	for (size_t i = 0; rc < 0 && (type = vsc_card_type_nth(i)) != NULL; i++) {
		struct vsc_option_lists lists = { .count = 0 };

		vsc_option_lists_add_type(&lists, type);
		*scan = before;
		rc = vsc_scan_next(scan, &lists, option, param);
	}
	return rc;
}

/* What has to be known before a card's other options can be understood. */
struct preview {
	const char *type, *file, *init;
};

/*
 * Options of all built-in types are known here; of an unknown one (a plugin's) it is not clear
 * whether it takes a value, so an operand after it is passed over.
 */
static struct preview
look_ahead(const struct vsc_option_lists *program, struct vsc_scan scan)
{
	struct preview seen = { NULL, NULL, NULL };
	const struct vsc_option *option;
	bool unknown = false;
	struct vsc_param param;

	for (;;) {
		struct vsc_scan before = scan;
		int rc = vsc_scan_next(&scan, program, &option, &param);

		if (rc < 0) {
			scan = before;
			rc = scan_any_type(&scan, &option, &param);
		}
		if (rc == 0 && !(unknown && scan.next == before.next && scan.next < scan.argc))
			return seen;
		if (rc == 0)
			scan.next++;
		unknown = rc < 0;
		if (rc > 0 && strcmp(param.name, "card") == 0)
			return seen;
		if (rc > 0 && strcmp(param.name, "type") == 0)
			seen.type = param.value;
		if (rc > 0 && strcmp(param.name, "file") == 0)
			seen.file = param.value;
		if (rc > 0 && strcmp(param.name, "init") == 0)
			seen.init = param.value;
	}
}

/* The type of the card in a file that is there already. What is wrong with the file is said when
 * it is opened. */
static bool
saved_type(const char *file, char *name, size_t cap)
{
	struct vsc_image *image;
	char first[PATH_MAX];
	const char *type;

	if (file == NULL || vsc_numbered_name(first, sizeof(first), file, 0, 1) < 0 ||
	    vsc_image_open_readonly(&image, first, NULL) < 0)
		return false;
	type = vsc_image_type(image);
	snprintf(name, cap, "%s", type != NULL ? type : "");
	vsc_image_close(image);
	return name[0] != '\0';
}

static int
unknown_type(const char *name, struct vsc_why *why)
{
	char known[200];
	struct vsc_out out = vsc_out_from(known, sizeof(known) - 1);
	const struct vsc_card_type *type;

	for (size_t i = 0; (type = vsc_card_type_nth(i)) != NULL; i++) {
		if ((type->flags & VSC_TYPE_HIDDEN) != 0)
			continue;
		vsc_out_str(&out, out.len > 0 ? ", " : "");
		vsc_out_str(&out, type->name);
	}
	known[out.len] = '\0';
	return vsc_why_set(why, VSC_E_PARAM,
	    "unknown card type \"%s\"; there are %s, and plugins: --type ./NAME.so", name, known);
}

static bool
is_plugin(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') != NULL || (len > 3 && strcmp(name + len - 3, ".so") == 0);
}

static int
choose_type(
    struct vsc_card_args *card, const char *name, const struct vsc_env *env, struct vsc_why *why)
{
	int rc;

	if (is_plugin(name)) {
		if ((rc = vsc_plugin_open(&card->plugin, name, env)) < 0)
			return rc;
		card->type = vsc_plugin_type(card->plugin);
		return 0;
	}
	card->type = vsc_card_type_find(name);
	return card->type != NULL ? 0 : unknown_type(name, why);
}

static int
add_param(struct vsc_card_args *card, struct vsc_param param)
{
	struct vsc_param *items =
	    vsc_realloc_array(card->items, card->params.count + 1, sizeof(*items));

	if (items == NULL)
		return VSC_E_NOMEM;
	items[card->params.count] = param;
	card->items = items;
	card->params = (struct vsc_params){ items, card->params.count + 1 };
	return 0;
}

static int
add_card(struct vsc_args *args, struct vsc_card_args **card)
{
	struct vsc_card_args *cards =
	    vsc_realloc_array(args->cards, args->ncards + 1, sizeof(*cards));

	if (cards == NULL)
		return VSC_E_NOMEM;
	args->cards = cards;
	*card = &cards[args->ncards++];
	**card = (struct vsc_card_args){ .count = 1 };
	return 0;
}

static int
explain_unknown(const struct vsc_scan *scan, const char *type, struct vsc_why *why)
{
	static const char unknown[] = "unknown option ";
	const size_t len = sizeof(unknown) - 1;
	char names[200] = "";

	if (strncmp(scan->why.text, unknown, len) == 0)
		types_with(scan->why.text + len, names, sizeof(names));
	if (names[0] != '\0')
		return vsc_why_set(why, VSC_E_PARAM,
		    "option %s belongs to --type %s, this card is of type %s", scan->why.text + len,
		    names, type);
	return vsc_why_set(why, VSC_E_PARAM, "%s; --help lists the options", scan->why.text);
}

/* Options that say how another one works mean nothing without it. */
static int
check_companions(const struct vsc_card_args *card, struct vsc_why *why)
{
	static const struct {
		const char *option, *needs;
	} rows[] = { { "mitm-restart", "mitm" }, { "trace-random", "trace" } };

	for (size_t i = 0; i < VSC_COUNT(rows); i++)
		if (vsc_params_has(&card->params, rows[i].option) &&
		    !vsc_params_has(&card->params, rows[i].needs))
			return vsc_why_set(why, VSC_E_PARAM, "option --%s: goes with --%s",
			    rows[i].option, rows[i].needs);
	return 0;
}

/* A file that a script's option names lies beside the script. */
static int
beside_script(struct vsc_init_head *head, const char **name)
{
	const char *slash = strrchr(head->argv[0], '/');
	char path[PATH_MAX];
	int rc;

	if (slash == NULL || (*name)[0] == '/' || (*name)[0] == '\0')
		return 0;
	if (snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - head->argv[0]), head->argv[0],
		*name) >= (int)sizeof(path))
		return VSC_E_SPACE;
	if ((rc = vsc_init_head_add(head, path)) == 0)
		*name = head->argv[head->argc - 1];
	return rc;
}

/* Options of the card's type in the script's first lines. The command line comes after them. */
static int
take_script_options(struct vsc_card_args *card, const struct vsc_env *env)
{
	struct vsc_init_head *head = &card->head;
	struct vsc_scan scan = { .argv = head->argv, .argc = head->argc, .next = 1 };
	struct vsc_option_lists lists = { .count = 0 };
	const struct vsc_option *option;
	struct vsc_param param;
	int rc;

	vsc_option_lists_add_type(&lists, card->type);
	while ((rc = vsc_scan_next(&scan, &lists, &option, &param)) > 0) {
		if (option->kind == VSC_OPTION_FILE && (rc = beside_script(head, &param.value)) < 0)
			return rc;
		scan.argv = head->argv;
		if ((rc = add_param(card, param)) < 0)
			return rc;
	}
	if (rc < 0)
		vsc_env_log(env, VSC_LOG_ERROR,
		    "--init %s: @ option: %s, for a card of the type %s", head->argv[0],
		    scan.why.text, card->type->name);
	else if (scan.next < scan.argc)
		vsc_env_log(env, VSC_LOG_ERROR, "--init %s: @ option: \"%s\" is no option",
		    head->argv[0], scan.argv[scan.next]);
	return rc < 0 || scan.next < scan.argc ? VSC_E_FORMAT : 0;
}

/* The type: as the command line says, or the card that is in the file, or the script that makes a
 * new one. */
static int
find_type(struct vsc_card_args *card, struct preview *ahead, char *saved, size_t cap)
{
	const bool there = saved_type(ahead->file, saved, cap);
	int rc;

	if (!there && ahead->init != NULL &&
	    (rc = vsc_init_head_read(&card->head, ahead->init)) < 0)
		return rc;
	if (ahead->type != NULL)
		return 0;
	ahead->type = there ? saved : card->head.type != NULL ? card->head.type : "iso7816";
	return 0;
}

/* The options up to the next --card. 1: another card follows; 0: no more options. */
static int
parse_card(struct vsc_args *args, struct vsc_option_lists lists, struct vsc_scan *scan,
    const struct vsc_env *env, struct vsc_why *why)
{
	const struct vsc_option *option;
	struct vsc_card_args *card;
	struct vsc_param param;
	struct preview ahead;
	unsigned long count = 1;
	char saved[64];
	int rc;

	if ((rc = add_card(args, &card)) < 0)
		return rc;
	ahead = look_ahead(&lists, *scan);
	if ((rc = find_type(card, &ahead, saved, sizeof(saved))) < 0 ||
	    (rc = choose_type(card, ahead.type, env, why)) < 0)
		return rc;
	/* a script for another type is refused when it is played */
	if (card->head.type == NULL || strcasecmp(card->head.type, ahead.type) == 0)
		rc = take_script_options(card, env);
	if (rc < 0)
		return rc;
	vsc_option_lists_add_type(&lists, card->type);
	while ((rc = vsc_scan_next(scan, &lists, &option, &param)) > 0) {
		if (strcmp(option->name, "card") == 0)
			break;
		if ((rc = add_param(card, param)) < 0)
			return rc;
		if (strcmp(option->name, "count") == 0 &&
		    (vsc_number_parse(param.value, COUNT_MAX, &count) < 0 || count == 0))
			return vsc_why_set(why, VSC_E_PARAM,
			    "option --count: %s is not between 1 and %u", param.value, COUNT_MAX);
	}
	card->count = (unsigned)count;
	if (rc < 0)
		return explain_unknown(scan, card->type->name, why);
	if (vsc_numbered_check(card, why) < 0 || check_companions(card, why) < 0)
		return VSC_E_PARAM;
	return rc;
}

int
vsc_args_parse(struct vsc_args *args, struct vsc_option_list own, int argc, char **argv,
    const struct vsc_env *env, struct vsc_why *why)
{
	struct vsc_option_lists program = { .count = 0 };
	struct vsc_scan scan = { .argv = argv, .argc = argc, .next = 1 };
	int rc;

	*args = (struct vsc_args){ .cards = NULL };
	vsc_option_lists_add(&program, vsc_common_options, vsc_common_option_count);
	vsc_option_lists_add(&program, own.items, own.count);
	do
		rc = parse_card(args, program, &scan, env, why);
	while (rc > 0);
	if (rc == 0 && vsc_args_count(args, "json") > 0 && vsc_args_count(args, "show") == 0)
		rc = vsc_why_set(why, VSC_E_PARAM, "option --json: goes with --show");
	args->rest = argv + scan.next;
	args->nrest = argc - scan.next;
	return rc;
}

void
vsc_args_free(struct vsc_args *args)
{
	for (size_t i = 0; i < args->ncards; i++) {
		free(args->cards[i].items);
		vsc_init_head_free(&args->cards[i].head);
		vsc_plugin_close(args->cards[i].plugin);
	}
	free(args->cards);
	args->cards = NULL;
	args->ncards = 0;
}

size_t
vsc_args_count(const struct vsc_args *args, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < args->ncards; i++)
		for (size_t j = 0; j < args->cards[i].params.count; j++)
			n += strcmp(args->cards[i].params.items[j].name, name) == 0;
	return n;
}

int
vsc_exit_status(int err)
{
	return err == 0 ? EXIT_SUCCESS : err == VSC_E_PARAM ? EXIT_USAGE : EXIT_FAILURE;
}

static void
help_types(struct vsc_out *text)
{
	const struct vsc_card_type *type;

	for (size_t i = 0; (type = vsc_card_type_nth(i)) != NULL; i++) {
		if ((type->flags & VSC_TYPE_HIDDEN) != 0)
			continue;
		vsc_out_str(text, "\n");
		vsc_out_str(text, type->name);
		vsc_out_str(text, ": ");
		vsc_out_str(text, type->summary);
		vsc_out_str(text, "\n");
		vsc_option_help(text, type->options, type->noptions);
	}
}

int
vsc_args_help(
    const char *usage, const char *heading, struct vsc_option_list own, const char *endnotes)
{
	static char buf[65536];
	struct vsc_out text = vsc_out_from(buf, sizeof(buf));

	vsc_out_str(&text, usage);
	vsc_option_help(&text, vsc_common_options, vsc_common_option_count);
	vsc_out_str(&text, heading);
	vsc_option_help(&text, own.items, own.count);
	vsc_out_str(&text, "\nTypes of cards, and options of their own:\n");
	help_types(&text);
	vsc_out_str(&text, endnotes);
	return fwrite(buf, 1, text.len, stdout) == text.len && fflush(stdout) == 0 ? EXIT_SUCCESS
										   : EXIT_FAILURE;
}

/*
 * A command line that makes cards: each card's type and options, from --card to --card. Shared by
 * vicc and vicc-run.
 */
#ifndef VSC_VICC_ARGS_H
#define VSC_VICC_ARGS_H

#include "card/plugin.h"
#include "vicc/init.h"
#include "vicc/options.h"

struct vsc_card_args {
	const struct vsc_card_type *type;
	struct vsc_plugin *plugin; /* the type's, if it is one */
	struct vsc_init_head head; /* of the script that makes it */
	struct vsc_params params; /* everything given for this card, in order; the script's first */
	struct vsc_param *items;  /* the same, owned; values point into argv, and into head */
	unsigned count;           /* --count: so many of them */
};

struct vsc_args {
	struct vsc_card_args *cards; /* at least one */
	size_t ncards;
	char **rest; /* operands, in argv */
	int nrest;
};

/* --type, --card, --count, --show, --trace, --verbose, --help, --version and the like: what every
 * program that makes cards has. */
extern const struct vsc_option vsc_common_options[];
extern const size_t vsc_common_option_count;

/*
 * own: the program's options beside the common ones. A plugin named by --type is loaded. Stops at
 * the first operand or behind "--". VSC_E_PARAM: *why tells what is wrong with the command
 * line; another error has been logged to env. Free args in any case.
 */
VSC_MUST_CHECK int vsc_args_parse(struct vsc_args *args, struct vsc_option_list own, int argc,
    char **argv, const struct vsc_env *env, struct vsc_why *why);
/* After the cards are freed: it unloads their plugins. */
void vsc_args_free(struct vsc_args *args);

/* How often a flag was given, over all cards. */
size_t vsc_args_count(const struct vsc_args *args, const char *name);

/* Is this an option of the type, or of one of its bases? */
bool vsc_type_has_option(const struct vsc_card_type *type, const char *name);

/* What a program ends with: 0; 2 for VSC_E_PARAM, a command line that makes no sense wherever it is
 * given; 1 for what cannot be done here and now. */
int vsc_exit_status(int err);

/* --help on standard output: usage, the common options, the program's own under their heading, the
 * types and their options, endnotes. An exit status. */
int vsc_args_help(
    const char *usage, const char *heading, struct vsc_option_list own, const char *endnotes);

#endif

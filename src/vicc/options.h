/*
 * Reads a command line by tables: options of the program and of card types look the same
 * (struct vsc_option). Nothing here knows what an option means.
 */
#ifndef VSC_VICC_OPTIONS_H
#define VSC_VICC_OPTIONS_H

#include "card/card.h"

struct vsc_option_list {
	const struct vsc_option *items;
	size_t count;
};

/* The program's options, and those of a type with all its bases. */
#define VSC_OPTION_LISTS 12
struct vsc_option_lists {
	struct vsc_option_list items[VSC_OPTION_LISTS];
	size_t count;
};

/* Lists past VSC_OPTION_LISTS, and empty ones, are left out. */
void vsc_option_lists_add(
    struct vsc_option_lists *lists, const struct vsc_option *options, size_t count);
void vsc_option_lists_add_type(struct vsc_option_lists *lists, const struct vsc_card_type *type);

/* By long name of len characters; NULL if no list has it. */
const struct vsc_option *vsc_option_find(
    const struct vsc_option_lists *lists, const char *name, size_t len);

/* A place in a command line. */
struct vsc_scan {
	char **argv;
	int argc;
	int next;            /* the argument to read next */
	const char *letters; /* what is left of "-vvP" */
	struct vsc_why why;  /* one line, without the program's name */
};

/*
 * The next option: --name, --name=value, --name value, -x, -xvalue, -x value, and several letters
 * in one argument. 1: *option, and in *param its name and value ("" for a flag); 0: no option comes
 * next: the end, an operand, or what follows a "--", which is skipped; VSC_E_PARAM: scan->why
 * says what is wrong, and the offending argument is skipped.
 */
VSC_MUST_CHECK int vsc_scan_next(struct vsc_scan *scan, const struct vsc_option_lists *lists,
    const struct vsc_option **option, struct vsc_param *param);

/* Decimal, 0x hex or 0 octal, at most max. */
VSC_MUST_CHECK int vsc_number_parse(const char *text, unsigned long max, unsigned long *number);

/* The lines of --help for a list of options. */
void vsc_option_help(struct vsc_out *text, const struct vsc_option *options, size_t count);

#endif

/*
 * What --count makes of the names of files that cards write: "%d" in them stands for the number of
 * the card, so that no card writes what another one has written.
 */
#ifndef VSC_VICC_NUMBERED_H
#define VSC_VICC_NUMBERED_H

#include "vicc/args.h"

/* VSC_E_PARAM: several cards, and the name of a file that they write has no "%d"; *why names it. */
VSC_MUST_CHECK int vsc_numbered_check(const struct vsc_card_args *card, struct vsc_why *why);

/* "%d" in text replaced by the card's number; VSC_E_PARAM if it is not there and count is not 1;
 * VSC_E_SPACE. */
VSC_MUST_CHECK int vsc_numbered_name(
    char *name, size_t cap, const char *text, unsigned number, unsigned count);

/* The parameters of one of --count cards. */
struct vsc_numbered {
	struct vsc_params params; /* borrows from the arguments, and from names */
	struct vsc_param *items;
	char **names;
};

/* index: 0 to card->count - 1. Free it in any case. */
VSC_MUST_CHECK int vsc_numbered_params(
    struct vsc_numbered *numbered, const struct vsc_card_args *card, unsigned index);
void vsc_numbered_free(struct vsc_numbered *numbered);

#endif

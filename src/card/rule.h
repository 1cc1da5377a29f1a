/*
 * Access rules (ISO/IEC 7816-4:2020 clause 9): which of a file's security attributes speak about a
 * command. Whether the conditions they name are met, auth.c says.
 */
#ifndef VSC_CARD_RULE_H
#define VSC_CARD_RULE_H

#include "card/fs.h"

/* Evaluates the leaves of a rule, on the channel of the command under way. NULL members refuse. */
struct vsc_conditions {
	/* a security condition byte (table 20) other than 00 (always) and FF (never) */
	bool (*byte)(struct vsc_card *card, const struct vsc_file *file, uint8_t condition);
	/* a control reference template: A4, B4, B6 or B8 */
	bool (*crt)(
	    struct vsc_card *card, const struct vsc_file *file, uint32_t tag, struct vsc_span crt);
	/* number of the current security environment, for attributes by reference */
	uint8_t (*environment)(struct vsc_card *card);
};

/*
 * The rule of files that have no other. No rule is needed before the file is operational (creation
 * and initialisation state), and where the file has no security attributes. With attributes, what
 * they do not mention is refused, except what no bit of an access mode byte stands for: SELECT, and
 * GET DATA in a DF, are free unless a rule names the command. VSC_SW_OK or 6982.
 */
vsc_sw vsc_rule_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access);

/* Security attributes of the same form elsewhere (a data object's, a key's): `mode` is the bit of
 * the access mode byte. */
vsc_sw vsc_rule_judge(
    struct vsc_card *card, const struct vsc_file *file, struct vsc_span attributes, uint8_t mode);

#endif

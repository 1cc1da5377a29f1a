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
 * An attribute by reference (8B): a record number; identifier of an EF.ARR and record number; or
 * identifier and pairs of security environment and record number.
 */
struct vsc_rule_reference {
	const struct vsc_file *arr; /* NULL: not there */
	uint16_t fid;               /* that it was looked for by */
	struct vsc_in rest;
	bool pairs;
};
void vsc_rule_reference_open(struct vsc_rule_reference *reference, const struct vsc_fs *fs,
    const struct vsc_file *file, struct vsc_span value);
/* The next record; environment 0: any. False past the last. */
bool vsc_rule_reference_next(
    struct vsc_rule_reference *reference, uint8_t *environment, uint8_t *record);

/* The channel security attribute: one byte. */
#define VSC_TAG_CHANNEL 0x8Eu
enum vsc_channel_attribute {
	VSC_CHANNEL_EXCLUSIVE = 1 << 0, /* not shareable: on one logical channel at a time */
	VSC_CHANNEL_SECURED = 1 << 1,   /* under secure messaging */
	VSC_CHANNEL_USER = 1 << 2,      /* a user has been authenticated */
};

/* Its value among these attributes; 0 without one. */
uint8_t vsc_rule_channel_of(struct vsc_span attributes);

/* Is the file, or one below it, current on a channel that is open, except for this one? */
bool vsc_rule_channel_shared(
    const struct vsc_card *card, const struct vsc_file *file, unsigned except);

/* Is the channel of the command under way secured, and its user authenticated, as asked? 6982. */
vsc_sw vsc_rule_channel_judge(
    struct vsc_card *card, const struct vsc_file *file, uint8_t attribute);

/* By the attributes of the file and those above it: 6982, 6481 where it is not shareable. */
vsc_sw vsc_rule_channel_allows(
    struct vsc_card *card, const struct vsc_file *file, enum vsc_access access);

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

/* Access rules in words, for --show. */
#ifndef VSC_CARD_RULE_TEXT_H
#define VSC_CARD_RULE_TEXT_H

#include "card/fs.h"

struct vsc_rule_mode {
	uint8_t bit;      /* of the access mode byte (ISO/IEC 7816-4:2020 tables 17 and 18) */
	const char *name; /* "read" */
};

/* The modes of a DF or an EF, in the order that people expect; NULL past the last. */
const struct vsc_rule_mode *vsc_rule_mode_nth(const struct vsc_file *file, size_t n);

/* What must be met for a mode: "PIN 01 or key 03", "always", "never". A file without attributes,
 * and a command that the attributes do not mention, are told as they are judged (card/rule.h). */
void vsc_rule_describe(struct vsc_out *out, const struct vsc_file *file, uint8_t bit);

#endif

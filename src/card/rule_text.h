/* Access rules in words, for --show. */
#ifndef VSC_CARD_RULE_TEXT_H
#define VSC_CARD_RULE_TEXT_H

#include "card/fs.h"
#include "iso/tlv.h"

/*
 * The n-th thing that a file's security attributes speak about: what may be done ("read", "APPEND
 * RECORD", "objects 5E: put"), and what must be met for it ("PIN 01 or key 03", "always", "never").
 * First the modes of a DF or an EF, in the order that people expect, whether mentioned or not, told
 * as they are judged (card/rule.h). False past the last.
 */
bool vsc_rule_line_nth(const struct vsc_fs *fs, const struct vsc_file *file, size_t n,
    struct vsc_out *what, struct vsc_out *words);

/* A condition byte (ISO/IEC 7816-4:2020 table 20), and an object that states a condition. */
void vsc_rule_put_byte(struct vsc_out *out, uint8_t byte);
void vsc_rule_put_condition(struct vsc_out *out, const struct vsc_tlv *tlv);

#endif

/*
 * Security attributes of files (ISO/IEC 7816-4:2020 9.3): compact (8C), expanded (AB) and by
 * reference (8B), judged against what the channel has proven.
 */
#ifndef VSC_CARD_RULE_H
#define VSC_CARD_RULE_H

#include "card/fs.h"

/*
 * May this be done to the file now? 9000 or 6982. A file without security attributes allows
 * everything; one with attributes allows what they mention. Every form that mentions an access must
 * grant it. SELECT is free.
 */
vsc_sw vsc_rule_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access);

#endif

/*
 * The data field of the record commands with an odd instruction (ISO/IEC 7816-4:2020 11.4.2): an
 * offset (54) in each record, and data (53 or 73).
 */
#ifndef VSC_CARD_RECORD_PART_H
#define VSC_CARD_RECORD_PART_H

#include "card/card.h"

struct vsc_record_part {
	size_t offset;
	struct vsc_span data;
	bool has_data;
};

/* 6A80 unless it is one offset and, at most once, data. */
vsc_sw vsc_record_part_read(
    struct vsc_card *card, struct vsc_span field, struct vsc_record_part *part);

#endif

/*
 * Looking for a string in records, for SEARCH RECORD (ISO/IEC 7816-4:2020 11.4.7) in one EF
 * (cmd_search.c) and in several (cmd_search_files.c).
 */
#ifndef VSC_CARD_SEARCH_H
#define VSC_CARD_SEARCH_H

#include "card/fs.h"

struct vsc_search {
	const struct vsc_file *ef;
	uint8_t identifier; /* 0: any */
	uint32_t first;     /* where to begin */
	bool backward;
	struct vsc_span needle;
	bool after_value; /* begin behind the first byte of `value`, */
	uint8_t value;
	size_t offset; /* or at this offset; */
	size_t window; /* no further than so many bytes; SIZE_MAX: to the end */
};

/* The next record that matches, at or after number `from`; 0: none. */
uint32_t vsc_search_next(const struct vsc_search *search, uint32_t from);

/* P2 F8: in EFs that the data field names. */
vsc_sw vsc_search_files(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out);

#endif

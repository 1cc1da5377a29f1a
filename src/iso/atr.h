/* Answer to reset (ISO/IEC 7816-3:2006 8.2) and its historical bytes (ISO/IEC 7816-4:2020 12.1.1):
 * build and parse. */
#ifndef VSC_ISO_ATR_H
#define VSC_ISO_ATR_H

#include "base/bytes.h"

#define VSC_ATR_MAX            33
#define VSC_ATR_MIN            2
#define VSC_ATR_HISTORICAL_MAX 15
#define VSC_ATR_GROUPS         31 /* as many as fit in 33 bytes: each with TD only */

struct vsc_atr_group {
	bool has_ta, has_tb, has_tc, has_td;
	uint8_t ta, tb, tc, td; /* td's upper half is not looked at when writing */
};

struct vsc_atr {
	uint8_t ts; /* 3B direct, 3F inverse convention */
	struct vsc_atr_group groups[VSC_ATR_GROUPS];
	size_t ngroups;
	uint8_t historical[VSC_ATR_HISTORICAL_MAX];
	size_t nhistorical;
	uint16_t protocols; /* bit T set for each protocol offered, never 15; bit 0 when no TD is
			       there */
	uint8_t first_protocol;
	bool has_tck;
};

/* 0; VSC_E_FORMAT: wrong TS, cut off, too long, TCK missing or wrong. *atr is filled as far as it
 * was understood. */
VSC_MUST_CHECK int vsc_atr_parse(struct vsc_atr *atr, struct vsc_span bytes);

/* Writes T0, interface bytes, historical bytes, and TCK when a protocol other than T=0 is offered.
 * The TD bytes' upper halves and T0 are computed from what the groups hold. Check out->full. */
void vsc_atr_put(struct vsc_out *out, const struct vsc_atr *atr);

/* Historical bytes after a category indicator 80 or 00: the value of the COMPACT-TLV object with
 * this tag, 0 to 15 (7 for card capabilities). VSC_E_NOT_FOUND, VSC_E_FORMAT. */
VSC_MUST_CHECK int vsc_historical_find(
    struct vsc_span historical, uint8_t tag, struct vsc_span *value);

#endif

/*
 * What a reader says about itself: attributes (PC/SC Part 3 3.1.4) and the answers to control codes
 * (PC/SC Part 10 2.2). One table, so that a program sees the same from pcscd with our driver and
 * from our PC/SC library.
 */
#ifndef VSC_READER_ATTRS_H
#define VSC_READER_ATTRS_H

#include "reader/reader.h"

/* The largest command data field that fits a frame: 65535 bytes less CLA INS P1 P2, 3 of Lc, 2 of
 * Le. */
#define VSC_ATTR_MAX_DATA 65526u

/* Room that every attribute and every control answer fits in. */
#define VSC_ATTR_MAX 264

struct vsc_attr_source {
	struct vsc_reader *reader;
	uint64_t generation; /* the card meant, 0 for whichever is in */
	bool powered;        /* did the host power it up? */
};

/*
 * The value of an attribute, numbered as in reader.h of PC/SC. VSC_E_NOT_FOUND: no such attribute;
 * VSC_E_CLOSED: it belongs to a card and there is none; VSC_E_SPACE: out is too small, and nothing
 * was written.
 */
VSC_MUST_CHECK int vsc_attr_get(
    const struct vsc_attr_source *source, uint32_t tag, struct vsc_out *out);

/* Answers to control codes. VSC_E_UNSUPPORTED: none that we know; VSC_E_SPACE. */
VSC_MUST_CHECK int vsc_control(uint32_t code, struct vsc_out *out);

#endif

/* BER-TLV data objects (ISO/IEC 7816-4:2020 6.3) and SIMPLE-TLV (6.2): read, write, find. No
 * allocation. */
#ifndef VSC_ISO_TLV_H
#define VSC_ISO_TLV_H

#include "base/bytes.h"

struct vsc_tlv {
	uint32_t tag; /* the tag field's bytes as a number: 0x5C, 0x7F49, 0x5FC102 */
	bool constructed;
	struct vsc_span value; /* borrows from the input */
	struct vsc_span whole; /* tag, length and value */
};

/* 1: *tlv holds the next object; 0: input is used up; < 0: malformed. 00 and FF bytes between
 * objects are skipped. */
VSC_MUST_CHECK int vsc_tlv_next(struct vsc_in *in, struct vsc_tlv *tlv);

/* DER only: as vsc_tlv_next, but no padding, shortest tag and length. */
VSC_MUST_CHECK int vsc_tlv_next_der(struct vsc_in *in, struct vsc_tlv *tlv);

/* Only tag and length: data that is longer than what is there so far. 1, 0 more input needed, < 0
 * malformed. */
VSC_MUST_CHECK int vsc_tlv_header(struct vsc_in *in, uint32_t *tag, size_t *len);

/* The first object with this tag at the top level of data. 0, VSC_E_NOT_FOUND, VSC_E_FORMAT. */
VSC_MUST_CHECK int vsc_tlv_find(struct vsc_span data, uint32_t tag, struct vsc_span *value);

/* Down a path of constructed objects: (0x7F49, 0x86). The path ends with 0. */
VSC_MUST_CHECK int vsc_tlv_find_path(
    struct vsc_span data, const uint32_t *path, struct vsc_span *value);

/* data is exactly one object with this tag, nothing before or after it. */
VSC_MUST_CHECK int vsc_tlv_only(struct vsc_span data, uint32_t tag, struct vsc_span *value);

/* Is the whole of data a sequence of well-formed objects? Constructed ones are looked into, `depth`
 * levels deep. */
bool vsc_tlv_valid(struct vsc_span data, unsigned depth);

bool vsc_tlv_tag_constructed(uint32_t tag);
bool vsc_tlv_tag_valid(uint32_t tag);
void vsc_tlv_put_tag(struct vsc_out *out, uint32_t tag);
void vsc_tlv_put_length(struct vsc_out *out, size_t len);
void vsc_tlv_put(struct vsc_out *out, uint32_t tag, struct vsc_span value);
void vsc_tlv_put_u8(struct vsc_out *out, uint32_t tag, uint8_t value);
void vsc_tlv_put_u16(struct vsc_out *out, uint32_t tag, uint16_t value);

/* Bytes that vsc_tlv_put would write. */
size_t vsc_tlv_size(uint32_t tag, size_t value_len);

/* A constructed object whose length is not known yet. Marks nest; ends in reverse order. */
struct vsc_tlv_mark {
	size_t value; /* where the value starts in out */
};
struct vsc_tlv_mark vsc_tlv_begin(struct vsc_out *out, uint32_t tag);
void vsc_tlv_end(struct vsc_out *out, struct vsc_tlv_mark mark);

/* SIMPLE-TLV: tag 01..FE, length one byte, or FF and two bytes. 1, 0 end, < 0 malformed. */
VSC_MUST_CHECK int vsc_simple_tlv_next(struct vsc_in *in, uint8_t *tag, struct vsc_span *value);
void vsc_simple_tlv_put(struct vsc_out *out, uint8_t tag, struct vsc_span value);

#endif

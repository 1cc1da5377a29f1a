/*
 * The dynamic authentication template 7C of GENERAL AUTHENTICATE (ISO/IEC 7816-4:2020 11.6): its
 * objects 80 to 85, of which an empty one is what the terminal asks for.
 */
#ifndef VSC_CARD_DYNAMIC_H
#define VSC_CARD_DYNAMIC_H

#include "iso/tlv.h"

/* Bits in `asked` and `given`. */
enum vsc_dynamic_object {
	VSC_DYNAMIC_WITNESS = 1 << 0,   /* 80 */
	VSC_DYNAMIC_CHALLENGE = 1 << 1, /* 81 */
	VSC_DYNAMIC_RESPONSE = 1 << 2,  /* 82 */
	VSC_DYNAMIC_COMMITTED = 1 << 3, /* 83 */
	VSC_DYNAMIC_CODE = 1 << 4,      /* 84 */
	VSC_DYNAMIC_EXPONENT = 1 << 5,  /* 85: the other side's point */
};

struct vsc_dynamic {
	unsigned asked, given;
	struct vsc_span value[6]; /* 80 to 85; borrows */
};

/* data is exactly one template. VSC_E_FORMAT */
VSC_MUST_CHECK int vsc_dynamic_read(struct vsc_dynamic *d, struct vsc_span data);

/* 7C{tag value}: the value is written between begin and end. */
struct vsc_dynamic_answer {
	struct vsc_tlv_mark outer, inner;
};
struct vsc_dynamic_answer vsc_dynamic_begin(struct vsc_out *out, uint32_t tag);
void vsc_dynamic_end(struct vsc_out *out, struct vsc_dynamic_answer answer);

#endif

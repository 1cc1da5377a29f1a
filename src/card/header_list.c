/* Lists of tags, and of tags with lengths: see header_list.h. */
#include "card/header_list.h"

#include "iso/tlv.h"

#define LIST_DEPTH 8u /* templates in templates */

bool
vsc_tag_next(struct vsc_in *in, uint32_t *tag)
{
	uint8_t byte;

	if (vsc_in_u8(in, &byte) < 0)
		return false;
	*tag = byte;
	if ((byte & 0x1F) != 0x1F)
		return true;
	do {
		if (vsc_in_u8(in, &byte) < 0 || *tag > 0xFFFFFF)
			return false;
		*tag = *tag << 8 | byte;
	} while ((byte & 0x80) != 0);
	return true;
}

bool
vsc_tag_listed(struct vsc_span list, uint32_t wanted)
{
	struct vsc_in in = vsc_in_from(list);
	uint32_t tag;

	while (vsc_tag_next(&in, &tag))
		if (tag == wanted)
			return true;
	return false;
}

/* A length field of BER-TLV; 80, which is none there, is *all here, and so is 0. */
static bool
next_length(struct vsc_in *in, size_t *len, bool *all)
{
	uint8_t first, byte;

	if (vsc_in_u8(in, &first) < 0 || first > 0x83)
		return false;
	*all = (first & 0x7F) == 0;
	*len = first <= 0x80 ? first & 0x7F : 0;
	for (unsigned n = first; n > 0x80; n--) {
		if (vsc_in_u8(in, &byte) < 0)
			return false;
		*len = *len << 8 | byte;
	}
	return true;
}

static bool put(struct vsc_out *out, struct vsc_in *list, bool extended, uint32_t tag,
    struct vsc_span whole, struct vsc_span value, unsigned depth);

/* The objects inside a constructed one, those that the list names, in its order. */
static bool
put_template(
    struct vsc_out *out, struct vsc_span list, uint32_t tag, struct vsc_span value, unsigned depth)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, tag);
	struct vsc_in in = vsc_in_from(list);
	struct vsc_tlv tlv;
	uint32_t inner;
	bool ok = true;

	while (ok && vsc_in_left(&in) > 0 && (ok = vsc_tag_next(&in, &inner))) {
		struct vsc_in objects = vsc_in_from(value);
		bool found = false;

		while (!found && vsc_tlv_next(&objects, &tlv) > 0)
			found = tlv.tag == inner;
		if (!found)
			tlv = (struct vsc_tlv){ .tag = 0 };
		ok = put(out, &in, true, inner, tlv.whole, tlv.value, depth + 1);
	}
	vsc_tlv_end(out, mark);
	return ok;
}

static bool
put(struct vsc_out *out, struct vsc_in *list, bool extended, uint32_t tag, struct vsc_span whole,
    struct vsc_span value, unsigned depth)
{
	bool template = vsc_tlv_tag_constructed(tag), all = false;
	struct vsc_span inner;
	size_t len = 0;

	if (depth > LIST_DEPTH || !next_length(list, &len, &all))
		return false;
	if (all) {
		vsc_out_put(out, whole);
		return true;
	}
	if (!extended || !template) {
		if (whole.len > 0)
			vsc_tlv_put(out, tag, vsc_span_slice(value, 0, len));
		return true;
	}
	if (vsc_in_span(list, len, &inner) < 0)
		return false;
	return whole.len == 0 || put_template(out, inner, tag, value, depth);
}

bool
vsc_header_put(struct vsc_out *out, struct vsc_in *list, bool extended, uint32_t tag,
    struct vsc_span whole, struct vsc_span value)
{
	return put(out, list, extended, tag, whole, value, 0);
}

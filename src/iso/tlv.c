/* BER-TLV and SIMPLE-TLV data objects. Lengths are definite, of at most four bytes after the first;
 * tags have at most four bytes. */
#include "iso/tlv.h"

/* One more byte of a header: 1, or 0 when it is not there yet. */
static int
next_byte(struct vsc_in *in, uint8_t *byte)
{
	return vsc_in_u8(in, byte) < 0 ? 0 : 1;
}

/* ITU-T X.690 8.1.2.4: a number from 31 follows in groups of seven bits. 1, 0 more, < 0 */
static int
read_long_tag(struct vsc_in *in, uint32_t *tag)
{
	uint8_t byte;

	for (int i = 0; i < 3; i++) {
		if (next_byte(in, &byte) == 0)
			return 0;
		if (i == 0 && byte == 0x80)
			return VSC_E_FORMAT; /* a leading group of zeros */
		*tag = *tag << 8 | byte;
		if ((byte & 0x80) == 0)
			return 1;
	}
	return VSC_E_FORMAT;
}

static int
read_length(struct vsc_in *in, size_t *len)
{
	uint8_t first, byte;

	if (next_byte(in, &first) == 0)
		return 0;
	*len = first;
	if (first < 0x80)
		return 1;
	if (first == 0x80 || first > 0x84)
		return VSC_E_FORMAT; /* indefinite, or more than four bytes */
	*len = 0;
	for (int i = 0; i < (first & 0x7F); i++) {
		if (next_byte(in, &byte) == 0)
			return 0;
		*len = *len << 8 | byte;
	}
	return 1;
}

/* Moves `in` past tag and length, also when they turn out to be cut off or malformed. */
static int
read_header(struct vsc_in *in, struct vsc_tlv *tlv, size_t *len)
{
	uint8_t first;
	int r;

	if (next_byte(in, &first) == 0)
		return 0;
	tlv->tag = first;
	tlv->constructed = (first & 0x20) != 0;
	if ((first & 0x1F) == 0x1F && (r = read_long_tag(in, &tlv->tag)) <= 0)
		return r;
	return read_length(in, len);
}

/* The object at the cursor. 1 or < 0; *in moves only if there is one. (The cursor is moved and put
 * back: copies of it cost more than the parsing.) */
static int
read_object(struct vsc_in *in, struct vsc_tlv *tlv)
{
	const uint8_t *start = in->cur;
	size_t len;

	if (read_header(in, tlv, &len) <= 0 || vsc_in_span(in, len, &tlv->value) < 0) {
		in->cur = start;
		return VSC_E_FORMAT;
	}
	tlv->whole = vsc_span_from(start, (size_t)(in->cur - start));
	return 1;
}

int
vsc_tlv_next(struct vsc_in *in, struct vsc_tlv *tlv)
{
	/* ISO/IEC 7816-4:2020 6.3: '00' and 'FF' before, between or after data objects mean nothing
	 */
	while (vsc_in_left(in) > 0 && (*in->cur == 0x00 || *in->cur == 0xFF))
		in->cur++;
	return vsc_in_left(in) > 0 ? read_object(in, tlv) : 0;
}

int
vsc_tlv_next_der(struct vsc_in *in, struct vsc_tlv *tlv)
{
	const uint8_t *start = in->cur;

	if (vsc_in_left(in) == 0)
		return 0;
	if (read_object(in, tlv) > 0 && vsc_tlv_tag_valid(tlv->tag) &&
	    tlv->whole.len == vsc_tlv_size(tlv->tag, tlv->value.len))
		return 1;
	in->cur = start;
	return VSC_E_FORMAT;
}

int
vsc_tlv_header(struct vsc_in *in, uint32_t *tag, size_t *len)
{
	const uint8_t *start = in->cur;
	struct vsc_tlv tlv = { 0 };
	int r = read_header(in, &tlv, len);

	if (r > 0)
		*tag = tlv.tag;
	else
		in->cur = start;
	return r;
}

int
vsc_tlv_find(struct vsc_span data, uint32_t tag, struct vsc_span *value)
{
	struct vsc_in in = vsc_in_from(data);
	struct vsc_tlv tlv;
	int r;

	while ((r = vsc_tlv_next(&in, &tlv)) > 0) {
		if (tlv.tag != tag)
			continue;
		*value = tlv.value;
		return 0;
	}
	return r < 0 ? r : VSC_E_NOT_FOUND;
}

int
vsc_tlv_find_path(struct vsc_span data, const uint32_t *path, struct vsc_span *value)
{
	for (; *path != 0; path++) {
		int r = vsc_tlv_find(data, *path, &data);

		if (r < 0)
			return r;
	}
	*value = data;
	return 0;
}

int
vsc_tlv_only(struct vsc_span data, uint32_t tag, struct vsc_span *value)
{
	struct vsc_in in = vsc_in_from(data);
	struct vsc_tlv tlv;

	if (read_object(&in, &tlv) < 0 || vsc_in_left(&in) != 0)
		return VSC_E_FORMAT;
	if (tlv.tag != tag)
		return VSC_E_NOT_FOUND;
	*value = tlv.value;
	return 0;
}

bool
vsc_tlv_valid(struct vsc_span data, unsigned depth)
{
	struct vsc_in in = vsc_in_from(data);
	struct vsc_tlv tlv;
	int r;

	while ((r = vsc_tlv_next(&in, &tlv)) > 0)
		if (tlv.constructed && depth > 0 && !vsc_tlv_valid(tlv.value, depth - 1))
			return false;
	return r == 0;
}

static unsigned
tag_size(uint32_t tag)
{
	return tag > 0xFFFFFF ? 4 : tag > 0xFFFF ? 3 : tag > 0xFF ? 2 : 1;
}

static unsigned
length_size(size_t len)
{
	return len > 0xFFFFFF ? 5 : len > 0xFFFF ? 4 : len > 0xFF ? 3 : len > 0x7F ? 2 : 1;
}

bool
vsc_tlv_tag_constructed(uint32_t tag)
{
	return (tag >> (8 * (tag_size(tag) - 1)) & 0x20) != 0;
}

/* Is this the shortest form of a tag number, and none of the padding bytes? */
bool
vsc_tlv_tag_valid(uint32_t tag)
{
	unsigned more = tag_size(tag) - 1;

	if (tag == 0x00 || (tag >> (8 * more) & 0x1F) != 0x1F)
		return tag != 0x00 && more == 0;
	if (more == 0)
		return false;
	/* a number below 31 belongs into the first byte (ISO/IEC 7816-4:2020 6.3) */
	if (more == 1 && tag % 0x100 < 0x1F)
		return false;
	for (unsigned i = more; i > 0; i--) {
		uint8_t byte = (uint8_t)(tag >> (8 * (i - 1)));

		if ((i == more && byte == 0x80) || ((byte & 0x80) != 0) != (i > 1))
			return false;
	}
	return true;
}

void
vsc_tlv_put_tag(struct vsc_out *out, uint32_t tag)
{
	for (unsigned i = tag_size(tag); i > 0; i--)
		vsc_out_u8(out, (uint8_t)(tag >> (8 * (i - 1))));
}

void
vsc_tlv_put_length(struct vsc_out *out, size_t len)
{
	unsigned size = length_size(len);
	uint8_t field[5];

	if (len > UINT32_MAX) {
		out->full = true;
		return;
	}
	field[0] = size == 1 ? (uint8_t)len : (uint8_t)(0x80 | (size - 1));
	for (unsigned i = 1; i < size; i++)
		field[i] = (uint8_t)(len >> (8 * (size - 1 - i)));
	vsc_out_put(out, vsc_span_from(field, size));
}

void
vsc_tlv_put(struct vsc_out *out, uint32_t tag, struct vsc_span value)
{
	vsc_tlv_put_tag(out, tag);
	vsc_tlv_put_length(out, value.len);
	vsc_out_put(out, value);
}

void
vsc_tlv_put_u8(struct vsc_out *out, uint32_t tag, uint8_t value)
{
	vsc_tlv_put(out, tag, VSC_BYTES(value));
}

void
vsc_tlv_put_u16(struct vsc_out *out, uint32_t tag, uint16_t value)
{
	vsc_tlv_put(out, tag, VSC_BYTES((uint8_t)(value >> 8), (uint8_t)value));
}

size_t
vsc_tlv_size(uint32_t tag, size_t value_len)
{
	return tag_size(tag) + length_size(value_len) + value_len;
}

/* One byte is kept for the length; a longer value is moved when it is complete. */
struct vsc_tlv_mark
vsc_tlv_begin(struct vsc_out *out, uint32_t tag)
{
	vsc_tlv_put_tag(out, tag);
	vsc_out_u8(out, 0);
	return (struct vsc_tlv_mark){ out->len };
}

void
vsc_tlv_end(struct vsc_out *out, struct vsc_tlv_mark mark)
{
	struct vsc_out field;
	size_t len, size;

	if (out->full)
		return; /* the mark may not be where it should */
	len = out->len - mark.value;
	size = length_size(len);
	vsc_out_insert(out, mark.value, size - 1);
	if (out->full)
		return;
	field = vsc_out_from(out->buf + mark.value - 1, size);
	vsc_tlv_put_length(&field, len);
	out->full = field.full;
}

int
vsc_simple_tlv_next(struct vsc_in *in, uint8_t *tag, struct vsc_span *value)
{
	struct vsc_in at = *in;
	uint8_t short_len;
	uint16_t len;

	if (vsc_in_left(in) == 0)
		return 0;
	/* ISO/IEC 7816-4:2020 6.2: tags 00 and FF are not used */
	if (vsc_in_u8(&at, tag) < 0 || *tag == 0x00 || *tag == 0xFF ||
	    vsc_in_u8(&at, &short_len) < 0)
		return VSC_E_FORMAT;
	len = short_len;
	if (short_len == 0xFF && vsc_in_u16(&at, &len) < 0)
		return VSC_E_FORMAT;
	if (vsc_in_span(&at, len, value) < 0)
		return VSC_E_FORMAT;
	*in = at;
	return 1;
}

void
vsc_simple_tlv_put(struct vsc_out *out, uint8_t tag, struct vsc_span value)
{
	if (tag == 0x00 || tag == 0xFF || value.len > UINT16_MAX) {
		out->full = true;
		return;
	}
	vsc_out_u8(out, tag);
	if (value.len < 0xFF) {
		vsc_out_u8(out, (uint8_t)value.len);
	} else {
		vsc_out_u8(out, 0xFF);
		vsc_out_u16(out, (uint16_t)value.len);
	}
	vsc_out_put(out, value);
}

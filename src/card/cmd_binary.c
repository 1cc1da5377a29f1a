/*
 * READ, UPDATE, WRITE, ERASE and SEARCH BINARY (ISO/IEC 7816-4:2020 11.3): transparent EFs. Offsets
 * count data units (the data coding byte says how large), lengths count bytes.
 */
#include "card/cmd.h"
#include "card/ef.h"
#include "card/engine.h"
#include "card/write.h"
#include "iso/tlv.h"

#define TAG_OFFSET        0x54u
#define TAG_DATA          0x53u
#define TAG_DATA_TEMPLATE 0x73u

/* What a command is about, however it said so. */
struct target {
	struct vsc_file *ef;
	size_t offset; /* in bytes */
	size_t end;    /* ERASE: the first byte to be left alone */
	bool has_offset, has_end, has_data;
	struct vsc_span data;
};

/* 12.1.1.9, table 118, bits 4-1: 2^n quartets; a single quartet is never made. */
static size_t
unit_size(const struct vsc_file *ef)
{
	unsigned n = ef->coding & 0x0F;

	return n == 0 ? 1 : (size_t)1 << (n - 1);
}

/* An offset of any length that makes sense, in bytes of this EF. */
static vsc_sw
read_offset(const struct vsc_file *ef, struct vsc_span value, size_t *offset)
{
	if (value.len < 1 || value.len > 4)
		return VSC_SW_WRONG_DATA;
	*offset = (size_t)vsc_span_number(value) * unit_size(ef);
	return VSC_SW_OK;
}

/* Even instruction: bit 8 of P1 says that a short identifier is in it and an offset of 8 bits in
 * P2, else the offset has 15 bits. */
static vsc_sw
locate_even(
    struct vsc_card *card, const struct vsc_apdu *cmd, enum vsc_access access, struct target *t)
{
	bool short_id = (cmd->p1 & 0x80) != 0;
	vsc_sw sw;

	if (short_id && (cmd->p1 & 0x60) != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "bits 7 and 6 of P1 must be 0");
	sw = vsc_ef_open(card, short_id ? cmd->p1 & 0x1F : 0, VSC_EF_TRANSPARENT, access, &t->ef);
	if (sw != VSC_SW_OK)
		return sw;
	t->offset = short_id ? cmd->p2 : (size_t)cmd->p1 << 8 | cmd->p2;
	t->offset *= unit_size(t->ef);
	t->has_offset = true;
	t->data = cmd->data;
	t->has_data = cmd->data.len > 0;
	return VSC_SW_OK;
}

/* One object of an odd instruction's data field. */
static vsc_sw
take_object(struct target *t, const struct vsc_tlv *tlv)
{
	if (tlv->tag == TAG_OFFSET && !t->has_offset) {
		t->has_offset = true;
		return read_offset(t->ef, tlv->value, &t->offset);
	}
	if (tlv->tag == TAG_OFFSET && !t->has_end) {
		t->has_end = true;
		return read_offset(t->ef, tlv->value, &t->end);
	}
	if ((tlv->tag == TAG_DATA || tlv->tag == TAG_DATA_TEMPLATE) && !t->has_data) {
		t->has_data = true;
		t->data = tlv->value;
		return VSC_SW_OK;
	}
	return VSC_SW_WRONG_DATA;
}

static vsc_sw
locate_odd(struct vsc_card *card, const struct vsc_apdu *cmd, struct target *t)
{
	struct vsc_in in = vsc_in_from(cmd->data);
	struct vsc_tlv tlv;
	vsc_sw sw;
	int rc;

	if ((sw = vsc_ef_by_p1p2(card, cmd, &t->ef)) != VSC_SW_OK)
		return sw;
	while ((rc = vsc_tlv_next(&in, &tlv)) > 0)
		if (take_object(t, &tlv) != VSC_SW_OK)
			return vsc_card_refuse(
			    card, VSC_SW_WRONG_DATA, "object %02X does not belong here", tlv.tag);
	if (rc < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "malformed objects");
	return VSC_SW_OK;
}

static bool
is_odd(const struct vsc_apdu *cmd)
{
	return (cmd->ins & 1) != 0;
}

/* The EF, where in it, and whether this may be done to it now. */
static vsc_sw
locate(struct vsc_card *card, const struct vsc_apdu *cmd, enum vsc_access access, struct target *t)
{
	vsc_sw sw;

	*t = (struct target){ .ef = NULL };
	if (!is_odd(cmd))
		return locate_even(card, cmd, access, t);
	if ((sw = locate_odd(card, cmd, t)) != VSC_SW_OK)
		return sw;
	return vsc_ef_check(card, t->ef, VSC_EF_TRANSPARENT, access);
}

/* An odd instruction needs its offset, whatever it writes its data, and no second offset. */
static vsc_sw
check_objects(struct vsc_card *card, const struct target *t, bool wants_data)
{
	if (!t->has_offset || t->has_end || t->has_data != wants_data)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA,
		    wants_data ? "one offset (54) and data (53 or 73) are needed"
			       : "one offset (54) is needed");
	return VSC_SW_OK;
}

/* The bytes that can be returned for Ne; in an object of tag 53 its head counts as well. */
static size_t
limit_for(const struct vsc_apdu *cmd, const struct vsc_out *out)
{
	size_t limit = cmd->ne < out->cap ? cmd->ne : out->cap;
	size_t head;

	if (!is_odd(cmd))
		return limit;
	head = limit > 258 ? 4 : limit > 129 ? 3 : 2;
	return limit < head ? 0 : limit - head;
}

/* 5.2: Le of zeros means "as much as there is", any other number of bytes was meant. */
static bool
asks_for_all(const struct vsc_apdu *cmd)
{
	return cmd->all || cmd->ne == (cmd->extended ? VSC_NE_EXTENDED_MAX : VSC_NE_SHORT_MAX);
}

vsc_sw
vsc_cmd_read_binary(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_span found;
	struct target t;
	size_t limit;
	vsc_sw sw;

	if ((sw = locate(card, cmd, VSC_ACCESS_READ, &t)) != VSC_SW_OK)
		return sw;
	if (is_odd(cmd) && (sw = check_objects(card, &t, false)) != VSC_SW_OK)
		return sw;
	if (!is_odd(cmd) && cmd->data.len > 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "no data field expected");
	if (!cmd->has_le)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "READ BINARY needs Le");
	if (t.offset >= t.ef->content.len)
		return vsc_card_refuse(
		    card, VSC_SW_OFFSET, "offset %zu of %zu bytes", t.offset, t.ef->content.len);
	limit = limit_for(cmd, out);
	found = vsc_span_slice(vsc_file_content(t.ef), t.offset, limit);
	if (is_odd(cmd))
		vsc_tlv_put(out, TAG_DATA, found);
	else
		vsc_out_put(out, found);
	if (found.len < limit && !asks_for_all(cmd))
		return VSC_SW_END_OF_FILE;
	return VSC_SW_OK;
}

/* What UPDATE and WRITE have in common: where data goes must be inside the EF. */
static vsc_sw
locate_write(
    struct vsc_card *card, const struct vsc_apdu *cmd, enum vsc_access access, struct target *t)
{
	vsc_sw sw;

	if ((sw = locate(card, cmd, access, t)) != VSC_SW_OK)
		return sw;
	if (is_odd(cmd) && (sw = check_objects(card, t, true)) != VSC_SW_OK)
		return sw;
	if (!t->has_data)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "nothing to write");
	if (t->offset > t->ef->content.len)
		return vsc_card_refuse(
		    card, VSC_SW_OFFSET, "offset %zu of %zu bytes", t->offset, t->ef->content.len);
	if (t->data.len > t->ef->content.len - t->offset)
		return vsc_card_refuse(card, VSC_SW_NO_SPACE, "%zu bytes at %zu of %zu",
		    t->data.len, t->offset, t->ef->content.len);
	return VSC_SW_OK;
}

vsc_sw
vsc_cmd_update_binary(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct target t;
	vsc_sw sw;

	(void)out;
	if ((sw = locate_write(card, cmd, VSC_ACCESS_UPDATE, &t)) != VSC_SW_OK)
		return sw;
	if (vsc_file_write(&card->fs, t.ef, t.offset, t.data) < 0)
		return VSC_SW_MEMORY_FAILURE;
	return VSC_SW_OK;
}

vsc_sw
vsc_cmd_write_binary(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct target t;
	vsc_sw sw;

	(void)out;
	if ((sw = locate_write(card, cmd, VSC_ACCESS_WRITE, &t)) != VSC_SW_OK)
		return sw;
	if (t.data.len == 0)
		return VSC_SW_OK;
	sw = vsc_write_combine(t.ef->coding, t.ef->content.ptr + t.offset, t.data);
	if (sw != VSC_SW_OK)
		return vsc_card_refuse(card, sw, "written once already");
	vsc_file_mark(&card->fs, t.ef, VSC_DIRTY_CONTENT);
	return VSC_SW_OK;
}

/* 11.3.7: without a data field to the end; with one, up to the offset in it. */
static vsc_sw
erase_range(struct vsc_card *card, const struct vsc_apdu *cmd, struct target *t)
{
	if (is_odd(cmd) && t->has_data)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "only offsets (54) expected");
	if (!is_odd(cmd) && t->has_data) {
		if (read_offset(t->ef, t->data, &t->end) != VSC_SW_OK)
			return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "an offset expected");
		t->has_end = true;
	}
	if (!t->has_end)
		t->end = t->ef->content.len;
	if (t->offset > t->ef->content.len || t->end > t->ef->content.len)
		return vsc_card_refuse(card, VSC_SW_OFFSET, "outside of the EF");
	if (t->end < t->offset || (t->has_end && t->end == t->offset))
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "ends before it begins");
	return VSC_SW_OK;
}

vsc_sw
vsc_cmd_erase_binary(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct target t;
	vsc_sw sw;

	(void)out;
	if ((sw = locate(card, cmd, VSC_ACCESS_ERASE, &t)) != VSC_SW_OK ||
	    (sw = erase_range(card, cmd, &t)) != VSC_SW_OK)
		return sw;
	if (t.end > t.offset) {
		vsc_fill(
		    t.ef->content.ptr + t.offset, vsc_write_erased(t.ef->coding), t.end - t.offset);
		vsc_file_mark(&card->fs, t.ef, VSC_DIRTY_CONTENT);
	}
	return VSC_SW_OK;
}

/* The first data unit at or after the offset where the search string, or an erased byte, is. */
static size_t
search(const struct target *t)
{
	uint8_t erased = vsc_write_erased(t->ef->coding);
	struct vsc_span needle = t->data.len > 0 ? t->data : vsc_span_from(&erased, 1);
	size_t unit = unit_size(t->ef), at = t->offset;

	while ((at = vsc_span_find(vsc_file_content(t->ef), needle, at)) != SIZE_MAX) {
		if (at % unit == 0)
			break;
		at++;
	}
	return at;
}

static void
put_offset(struct vsc_out *out, size_t units)
{
	if (units > 0xFFFF)
		vsc_out_u24(out, (uint32_t)units);
	else
		vsc_out_u16(out, (uint16_t)units);
}

/* 11.3.6: an empty search string looks for erased bytes. */
vsc_sw
vsc_cmd_search_binary(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_tlv_mark mark;
	struct target t;
	size_t at;
	vsc_sw sw;

	if ((sw = locate(card, cmd, VSC_ACCESS_READ, &t)) != VSC_SW_OK)
		return sw;
	if (is_odd(cmd) && (!t.has_offset || t.has_end))
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "one offset (54) is needed");
	if (t.offset >= t.ef->content.len)
		return vsc_card_refuse(card, VSC_SW_OFFSET, "offset outside of the EF");
	if ((at = search(&t)) == SIZE_MAX)
		return vsc_card_refuse(card, VSC_SW_END_OF_FILE, "not found");
	if (!is_odd(cmd)) {
		put_offset(out, at / unit_size(t.ef));
		return VSC_SW_OK;
	}
	mark = vsc_tlv_begin(out, TAG_OFFSET);
	put_offset(out, at / unit_size(t.ef));
	vsc_tlv_end(out, mark);
	return VSC_SW_OK;
}

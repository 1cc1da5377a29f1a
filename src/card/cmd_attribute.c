/*
 * GET ATTRIBUTE (ISO/IEC 7816-4:2020 11.7.2): what a file is. Its control parameters (7.4), one by
 * its tag in P1-P2 (34, of the current file), or those of a tag list (35, P1-P2 name the file).
 */
#include "base/auto.h"
#include "card/cmd.h"
#include "card/ef.h"
#include "card/engine.h"
#include "card/fcp.h"
#include "card/header_list.h"
#include "iso/tlv.h"

#define TAG_LIST 0x5Cu

/* As SELECT tells them, FCI of both kinds; room is theirs, and as large as what SELECT can tell. */
static vsc_sw
read_attributes(struct vsc_card *card, const struct vsc_file *file, struct vsc_blob *room,
    struct vsc_span *attributes)
{
	vsc_sw sw = vsc_card_allows(card, file, VSC_ACCESS_SELECT);
	struct vsc_out fci;

	if (sw != VSC_SW_OK)
		return sw;
	if (vsc_blob_alloc(room, VSC_RESPONSE_MAX) < 0)
		return VSC_SW_MEMORY_FAILURE;
	fci = vsc_out_from(room->ptr, room->len);
	vsc_fcp_put(&fci, file, VSC_FCI);
	if (fci.full || vsc_tlv_only(vsc_out_span(&fci), VSC_FCI, attributes) < 0)
		return VSC_SW_INTERNAL;
	return VSC_SW_OK;
}

static vsc_sw
not_there(struct vsc_card *card, uint32_t tag)
{
	return vsc_card_refuse(
	    card, VSC_SW_REFERENCE_NOT_FOUND, "the file has no attribute %02X", (unsigned)tag);
}

/* 34: the value. */
static vsc_sw
get_one(struct vsc_card *card, struct vsc_span attributes, uint32_t tag, struct vsc_out *out)
{
	struct vsc_span value;

	if (!vsc_tlv_tag_valid(tag))
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "%04X is no tag", (unsigned)tag);
	if (vsc_tlv_find(attributes, tag, &value) < 0)
		return not_there(card, tag);
	vsc_out_put(out, value);
	return VSC_SW_OK;
}

/* 35: the objects, in the order of the list; an empty list is all of them. */
static vsc_sw
get_listed(
    struct vsc_card *card, struct vsc_span attributes, struct vsc_span field, struct vsc_out *out)
{
	struct vsc_span list, value;
	struct vsc_in in;
	uint32_t tag;

	if (vsc_tlv_only(field, TAG_LIST, &list) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "a tag list (5C) is needed");
	if (list.len == 0)
		vsc_out_put(out, attributes);
	in = vsc_in_from(list);
	while (vsc_in_left(&in) > 0) {
		if (!vsc_tag_next(&in, &tag))
			return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "malformed tag list");
		if (vsc_tlv_find(attributes, tag, &value) < 0)
			return not_there(card, tag);
		vsc_tlv_put(out, tag, value);
	}
	return VSC_SW_OK;
}

vsc_sw
vsc_cmd_get_attribute(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct vsc_apdu current = { .p1 = 0 };
	const bool odd = (cmd->ins & 1) != 0;
	VSC_AUTO_BLOB room = { NULL, 0 };
	struct vsc_span attributes;
	struct vsc_file *file;
	vsc_sw sw;

	if (!odd && cmd->data.len > 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "no data field expected");
	if ((sw = vsc_file_by_p1p2(card, odd ? cmd : &current, &file)) != VSC_SW_OK ||
	    (sw = read_attributes(card, file, &room, &attributes)) != VSC_SW_OK)
		return sw;
	if (odd)
		return get_listed(card, attributes, cmd->data, out);
	return get_one(card, attributes, (uint32_t)cmd->p1 << 8 | cmd->p2, out);
}

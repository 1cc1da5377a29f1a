/*
 * GET DATA, PUT DATA, UPDATE DATA and DELETE DATA, GET NEXT DATA and PUT NEXT DATA (ISO/IEC
 * 7816-4:2020 11.5, 7816-9): "next" is for several objects with one tag; SELECT DATA is in
 * cmd_select_data.c. Even instructions name one object in P1-P2 and carry its value, in the current
 * EF if it holds objects, else in the current DF. Odd ones name a file in P1-P2 and carry whole
 * objects.
 */
#include "base/auto.h"
#include "card/cmd.h"
#include "card/ef.h"
#include "card/engine.h"
#include "card/header_list.h"
#include "card/object.h"
#include "iso/tlv.h"

#define INS_GET_NEXT    0xCCu
#define INS_PUT_NEXT    0xD8u
#define INS_UPDATE      0xDEu
#define TAG_LIST        0x5Cu
#define TAG_EXTENDED    0x4Du /* extended header list */
#define TAG_HEADER_LIST 0x5Du
#define TAG_TEMPLATE    0xA0u /* security attribute template for data objects */
#define ALL_BER         0x00FFu
#define ALL_SIMPLE      0x02FFu

/* --- Where, and what --- */

/* A file that can hold objects: the current EF of a TLV structure, or the current DF. */
vsc_sw
vsc_object_context(struct vsc_card *card, struct vsc_file **file)
{
	struct vsc_position *position = vsc_card_position(card);

	*file = position->df;
	if (position->ef != NULL && vsc_file_structure(position->ef) >= VSC_FILE_BER_TLV)
		*file = position->ef;
	if (*file == NULL)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND, "the card has no files");
	return vsc_file_in_use(card, *file);
}

/* P1-P2 of an odd instruction: 3FFF the current DF, 0000 the current context, else an EF. */
static vsc_sw
odd_context(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_file **file)
{
	unsigned p1p2 = (unsigned)cmd->p1 << 8 | cmd->p2;
	vsc_sw sw;

	if (p1p2 == 0)
		return vsc_object_context(card, file);
	if (p1p2 == VSC_FID_CURRENT || p1p2 == VSC_FID_MF) {
		*file = p1p2 == VSC_FID_MF ? card->fs.mf : vsc_card_position(card)->df;
		if (*file == NULL)
			return vsc_card_refuse(
			    card, VSC_SW_FILE_NOT_FOUND, "the card has no files");
		return vsc_file_in_use(card, *file);
	}
	if ((sw = vsc_ef_by_p1p2(card, cmd, file)) != VSC_SW_OK)
		return sw;
	if (vsc_file_structure(*file) != VSC_FILE_BER_TLV)
		return vsc_card_refuse(
		    card, VSC_SW_INCOMPATIBLE_FILE, "the EF holds no BER-TLV objects");
	return vsc_file_in_use(card, *file);
}

/* Table 83: what P1-P2 of an even instruction means in this file. 0: nothing. */
static vsc_sw
even_tag(
    struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_file *file, uint32_t *tag)
{
	unsigned p1p2 = (unsigned)cmd->p1 << 8 | cmd->p2;
	bool simple = vsc_file_structure(file) == VSC_FILE_SIMPLE_TLV;

	*tag = p1p2;
	if (cmd->p1 == 0x02) {
		*tag = cmd->p2;
		if (cmd->p2 == 0 || cmd->p2 == 0xFF)
			return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "no SIMPLE-TLV tag");
		if (!simple)
			return vsc_card_refuse(
			    card, VSC_SW_REFERENCE_NOT_FOUND, "no SIMPLE-TLV objects here");
		return VSC_SW_OK;
	}
	if (p1p2 < 0x40 || (p1p2 > 0xFF && p1p2 < 0x4000) || !vsc_tlv_tag_valid(p1p2))
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 is no tag");
	if (simple)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "only SIMPLE-TLV objects here");
	return VSC_SW_OK;
}

/* --- May we --- */

static vsc_sw
template_allows(struct vsc_card *card, const struct vsc_file *file, struct vsc_span attributes,
    enum vsc_access access)
{
	vsc_sw sw;

	if ((sw = vsc_rule_channel_allows(card, file, access)) != VSC_SW_OK ||
	    (sw = vsc_rule_channel_judge(card, file, vsc_rule_channel_of(attributes))) != VSC_SW_OK)
		return sw;
	return vsc_rule_judge(card, file, attributes, access == VSC_ACCESS_READ ? 0x01 : 0x02);
}

/* 9.3.5: a template A0 holds a tag list and attributes for these objects; others follow the file.
 */
vsc_sw
vsc_object_allows(
    struct vsc_card *card, const struct vsc_file *file, uint32_t tag, enum vsc_access access)
{
	struct vsc_in in = vsc_in_from(vsc_blob_span(&file->security));
	struct vsc_span list;
	struct vsc_tlv tlv;

	if (vsc_life_is(file, VSC_LIFE_CREATION) || vsc_life_is(file, VSC_LIFE_INITIALISATION))
		return VSC_SW_OK;
	while (vsc_tlv_next(&in, &tlv) > 0)
		if (tlv.tag == TAG_TEMPLATE && vsc_tlv_find(tlv.value, TAG_LIST, &list) == 0 &&
		    vsc_tag_listed(list, tag))
			return template_allows(card, file, tlv.value, access);
	return vsc_card_allows(card, file, access);
}

/* --- GET DATA --- */

/* Everything, if each object of it may be read: what has attributes of its own keeps them. */
static vsc_sw
get_all(struct vsc_card *card, const struct vsc_file *file, struct vsc_out *out)
{
	struct vsc_in in = vsc_in_from(vsc_file_content(file));
	vsc_sw sw = vsc_card_allows(card, file, VSC_ACCESS_READ);
	struct vsc_tlv tlv;

	while (sw == VSC_SW_OK && vsc_file_structure(file) != VSC_FILE_SIMPLE_TLV &&
	       vsc_tlv_next(&in, &tlv) > 0)
		sw = vsc_object_allows(card, file, tlv.tag, VSC_ACCESS_READ);
	if (sw != VSC_SW_OK)
		return sw;
	if (file->content.len == 0)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND, "no data objects here");
	vsc_out_put(out, vsc_file_content(file));
	return VSC_SW_OK;
}

static bool
is_next(const struct vsc_apdu *cmd)
{
	return (cmd->ins & 0xFE) == INS_GET_NEXT || (cmd->ins & 0xFE) == INS_PUT_NEXT;
}

/* The object that GET DATA (the first) or GET NEXT DATA means, which is the one last read then. */
static vsc_sw
find_object(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_file *file,
    uint32_t tag, struct vsc_span *whole, struct vsc_span *value)
{
	struct vsc_position *position = vsc_card_position(card);
	uint32_t n = 0;
	vsc_sw sw;

	if (position->object == tag && (is_next(cmd) || position->selected))
		n = position->occurrence + (is_next(cmd) ? 1 : 0);
	if (vsc_object_get(file, tag, n, whole, value) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no object %02X here", (unsigned)tag);
	if ((sw = vsc_object_allows(card, file, tag, VSC_ACCESS_READ)) != VSC_SW_OK)
		return sw;
	position->selected &= position->object == tag;
	position->object = tag;
	position->occurrence = n;
	return VSC_SW_OK;
}

static vsc_sw
get_even(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	unsigned p1p2 = (unsigned)cmd->p1 << 8 | cmd->p2;
	struct vsc_span whole, value;
	struct vsc_file *file;
	uint32_t tag;
	vsc_sw sw;

	if ((sw = vsc_object_context(card, &file)) != VSC_SW_OK)
		return sw;
	if (!is_next(cmd) &&
	    p1p2 == (vsc_file_structure(file) == VSC_FILE_SIMPLE_TLV ? ALL_SIMPLE : ALL_BER))
		return get_all(card, file, out);
	if ((sw = even_tag(card, cmd, file, &tag)) != VSC_SW_OK ||
	    (sw = find_object(card, cmd, file, tag, &whole, &value)) != VSC_SW_OK)
		return sw;
	vsc_out_put(out, value);
	return VSC_SW_OK;
}

/* Tags with lengths: of an object as many bytes at most (5D); or, of a constructed one, those
 * objects inside that the list in it names (4D). */
static vsc_sw
get_by_header_list(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_file *file,
    struct vsc_span list, bool extended, struct vsc_out *out)
{
	struct vsc_in in = vsc_in_from(list);
	struct vsc_span whole, value;
	uint32_t tag;
	vsc_sw sw;

	while (vsc_in_left(&in) > 0) {
		if (!vsc_tag_next(&in, &tag))
			return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "malformed header list");
		sw = find_object(card, cmd, file, tag, &whole, &value);
		if (sw == VSC_SW_REFERENCE_NOT_FOUND)
			whole = value = VSC_SPAN_EMPTY;
		else if (sw != VSC_SW_OK)
			return sw;
		if (!vsc_header_put(out, &in, extended, tag, whole, value))
			return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "malformed header list");
	}
	if (out->len == 0)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND, "none of them is here");
	return VSC_SW_OK;
}

/* What the tag list asks for and is there; an empty list means everything. */
static vsc_sw
get_odd(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_span list, whole, value;
	struct vsc_file *file;
	struct vsc_in in;
	uint32_t tag;
	vsc_sw sw;

	if ((sw = odd_context(card, cmd, &file)) != VSC_SW_OK)
		return sw;
	if (vsc_tlv_only(cmd->data, TAG_EXTENDED, &list) == 0)
		return get_by_header_list(card, cmd, file, list, true, out);
	if (vsc_tlv_only(cmd->data, TAG_HEADER_LIST, &list) == 0)
		return get_by_header_list(card, cmd, file, list, false, out);
	if (vsc_tlv_only(cmd->data, TAG_LIST, &list) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "a tag list (5C) or header list (5D, 4D) is needed");
	if (list.len == 0 && !is_next(cmd))
		return get_all(card, file, out);
	in = vsc_in_from(list);
	while (vsc_in_left(&in) > 0) {
		if (!vsc_tag_next(&in, &tag))
			return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "malformed tag list");
		sw = find_object(card, cmd, file, tag, &whole, &value);
		if (sw == VSC_SW_REFERENCE_NOT_FOUND)
			continue;
		if (sw != VSC_SW_OK)
			return sw;
		vsc_out_put(out, whole);
	}
	if (out->len == 0)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND, "none of them is here");
	return VSC_SW_OK;
}

vsc_sw
vsc_cmd_get_data(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	if ((cmd->ins & 1) != 0)
		return get_odd(card, cmd, out);
	if (cmd->data.len > 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "no data field expected");
	return get_even(card, cmd, out);
}

/* --- PUT DATA --- */

/* Which of several: the first, unless SELECT DATA has named one. */
static uint32_t
meant(struct vsc_card *card, uint32_t tag)
{
	const struct vsc_position *position = vsc_card_position(card);

	return position->selected && position->object == tag ? position->occurrence : 0;
}

static vsc_sw
put_one(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_file *file, uint32_t tag,
    struct vsc_span value)
{
	struct vsc_span whole, old;
	uint32_t n = meant(card, tag);
	int rc;

	if ((cmd->ins & 0xFE) == INS_UPDATE && vsc_object_get(file, tag, n, &whole, &old) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no object %02X here", (unsigned)tag);
	rc = is_next(cmd) ? vsc_object_append(&card->fs, file, tag, value)
			  : vsc_object_put(&card->fs, file, tag, n, value);
	if (rc == VSC_E_SPACE)
		return vsc_card_refuse(card, VSC_SW_NO_SPACE, "no room for the object");
	return rc < 0 ? VSC_SW_MEMORY_FAILURE : VSC_SW_OK;
}

static vsc_sw
put_even(struct vsc_card *card, const struct vsc_apdu *cmd)
{
	struct vsc_file *file;
	uint32_t tag;
	vsc_sw sw;

	if ((sw = vsc_object_context(card, &file)) != VSC_SW_OK ||
	    (sw = even_tag(card, cmd, file, &tag)) != VSC_SW_OK ||
	    (sw = vsc_object_allows(card, file, tag, VSC_ACCESS_UPDATE)) != VSC_SW_OK)
		return sw;
	return put_one(card, cmd, file, tag, cmd->data);
}

/* All of them may be put, or none is. */
static vsc_sw
check_objects(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_file *file)
{
	struct vsc_in in = vsc_in_from(cmd->data);
	struct vsc_tlv tlv;
	vsc_sw sw;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) > 0)
		if ((sw = vsc_object_allows(card, file, tlv.tag, VSC_ACCESS_UPDATE)) != VSC_SW_OK)
			return sw;
	if (rc < 0 || cmd->data.len == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "data objects expected");
	if (file->content.len + cmd->data.len > VSC_FILE_MAX)
		return VSC_SW_NO_SPACE;
	return VSC_SW_OK;
}

/* All or nothing: what there is no room for takes the others back. */
static vsc_sw
put_odd(struct vsc_card *card, const struct vsc_apdu *cmd)
{
	struct vsc_in in = vsc_in_from(cmd->data);
	VSC_AUTO_BLOB before = { NULL, 0 };
	struct vsc_file *file;
	struct vsc_tlv tlv;
	vsc_sw sw;

	if ((sw = odd_context(card, cmd, &file)) != VSC_SW_OK ||
	    (sw = check_objects(card, cmd, file)) != VSC_SW_OK)
		return sw;
	if (vsc_blob_set(&before, vsc_file_content(file)) < 0)
		return VSC_SW_INTERNAL;
	while (sw == VSC_SW_OK && vsc_tlv_next(&in, &tlv) > 0)
		sw = put_one(card, cmd, file, tlv.tag, tlv.value);
	if (sw != VSC_SW_OK && vsc_file_replace(&card->fs, file, vsc_blob_span(&before)) < 0)
		return VSC_SW_MEMORY_FAILURE;
	return sw;
}

vsc_sw
vsc_cmd_put_data(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	return (cmd->ins & 1) != 0 ? put_odd(card, cmd) : put_even(card, cmd);
}

/* --- DELETE DATA --- */

static vsc_sw
delete_one(struct vsc_card *card, struct vsc_file *file, uint32_t tag)
{
	int rc;
	vsc_sw sw;

	if ((sw = vsc_object_allows(card, file, tag, VSC_ACCESS_UPDATE)) != VSC_SW_OK)
		return sw;
	rc = vsc_object_delete(&card->fs, file, tag, meant(card, tag));
	if (rc == VSC_E_NOT_FOUND)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no object %02X here", (unsigned)tag);
	if (vsc_card_position(card)->object == tag)
		vsc_card_position(card)->object = 0;
	return rc < 0 ? VSC_SW_MEMORY_FAILURE : VSC_SW_OK;
}

/* All of a tag list, or none. */
static vsc_sw
delete_listed(struct vsc_card *card, struct vsc_file *file, struct vsc_span list)
{
	struct vsc_in in = vsc_in_from(list);
	VSC_AUTO_BLOB before = { NULL, 0 };
	vsc_sw sw = VSC_SW_OK;
	uint32_t tag;

	if (list.len == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "an empty tag list");
	if (vsc_blob_set(&before, vsc_file_content(file)) < 0)
		return VSC_SW_INTERNAL;
	while (sw == VSC_SW_OK && vsc_in_left(&in) > 0)
		sw = vsc_tag_next(&in, &tag)
			 ? delete_one(card, file, tag)
			 : vsc_card_refuse(card, VSC_SW_WRONG_DATA, "malformed tag list");
	if (sw != VSC_SW_OK && vsc_file_replace(&card->fs, file, vsc_blob_span(&before)) < 0)
		return VSC_SW_MEMORY_FAILURE;
	return sw;
}

/* The tag in P1-P2; or P1-P2 0000 and a tag list. */
vsc_sw
vsc_cmd_delete_data(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_file *file;
	struct vsc_span list;
	uint32_t tag;
	vsc_sw sw;

	(void)out;
	if ((sw = vsc_object_context(card, &file)) != VSC_SW_OK)
		return sw;
	if (cmd->p1 == 0 && cmd->p2 == 0) {
		if (vsc_tlv_only(cmd->data, TAG_LIST, &list) < 0)
			return vsc_card_refuse(
			    card, VSC_SW_WRONG_DATA, "a tag list (5C) is needed");
		return delete_listed(card, file, list);
	}
	if (cmd->data.len > 0)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_LENGTH, "the tag is in P1-P2: no data field expected");
	if ((sw = even_tag(card, cmd, file, &tag)) != VSC_SW_OK)
		return sw;
	return delete_one(card, file, tag);
}

/*
 * SELECT DATA (ISO/IEC 7816-4:2020 11.5): which of several objects with one tag GET DATA, PUT DATA
 * and their like mean from now on, until another tag or file is used. P1 counts from 0; the data
 * field is a tag list of one tag (5C), bare or in a general reference template (60), where a file
 * reference (51) may say in which file.
 */
#include "card/cmd.h"
#include "card/ef.h"
#include "card/engine.h"
#include "card/header_list.h"
#include "card/object.h"
#include "iso/tlv.h"

#define TAG_LIST      0x5Cu
#define TAG_FILE      0x51u
#define TAG_REFERENCE 0x60u

struct reference {
	uint32_t tag;
	struct vsc_span path; /* empty: here */
};

static bool
read_reference(struct vsc_span data, struct reference *ref)
{
	struct vsc_span objects, list;
	struct vsc_in in;

	if (vsc_tlv_only(data, TAG_REFERENCE, &objects) < 0)
		objects = data;
	if (vsc_tlv_find(objects, TAG_FILE, &ref->path) < 0)
		ref->path = VSC_SPAN_EMPTY;
	if (!vsc_tlv_valid(objects, 0) || vsc_tlv_find(objects, TAG_LIST, &list) < 0 ||
	    ref->path.len % 2 != 0)
		return false;
	in = vsc_in_from(list);
	return vsc_tag_next(&in, &ref->tag) && vsc_in_left(&in) == 0;
}

/* An EF or DF by identifiers from the current DF, or from the MF. */
static vsc_sw
enter(struct vsc_card *card, struct vsc_span path)
{
	struct vsc_file *file = vsc_card_position(card)->df;
	struct vsc_in in = vsc_in_from(path);
	uint16_t first;

	if (vsc_in_u16(&in, &first) < 0)
		return VSC_SW_OK;
	if (first == VSC_FID_MF) {
		file = card->fs.mf;
		path = vsc_in_rest(&in);
	}
	if (path.len > 0)
		file = vsc_fs_by_path(&card->fs, file, path);
	if (file == NULL)
		return vsc_card_refuse(card, VSC_SW_FILE_NOT_FOUND, "no such file (51)");
	vsc_card_enter(card, file);
	return VSC_SW_OK;
}

vsc_sw
vsc_cmd_select_data(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_position *position;
	struct vsc_span whole, value;
	struct reference ref;
	struct vsc_file *file;
	vsc_sw sw;

	(void)out;
	if (cmd->p2 != 0x00 && cmd->p2 != 0x04 && cmd->p2 != 0x0C)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P2 is 00, 04 or 0C");
	if (!read_reference(cmd->data, &ref))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "a list of one tag expected: 5C, or 60{5C}");
	if ((sw = enter(card, ref.path)) != VSC_SW_OK ||
	    (sw = vsc_object_context(card, &file)) != VSC_SW_OK)
		return sw;
	if (vsc_object_get(file, ref.tag, cmd->p1, &whole, &value) < 0)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND,
		    "no object %02X number %u here", (unsigned)ref.tag, cmd->p1);
	position = vsc_card_position(card);
	position->object = ref.tag;
	position->occurrence = cmd->p1;
	position->selected = true;
	return VSC_SW_OK;
}

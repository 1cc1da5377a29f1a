/*
 * CREATE FILE, DELETE FILE, ACTIVATE, DEACTIVATE and TERMINATE (ISO/IEC 7816-9:2017 5 and 6, life
 * cycle in ISO/IEC 7816-4:2020 7.4.10).
 */
#include "base/auto.h"
#include "card/cmd.h"
#include "card/ef.h"
#include "card/ef_dir.h"
#include "card/engine.h"
#include "card/fcp.h"
#include "iso/tlv.h"

#define TAG_FCP 0x62u
#define TAG_FCI 0x6Fu
#define TAG_FMD 0x64u

/* The data field: one template 62 or 6F, and file management data (64) if one likes. */
static vsc_sw
read_templates(
    struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_span *fcp, struct vsc_span *fmd)
{
	struct vsc_in in = vsc_in_from(cmd->data);
	bool got = false;
	struct vsc_tlv tlv;
	int rc;

	*fmd = VSC_SPAN_EMPTY;
	while ((rc = vsc_tlv_next(&in, &tlv)) > 0) {
		if ((tlv.tag == TAG_FCP || tlv.tag == TAG_FCI) && !got) {
			got = true;
			*fcp = tlv.value;
		} else if (tlv.tag == TAG_FMD) {
			*fmd = tlv.value;
		} else {
			return vsc_card_refuse(card, VSC_SW_WRONG_DATA,
			    "object %02X is not a template for a file", tlv.tag);
		}
	}
	if (rc < 0 || !got)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "a template 62 is needed");
	return VSC_SW_OK;
}

/* 7816-9 5.1: P1-P2 may give or repeat descriptor byte and short identifier; 0000: the data do. */
static vsc_sw
check_p1p2(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_file_spec *spec)
{
	if (cmd->p1 != 0 && cmd->p1 != spec->descriptor)
		return vsc_card_refuse(card, VSC_SW_NC_P1P2, "P1 is not the descriptor byte");
	if ((cmd->p2 & 0x07) != 0 || cmd->p2 >> 3 == 0x1F)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P2 is no short identifier");
	if (cmd->p2 != 0 && spec->sfi != 0 && spec->sfi != cmd->p2 >> 3)
		return vsc_card_refuse(card, VSC_SW_NC_P1P2, "P2 is not the short identifier");
	return VSC_SW_OK;
}

static vsc_sw
read_spec(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_file_spec *spec,
    struct vsc_out *scratch)
{
	struct vsc_span fcp = VSC_SPAN_EMPTY, fmd;
	vsc_sw sw;
	int rc;

	if ((sw = read_templates(card, cmd, &fcp, &fmd)) != VSC_SW_OK)
		return sw;
	rc = vsc_fcp_parse(spec, cmd->p1, fcp, scratch);
	if (rc == VSC_E_UNSUPPORTED)
		return vsc_card_refuse(card, VSC_SW_FUNCTION, "no such file on this card");
	if (rc < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "control parameters are wrong");
	if ((sw = check_p1p2(card, cmd, spec)) != VSC_SW_OK)
		return sw;
	if (cmd->p2 != 0 && spec->sfi == 0)
		spec->sfi = cmd->p2 >> 3;
	spec->fmd = fmd;
	/* an EF can only be found again by an identifier */
	if ((spec->descriptor & 0xBF) != VSC_FILE_DF && spec->fid == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "an EF needs an identifier (83)");
	if (spec->fid == 0 && spec->names.len == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "a DF needs 83 or 84");
	return VSC_SW_OK;
}

static vsc_sw
create_sw(struct vsc_card *card, int rc)
{
	static const struct {
		int rc;
		vsc_sw sw;
		const char *why;
	} reasons[] = {
		{ VSC_E_EXISTS, VSC_SW_FILE_EXISTS, "the identifier is taken in this DF" },
		{ VSC_E_BUSY, VSC_SW_NAME_EXISTS, "the name is taken on this card" },
		{ VSC_E_PARAM, VSC_SW_WRONG_DATA, "control parameters contradict each other" },
		{ VSC_E_FORMAT, VSC_SW_WRONG_DATA, "a malformed name" },
		{ VSC_E_SPACE, VSC_SW_NO_SPACE, "larger than this card's files are" },
		{ VSC_E_NOMEM, VSC_SW_NO_SPACE, "no memory" },
	};

	for (size_t i = 0; i < VSC_COUNT(reasons); i++)
		if (reasons[i].rc == rc)
			return vsc_card_refuse(card, reasons[i].sw, "%s", reasons[i].why);
	return rc < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

/* The new file becomes current. Without a life cycle status it is in creation state. */
vsc_sw
vsc_cmd_create_file(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_file *df = vsc_card_position(card)->df, *file;
	VSC_AUTO_BLOB store = { NULL, 0 };
	struct vsc_file_spec spec;
	struct vsc_out scratch;
	vsc_sw sw;

	(void)out;
	if (vsc_blob_alloc(&store, cmd->data.len) < 0)
		return VSC_SW_INTERNAL;
	scratch = vsc_out_from(store.ptr, store.len);
	if ((sw = read_spec(card, cmd, &spec, &scratch)) != VSC_SW_OK)
		return sw;
	if (df != NULL) {
		enum vsc_access access = (spec.descriptor & 0xBF) == VSC_FILE_DF
					     ? VSC_ACCESS_CREATE_DF
					     : VSC_ACCESS_CREATE_EF;

		if ((sw = vsc_file_in_use(card, df)) != VSC_SW_OK ||
		    (sw = vsc_card_allows(card, df, access)) != VSC_SW_OK)
			return sw;
	}
	if (spec.life == 0)
		spec.life = VSC_LIFE_CREATION;
	sw = create_sw(card, vsc_fs_add(&card->fs, df, &spec, &file));
	if (sw != VSC_SW_OK)
		return sw;
	vsc_ef_dir_enter(card, file);
	vsc_card_enter(card, file);
	return VSC_SW_OK;
}

/* --- Which file --- */

/* DELETE, ACTIVATE, DEACTIVATE: P1-P2 and data as SELECT, 0000 without data is the current file. */
static vsc_sw
named_file(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_file **file)
{
	struct vsc_position *position = vsc_card_position(card);
	vsc_sw sw;

	if (cmd->data.len == 0 && cmd->p1 == 0 && cmd->p2 == 0)
		*file = position->ef != NULL ? position->ef : position->df;
	else if ((sw = vsc_select_find(card, cmd, file)) != VSC_SW_OK)
		return sw;
	if (*file == NULL)
		return vsc_card_refuse(card, VSC_SW_FILE_NOT_FOUND, "the card has no files");
	return VSC_SW_OK;
}

/* 7816-9 5.2. The right is the file's own (delete itself) or its DF's (delete child), as 7816-4
 * tables 46 and 47 have it: both must be satisfied where both are given. */
vsc_sw
vsc_cmd_delete_file(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_file *file;
	vsc_sw sw;

	(void)out;
	if ((sw = named_file(card, cmd, &file)) != VSC_SW_OK)
		return sw;
	if (file->parent == NULL)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "the MF stays");
	if ((sw = vsc_card_allows(card, file, VSC_ACCESS_DELETE)) != VSC_SW_OK ||
	    (sw = vsc_card_allows(card, file->parent, VSC_ACCESS_DELETE_CHILD)) != VSC_SW_OK)
		return sw;
	vsc_ef_dir_leave(card, file);
	return vsc_card_delete_file(card, file) < 0 ? VSC_SW_MEMORY_FAILURE : VSC_SW_OK;
}

/* --- Life cycle --- */

struct life_change {
	enum vsc_access access; /* the right that is needed */
	uint8_t to;
	bool from_creation; /* also possible before the file is operational */
};

/* What a command does to which states; a terminated file stays so (7816-4:2020 7.4.10). */
static vsc_sw
change_life(struct vsc_card *card, struct vsc_file *file, const struct life_change *change)
{
	vsc_sw sw;

	if (vsc_life_is(file, VSC_LIFE_TERMINATED))
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "terminated files stay so");
	if (file->parent != NULL && (sw = vsc_file_in_use(card, file->parent)) != VSC_SW_OK)
		return sw;
	if (!change->from_creation && !vsc_life_is(file, VSC_LIFE_ACTIVATED) &&
	    !vsc_life_is(file, VSC_LIFE_DEACTIVATED))
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "the file is not operational yet");
	if ((sw = vsc_card_allows(card, file, change->access)) != VSC_SW_OK)
		return sw;
	vsc_file_set_life(&card->fs, file, change->to);
	return VSC_SW_OK;
}

static vsc_sw
change_named(struct vsc_card *card, const struct vsc_apdu *cmd, const struct life_change *change)
{
	struct vsc_file *file;
	vsc_sw sw = named_file(card, cmd, &file);

	return sw == VSC_SW_OK ? change_life(card, file, change) : sw;
}

vsc_sw
vsc_cmd_activate_file(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	static const struct life_change change = { VSC_ACCESS_ACTIVATE, VSC_LIFE_ACTIVATED, true };

	(void)out;
	return change_named(card, cmd, &change);
}

vsc_sw
vsc_cmd_deactivate_file(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	static const struct life_change change = { VSC_ACCESS_DEACTIVATE, VSC_LIFE_DEACTIVATED,
		false };

	(void)out;
	return change_named(card, cmd, &change);
}

static const struct life_change termination = { VSC_ACCESS_TERMINATE, VSC_LIFE_TERMINATED, true };

static vsc_sw
terminate(struct vsc_card *card, const struct vsc_apdu *cmd, bool df)
{
	struct vsc_file *file;
	vsc_sw sw;

	if ((sw = named_file(card, cmd, &file)) != VSC_SW_OK)
		return sw;
	if (vsc_file_is_df(file) != df)
		return vsc_card_refuse(
		    card, VSC_SW_INCOMPATIBLE_FILE, "the file is %s EF", df ? "an" : "no");
	return change_life(card, file, &termination);
}

vsc_sw
vsc_cmd_terminate_ef(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	return terminate(card, cmd, false);
}

vsc_sw
vsc_cmd_terminate_df(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	return terminate(card, cmd, true);
}

/* 7816-9 5.7: the card is done; SELECT and GET DATA still answer. Kept as the MF's life cycle. */
vsc_sw
vsc_cmd_terminate_card(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (card->fs.mf == NULL)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "the card has no MF");
	return change_life(card, card->fs.mf, &termination);
}

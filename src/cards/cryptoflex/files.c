/*
 * SELECT, DIR NEXT, CREATE FILE, DELETE FILE: the card's own words for its files. A file's access
 * conditions are kept with it as proprietary security attributes (ISO/IEC 7816-4:2020 7.4, tag 86).
 */
#include "base/auto.h"
#include "card/cmd.h"
#include "cards/cryptoflex/flex.h"
#include "iso/tlv.h"

#define TAG_ATTRIBUTES 0x86u

/* --- Attributes and room --- */

void
flex_attributes_put(struct vsc_out *out, const struct flex_attributes *attributes)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, TAG_ATTRIBUTES);

	vsc_out_u8(out, attributes->flags);
	vsc_out_put(out, VSC_SPAN_OF(attributes->ac));
	vsc_out_put(out, VSC_SPAN_OF(attributes->keys));
	vsc_tlv_end(out, mark);
}

struct flex_attributes
flex_attributes_of(const struct vsc_file *file)
{
	struct flex_attributes attributes = { 0xFF, { 0xFF, 0xFF, 0xFF }, { 0, 0, 0 } };
	struct vsc_span value;

	if (vsc_tlv_find(vsc_blob_span(&file->extra), TAG_ATTRIBUTES, &value) == 0 &&
	    value.len == 7) {
		attributes.flags = value.ptr[0];
		for (size_t i = 0; i < 3; i++) {
			attributes.ac[i] = value.ptr[1 + i];
			attributes.keys[i] = value.ptr[4 + i];
		}
	}
	return attributes;
}

/* What a file takes of its DF: whole words, and a header. */
static size_t
cost(size_t size, bool is_df)
{
	return ((size + 3) & ~(size_t)3) + (is_df ? 24 : 16);
}

size_t
flex_free_bytes(const struct vsc_file *df)
{
	size_t used = 0;

	for (const struct vsc_file *file = df->children; file != NULL; file = file->next)
		used += cost(file->size, vsc_file_is_df(file));
	return used < df->size ? df->size - used : 0;
}

/* --- SELECT --- */

/* What follows in a DF's answer: CHV1 is there, files, CHVs and unblock codes, then the tries that
 * each of those has left. Only those of this DF count. */
static void
put_df_details(struct vsc_card *card, const struct vsc_file *df, struct vsc_out *out)
{
	uint8_t efs = 0, dfs = 0, codes = 0;
	struct flex_secret secrets[4] = {
		flex_chv_pin(card, df, 1),
		flex_chv_puk(card, df, 1),
		flex_chv_pin(card, df, 2),
		flex_chv_puk(card, df, 2),
	};

	for (const struct vsc_file *file = df->children; file != NULL; file = file->next) {
		uint8_t *count = vsc_file_is_df(file) ? &dfs : &efs;

		*count = *count == UINT8_MAX ? UINT8_MAX : (uint8_t)(*count + 1);
	}
	for (size_t i = 0; i < VSC_COUNT(secrets); i++) {
		if (secrets[i].file != NULL && secrets[i].file->parent != df)
			secrets[i].file = NULL;
		if (secrets[i].file != NULL)
			codes++;
	}
	vsc_out_u8(out, secrets[0].file != NULL);
	vsc_out_u8(out, efs);
	vsc_out_u8(out, dfs);
	vsc_out_u8(out, codes);
	vsc_out_u8(out, 0);
	for (size_t i = 0; i < VSC_COUNT(secrets); i++)
		vsc_out_u8(out, secrets[i].file == NULL ? 0 : flex_secret_left(&secrets[i]));
}

/* An EF's: a byte that is not used, and the length of its records if they have one. */
static void
put_ef_details(const struct vsc_file *ef, struct vsc_out *out)
{
	vsc_out_u8(out, 0);
	if (ef->record_size != 0)
		vsc_out_u8(out, (uint8_t)ef->record_size);
}

/* As much of a length as two bytes can say. */
static uint16_t
in_u16(size_t size)
{
	return size > UINT16_MAX ? UINT16_MAX : (uint16_t)size;
}

static void
put_answer(struct vsc_card *card, const struct vsc_file *file, struct vsc_out *out)
{
	struct flex_attributes attributes = flex_attributes_of(file);
	bool is_df = vsc_file_is_df(file);
	size_t length_at;

	vsc_out_u16(out, 0);
	vsc_out_u16(out, in_u16(is_df ? flex_free_bytes(file) : file->size));
	vsc_out_u16(out, file->fid);
	vsc_out_u8(out, file->descriptor);
	vsc_out_u8(out, attributes.flags);
	vsc_out_put(out, VSC_SPAN_OF(attributes.ac));
	vsc_out_u8(out, vsc_life_is(file, VSC_LIFE_ACTIVATED) ? 0x01 : 0x00);
	vsc_out_u8(out, 0);
	length_at = out->len;
	if (is_df)
		put_df_details(card, file, out);
	else
		put_ef_details(file, out);
	if (!out->full)
		out->buf[length_at - 1] = (uint8_t)(out->len - length_at);
}

/* The ISO card finds the file and makes it current; what it would say of it we say ourselves. An
 * invalidated file is told by its status byte, not by the status word. */
vsc_sw
flex_select(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct vsc_position *position = vsc_card_position(card);
	struct vsc_apdu quiet = *cmd;
	vsc_sw sw;

	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (cmd->data.len != 2)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "one identifier at a time");
	quiet.p2 = 0x0C;
	sw = vsc_cmd_select(card, &quiet, out);
	if (sw != VSC_SW_OK && sw != VSC_SW_DEACTIVATED)
		return sw;
	flex_state(card)->listed = 0;
	put_answer(card, position->ef != NULL ? position->ef : position->df, out);
	return VSC_SW_OK;
}

/* --- DIR NEXT --- */

vsc_sw
flex_dir_next(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct vsc_file *df = vsc_card_position(card)->df, *file = df->children;
	struct flex_state *state = flex_state(card);
	vsc_sw sw;

	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (cmd->ne != 4)
		return VSC_SW_WRONG_LE | 4;
	if ((sw = flex_may(card, df, FLEX_LIST)) != VSC_SW_OK)
		return sw;
	for (uint32_t i = 0; i < state->listed && file != NULL; i++)
		file = file->next;
	if (file == NULL)
		return vsc_card_refuse(card, VSC_SW_FILE_NOT_FOUND, "no more files");
	state->listed++;
	vsc_out_u16(out, in_u16(file->size));
	vsc_out_u16(out, file->fid);
	return VSC_SW_OK;
}

/* --- GET AC KEYS --- */

/* The key numbers that go with the access conditions of the current file: SELECT does not tell. */
vsc_sw
flex_get_ac_keys(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct vsc_position *position = vsc_card_position(card);
	struct flex_attributes attributes =
	    flex_attributes_of(position->ef != NULL ? position->ef : position->df);

	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (cmd->ne != sizeof(attributes.keys))
		return VSC_SW_WRONG_LE | sizeof(attributes.keys);
	vsc_out_put(out, VSC_SPAN_OF(attributes.keys));
	return VSC_SW_OK;
}

/* --- CREATE FILE --- */

#define STATUS_ACTIVE   0x01u
#define LENGTH_COMMON   0x03u /* of what follows it: key numbers, */
#define LENGTH_RECORDED 0x04u /* and the length of a record */
#define FID_CURRENT     0x3FFFu

struct request {
	struct vsc_file_spec spec;
	struct flex_attributes attributes;
	uint8_t extra[2 + 7];
	uint8_t count; /* of records that are there at once */
};

static bool
has_record_length(uint8_t descriptor)
{
	return descriptor == VSC_FILE_LINEAR_FIXED || descriptor == VSC_FILE_CYCLIC;
}

/* FF FF | size (2) | identifier (2) | type | flags | conditions (3) | status | length of the rest |
 * key numbers (3) | length of a record */
static int
parse(struct vsc_span data, struct request *r)
{
	struct vsc_in in = vsc_in_from(data);
	uint8_t status, length, record = 0;
	struct vsc_span ac, keys;
	uint16_t ffff, size;

	if (vsc_in_u16(&in, &ffff) < 0 || vsc_in_u16(&in, &size) < 0 ||
	    vsc_in_u16(&in, &r->spec.fid) < 0 || vsc_in_u8(&in, &r->spec.descriptor) < 0 ||
	    vsc_in_u8(&in, &r->attributes.flags) < 0 || vsc_in_span(&in, 3, &ac) < 0 ||
	    vsc_in_u8(&in, &status) < 0 || vsc_in_u8(&in, &length) < 0 ||
	    vsc_in_span(&in, 3, &keys) < 0)
		return VSC_E_FORMAT;
	if (has_record_length(r->spec.descriptor) && vsc_in_u8(&in, &record) < 0)
		return VSC_E_FORMAT;
	if (vsc_in_left(&in) > 0 || ffff != 0xFFFF || status > STATUS_ACTIVE ||
	    length != (has_record_length(r->spec.descriptor) ? LENGTH_RECORDED : LENGTH_COMMON) ||
	    r->spec.fid == FID_CURRENT)
		return VSC_E_FORMAT;
	r->spec.size = size;
	r->spec.record_size = record;
	r->spec.life = status == STATUS_ACTIVE ? VSC_LIFE_ACTIVATED : VSC_LIFE_DEACTIVATED;
	for (size_t i = 0; i < 3; i++) {
		r->attributes.ac[i] = ac.ptr[i];
		r->attributes.keys[i] = keys.ptr[i];
	}
	return 0;
}

/* The types of this card, and what P2 (a number of records) may be for each. */
static vsc_sw
check_type(struct vsc_card *card, struct request *r, uint8_t count)
{
	static const struct {
		uint8_t descriptor;
		bool counted;
	} types[] = {
		{ VSC_FILE_TRANSPARENT, false },
		{ VSC_FILE_LINEAR_FIXED, true },
		{ VSC_FILE_LINEAR_VARIABLE, false },
		{ VSC_FILE_CYCLIC, true },
		{ VSC_FILE_DF, false },
	};

	for (size_t i = 0; i < VSC_COUNT(types); i++) {
		if (types[i].descriptor != r->spec.descriptor)
			continue;
		r->count = types[i].counted ? count : 0;
		return VSC_SW_OK;
	}
	return vsc_card_refuse(
	    card, VSC_SW_WRONG_DATA, "no files of type %02X", r->spec.descriptor);
}

/* All records are there from the beginning, filled with 00. */
static vsc_sw
add(struct vsc_card *card, struct vsc_file *df, struct request *r)
{
	VSC_AUTO_BLOB records = { NULL, 0 };
	struct vsc_out extra = vsc_out_from(r->extra, sizeof(r->extra));
	size_t len = (size_t)r->count * r->spec.record_size;
	struct vsc_file *file;
	int rc;

	if (cost(len > r->spec.size ? len : r->spec.size, r->spec.descriptor == VSC_FILE_DF) >
	    flex_free_bytes(df))
		return vsc_card_refuse(card, VSC_SW_NO_SPACE, "%zu bytes are free in %04X",
		    flex_free_bytes(df), df->fid);
	if (vsc_blob_alloc(&records, len) < 0)
		return VSC_SW_MEMORY_FAILURE;
	flex_attributes_put(&extra, &r->attributes);
	r->spec.extra = vsc_out_span(&extra);
	r->spec.content = vsc_blob_span(&records);
	r->spec.sfi = VSC_SFI_NONE;
	rc = vsc_fs_add(vsc_card_fs(card), df, &r->spec, &file);
	if (rc == VSC_E_EXISTS || rc == VSC_E_PARAM)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "the identifier is taken, or sizes do not fit");
	if (rc < 0)
		return vsc_card_refuse(card, VSC_SW_NO_SPACE, "%s", vsc_err_text(rc));
	vsc_card_enter(card, file);
	flex_state(card)->listed = 0;
	return VSC_SW_OK;
}

vsc_sw
flex_create_file(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_file *df = vsc_card_position(card)->df;
	struct request r = { .count = 0 };
	vsc_sw sw;

	(void)out;
	if (cmd->p1 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 must be 00");
	if (cmd->data.len != 16 && cmd->data.len != 17)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "16 or 17 bytes expected");
	if ((sw = flex_may(card, df, FLEX_CREATE)) != VSC_SW_OK)
		return sw;
	if (parse(cmd->data, &r) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "not a file's header");
	if ((sw = check_type(card, &r, cmd->p2)) != VSC_SW_OK)
		return sw;
	return add(card, df, &r);
}

/* --- DELETE FILE --- */

/* A child of the current DF, with all that is in it. */
vsc_sw
flex_delete_file(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_file *df = vsc_card_position(card)->df, *file;
	struct vsc_in in = vsc_in_from(cmd->data);
	uint16_t fid;
	vsc_sw sw;

	(void)out;
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (vsc_in_u16(&in, &fid) < 0 || vsc_in_left(&in) > 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "an identifier expected");
	if ((sw = flex_may(card, df, FLEX_DELETE)) != VSC_SW_OK)
		return sw;
	file = vsc_fs_by_fid(vsc_card_fs(card), df, fid);
	if (file == NULL || file->parent != df)
		return vsc_card_refuse(
		    card, VSC_SW_FILE_NOT_FOUND, "no %04X in %04X", fid, df->fid);
	flex_state(card)->listed = 0;
	return vsc_card_delete_file(card, file) < 0 ? VSC_SW_MEMORY_FAILURE : VSC_SW_OK;
}

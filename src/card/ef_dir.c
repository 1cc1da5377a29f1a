/* Which applications are on the card, in EF.DIR: see ef_dir.h. */
#include "card/ef_dir.h"

#include "base/auto.h"
#include "card/record.h"
#include "card/write.h"
#include "iso/tlv.h"

#define FID_DIR      0x2F00u
#define TAG_TEMPLATE 0x61u
#define TAG_AID      0x4Fu
#define TAG_NAME     0x84u
#define AID_MIN      5u
#define AID_MAX      16u

/* EF.DIR if it is in use; NULL. */
static struct vsc_file *
find_dir(const struct vsc_fs *fs)
{
	struct vsc_file *dir = vsc_fs_by_fid(fs, fs->mf, FID_DIR);

	if (dir == NULL || vsc_file_is_df(dir) || vsc_life_is(dir, VSC_LIFE_DEACTIVATED) ||
	    vsc_life_is(dir, VSC_LIFE_TERMINATED))
		return NULL;
	return dir;
}

/* 12.2.3: a registered application provider, international (A) or national (D), a standard (E), or
 * a proprietary name (F). */
static bool
is_aid(struct vsc_span name)
{
	if (name.len < AID_MIN || name.len > AID_MAX)
		return false;
	return name.ptr[0] >> 4 == 0xA || (name.ptr[0] >> 4 >= 0xD && name.ptr[0] >> 4 <= 0xF);
}

static bool
template_names(struct vsc_span value, struct vsc_span aid)
{
	struct vsc_span found;

	return vsc_tlv_find(value, TAG_AID, &found) == 0 && vsc_span_eq(found, aid);
}

/* --- A transparent EF.DIR: templates one after the other --- */

struct place {
	size_t start, end; /* of the template of this application; both 0: not there */
	size_t last;       /* where the templates end */
};

/* False: something else is in it. */
static bool
find_place(const struct vsc_file *dir, struct vsc_span aid, struct place *place)
{
	const struct vsc_span content = vsc_file_content(dir);
	struct vsc_in in = vsc_in_from(content);
	struct vsc_tlv tlv;
	int rc;

	*place = (struct place){ .last = 0 };
	while ((rc = vsc_tlv_next(&in, &tlv)) > 0) {
		if (tlv.tag != TAG_TEMPLATE)
			return false;
		place->last = (size_t)(in.cur - content.ptr);
		if (place->end == 0 && template_names(tlv.value, aid)) {
			place->end = place->last;
			place->start = place->end - tlv.whole.len;
		}
	}
	return rc == 0;
}

static int
enter_transparent(
    struct vsc_fs *fs, struct vsc_file *dir, struct vsc_span aid, struct vsc_span template)
{
	struct place place;

	if (!find_place(dir, aid, &place) || place.end != 0)
		return 0;
	return vsc_file_write(fs, dir, place.last, template);
}

/* What follows moves up, and what is free then is erased. */
static int
leave_transparent(struct vsc_fs *fs, struct vsc_file *dir, struct vsc_span aid)
{
	VSC_AUTO_BLOB fresh = { NULL, 0 };
	struct place place;
	struct vsc_out out;

	if (!find_place(dir, aid, &place) || place.end == 0)
		return 0;
	if (vsc_blob_alloc(&fresh, place.last - place.start) < 0)
		return VSC_E_NOMEM;
	out = vsc_out_from(fresh.ptr, fresh.len);
	vsc_out_put(&out, vsc_span_slice(vsc_file_content(dir), place.end, place.last - place.end));
	vsc_out_fill(&out, vsc_write_erased(dir->coding), place.end - place.start);
	return vsc_file_write(fs, dir, place.start, vsc_blob_span(&fresh));
}

/* --- An EF.DIR of records, a template in each --- */

static bool
is_erased(struct vsc_span record, uint8_t erased)
{
	for (size_t i = 0; i < record.len; i++)
		if (record.ptr[i] != erased)
			return false;
	return true;
}

/* The record with the template of this application, and one that is free; 0: none. */
static void
find_record(const struct vsc_file *dir, struct vsc_span aid, uint32_t *number, uint32_t *blank)
{
	const uint8_t erased = vsc_write_erased(dir->coding);
	struct vsc_span record;

	*number = *blank = 0;
	for (uint32_t n = 1; vsc_record_get(dir, n, &record) == 0; n++) {
		struct vsc_in in = vsc_in_from(record);
		struct vsc_tlv tlv;

		if (is_erased(record, erased))
			*blank = *blank == 0 && vsc_record_is_active(dir, n) ? n : *blank;
		else if (*number == 0 && vsc_tlv_next(&in, &tlv) > 0 && tlv.tag == TAG_TEMPLATE &&
			 template_names(tlv.value, aid))
			*number = n;
	}
}

static bool
has_variable_records(const struct vsc_file *dir)
{
	return vsc_file_structure(dir) == VSC_FILE_LINEAR_VARIABLE ||
	       vsc_file_structure(dir) == VSC_FILE_LINEAR_VARIABLE_TLV;
}

/* A record with these bytes; one of fixed length is filled up. */
static int
put_record(struct vsc_fs *fs, struct vsc_file *dir, uint32_t number, struct vsc_span bytes)
{
	VSC_AUTO_BLOB record = { NULL, 0 };
	struct vsc_out out;

	if (has_variable_records(dir))
		return number == 0 ? vsc_record_append(fs, dir, bytes)
				   : vsc_record_set(fs, dir, number, bytes);
	if (vsc_blob_alloc(&record, dir->record_size) < 0)
		return VSC_E_NOMEM;
	out = vsc_out_from(record.ptr, record.len);
	vsc_out_put(&out, bytes);
	vsc_out_fill(&out, vsc_write_erased(dir->coding), out.cap - out.len);
	if (out.full)
		return VSC_E_SPACE;
	bytes = vsc_blob_span(&record);
	return number == 0 ? vsc_record_append(fs, dir, bytes)
			   : vsc_record_set(fs, dir, number, bytes);
}

static int
enter_records(
    struct vsc_fs *fs, struct vsc_file *dir, struct vsc_span aid, struct vsc_span template)
{
	uint32_t number, blank;

	find_record(dir, aid, &number, &blank);
	return number != 0 ? 0 : put_record(fs, dir, blank, template);
}

static int
leave_records(struct vsc_fs *fs, struct vsc_file *dir, struct vsc_span aid)
{
	uint32_t number, blank;

	find_record(dir, aid, &number, &blank);
	return number == 0 ? 0 : put_record(fs, dir, number, VSC_SPAN_EMPTY);
}

/* --- Both --- */

static int
enter(struct vsc_fs *fs, struct vsc_file *dir, struct vsc_span aid)
{
	uint8_t template[4 + AID_MAX];
	struct vsc_out out = vsc_out_from(template, sizeof(template));
	struct vsc_tlv_mark mark = vsc_tlv_begin(&out, TAG_TEMPLATE);
	const uint8_t structure = vsc_file_structure(dir);

	vsc_tlv_put(&out, TAG_AID, aid);
	vsc_tlv_end(&out, mark);
	if (structure == VSC_FILE_TRANSPARENT)
		return enter_transparent(fs, dir, aid, vsc_out_span(&out));
	return structure < VSC_FILE_CYCLIC ? enter_records(fs, dir, aid, vsc_out_span(&out)) : 0;
}

static int
leave(struct vsc_fs *fs, struct vsc_file *dir, struct vsc_span aid)
{
	const uint8_t structure = vsc_file_structure(dir);

	if (structure == VSC_FILE_TRANSPARENT)
		return leave_transparent(fs, dir, aid);
	return structure < VSC_FILE_CYCLIC ? leave_records(fs, dir, aid) : 0;
}

typedef int change_fn(struct vsc_fs *fs, struct vsc_file *dir, struct vsc_span aid);

/* For each name of an application. */
static void
change(struct vsc_card *card, const struct vsc_file *df, change_fn *run)
{
	struct vsc_fs *fs = vsc_card_fs(card);
	struct vsc_in in = vsc_in_from(vsc_blob_span(&df->names));
	struct vsc_file *dir;
	struct vsc_tlv tlv;

	if (df->names.len == 0 || (dir = find_dir(fs)) == NULL)
		return;
	while (vsc_tlv_next(&in, &tlv) > 0)
		if (tlv.tag == TAG_NAME && is_aid(tlv.value) && run(fs, dir, tlv.value) < 0)
			vsc_card_log(card, VSC_LOG_DEBUG, "EF.DIR has no room: it stays as it is");
}

void
vsc_ef_dir_enter(struct vsc_card *card, const struct vsc_file *df)
{
	if (df->parent == vsc_card_fs(card)->mf)
		change(card, df, enter);
}

void
vsc_ef_dir_leave(struct vsc_card *card, const struct vsc_file *df)
{
	change(card, df, leave);
}

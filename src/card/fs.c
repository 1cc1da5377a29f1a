/* The file tree: see fs.h. The sorted list of names is in fs_name.c. */
#include "card/fs.h"

#include <stdlib.h>

#include "base/system.h"
#include "card/fs_name.h"
#include "card/rule.h"
#include "card/write.h"
#include "iso/tlv.h"

/* Keys of the index: a file in its DF by identifier and short identifier, and any file by number.
 */
enum { KEY_FID = 1, KEY_SFI = 2, KEY_ID = 3 };

/* A DF may have a name only (7.4.1); 0000 in the header of an EF is an identifier, which older
 * cards use. */
static bool
has_fid(const struct vsc_file *file)
{
	return file->fid != 0 || !vsc_file_is_df(file);
}

static uint64_t
key(uint64_t kind, const struct vsc_file *df, uint32_t value)
{
	return kind << 62 | (df == NULL ? 0 : (uint64_t)df->id << 24) | value;
}

void
vsc_file_mark(struct vsc_fs *fs, struct vsc_file *file, enum vsc_dirty what)
{
	if (file->dirty == 0) {
		file->dirty_next = fs->dirty;
		if (fs->dirty != NULL)
			fs->dirty->dirty_previous = file;
		fs->dirty = file;
	}
	file->dirty |= (uint8_t)what;
	if (fs->changed != NULL)
		*fs->changed = true;
}

void
vsc_fs_clean(struct vsc_fs *fs)
{
	struct vsc_file *next;

	for (struct vsc_file *file = fs->dirty; file != NULL; file = next) {
		next = file->dirty_next;
		file->dirty_next = file->dirty_previous = NULL;
		file->dirty = 0;
	}
	fs->dirty = NULL;
	fs->ndeleted = 0;
}

static void
unmark(struct vsc_fs *fs, const struct vsc_file *file)
{
	if (file->dirty_previous != NULL)
		file->dirty_previous->dirty_next = file->dirty_next;
	else
		fs->dirty = file->dirty_next;
	if (file->dirty_next != NULL)
		file->dirty_next->dirty_previous = file->dirty_previous;
}

static void
free_file(struct vsc_file *file)
{
	vsc_blob_free(&file->names);
	vsc_blob_free(&file->security);
	vsc_blob_free(&file->extra);
	vsc_blob_free(&file->fmd);
	vsc_blob_free(&file->content);
	vsc_blob_free(&file->inactive);
	free(file->records);
	free(file);
}

/* Children first, without recursion: a tree may be as deep as its maker likes. */
static struct vsc_file *
deepest(struct vsc_file *file)
{
	while (file->children != NULL)
		file = file->children;
	return file;
}

static void
unlink_file(struct vsc_fs *fs, struct vsc_file *file)
{
	struct vsc_file *df = file->parent;

	if (df == NULL) {
		fs->mf = NULL;
		return;
	}
	if (file->previous != NULL)
		file->previous->next = file->next;
	else
		df->children = file->next;
	if (file->next != NULL)
		file->next->previous = file->previous;
	else
		df->last_child = file->previous;
}

static void
link_file(struct vsc_fs *fs, struct vsc_file *file)
{
	struct vsc_file *df = file->parent;

	if (df == NULL) {
		fs->mf = file;
		return;
	}
	file->previous = df->last_child;
	if (df->last_child != NULL)
		df->last_child->next = file;
	else
		df->children = file;
	df->last_child = file;
}

/* A file that could not be indexed may have found another one under its key. */
static void
unindex_key(struct vsc_fs *fs, uint64_t k, const struct vsc_file *file)
{
	if (vsc_index_get(&fs->index, k) == file)
		vsc_index_remove(&fs->index, k);
}

static void
unindex(struct vsc_fs *fs, const struct vsc_file *file)
{
	unindex_key(fs, key(KEY_ID, NULL, file->id), file);
	if (has_fid(file))
		unindex_key(fs, key(KEY_FID, file->parent, file->fid), file);
	if (file->sfi != 0)
		unindex_key(fs, key(KEY_SFI, file->parent, file->sfi), file);
	vsc_names_remove(fs, file);
}

/* The store must hear of every file that is gone: no room for its number, no deletion. */
static int
remember_deleted(struct vsc_fs *fs, uint32_t id)
{
	uint32_t *more;

	if (fs->ndeleted == fs->deleted_room) {
		more = vsc_realloc_array(fs->deleted, fs->deleted_room * 2 + 16, sizeof(*more));
		if (more == NULL)
			return VSC_E_NOMEM;
		fs->deleted = more;
		fs->deleted_room = fs->deleted_room * 2 + 16;
	}
	fs->deleted[fs->ndeleted++] = id;
	return 0;
}

static int
delete_one(struct vsc_fs *fs, struct vsc_file *file)
{
	int rc;

	if ((rc = remember_deleted(fs, file->id)) < 0)
		return rc;
	if (fs->changed != NULL)
		*fs->changed = true;
	unindex(fs, file);
	if (file->dirty != 0)
		unmark(fs, file);
	unlink_file(fs, file);
	fs->allocated -= file->size;
	free_file(file);
	return 0;
}

int
vsc_fs_delete(struct vsc_fs *fs, struct vsc_file *file)
{
	struct vsc_file *leaf;
	int rc;

	do {
		leaf = deepest(file);
		if ((rc = delete_one(fs, leaf)) < 0)
			return rc;
	} while (leaf != file);
	return 0;
}

void
vsc_fs_free(struct vsc_fs *fs)
{
	struct vsc_file *leaf;

	while (fs->mf != NULL) {
		/* unlink_file took the last leaf out of the tree */
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		leaf = deepest(fs->mf);
		unlink_file(fs, leaf);
		free_file(leaf);
	}
	vsc_index_free(&fs->index);
	free(fs->names);
	free(fs->deleted);
	*fs = (struct vsc_fs){ .changed = fs->changed };
}

static bool
has_variable_records(const struct vsc_file *file)
{
	uint8_t structure = vsc_file_structure(file);

	return structure == VSC_FILE_LINEAR_VARIABLE || structure == VSC_FILE_LINEAR_VARIABLE_TLV;
}

/* Where the records in content begin, so that a record is found by its number at once. */
static int
index_records(struct vsc_file *file, struct vsc_span content)
{
	struct vsc_in in = vsc_in_from(content);
	uint32_t *starts = NULL, *more;
	uint32_t n = 0, at = 0;
	uint16_t len;

	if (!has_variable_records(file))
		return 0;
	while (vsc_in_u16(&in, &len) == 0 && vsc_in_skip(&in, len) == 0) {
		if (n % 16 == 0) {
			more = vsc_realloc_array(starts, n + 16, sizeof(*more));
			if (more == NULL) {
				free(starts);
				return VSC_E_NOMEM;
			}
			starts = more;
		}
		starts[n++] = at;
		at += 2u + len;
	}
	free(file->records);
	file->records = starts;
	file->nrecords = n;
	return 0;
}

static int
check_spec(const struct vsc_file *parent, const struct vsc_fs *fs, const struct vsc_file_spec *spec)
{
	struct vsc_file probe = { .descriptor = spec->descriptor };
	uint8_t structure = vsc_file_structure(&probe);
	bool records = structure >= VSC_FILE_LINEAR_FIXED && structure <= VSC_FILE_CYCLIC_TLV;
	bool fixed = records && structure != VSC_FILE_LINEAR_VARIABLE &&
		     structure != VSC_FILE_LINEAR_VARIABLE_TLV;

	if (spec->id != 0 && vsc_fs_by_id(fs, spec->id) != NULL)
		return VSC_E_EXISTS;
	if ((spec->descriptor & 0x80) != 0 || structure == 0 || structure > VSC_FILE_SIMPLE_TLV)
		return VSC_E_PARAM;
	if ((parent == NULL) != (fs->mf == NULL) || (parent != NULL && !vsc_file_is_df(parent)))
		return VSC_E_PARAM;
	if (parent == NULL &&
	    (structure != VSC_FILE_DF || (spec->fid != 0 && spec->fid != VSC_FID_MF)))
		return VSC_E_PARAM;
	/* found from everywhere as the MF, so nothing else can be called that */
	if (parent != NULL && spec->fid == VSC_FID_MF)
		return VSC_E_EXISTS;
	if (fixed && (spec->record_size == 0 || spec->content.len % spec->record_size != 0))
		return VSC_E_PARAM;
	if (spec->size > VSC_FILE_MAX || spec->content.len > VSC_FILE_MAX)
		return VSC_E_SPACE;
	return 0;
}

/* 7.4.3: without an explicit short identifier the low five bits of the identifier are it. */
static int
choose_sfi(const struct vsc_fs *fs, const struct vsc_file *parent, const struct vsc_file_spec *spec,
    uint8_t *sfi)
{
	uint8_t wanted = spec->sfi == 0 ? spec->fid & 0x1F : spec->sfi;

	*sfi = 0;
	if ((spec->descriptor & 0xBF) == VSC_FILE_DF || wanted == 0 || wanted > VSC_SFI_MAX)
		return 0;
	if (vsc_fs_by_sfi(fs, parent, wanted) == NULL)
		*sfi = wanted;
	else if (spec->sfi != 0)
		return VSC_E_EXISTS;
	return 0;
}

/* What of a new file's content takes room: not the data objects of a DF, which has no size, nor the
 * lengths of records, which are stored there. */
static size_t
room_taken(const struct vsc_file_spec *spec)
{
	const struct vsc_file probe = { .descriptor = spec->descriptor };
	struct vsc_in in = vsc_in_from(spec->content);
	size_t taken = 0;
	uint16_t len;

	if (vsc_file_is_df(&probe))
		return 0;
	if (!has_variable_records(&probe))
		return spec->content.len;
	while (vsc_in_u16(&in, &len) == 0 && vsc_in_skip(&in, len) == 0)
		taken += len;
	return taken;
}

/* Records need room for all of them. */
static size_t
room_for(const struct vsc_file_spec *spec)
{
	size_t taken = room_taken(spec), records = (size_t)spec->record_size * spec->record_max;
	size_t size = spec->size > records ? spec->size : records;

	return size > taken ? size : taken;
}

static int
check_room(const struct vsc_fs *fs, const struct vsc_file_spec *spec)
{
	size_t size = room_for(spec);

	return size > VSC_FILE_MAX || size > VSC_FS_MAX - fs->allocated ? VSC_E_SPACE : 0;
}

static int
copy_parts(struct vsc_file *file, const struct vsc_file_spec *spec)
{
	int rc;

	if ((rc = vsc_blob_set(&file->names, spec->names)) < 0 ||
	    (rc = vsc_blob_set(&file->security, spec->security)) < 0 ||
	    (rc = vsc_blob_set(&file->extra, spec->extra)) < 0 ||
	    (rc = vsc_blob_set(&file->fmd, spec->fmd)) < 0 ||
	    (rc = vsc_blob_set(&file->content, spec->content)) < 0)
		return rc;
	if (vsc_file_structure(file) == VSC_FILE_TRANSPARENT) {
		rc = vsc_blob_resize(&file->content, file->size);
		if (rc == 0 && file->size > spec->content.len)
			vsc_fill(file->content.ptr + spec->content.len,
			    vsc_write_erased(file->coding), file->size - spec->content.len);
	}
	if (rc == 0)
		rc = index_records(file, spec->content);
	if (rc == 0 && spec->name.len > 0) {
		uint8_t object[2 + 16];
		struct vsc_out out = vsc_out_from(object, sizeof(object));

		vsc_tlv_put(&out, 0x84, spec->name);
		rc = out.full ? VSC_E_PARAM : vsc_blob_append(&file->names, vsc_out_span(&out));
	}
	return rc;
}

static int
index_file(struct vsc_fs *fs, struct vsc_file *file)
{
	int rc;

	if ((rc = vsc_index_add(&fs->index, key(KEY_ID, NULL, file->id), file)) < 0)
		return rc;
	if (has_fid(file) &&
	    (rc = vsc_index_add(&fs->index, key(KEY_FID, file->parent, file->fid), file)) < 0)
		return rc;
	if (file->sfi != 0 &&
	    (rc = vsc_index_add(&fs->index, key(KEY_SFI, file->parent, file->sfi), file)) < 0)
		return rc;
	return vsc_names_add(fs, file);
}

/* A file with its parts, in no tree yet. */
static int
make_file(struct vsc_fs *fs, struct vsc_file *parent, const struct vsc_file_spec *spec,
    struct vsc_file **file)
{
	struct vsc_file *fresh = calloc(1, sizeof(*fresh));

	*file = fresh;
	if (fresh == NULL)
		return VSC_E_NOMEM;
	fresh->id = spec->id != 0 ? spec->id : fs->next_id + 1;
	fresh->fid = parent == NULL && spec->fid == 0 ? VSC_FID_MF : spec->fid;
	fresh->descriptor = spec->descriptor;
	/* 12.1.1.9: the data coding byte that is nearest on the way up from the file counts */
	fresh->coding = spec->coding != 0 ? spec->coding
			: parent == NULL  ? VSC_CODING_DEFAULT
					  : parent->coding;
	fresh->life = spec->life == 0 ? VSC_LIFE_ACTIVATED : spec->life;
	fresh->record_size = spec->record_size;
	fresh->record_max = spec->record_max;
	fresh->size = room_for(spec);
	fresh->parent = parent;
	fresh->channel =
	    (uint8_t)(vsc_rule_channel_of(spec->security) | (parent == NULL ? 0 : parent->channel));
	return copy_parts(fresh, spec);
}

int
vsc_fs_add(struct vsc_fs *fs, struct vsc_file *parent, const struct vsc_file_spec *spec,
    struct vsc_file **file)
{
	struct vsc_file *fresh = NULL;
	int rc;

	if ((rc = check_spec(parent, fs, spec)) < 0 || (rc = check_room(fs, spec)) < 0 ||
	    (rc = make_file(fs, parent, spec, &fresh)) < 0 ||
	    (rc = choose_sfi(fs, parent, spec, &fresh->sfi)) < 0)
		goto fail;
	if ((rc = index_file(fs, fresh)) < 0) {
		unindex(fs, fresh);
		goto fail;
	}
	if (fresh->id > fs->next_id)
		fs->next_id = fresh->id;
	fs->allocated += fresh->size;
	link_file(fs, fresh);
	vsc_file_mark(fs, fresh, VSC_DIRTY_HEADER);
	vsc_file_mark(fs, fresh, VSC_DIRTY_CONTENT);
	if (file != NULL)
		*file = fresh;
	return 0;
fail:
	if (fresh != NULL)
		free_file(fresh);
	return rc;
}

struct vsc_file *
vsc_fs_by_fid(const struct vsc_fs *fs, const struct vsc_file *df, uint16_t fid)
{
	if (fid == VSC_FID_MF)
		return fs->mf;
	return df == NULL ? NULL : vsc_index_get(&fs->index, key(KEY_FID, df, fid));
}

struct vsc_file *
vsc_fs_by_sfi(const struct vsc_fs *fs, const struct vsc_file *df, uint8_t sfi)
{
	return df == NULL ? NULL : vsc_index_get(&fs->index, key(KEY_SFI, df, sfi));
}

struct vsc_file *
vsc_fs_by_id(const struct vsc_fs *fs, uint32_t id)
{
	return vsc_index_get(&fs->index, key(KEY_ID, NULL, id));
}

struct vsc_file *
vsc_fs_by_path(const struct vsc_fs *fs, struct vsc_file *df, struct vsc_span path)
{
	struct vsc_in in = vsc_in_from(path);
	struct vsc_file *file = df;
	uint16_t fid;

	if (path.len == 0)
		return NULL;
	while (vsc_in_left(&in) > 0) {
		if (vsc_in_u16(&in, &fid) < 0 || fid == VSC_FID_MF)
			return NULL;
		file = vsc_fs_by_fid(fs, file, fid);
		if (file == NULL)
			return NULL;
	}
	return file;
}

bool
vsc_file_is_within(const struct vsc_file *file, const struct vsc_file *df)
{
	while (file != NULL && file != df)
		file = file->parent;
	return file != NULL;
}

/* 7.4.10: 0000 01x0 deactivated, 0000 01x1 activated, 0000 11xx terminated */
int
vsc_file_write(struct vsc_fs *fs, struct vsc_file *file, size_t at, struct vsc_span data)
{
	int rc;

	if ((rc = vsc_blob_write(&file->content, at, data)) < 0)
		return rc;
	vsc_file_mark(fs, file, VSC_DIRTY_CONTENT);
	return 0;
}

int
vsc_file_replace(struct vsc_fs *fs, struct vsc_file *file, struct vsc_span content)
{
	int rc;

	if (content.len > VSC_FILE_MAX)
		return VSC_E_SPACE;
	if ((rc = index_records(file, content)) < 0 ||
	    (rc = vsc_blob_set(&file->content, content)) < 0)
		return rc;
	vsc_file_mark(fs, file, VSC_DIRTY_CONTENT);
	return 0;
}

void
vsc_file_set_life(struct vsc_fs *fs, struct vsc_file *file, uint8_t life)
{
	if (file->life == life)
		return;
	file->life = life;
	vsc_file_mark(fs, file, VSC_DIRTY_HEADER);
}

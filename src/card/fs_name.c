/* Names of DFs: see fs_name.h and the functions by name in fs.h. */
#include "card/fs_name.h"

#include <stdlib.h>

#include "base/system.h"
#include "iso/tlv.h"

/* Where name is, or where it belongs. */
static size_t
lower_bound(const struct vsc_fs *fs, struct vsc_span name)
{
	size_t low = 0, high = fs->nnames;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (vsc_span_cmp(fs->names[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
grow(struct vsc_fs *fs)
{
	const size_t room = fs->names_room * 2 + 8;
	struct vsc_name *more;

	if (fs->nnames < fs->names_room)
		return 0;
	if ((more = vsc_realloc_array(fs->names, room, sizeof(*more))) == NULL)
		return VSC_E_NOMEM;
	fs->names = more;
	fs->names_room = room;
	return 0;
}

/* Those from `from` on to `to`, all at once. */
static void
move_names(struct vsc_fs *fs, size_t to, size_t from)
{
	vsc_move((uint8_t *)&fs->names[to], (const uint8_t *)&fs->names[from],
	    (fs->nnames - from) * sizeof(*fs->names));
}

static int
add_one(struct vsc_fs *fs, struct vsc_file *file, struct vsc_span name)
{
	size_t at = lower_bound(fs, name);

	if (at < fs->nnames && vsc_span_eq(fs->names[at].name, name))
		return VSC_E_BUSY;
	if (grow(fs) < 0)
		return VSC_E_NOMEM;
	move_names(fs, at + 1, at);
	fs->names[at] = (struct vsc_name){ name, file };
	fs->nnames++;
	return 0;
}

int
vsc_names_add(struct vsc_fs *fs, struct vsc_file *file)
{
	struct vsc_in in = vsc_in_from(vsc_blob_span(&file->names));
	struct vsc_tlv tlv;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) > 0) {
		if (tlv.tag != 0x84 || tlv.value.len < 1 || tlv.value.len > 16)
			return VSC_E_PARAM;
		if ((rc = add_one(fs, file, tlv.value)) < 0)
			return rc;
	}
	return rc;
}

/* A file that could not be entered may have a name of another one. */
void
vsc_names_remove(struct vsc_fs *fs, const struct vsc_file *file)
{
	struct vsc_in in = vsc_in_from(vsc_blob_span(&file->names));
	struct vsc_tlv tlv;

	while (vsc_tlv_next(&in, &tlv) > 0) {
		const size_t at = lower_bound(fs, tlv.value);

		if (at == fs->nnames || fs->names[at].file != file)
			continue;
		move_names(fs, at, at + 1);
		fs->nnames--;
	}
}

struct vsc_span
vsc_file_name(const struct vsc_file *file)
{
	struct vsc_in in = vsc_in_from(vsc_blob_span(&file->names));
	struct vsc_tlv tlv;

	return vsc_tlv_next(&in, &tlv) > 0 ? tlv.value : VSC_SPAN_EMPTY;
}

struct vsc_file *
vsc_fs_by_name(const struct vsc_fs *fs, struct vsc_span name)
{
	size_t at = lower_bound(fs, name);

	if (at < fs->nnames && vsc_span_eq(fs->names[at].name, name))
		return fs->names[at].file;
	return NULL;
}

/* The half-open range of names that begin with prefix. */
static void
prefix_range(const struct vsc_fs *fs, struct vsc_span prefix, size_t *first, size_t *end)
{
	size_t low = lower_bound(fs, prefix), high = fs->nnames;

	*first = low;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (vsc_span_starts_with(fs->names[middle].name, prefix))
			low = middle + 1;
		else
			high = middle;
	}
	*end = low;
}

/* A name of file in the range; end if there is none. */
static size_t
occurrence_of(const struct vsc_fs *fs, const struct vsc_file *file, size_t first, size_t end)
{
	struct vsc_in in = vsc_in_from(vsc_blob_span(&file->names));
	struct vsc_tlv tlv;

	while (vsc_tlv_next(&in, &tlv) > 0) {
		size_t at = lower_bound(fs, tlv.value);

		if (at >= first && at < end)
			return at;
	}
	return end;
}

struct vsc_file *
vsc_fs_by_prefix(const struct vsc_fs *fs, struct vsc_span prefix, enum vsc_occurrence which,
    const struct vsc_file *current)
{
	size_t first, end, at;

	prefix_range(fs, prefix, &first, &end);
	if (first == end)
		return NULL;
	at = current == NULL ? end : occurrence_of(fs, current, first, end);
	/* 7.2.1: from a DF that does not match, next is the first and previous the last */
	if (which == VSC_FIRST || (which == VSC_NEXT && at == end))
		return fs->names[first].file;
	if (which == VSC_LAST || at == end)
		return fs->names[end - 1].file;
	for (; at >= first && at < end && fs->names[at].file == current;)
		at = which == VSC_NEXT ? at + 1 : at - 1;
	return at >= first && at < end ? fs->names[at].file : NULL;
}

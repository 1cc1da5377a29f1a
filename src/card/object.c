/* Data objects in files: see object.h. */
#include "card/object.h"

#include "base/auto.h"
#include "iso/tlv.h"

#define DF_ROOM 0x10000u /* for the data objects of a DF, which has no size of its own */

static bool
is_simple(const struct vsc_file *file)
{
	return vsc_file_structure(file) == VSC_FILE_SIMPLE_TLV;
}

/* The next object of either kind. */
static int
next_object(
    struct vsc_in *in, bool simple, uint32_t *tag, struct vsc_span *whole, struct vsc_span *value)
{
	const uint8_t *start = in->cur;
	struct vsc_tlv tlv;
	uint8_t small;
	int rc;

	if (simple) {
		rc = vsc_simple_tlv_next(in, &small, value);
		*tag = small;
		*whole = vsc_span_from(start, rc > 0 ? (size_t)(in->cur - start) : 0);
		return rc;
	}
	rc = vsc_tlv_next(in, &tlv);
	if (rc > 0) {
		*tag = tlv.tag;
		*whole = tlv.whole;
		*value = tlv.value;
	}
	return rc;
}

int
vsc_object_get(const struct vsc_file *file, uint32_t tag, uint32_t n, struct vsc_span *whole,
    struct vsc_span *value)
{
	struct vsc_in in = vsc_in_from(vsc_file_content(file));
	uint32_t found;

	while (next_object(&in, is_simple(file), &found, whole, value) > 0)
		if (found == tag && n-- == 0)
			return 0;
	return VSC_E_NOT_FOUND;
}

static size_t
room_in(const struct vsc_file *file)
{
	return vsc_file_is_df(file) ? DF_ROOM : file->size;
}

/* An object in place of `old` bytes at `at`. */
static int
splice(struct vsc_fs *fs, struct vsc_file *file, size_t at, size_t old, uint32_t tag,
    struct vsc_span value)
{
	struct vsc_span content = vsc_file_content(file);
	VSC_AUTO_BLOB fresh = { NULL, 0 };
	struct vsc_out out;

	/* a tag and a length field take nine bytes at most */
	if (value.len > VSC_FILE_MAX ||
	    vsc_blob_alloc(&fresh, content.len - old + value.len + 9) < 0)
		return VSC_E_NOMEM;
	out = vsc_out_from(fresh.ptr, fresh.len);
	vsc_out_put(&out, vsc_span_slice(content, 0, at));
	if (is_simple(file))
		vsc_simple_tlv_put(&out, (uint8_t)tag, value);
	else
		vsc_tlv_put(&out, tag, value);
	vsc_out_put(&out, vsc_span_slice(content, at + old, content.len));
	if (out.full || out.len > room_in(file))
		return VSC_E_SPACE;
	return vsc_file_replace(fs, file, vsc_out_span(&out));
}

int
vsc_object_put(
    struct vsc_fs *fs, struct vsc_file *file, uint32_t tag, uint32_t n, struct vsc_span value)
{
	struct vsc_span whole, old;

	if (vsc_object_get(file, tag, n, &whole, &old) < 0)
		return vsc_object_append(fs, file, tag, value);
	return splice(fs, file, (size_t)(whole.ptr - file->content.ptr), whole.len, tag, value);
}

int
vsc_object_delete(struct vsc_fs *fs, struct vsc_file *file, uint32_t tag, uint32_t n)
{
	VSC_AUTO_BLOB fresh = { NULL, 0 };
	struct vsc_span content = vsc_file_content(file), whole, value;
	struct vsc_out out;
	size_t at;
	int rc;

	if ((rc = vsc_object_get(file, tag, n, &whole, &value)) < 0 ||
	    (rc = vsc_blob_alloc(&fresh, content.len - whole.len)) < 0)
		return rc;
	at = (size_t)(whole.ptr - content.ptr);
	out = vsc_out_from(fresh.ptr, fresh.len);
	vsc_out_put(&out, vsc_span_slice(content, 0, at));
	vsc_out_put(&out, vsc_span_slice(content, at + whole.len, content.len));
	return vsc_file_replace(fs, file, vsc_out_span(&out));
}

int
vsc_object_append(struct vsc_fs *fs, struct vsc_file *file, uint32_t tag, struct vsc_span value)
{
	return splice(fs, file, file->content.len, 0, tag, value);
}

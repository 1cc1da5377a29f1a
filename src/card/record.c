/* Records: see record.h; fs.h says how they lie in an EF's content. */
#include "card/record.h"

#include "base/auto.h"
#include "iso/tlv.h"

#define LENGTH_FIELD 2u

static bool
is_variable(const struct vsc_file *ef)
{
	return (vsc_file_structure(ef) & ~1u) == VSC_FILE_LINEAR_VARIABLE; /* or with TLV */
}

static bool
is_cyclic(const struct vsc_file *ef)
{
	return vsc_file_structure(ef) >= VSC_FILE_CYCLIC;
}

/* Where record `number` of variable length begins (its length field) and what it holds. */
static int
find_variable(const struct vsc_file *ef, uint32_t number, size_t *at, struct vsc_span *record)
{
	struct vsc_in in = vsc_in_from(vsc_file_content(ef));
	uint16_t len;

	if (number == 0 || number > ef->nrecords)
		return VSC_E_NOT_FOUND;
	*at = ef->records[number - 1];
	if (vsc_in_skip(&in, *at) < 0 || vsc_in_u16(&in, &len) < 0 ||
	    vsc_in_span(&in, len, record) < 0)
		return VSC_E_NOT_FOUND;
	return 0;
}

uint32_t
vsc_record_count(const struct vsc_file *ef)
{
	if (is_variable(ef))
		return ef->nrecords;
	return ef->record_size == 0 ? 0 : (uint32_t)(ef->content.len / ef->record_size);
}

int
vsc_record_get(const struct vsc_file *ef, uint32_t number, struct vsc_span *record)
{
	size_t at, end;

	if (is_variable(ef))
		return find_variable(ef, number, &at, record);
	/* a multiplication: dividing takes as long as all the rest of READ RECORD */
	end = (size_t)number * ef->record_size;
	if (end == 0 || end > ef->content.len)
		return VSC_E_NOT_FOUND;
	*record = vsc_span_from(ef->content.ptr + end - ef->record_size, ef->record_size);
	return 0;
}

int
vsc_record_identifier(const struct vsc_file *ef, struct vsc_span record)
{
	uint8_t structure = vsc_file_structure(ef), tag;
	struct vsc_in in = vsc_in_from(record);
	struct vsc_span value;

	if (structure != VSC_FILE_LINEAR_FIXED_TLV && structure != VSC_FILE_LINEAR_VARIABLE_TLV &&
	    structure != VSC_FILE_CYCLIC_TLV)
		return VSC_E_UNSUPPORTED;
	if (vsc_simple_tlv_next(&in, &tag, &value) <= 0)
		return VSC_E_NOT_FOUND;
	return tag;
}

/* Replace `old` bytes at `at` by a length field (of variable records) and data, and drop the last
 * `tail` bytes. */
static int
splice(struct vsc_fs *fs, struct vsc_file *ef, size_t at, size_t old, size_t tail,
    struct vsc_span data)
{
	VSC_AUTO_BLOB fresh = { NULL, 0 };
	struct vsc_span content = vsc_span_slice(vsc_file_content(ef), 0, ef->content.len - tail);
	size_t head = is_variable(ef) ? LENGTH_FIELD : 0;
	struct vsc_out out;

	if (vsc_blob_alloc(&fresh, content.len - old + head + data.len) < 0)
		return VSC_E_NOMEM;
	out = vsc_out_from(fresh.ptr, fresh.len);
	vsc_out_put(&out, vsc_span_slice(content, 0, at));
	if (head > 0)
		vsc_out_u16(&out, (uint16_t)data.len);
	vsc_out_put(&out, data);
	vsc_out_put(&out, vsc_span_slice(content, at + old, content.len));
	return vsc_file_replace(fs, ef, vsc_out_span(&out));
}

size_t
vsc_record_bytes(const struct vsc_file *ef)
{
	if (!is_variable(ef))
		return ef->content.len;
	return ef->content.len - LENGTH_FIELD * vsc_record_count(ef);
}

static int
check_length(const struct vsc_file *ef, size_t len)
{
	if (!is_variable(ef))
		return len == ef->record_size ? 0 : VSC_E_FORMAT;
	if (len > 0xFFFF || (ef->record_size > 0 && len > ef->record_size))
		return VSC_E_FORMAT;
	return 0;
}

static int
set_variable(struct vsc_fs *fs, struct vsc_file *ef, uint32_t number, struct vsc_span data)
{
	struct vsc_span old;
	size_t at;
	int rc;

	if ((rc = find_variable(ef, number, &at, &old)) < 0)
		return rc;
	if (vsc_record_bytes(ef) - old.len + data.len > ef->size)
		return VSC_E_SPACE;
	if (old.len == data.len)
		return vsc_file_write(fs, ef, at + LENGTH_FIELD, data);
	return splice(fs, ef, at, LENGTH_FIELD + old.len, 0, data);
}

int
vsc_record_set(struct vsc_fs *fs, struct vsc_file *ef, uint32_t number, struct vsc_span data)
{
	int rc;

	if (number == 0 || number > vsc_record_count(ef))
		return VSC_E_NOT_FOUND;
	if ((rc = check_length(ef, data.len)) < 0)
		return rc;
	if (is_variable(ef))
		return set_variable(fs, ef, number, data);
	return vsc_file_write(fs, ef, (size_t)(number - 1) * ef->record_size, data);
}

/* --- Life cycle --- */

int
vsc_record_get_active(const struct vsc_file *ef, uint32_t number, struct vsc_span *record)
{
	return vsc_record_is_active(ef, number) ? vsc_record_get(ef, number, record)
						: VSC_E_NOT_FOUND;
}

int
vsc_record_set_active(struct vsc_fs *fs, struct vsc_file *ef, uint32_t number, bool active)
{
	const struct vsc_span old = vsc_blob_span(&ef->inactive);
	uint8_t numbers[VSC_RECORD_NUMBER_MAX];
	struct vsc_out out = vsc_out_from(numbers, sizeof(numbers));
	size_t below = 0;
	int rc;

	if (number == 0 || number > VSC_RECORD_NUMBER_MAX || number > vsc_record_count(ef))
		return VSC_E_NOT_FOUND;
	if (vsc_record_is_active(ef, number) == active)
		return 0;
	while (below < old.len && old.ptr[below] < number)
		below++;
	vsc_out_put(&out, vsc_span_slice(old, 0, below));
	if (!active)
		vsc_out_u8(&out, (uint8_t)number);
	vsc_out_put(&out, vsc_span_slice(old, active ? below + 1 : below, old.len));
	if ((rc = vsc_blob_set(&ef->inactive, vsc_out_span(&out))) < 0)
		return rc;
	vsc_file_mark(fs, ef, VSC_DIRTY_HEADER);
	return 0;
}

int
vsc_record_restore(struct vsc_file *ef, struct vsc_span inactive)
{
	const uint32_t count = vsc_record_count(ef);
	uint32_t last = 0;

	for (size_t i = 0; i < inactive.len; i++) {
		if (inactive.ptr[i] <= last || inactive.ptr[i] > count)
			return VSC_E_PARAM;
		last = inactive.ptr[i];
	}
	return vsc_blob_set(&ef->inactive, inactive);
}

/* A new number 1 came in front of them; the oldest may have gone. */
static void
renumber(struct vsc_fs *fs, struct vsc_file *ef)
{
	struct vsc_blob *inactive = &ef->inactive;

	if (inactive->len == 0)
		return;
	for (size_t i = 0; i < inactive->len; i++)
		inactive->ptr[i]++;
	if (inactive->ptr[inactive->len - 1] > vsc_record_count(ef))
		inactive->len--;
	vsc_file_mark(fs, ef, VSC_DIRTY_HEADER);
}

/* --- A new one --- */

/* 7.3.4: records of a cyclic EF are in the reverse order of their making. */
static int
append_cyclic(struct vsc_fs *fs, struct vsc_file *ef, struct vsc_span data, bool full)
{
	int rc;

	if (full && ef->content.len < ef->record_size)
		return VSC_E_SPACE;
	if ((rc = splice(fs, ef, 0, 0, full ? ef->record_size : 0, data)) == 0)
		renumber(fs, ef);
	return rc;
}

int
vsc_record_append(struct vsc_fs *fs, struct vsc_file *ef, struct vsc_span data)
{
	uint32_t count = vsc_record_count(ef);
	bool full = vsc_record_bytes(ef) + data.len > ef->size ||
		    (ef->record_max > 0 && count >= ef->record_max);
	int rc;

	if ((rc = check_length(ef, data.len)) < 0)
		return rc;
	if (is_cyclic(ef))
		return append_cyclic(fs, ef, data, full || count >= VSC_RECORD_NUMBER_MAX);
	if (full || count >= VSC_RECORD_NUMBER_MAX)
		return VSC_E_SPACE;
	return splice(fs, ef, ef->content.len, 0, 0, data);
}

/*
 * All raw memory of the project: what memcpy, realloc and memset do elsewhere is done here, with
 * bounds checked. What each type promises is in bytes.h.
 */
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

struct vsc_span
vsc_span_str(const char *text)
{
	return (struct vsc_span){ (const uint8_t *)text, strlen(text) };
}

struct vsc_span
vsc_span_slice(struct vsc_span s, size_t start, size_t len)
{
	if (start > s.len)
		start = s.len;
	if (len > s.len - start)
		len = s.len - start;
	return (struct vsc_span){ len == 0 ? NULL : s.ptr + start, len };
}

uint64_t
vsc_span_number(struct vsc_span s)
{
	uint64_t number = 0;

	for (size_t i = 0; i < s.len; i++)
		number = number << 8 | s.ptr[i];
	return number;
}

bool
vsc_span_eq(struct vsc_span a, struct vsc_span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

int
vsc_span_cmp(struct vsc_span a, struct vsc_span b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

bool
vsc_span_starts_with(struct vsc_span s, struct vsc_span prefix)
{
	return vsc_span_eq(vsc_span_slice(s, 0, prefix.len), prefix);
}

size_t
vsc_span_find(struct vsc_span s, struct vsc_span needle, size_t start)
{
	const uint8_t *hit;

	if (start > s.len || needle.len > s.len - start)
		return SIZE_MAX;
	if (needle.len == 0)
		return start;
	hit = memmem(s.ptr + start, s.len - start, needle.ptr, needle.len);
	return hit == NULL ? SIZE_MAX : (size_t)(hit - s.ptr);
}

/* The bytes of a big-endian number of up to four bytes. */
static int
read_number(struct vsc_in *in, size_t len, uint32_t *value)
{
	struct vsc_span bytes;

	if (vsc_in_span(in, len, &bytes) < 0)
		return VSC_E_FORMAT;
	*value = 0;
	for (size_t i = 0; i < len; i++)
		*value = *value << 8 | bytes.ptr[i];
	return 0;
}

int
vsc_in_u16(struct vsc_in *in, uint16_t *value)
{
	uint32_t wide;

	if (read_number(in, 2, &wide) < 0)
		return VSC_E_FORMAT;
	*value = (uint16_t)wide;
	return 0;
}

int
vsc_in_u24(struct vsc_in *in, uint32_t *value)
{
	return read_number(in, 3, value);
}

int
vsc_in_u32(struct vsc_in *in, uint32_t *value)
{
	return read_number(in, 4, value);
}

int
vsc_in_skip(struct vsc_in *in, size_t len)
{
	struct vsc_span skipped;

	return vsc_in_span(in, len, &skipped);
}

struct vsc_span
vsc_in_rest(struct vsc_in *in)
{
	struct vsc_span rest = { in->cur, vsc_in_left(in) };

	in->cur = in->end;
	return rest;
}

uint8_t *
vsc_out_reserve(struct vsc_out *out, size_t len)
{
	uint8_t *at;

	if (out->full || len > out->cap - out->len) {
		out->full = true;
		return NULL;
	}
	at = out->buf + out->len;
	out->len += len;
	return at;
}

static void
write_number(struct vsc_out *out, uint64_t value, size_t len)
{
	uint8_t *at = vsc_out_reserve(out, len);

	if (at == NULL)
		return;
	for (size_t i = len; i > 0; i--, value >>= 8)
		at[i - 1] = (uint8_t)value;
}

void
vsc_out_u8(struct vsc_out *out, uint8_t value)
{
	write_number(out, value, 1);
}

void
vsc_out_u16(struct vsc_out *out, uint16_t value)
{
	write_number(out, value, 2);
}

void
vsc_out_u24(struct vsc_out *out, uint32_t value)
{
	write_number(out, value, 3);
}

void
vsc_out_u32(struct vsc_out *out, uint32_t value)
{
	write_number(out, value, 4);
}

void
vsc_out_u64(struct vsc_out *out, uint64_t value)
{
	write_number(out, value, 8);
}

void
vsc_out_put(struct vsc_out *out, struct vsc_span bytes)
{
	uint8_t *at;

	if (bytes.len == 0)
		return;
	if ((at = vsc_out_reserve(out, bytes.len)) != NULL)
		memmove(at, bytes.ptr, bytes.len);
}

void
vsc_out_str(struct vsc_out *out, const char *text)
{
	vsc_out_put(out, vsc_span_str(text));
}

void
vsc_out_fill(struct vsc_out *out, uint8_t value, size_t count)
{
	uint8_t *at;

	if (count > 0 && (at = vsc_out_reserve(out, count)) != NULL)
		memset(at, value, count);
}

void
vsc_out_truncate(struct vsc_out *out, size_t len)
{
	if (len < out->len)
		out->len = len;
}

void
vsc_out_insert(struct vsc_out *out, size_t at, size_t len)
{
	size_t tail = out->len - at;

	if (len > 0 && vsc_out_reserve(out, len) != NULL && tail > 0)
		memmove(out->buf + at + len, out->buf + at, tail);
}

int
vsc_blob_alloc(struct vsc_blob *blob, size_t len)
{
	uint8_t *fresh = NULL;

	if (len > 0 && (fresh = calloc(1, len)) == NULL)
		return VSC_E_NOMEM;
	vsc_blob_free(blob);
	*blob = (struct vsc_blob){ fresh, len };
	return 0;
}

int
vsc_blob_set(struct vsc_blob *blob, struct vsc_span src)
{
	struct vsc_blob fresh = { NULL, 0 };

	if (src.len == blob->len) {
		if (src.len > 0)
			memmove(blob->ptr, src.ptr, src.len);
		return 0;
	}
	if (vsc_blob_alloc(&fresh, src.len) < 0)
		return VSC_E_NOMEM;
	if (src.len > 0)
		memcpy(fresh.ptr, src.ptr, src.len);
	vsc_blob_free(blob);
	*blob = fresh;
	return 0;
}

int
vsc_blob_append(struct vsc_blob *blob, struct vsc_span src)
{
	struct vsc_blob fresh = { NULL, 0 };

	if (src.len > SIZE_MAX - blob->len)
		return VSC_E_NOMEM;
	if (src.len == 0)
		return 0;
	if (vsc_blob_alloc(&fresh, blob->len + src.len) < 0)
		return VSC_E_NOMEM;
	/* NOLINTBEGIN(clang-analyzer-core.NonNullParamChecker): the sum does not overflow, so fresh
	 * is not empty */
	if (blob->len > 0)
		memcpy(fresh.ptr, blob->ptr, blob->len);
	memcpy(fresh.ptr + blob->len, src.ptr, src.len);
	/* NOLINTEND(clang-analyzer-core.NonNullParamChecker) */
	vsc_blob_free(blob);
	*blob = fresh;
	return 0;
}

int
vsc_blob_resize(struct vsc_blob *blob, size_t len)
{
	struct vsc_blob fresh = { NULL, 0 };

	if (len == blob->len)
		return 0;
	if (vsc_blob_alloc(&fresh, len) < 0)
		return VSC_E_NOMEM;
	if (len > 0 && blob->len > 0)
		memcpy(fresh.ptr, blob->ptr, len < blob->len ? len : blob->len);
	vsc_blob_free(blob);
	*blob = fresh;
	return 0;
}

int
vsc_blob_write(struct vsc_blob *blob, size_t at, struct vsc_span src)
{
	if (at > blob->len || src.len > blob->len - at)
		return VSC_E_SPACE;
	if (src.len > 0)
		memmove(blob->ptr + at, src.ptr, src.len);
	return 0;
}

void
vsc_blob_free(struct vsc_blob *blob)
{
	if (blob->ptr != NULL) {
		vsc_wipe(blob->ptr, blob->len);
		free(blob->ptr);
	}
	*blob = (struct vsc_blob){ NULL, 0 };
}

int
vsc_copy(void *dst, size_t cap, struct vsc_span src)
{
	if (src.len > cap)
		return VSC_E_SPACE;
	if (src.len > 0)
		memcpy(dst, src.ptr, src.len);
	return 0;
}

void
vsc_move(uint8_t *dst, const uint8_t *src, size_t len)
{
	if (len > 0)
		memmove(dst, src, len);
}

void
vsc_fill(void *dst, uint8_t value, size_t len)
{
	if (len > 0)
		memset(dst, value, len);
}

/* Volatile: the compiler cannot know that this is memset, and so cannot leave it out. */
static void *(*const volatile overwrite)(void *, int, size_t) = memset;

void
vsc_wipe(void *ptr, size_t len)
{
	if (len > 0)
		overwrite(ptr, 0, len);
}

/*
 * Bytes with a length: a borrowed view (span), a checked reader (in), a bounded writer (out) and an
 * owned, wiped buffer (blob). These are the only places that touch raw memory; everything else in
 * the project reads and writes through them.
 */
#ifndef VSC_BASE_BYTES_H
#define VSC_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A view of bytes that somebody else owns. ptr may be NULL only if len is 0. */
struct vsc_span {
	const uint8_t *ptr;
	size_t len;
};

/* A cursor over a span; reads never pass the end. */
struct vsc_in {
	const uint8_t *cur, *end;
};

/*
 * A writer into a buffer of fixed size. When something does not fit, nothing of it is written and
 * `full` stays set: write all you have, then ask once.
 */
struct vsc_out {
	uint8_t *buf; /* borrowed */
	size_t len;   /* bytes written */
	size_t cap;   /* room */
	bool full;    /* something did not fit */
};

/* Bytes on the heap that we own. Wiped when released or replaced, so that secrets may live here.
 * {NULL, 0} is empty. */
struct vsc_blob {
	uint8_t *ptr;
	size_t len;
};

/* A span over a literal list of bytes, living as long as the enclosing block: VSC_BYTES(0x00, 0xA4)
 */
#define VSC_BYTES(...)      \
	((struct vsc_span){ \
	    (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }) })
#define VSC_SPAN_OF(array) ((struct vsc_span){ (array), sizeof(array) })
#define VSC_SPAN_EMPTY     ((struct vsc_span){ NULL, 0 })
#define VSC_COUNT(array)   (sizeof(array) / sizeof((array)[0]))

static inline struct vsc_span
vsc_span_from(const void *ptr, size_t len)
{
	return (struct vsc_span){ (const uint8_t *)ptr, len };
}

/* The bytes of a C string, without its terminator. */
struct vsc_span vsc_span_str(const char *text);

/* len bytes from start; cut short where the span ends */
struct vsc_span vsc_span_slice(struct vsc_span s, size_t start, size_t len);

/* As a number, the first byte counting most; of more than eight bytes the last eight. */
uint64_t vsc_span_number(struct vsc_span s);

bool vsc_span_eq(struct vsc_span a, struct vsc_span b);

/* For secrets: the time taken depends on the lengths only. */
bool vsc_span_eq_ct(struct vsc_span a, struct vsc_span b);

/* Bytewise order, a shorter span before a longer one that it begins. <0, 0, >0 */
int vsc_span_cmp(struct vsc_span a, struct vsc_span b);

bool vsc_span_starts_with(struct vsc_span s, struct vsc_span prefix);

/* Offset of the first occurrence of needle in s at or after start; SIZE_MAX if none. */
size_t vsc_span_find(struct vsc_span s, struct vsc_span needle, size_t start);

static inline struct vsc_in
vsc_in_from(struct vsc_span s)
{
	return (struct vsc_in){ s.ptr, s.len == 0 ? s.ptr : s.ptr + s.len };
}

static inline size_t
vsc_in_left(const struct vsc_in *in)
{
	return (size_t)(in->end - in->cur);
}

/* Big-endian numbers. All return 0, or VSC_E_FORMAT without moving if too few bytes are left. */
VSC_MUST_CHECK static inline int
vsc_in_u8(struct vsc_in *in, uint8_t *value)
{
	if (in->cur == in->end)
		return VSC_E_FORMAT;
	*value = *in->cur++;
	return 0;
}
VSC_MUST_CHECK int vsc_in_u16(struct vsc_in *in, uint16_t *value);
VSC_MUST_CHECK int vsc_in_u24(struct vsc_in *in, uint32_t *value);
VSC_MUST_CHECK int vsc_in_u32(struct vsc_in *in, uint32_t *value);
VSC_MUST_CHECK static inline int
vsc_in_span(struct vsc_in *in, size_t len, struct vsc_span *value)
{
	if (len > vsc_in_left(in))
		return VSC_E_FORMAT;
	*value = (struct vsc_span){ in->cur, len };
	if (len > 0)
		in->cur += len;
	return 0;
}
VSC_MUST_CHECK int vsc_in_skip(struct vsc_in *in, size_t len);

/* What is left, and nothing is left after it. */
struct vsc_span vsc_in_rest(struct vsc_in *in);

static inline struct vsc_out
vsc_out_from(void *buf, size_t cap)
{
	return (struct vsc_out){ (uint8_t *)buf, 0, cap, false };
}

/* The bytes written so far. */
static inline struct vsc_span
vsc_out_span(const struct vsc_out *out)
{
	return (struct vsc_span){ out->buf, out->len };
}

void vsc_out_u8(struct vsc_out *out, uint8_t value);
void vsc_out_u16(struct vsc_out *out, uint16_t value);
void vsc_out_u24(struct vsc_out *out, uint32_t value);
void vsc_out_u32(struct vsc_out *out, uint32_t value);
void vsc_out_u64(struct vsc_out *out, uint64_t value);
void vsc_out_put(struct vsc_out *out, struct vsc_span bytes);
void vsc_out_str(struct vsc_out *out, const char *text);
void vsc_out_fill(struct vsc_out *out, uint8_t value, size_t count);

/* Space for len bytes that the caller will write himself; NULL, and full, if there is none. */
uint8_t *vsc_out_reserve(struct vsc_out *out, size_t len);

/* Forget everything written after the first len bytes; clears nothing else. */
void vsc_out_truncate(struct vsc_out *out, size_t len);

/* Open a gap of len bytes at offset `at` by moving what follows. The gap's content is undefined. */
void vsc_out_insert(struct vsc_out *out, size_t at, size_t len);

/* len bytes, zeroed; len 0 gives an empty blob. What the blob held is wiped and freed. */
VSC_MUST_CHECK int vsc_blob_alloc(struct vsc_blob *blob, size_t len);

/* A copy of src; src may be a part of the blob itself. */
VSC_MUST_CHECK int vsc_blob_set(struct vsc_blob *blob, struct vsc_span src);
VSC_MUST_CHECK int vsc_blob_append(struct vsc_blob *blob, struct vsc_span src);

/* Longer: padded with zeros; shorter: the tail is wiped. */
VSC_MUST_CHECK int vsc_blob_resize(struct vsc_blob *blob, size_t len);

/* Overwrite a part; VSC_E_SPACE if it would reach past the end. */
VSC_MUST_CHECK int vsc_blob_write(struct vsc_blob *blob, size_t at, struct vsc_span src);

/* Wipe, free, {NULL, 0}. */
void vsc_blob_free(struct vsc_blob *blob);

static inline struct vsc_span
vsc_blob_span(const struct vsc_blob *blob)
{
	return (struct vsc_span){ blob->ptr, blob->len };
}

/* Copy into a buffer of exactly src.len bytes or more. dst and src must not overlap. */
VSC_MUST_CHECK int vsc_copy(void *dst, size_t cap, struct vsc_span src);

/* Move within one buffer; the ranges may overlap. */
void vsc_move(uint8_t *dst, const uint8_t *src, size_t len);

void vsc_fill(void *dst, uint8_t value, size_t len);

/* Overwrite a secret; never optimised away. */
void vsc_wipe(void *ptr, size_t len);

#endif

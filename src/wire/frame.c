/* Frames out of a stream that comes in pieces of any size, and into a buffer. */
#include "wire/frame.h"

/* Header and payload of the frame whose header begins at p. */
static size_t
frame_size(const uint8_t *p)
{
	return VSC_FRAME_HEADER + ((size_t)p[0] << 8 | p[1]);
}

/* Has the partial frame been completed, and handed out by the last call? */
static bool
handed_out(const struct vsc_frames *f)
{
	return f->have >= VSC_FRAME_HEADER && f->have == frame_size(f->partial.ptr);
}

/* Move bytes from `in` to the partial frame until it has `want` of them. 1: it has, 0: not yet */
static int
fill(struct vsc_frames *f, struct vsc_in *in, size_t want)
{
	size_t take = want - f->have;
	struct vsc_span piece;
	int err;

	if (take > vsc_in_left(in))
		take = vsc_in_left(in);
	if ((err = vsc_in_span(in, take, &piece)) < 0)
		return err;
	if ((err = vsc_blob_write(&f->partial, f->have, piece)) < 0)
		return err;
	f->have += take;
	return f->have == want;
}

/* The frame under way, or one that begins with what is left of `in`. */
static int
collect(struct vsc_frames *f, struct vsc_in *in, struct vsc_span *frame)
{
	size_t size;
	int err;

	if (f->partial.ptr == NULL && (err = vsc_blob_alloc(&f->partial, VSC_FRAME_HEADER)) < 0)
		return err;
	if (f->have < VSC_FRAME_HEADER && (err = fill(f, in, VSC_FRAME_HEADER)) <= 0)
		return err;
	size = frame_size(f->partial.ptr);
	if (f->partial.len != size && (err = vsc_blob_resize(&f->partial, size)) < 0)
		return err;
	if ((err = fill(f, in, size)) <= 0)
		return err;
	*frame = vsc_span_slice(vsc_blob_span(&f->partial), VSC_FRAME_HEADER, VSC_FRAME_MAX);
	return 1;
}

int
vsc_frames_next(struct vsc_frames *f, struct vsc_in *in, struct vsc_span *frame)
{
	struct vsc_span whole;

	if (handed_out(f))
		vsc_frames_reset(f);
	if (f->have == 0 && vsc_in_left(in) == 0)
		return 0;
	if (f->have == 0 && vsc_in_left(in) >= VSC_FRAME_HEADER &&
	    vsc_in_span(in, frame_size(in->cur), &whole) == 0) {
		*frame = vsc_span_slice(whole, VSC_FRAME_HEADER, VSC_FRAME_MAX);
		return 1;
	}
	return collect(f, in, frame);
}

struct vsc_out
vsc_frames_room(const struct vsc_frames *f)
{
	if (!vsc_frames_partial(f) || f->have < VSC_FRAME_HEADER)
		return vsc_out_from(NULL, 0);
	return vsc_out_from(f->partial.ptr + f->have, f->partial.len - f->have);
}

int
vsc_frames_filled(struct vsc_frames *f, size_t len, struct vsc_span *frame)
{
	if (len > vsc_frames_room(f).cap)
		return VSC_E_PARAM;
	f->have += len;
	if (!handed_out(f))
		return 0;
	*frame = vsc_span_slice(vsc_blob_span(&f->partial), VSC_FRAME_HEADER, VSC_FRAME_MAX);
	return 1;
}

bool
vsc_frame_complete(struct vsc_span bytes)
{
	return bytes.len >= VSC_FRAME_HEADER && bytes.len >= frame_size(bytes.ptr);
}

bool
vsc_frames_partial(const struct vsc_frames *f)
{
	return f->have != 0 && !handed_out(f);
}

void
vsc_frames_reset(struct vsc_frames *f)
{
	vsc_blob_free(&f->partial);
	f->have = 0;
}

int
vsc_frame_put(struct vsc_out *out, struct vsc_span payload)
{
	if (payload.len > VSC_FRAME_MAX || out->full ||
	    out->cap - out->len < VSC_FRAME_HEADER + payload.len)
		return VSC_E_SPACE;
	vsc_out_u16(out, (uint16_t)payload.len);
	vsc_out_put(out, payload);
	return 0;
}

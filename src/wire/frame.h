/*
 * The wire between reader and card: a two-byte big-endian length and that many bytes
 * (docs/wire-protocol.md). This file knows bytes only, no socket.
 */
#ifndef VSC_WIRE_FRAME_H
#define VSC_WIRE_FRAME_H

#include "base/bytes.h"

#define VSC_FRAME_MAX    65535u
#define VSC_FRAME_HEADER 2u

/* A frame of one byte is a control code; only VSC_CTRL_ATR is answered. */
enum vsc_ctrl {
	VSC_CTRL_OFF = 0x00,
	VSC_CTRL_ON = 0x01,
	VSC_CTRL_RESET = 0x02,
	VSC_CTRL_ATR = 0x04,
};

/* Reassembles frames from pieces of a stream. {0} is empty; nothing is allocated until a frame
 * comes in pieces. */
struct vsc_frames {
	struct vsc_blob partial; /* header and payload of the frame under way, as far as known */
	size_t have;             /* bytes of it that are there */
};

/*
 * The next frame's payload. 1: *frame holds it, borrowed from `in`'s buffer or from f, valid until
 * the next call; 0: more bytes are needed, all of `in` is consumed and what is not a whole frame is
 * kept in f; < 0: out of memory.
 */
VSC_MUST_CHECK int vsc_frames_next(struct vsc_frames *f, struct vsc_in *in, struct vsc_span *frame);

/* Do the bytes begin with a whole frame? */
bool vsc_frame_complete(struct vsc_span bytes);

/*
 * For who reads a stream: where the missing bytes of the frame under way belong, once its length is
 * known. Empty (cap 0) if none is under way. What was put there is told to vsc_frames_filled: 1:
 * the frame is complete, as from vsc_frames_next; 0: not yet.
 */
struct vsc_out vsc_frames_room(const struct vsc_frames *f);
VSC_MUST_CHECK int vsc_frames_filled(struct vsc_frames *f, size_t len, struct vsc_span *frame);

/* Is a frame under way, of which only a part is there? */
bool vsc_frames_partial(const struct vsc_frames *f);

void vsc_frames_reset(struct vsc_frames *f);

/* Header and payload. VSC_E_SPACE: payload longer than VSC_FRAME_MAX, or out too small. */
VSC_MUST_CHECK int vsc_frame_put(struct vsc_out *out, struct vsc_span payload);

#endif

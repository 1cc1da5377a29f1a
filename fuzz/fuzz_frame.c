/* Any bytes as a stream, cut anywhere: the frames that come out, framed again, are the stream. The
 * first byte decides where it is cut. */
#include "fuzz.h"

#include "wire/frame.h"

static uint8_t buf[1 << 17];

/* Lengths of pieces, 0 to 15 and now and then much longer, from a small generator. */
static size_t
next_piece(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 28 == 0 ? *seed >> 12 & 0xFFFF : *seed >> 24 & 0x0F;
}

static void
feed(struct vsc_frames *f, struct vsc_span piece, struct vsc_out *out)
{
	struct vsc_in in = vsc_in_from(piece);
	struct vsc_span frame;
	int got;

	while ((got = vsc_frames_next(f, &in, &frame)) == 1)
		FUZZ_CHECK(vsc_frame_put(out, frame) == 0);
	FUZZ_CHECK(got == 0 && vsc_in_left(&in) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_frames f = { 0 };
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_span stream, left;
	uint32_t seed;

	if (size == 0 || size > sizeof(buf))
		return 0;
	seed = data[0];
	stream = vsc_span_from(data + 1, size - 1);
	for (size_t at = 0, piece; at < stream.len; at += piece) {
		/* 0: all in one piece */
		piece = seed == 0 ? stream.len : next_piece(&seed);
		feed(&f, vsc_span_slice(stream, at, piece), &out);
	}
	FUZZ_CHECK(vsc_span_starts_with(stream, vsc_out_span(&out)));
	left = vsc_span_slice(stream, out.len, stream.len);
	FUZZ_CHECK(vsc_frames_partial(&f) == (left.len != 0));
	FUZZ_CHECK(!vsc_frame_complete(left));
	vsc_frames_reset(&f);
	return 0;
}

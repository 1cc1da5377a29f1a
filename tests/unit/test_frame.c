/* Frames out of a stream that is cut anywhere. */
#include "test.h"
#include "wire/frame.h"

#define MAX_FRAMES 8

struct heard {
	struct vsc_blob frames[MAX_FRAMES];
	size_t count;
};

static void
heard_free(struct heard *heard)
{
	for (size_t i = 0; i < heard->count; i++)
		vsc_blob_free(&heard->frames[i]);
	heard->count = 0;
}

/* Everything that comes out of one piece of the stream, which must be used up. */
static void
feed(struct vsc_frames *f, struct vsc_span piece, struct heard *heard)
{
	struct vsc_in in = vsc_in_from(piece);
	struct vsc_span frame;
	int got;

	while ((got = vsc_frames_next(f, &in, &frame)) == 1) {
		assert_true(heard->count < MAX_FRAMES);
		assert_int_equal(vsc_blob_set(&heard->frames[heard->count++], frame), 0);
	}
	assert_int_equal(got, 0);
	assert_int_equal(vsc_in_left(&in), 0);
}

static const struct row {
	const char *name;
	struct vsc_span wire;
	size_t count;
	struct vsc_span frames[4];
} rows[] = {
	{ "nothing", { NULL, 0 }, 0, { { NULL, 0 } } },
	{ "control code", BYTES(0, 1, 4), 1, { BYTES(4) } },
	{ "empty frame", BYTES(0, 0), 1, { { NULL, 0 } } },
	{ "empty frames around one", BYTES(0, 0, 0, 1, 9, 0, 0), 3,
	    { { NULL, 0 }, BYTES(9), { NULL, 0 } } },
	{ "two frames", BYTES(0, 2, 0x90, 0, 0, 5, 0, 0xA4, 0, 0x0C, 0), 2,
	    { BYTES(0x90, 0), BYTES(0, 0xA4, 0, 0x0C, 0) } },
	{ "payload that looks like headers", BYTES(0, 4, 0, 1, 0, 2, 0, 3, 0, 0, 0), 2,
	    { BYTES(0, 1, 0, 2), BYTES(0, 0, 0) } },
};

static void
assert_row(const struct row *row, struct heard *heard)
{
	if (heard->count != row->count)
		FAIL_ROW(row, "number of frames");
	for (size_t i = 0; i < row->count; i++)
		if (!vsc_span_eq(vsc_blob_span(&heard->frames[i]), row->frames[i]))
			FAIL_ROW(row, "payload");
}

static void
cut_at_every_two_positions(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++) {
		for (size_t a = 0; a <= row->wire.len; a++) {
			for (size_t b = a; b <= row->wire.len; b++) {
				struct vsc_frames f = { 0 };
				struct heard heard = { 0 };

				feed(&f, vsc_span_slice(row->wire, 0, a), &heard);
				feed(&f, vsc_span_slice(row->wire, a, b - a), &heard);
				feed(&f, vsc_span_slice(row->wire, b, row->wire.len), &heard);
				assert_row(row, &heard);
				assert_false(vsc_frames_partial(&f));
				heard_free(&heard);
				vsc_frames_reset(&f);
			}
		}
	}
}

static void
byte_by_byte(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++) {
		struct vsc_frames f = { 0 };
		struct heard heard = { 0 };

		for (size_t i = 0; i < row->wire.len; i++)
			feed(&f, vsc_span_slice(row->wire, i, 1), &heard);
		assert_row(row, &heard);
		heard_free(&heard);
		vsc_frames_reset(&f);
	}
}

static void
largest_frame_whole_and_in_pieces(void **state)
{
	static uint8_t payload[VSC_FRAME_MAX], wire[VSC_FRAME_HEADER + VSC_FRAME_MAX];
	static const size_t cuts[] = { 1, 2, 3, 4096, 65536, 65537 };
	struct vsc_out out = vsc_out_from(wire, sizeof(wire));

	(void)state;
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7);
	assert_int_equal(vsc_frame_put(&out, VSC_SPAN_OF(payload)), 0);
	for (size_t i = 0; i < VSC_COUNT(cuts); i++) {
		struct vsc_frames f = { 0 };
		struct heard heard = { 0 };

		for (size_t at = 0; at < out.len; at += cuts[i]) {
			assert_int_equal(vsc_frames_partial(&f), at != 0);
			feed(&f, vsc_span_slice(vsc_out_span(&out), at, cuts[i]), &heard);
		}
		assert_int_equal(heard.count, 1);
		assert_true(vsc_span_eq(vsc_blob_span(&heard.frames[0]), VSC_SPAN_OF(payload)));
		heard_free(&heard);
		vsc_frames_reset(&f);
	}
}

static void
nothing_is_kept_between_frames(void **state)
{
	struct vsc_frames f = { 0 };
	struct heard heard = { 0 };

	(void)state;
	feed(&f, VSC_BYTES(0, 2, 1, 2), &heard);
	assert_null(f.partial.ptr);
	feed(&f, VSC_BYTES(0), &heard);
	assert_true(vsc_frames_partial(&f));
	feed(&f, VSC_BYTES(1, 5), &heard);
	assert_false(vsc_frames_partial(&f));
	assert_null(f.partial.ptr);
	assert_int_equal(heard.count, 2);
	heard_free(&heard);
}

static void
read_to_where_it_belongs(void **state)
{
	struct vsc_frames f = { 0 };
	struct heard heard = { 0 };
	struct vsc_span frame;
	struct vsc_out room = vsc_frames_room(&f);

	(void)state;
	assert_int_equal(room.cap, 0);
	feed(&f, VSC_BYTES(0), &heard); /* the length is not known yet */
	assert_int_equal(vsc_frames_room(&f).cap, 0);
	feed(&f, VSC_BYTES(4, 1), &heard);
	room = vsc_frames_room(&f);
	assert_int_equal(room.cap, 3);
	vsc_out_put(&room, VSC_BYTES(2, 3));
	assert_int_equal(vsc_frames_filled(&f, 2, &frame), 0);
	assert_true(vsc_frames_partial(&f));
	room = vsc_frames_room(&f);
	vsc_out_put(&room, VSC_BYTES(4));
	assert_int_equal(vsc_frames_filled(&f, 2, &frame), VSC_E_PARAM);
	assert_int_equal(vsc_frames_filled(&f, 1, &frame), 1);
	assert_span_equal(frame, VSC_BYTES(1, 2, 3, 4));
	assert_int_equal(vsc_frames_room(&f).cap, 0);
	feed(&f, VSC_BYTES(0, 1, 9), &heard);
	assert_int_equal(heard.count, 1);
	assert_span_equal(vsc_blob_span(&heard.frames[0]), VSC_BYTES(9));
	heard_free(&heard);
}

static void
reset_forgets_the_started_frame(void **state)
{
	struct vsc_frames f = { 0 };
	struct heard heard = { 0 };

	(void)state;
	feed(&f, VSC_BYTES(0, 9, 1), &heard);
	vsc_frames_reset(&f);
	feed(&f, VSC_BYTES(0, 1, 7), &heard);
	assert_int_equal(heard.count, 1);
	assert_span_equal(vsc_blob_span(&heard.frames[0]), VSC_BYTES(7));
	heard_free(&heard);
}

static void
put_refuses_what_does_not_fit(void **state)
{
	static uint8_t large[VSC_FRAME_MAX + 1];
	static uint8_t room[sizeof(large) + VSC_FRAME_HEADER];
	struct vsc_out out = vsc_out_from(room, sizeof(room));

	(void)state;
	assert_int_equal(vsc_frame_put(&out, VSC_SPAN_OF(large)), VSC_E_SPACE);
	assert_int_equal(out.len, 0);
	out = vsc_out_from(room, 4);
	assert_int_equal(vsc_frame_put(&out, VSC_BYTES(1, 2, 3)), VSC_E_SPACE);
	assert_int_equal(out.len, 0);
	assert_int_equal(vsc_frame_put(&out, VSC_BYTES(1, 2)), 0);
	assert_span_equal(vsc_out_span(&out), VSC_BYTES(0, 2, 1, 2));
	assert_int_equal(vsc_frame_put(&out, VSC_SPAN_EMPTY), VSC_E_SPACE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_at_every_two_positions),
		cmocka_unit_test(byte_by_byte),
		cmocka_unit_test(largest_frame_whole_and_in_pieces),
		cmocka_unit_test(nothing_is_kept_between_frames),
		cmocka_unit_test(read_to_where_it_belongs),
		cmocka_unit_test(reset_forgets_the_started_frame),
		cmocka_unit_test(put_refuses_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "test.h"

static void
in_stops_at_the_end(void **state)
{
	struct vsc_in in = vsc_in_from(VSC_BYTES(0x01, 0x02, 0x03));
	uint16_t two;
	uint32_t four;
	uint8_t one;

	(void)state;
	assert_int_equal(vsc_in_u16(&in, &two), 0);
	assert_int_equal(two, 0x0102);
	assert_int_equal(vsc_in_u32(&in, &four), VSC_E_FORMAT);
	assert_int_equal(vsc_in_left(&in), 1);
	assert_int_equal(vsc_in_u8(&in, &one), 0);
	assert_int_equal(one, 3);
	assert_int_equal(vsc_in_u8(&in, &one), VSC_E_FORMAT);
	assert_int_equal(vsc_in_rest(&in).len, 0);
}

static void
out_overflow_is_sticky_and_writes_nothing(void **state)
{
	uint8_t buf[4] = { 0xEE, 0xEE, 0xEE, 0xEE };
	struct vsc_out out = vsc_out_from(buf, 3);

	(void)state;
	vsc_out_u16(&out, 0x0102);
	assert_false(out.full);
	vsc_out_u16(&out, 0x0304);
	assert_true(out.full);
	vsc_out_u8(&out, 0x05); /* would fit, but what came before did not */
	assert_span_equal(vsc_out_span(&out), VSC_BYTES(0x01, 0x02));
	assert_span_equal(VSC_SPAN_OF(buf), VSC_BYTES(0x01, 0x02, 0xEE, 0xEE));
}

static void
out_insert_opens_a_gap(void **state)
{
	uint8_t buf[8];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	(void)state;
	vsc_out_put(&out, VSC_BYTES(1, 2, 3, 4));
	vsc_out_insert(&out, 2, 2);
	buf[2] = buf[3] = 9;
	assert_span_equal(vsc_out_span(&out), VSC_BYTES(1, 2, 9, 9, 3, 4));
	vsc_out_insert(&out, 0, 3);
	assert_true(out.full);
}

static void
blob_may_be_set_from_itself(void **state)
{
	struct vsc_blob blob = { NULL, 0 };

	(void)state;
	assert_int_equal(vsc_blob_set(&blob, VSC_BYTES(1, 2, 3, 4)), 0);
	assert_int_equal(vsc_blob_set(&blob, vsc_span_slice(vsc_blob_span(&blob), 1, 2)), 0);
	assert_span_equal(vsc_blob_span(&blob), VSC_BYTES(2, 3));
	assert_int_equal(vsc_blob_append(&blob, vsc_blob_span(&blob)), 0);
	assert_span_equal(vsc_blob_span(&blob), VSC_BYTES(2, 3, 2, 3));
	assert_int_equal(vsc_blob_write(&blob, 3, VSC_BYTES(7, 7)), VSC_E_SPACE);
	assert_int_equal(vsc_blob_resize(&blob, 5), 0);
	assert_span_equal(vsc_blob_span(&blob), VSC_BYTES(2, 3, 2, 3, 0));
	vsc_blob_free(&blob);
	assert_null(blob.ptr);
}

static void
span_compare_and_find(void **state)
{
	struct vsc_span s = VSC_BYTES(1, 2, 3, 1, 2);

	(void)state;
	assert_int_equal(vsc_span_find(s, VSC_BYTES(1, 2), 0), 0);
	assert_int_equal(vsc_span_find(s, VSC_BYTES(1, 2), 1), 3);
	assert_true(vsc_span_find(s, VSC_BYTES(1, 2), 4) == SIZE_MAX);
	assert_true(vsc_span_starts_with(s, VSC_BYTES(1, 2)));
	assert_true(vsc_span_cmp(VSC_BYTES(1), VSC_BYTES(1, 0)) < 0);
	assert_true(vsc_span_eq_ct(s, VSC_BYTES(1, 2, 3, 1, 2)));
	assert_false(vsc_span_eq_ct(s, VSC_BYTES(1, 2, 3, 1, 3)));
	assert_int_equal(vsc_span_slice(s, 4, 9).len, 1);
	assert_int_equal(vsc_span_slice(s, 9, 1).len, 0);
	assert_int_equal(vsc_span_number(VSC_SPAN_EMPTY), 0);
	assert_int_equal(vsc_span_number(VSC_BYTES(0x01, 0x00, 0xFF)), 0x100FF);
	assert_true(vsc_span_number(VSC_BYTES(9, 0x80, 0, 0, 0, 0, 0, 0, 1)) ==
		    UINT64_C(0x8000000000000001));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_stops_at_the_end),
		cmocka_unit_test(out_overflow_is_sticky_and_writes_nothing),
		cmocka_unit_test(out_insert_opens_a_gap),
		cmocka_unit_test(blob_may_be_set_from_itself),
		cmocka_unit_test(span_compare_and_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

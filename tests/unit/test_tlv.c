/* Rows for iso/tlv.c: tags and lengths of every size, malformed ones, nesting, SIMPLE-TLV. */
#include "test.h"

#include "iso/tlv.h"

struct row {
	const char *name;
	struct vsc_span raw;
	int ber, der; /* results of the two readers */
	uint32_t tag;
	bool constructed;
	size_t len;
};

static const struct row rows[] = {
	{ "empty", { NULL, 0 }, 0, 0, 0, false, 0 },
	{ "one byte tag", BYTES(0x5C, 2, 1, 2), 1, 1, 0x5C, false, 2 },
	{ "constructed", BYTES(0x7C, 0), 1, 1, 0x7C, true, 0 },
	{ "two byte tag", BYTES(0x7F, 0x49, 1, 9), 1, 1, 0x7F49, true, 1 },
	{ "three byte tag", BYTES(0x5F, 0xC1, 0x02, 1, 9), 1, 1, 0x5FC102, false, 1 },
	{ "four byte tag", BYTES(0x7F, 0x81, 0x82, 0x03, 0), 1, 1, 0x7F818203, true, 0 },
	{ "five byte tag", BYTES(0x7F, 0x81, 0x82, 0x83, 0x04, 0), VSC_E_FORMAT, VSC_E_FORMAT, 0,
	    false, 0 },
	{ "leading zeros in the tag number", BYTES(0x5F, 0x80, 0x20, 0), VSC_E_FORMAT, VSC_E_FORMAT,
	    0, false, 0 },
	{ "tag number below 31 in two bytes", BYTES(0x5F, 0x1E, 0), 1, VSC_E_FORMAT, 0x5F1E, false,
	    0 },
	{ "tag cut", BYTES(0x5F, 0xC1), VSC_E_FORMAT, VSC_E_FORMAT, 0, false, 0 },
	{ "length missing", BYTES(0x5C), VSC_E_FORMAT, VSC_E_FORMAT, 0, false, 0 },
	{ "value cut", BYTES(0x5C, 2, 1), VSC_E_FORMAT, VSC_E_FORMAT, 0, false, 0 },
	{ "length 81, longer than needed", BYTES(0x04, 0x81, 1, 7), 1, VSC_E_FORMAT, 0x04, false,
	    1 },
	{ "length 82, longer than needed", BYTES(0x04, 0x82, 0, 1, 7), 1, VSC_E_FORMAT, 0x04, false,
	    1 },
	{ "length 83", BYTES(0x04, 0x83, 0, 0, 1, 7), 1, VSC_E_FORMAT, 0x04, false, 1 },
	{ "length 84", BYTES(0x04, 0x84, 0, 0, 0, 1, 7), 1, VSC_E_FORMAT, 0x04, false, 1 },
	{ "length 85", BYTES(0x04, 0x85, 0, 0, 0, 0, 1, 7), VSC_E_FORMAT, VSC_E_FORMAT, 0, false,
	    0 },
	{ "length cut", BYTES(0x04, 0x82, 0), VSC_E_FORMAT, VSC_E_FORMAT, 0, false, 0 },
	{ "length past all memory", BYTES(0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 7), VSC_E_FORMAT,
	    VSC_E_FORMAT, 0, false, 0 },
	{ "indefinite length", BYTES(0x30, 0x80, 0x04, 0, 0, 0), VSC_E_FORMAT, VSC_E_FORMAT, 0,
	    false, 0 },
	{ "padding 00 and FF before", BYTES(0, 0xFF, 0, 0x5C, 1, 7), 1, VSC_E_FORMAT, 0x5C, false,
	    1 },
	{ "only padding", BYTES(0, 0, 0xFF), 0, VSC_E_FORMAT, 0, false, 0 },
};

static void
next(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct vsc_in ber = vsc_in_from(row->raw), der = ber;
		struct vsc_tlv tlv;

		if (vsc_tlv_next_der(&der, &tlv) != row->der)
			FAIL_ROW(row, "wrong result for DER");
		if (vsc_tlv_next(&ber, &tlv) != row->ber)
			FAIL_ROW(row, "wrong result for BER");
		if (row->ber == 1 && (tlv.tag != row->tag || tlv.constructed != row->constructed ||
					 tlv.value.len != row->len || vsc_in_left(&ber) != 0))
			FAIL_ROW(row, "wrong object");
	}
}

static void
sizes(void **state)
{
	static const size_t lens[] = { 0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000, 70000 };
	static const uint32_t tags[] = { 0x04, 0x7F49, 0x5FC102, 0x7F818203 };
	static uint8_t value[70000], buf[70100];

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(lens); i++) {
		for (size_t k = 0; k < VSC_COUNT(tags); k++) {
			struct vsc_out out = vsc_out_from(buf, sizeof(buf));
			struct vsc_tlv_mark mark;
			struct vsc_span got;
			struct vsc_in in;
			struct vsc_tlv tlv;

			vsc_tlv_put(&out, tags[k], vsc_span_from(value, lens[i]));
			assert_false(out.full);
			assert_int_equal(out.len, vsc_tlv_size(tags[k], lens[i]));
			in = vsc_in_from(vsc_out_span(&out));
			assert_int_equal(vsc_tlv_next_der(&in, &tlv), 1);
			assert_int_equal(tlv.value.len, lens[i]);
			assert_int_equal(tlv.whole.len, out.len);
			assert_int_equal(vsc_tlv_only(vsc_out_span(&out), tags[k], &got), 0);

			/* the same by begin and end */
			out = vsc_out_from(buf, vsc_tlv_size(tags[k], lens[i]));
			mark = vsc_tlv_begin(&out, tags[k]);
			vsc_out_put(&out, vsc_span_from(value, lens[i]));
			vsc_tlv_end(&out, mark);
			assert_false(out.full);
			assert_int_equal(vsc_tlv_only(vsc_out_span(&out), tags[k], &got), 0);
			assert_int_equal(got.len, lens[i]);
		}
	}
}

static void
no_room(void **state)
{
	uint8_t value[200] = { 0 }, buf[203];
	struct vsc_out out;
	struct vsc_tlv_mark mark;

	(void)state;
	for (size_t cap = 0; cap < sizeof(buf); cap++) {
		out = vsc_out_from(buf, cap);
		mark = vsc_tlv_begin(&out, 0x04);
		vsc_out_put(&out, VSC_SPAN_OF(value));
		vsc_tlv_end(&out, mark);
		assert_true(out.full);
		assert_true(out.len <= cap);
	}
	out = vsc_out_from(buf, sizeof(buf));
	vsc_tlv_put_length(&out, (size_t)UINT32_MAX + 1);
	assert_true(out.full);
}

static void
nested(void **state)
{
	uint8_t buf[64];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	static const uint32_t path[] = { 0x7F4E, 0x7F49, 0x86, 0 };
	static const uint32_t missing[] = { 0x7F4E, 0x7F4C, 0x86, 0 };
	struct vsc_tlv_mark body, key;
	struct vsc_span got;

	(void)state;
	body = vsc_tlv_begin(&out, 0x7F4E);
	vsc_tlv_put_u8(&out, 0x5F29, 0);
	key = vsc_tlv_begin(&out, 0x7F49);
	vsc_tlv_put_u16(&out, 0x86, 0x1234);
	vsc_tlv_end(&out, key);
	vsc_tlv_end(&out, body);
	assert_span_equal(vsc_out_span(&out),
	    VSC_BYTES(0x7F, 0x4E, 0x0B, 0x5F, 0x29, 1, 0, 0x7F, 0x49, 4, 0x86, 2, 0x12, 0x34));
	assert_int_equal(vsc_tlv_find_path(vsc_out_span(&out), path, &got), 0);
	assert_span_equal(got, VSC_BYTES(0x12, 0x34));
	assert_int_equal(vsc_tlv_find_path(vsc_out_span(&out), missing, &got), VSC_E_NOT_FOUND);
}

static void
find(void **state)
{
	struct vsc_span data = VSC_BYTES(0x80, 1, 1, 0x00, 0x81, 1, 2, 0x80, 1, 3);
	struct vsc_span cut = VSC_BYTES(0x80, 1, 1, 0x81, 5, 2), got;

	(void)state;
	assert_int_equal(vsc_tlv_find(data, 0x80, &got), 0);
	assert_span_equal(got, VSC_BYTES(1));
	assert_int_equal(vsc_tlv_find(data, 0x81, &got), 0);
	assert_span_equal(got, VSC_BYTES(2));
	assert_int_equal(vsc_tlv_find(data, 0x82, &got), VSC_E_NOT_FOUND);
	assert_int_equal(vsc_tlv_find(cut, 0x80, &got), 0);
	assert_int_equal(vsc_tlv_find(cut, 0x81, &got), VSC_E_FORMAT);
	assert_int_equal(vsc_tlv_only(data, 0x80, &got), VSC_E_FORMAT);
	assert_int_equal(vsc_tlv_only(VSC_BYTES(0x80, 1, 1), 0x81, &got), VSC_E_NOT_FOUND);
	assert_int_equal(vsc_tlv_only(VSC_BYTES(0, 0x80, 1, 1), 0x80, &got), VSC_E_FORMAT);
	assert_int_equal(vsc_tlv_only(VSC_SPAN_EMPTY, 0x80, &got), VSC_E_FORMAT);
}

static void
header(void **state)
{
	struct vsc_span raw = VSC_BYTES(0x7F, 0x49, 0x82, 0x01, 0x00, 0xAA);
	uint32_t tag;
	size_t len;

	(void)state;
	for (size_t have = 0; have <= raw.len; have++) {
		struct vsc_in in = vsc_in_from(vsc_span_slice(raw, 0, have));

		assert_int_equal(vsc_tlv_header(&in, &tag, &len), have < 5 ? 0 : 1);
		assert_int_equal(vsc_in_left(&in), have < 5 ? have : have - 5);
	}
	assert_int_equal(tag, 0x7F49);
	assert_int_equal(len, 256);
	{
		struct vsc_in in = vsc_in_from(VSC_BYTES(0x30, 0x80, 0, 0));

		assert_int_equal(vsc_tlv_header(&in, &tag, &len), VSC_E_FORMAT);
		assert_int_equal(vsc_in_left(&in), 4);
	}
}

static void
valid(void **state)
{
	struct vsc_span good = VSC_BYTES(0x30, 4, 0x30, 2, 0x04, 0, 0x05, 0);
	struct vsc_span bad_inside = VSC_BYTES(0x30, 4, 0x30, 2, 0x04, 9);

	(void)state;
	assert_true(vsc_tlv_valid(good, 9));
	assert_true(vsc_tlv_valid(VSC_SPAN_EMPTY, 0));
	assert_true(vsc_tlv_valid(bad_inside, 0));
	assert_true(vsc_tlv_valid(bad_inside, 1));
	assert_false(vsc_tlv_valid(bad_inside, 2));
	assert_false(vsc_tlv_valid(VSC_BYTES(0x30), 0));
}

static void
tags(void **state)
{
	static const struct {
		const char *name;
		uint32_t tag;
		bool valid, constructed;
	} t[] = {
		{ "00 is padding", 0x00, false, false },
		{ "FF is padding", 0xFF, false, true },
		{ "universal", 0x04, true, false },
		{ "sequence", 0x30, true, true },
		{ "1F alone", 0x1F, false, false },
		{ "5F20", 0x5F20, true, false },
		{ "7F49", 0x7F49, true, true },
		{ "5F1E", 0x5F1E, false, false },
		{ "5F80", 0x5F80, false, false },
		{ "5FC102", 0x5FC102, true, false },
		{ "5F8001", 0x5F8001, false, false },
		{ "5FC182", 0x5FC182, false, false },
		{ "5F2002", 0x5F2002, false, false },
		{ "two bytes, first has the number", 0x3002, false, true },
		{ "7F818203", 0x7F818203, true, true },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(t); i++) {
		if (vsc_tlv_tag_valid(t[i].tag) != t[i].valid)
			FAIL_ROW(&t[i], "validity");
		if (vsc_tlv_tag_constructed(t[i].tag) != t[i].constructed)
			FAIL_ROW(&t[i], "constructed");
	}
}

static const struct {
	const char *name;
	struct vsc_span raw;
	int result;
	uint8_t tag;
	size_t len;
} simple_rows[] = {
	{ "empty", { NULL, 0 }, 0, 0, 0 },
	{ "short", BYTES(1, 2, 8, 9), 1, 1, 2 },
	{ "no value", BYTES(0xFE, 0), 1, 0xFE, 0 },
	{ "long form", BYTES(2, 0xFF, 0, 1, 7), 1, 2, 1 },
	{ "tag 00", BYTES(0, 0), VSC_E_FORMAT, 0, 0 },
	{ "tag FF", BYTES(0xFF, 0), VSC_E_FORMAT, 0, 0 },
	{ "length missing", BYTES(1), VSC_E_FORMAT, 0, 0 },
	{ "long length cut", BYTES(1, 0xFF, 0), VSC_E_FORMAT, 0, 0 },
	{ "value cut", BYTES(1, 2, 8), VSC_E_FORMAT, 0, 0 },
};

static void
simple(void **state)
{
	static const size_t lens[] = { 0, 1, 254, 255, 256, 65535 };
	static uint8_t value[65536], buf[70000];
	struct vsc_span got;
	uint8_t tag;

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(simple_rows); i++) {
		struct vsc_in in = vsc_in_from(simple_rows[i].raw);

		if (vsc_simple_tlv_next(&in, &tag, &got) != simple_rows[i].result)
			FAIL_ROW(&simple_rows[i], "wrong result");
		if (simple_rows[i].result == 1 &&
		    (tag != simple_rows[i].tag || got.len != simple_rows[i].len))
			FAIL_ROW(&simple_rows[i], "wrong object");
	}
	for (size_t i = 0; i < VSC_COUNT(lens); i++) {
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		struct vsc_in in;

		vsc_simple_tlv_put(&out, 7, vsc_span_from(value, lens[i]));
		in = vsc_in_from(vsc_out_span(&out));
		assert_int_equal(vsc_simple_tlv_next(&in, &tag, &got), 1);
		assert_int_equal(got.len, lens[i]);
		assert_int_equal(vsc_in_left(&in), 0);
	}
	for (size_t i = 0; i < 3; i++) {
		static const struct {
			uint8_t tag;
			size_t len;
		} refused[] = { { 0x00, 1 }, { 0xFF, 1 }, { 1, 65536 } };
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));

		vsc_simple_tlv_put(&out, refused[i].tag, vsc_span_from(value, refused[i].len));
		assert_true(out.full);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(next),
		cmocka_unit_test(sizes),
		cmocka_unit_test(no_room),
		cmocka_unit_test(nested),
		cmocka_unit_test(find),
		cmocka_unit_test(header),
		cmocka_unit_test(valid),
		cmocka_unit_test(tags),
		cmocka_unit_test(simple),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

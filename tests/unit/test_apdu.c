/* Rows for iso/apdu.c: every case of ISO/IEC 7816-4:2020 5.2, the class byte, responses, names. */
#include "test.h"

#include "iso/apdu.h"

#define LONG 300

struct parse_row {
	const char *name;
	struct vsc_span raw;
	int result;
	size_t nc;
	uint32_t ne;
	bool extended;
};

static const struct parse_row parse_rows[] = {
	{ "empty", { NULL, 0 }, VSC_E_FORMAT, 0, 0, false },
	{ "one byte", BYTES(0), VSC_E_FORMAT, 0, 0, false },
	{ "three bytes", BYTES(0, 0xA4, 0), VSC_E_FORMAT, 0, 0, false },
	{ "1", BYTES(0, 0xA4, 0, 0), 0, 0, 0, false },
	{ "2S", BYTES(0, 0xB0, 0, 0, 5), 0, 0, 5, false },
	{ "2S le=00", BYTES(0, 0xB0, 0, 0, 0), 0, 0, 256, false },
	{ "3S", BYTES(0, 0xA4, 0, 0, 2, 0x3F, 0), 0, 2, 0, false },
	{ "3S one byte", BYTES(0, 0xA4, 0, 0, 1, 0), 0, 1, 0, false },
	{ "3S short of data", BYTES(0, 0xA4, 0, 0, 3, 0x3F, 0), VSC_E_FORMAT, 0, 0, false },
	{ "4S", BYTES(0, 0xA4, 0, 0, 2, 0x3F, 0, 7), 0, 2, 7, false },
	{ "4S le=00", BYTES(0, 0xA4, 0, 0, 2, 0x3F, 0, 0), 0, 2, 256, false },
	{ "4S a byte too many", BYTES(0, 0xA4, 0, 0, 2, 0x3F, 0, 0, 0), VSC_E_FORMAT, 0, 0, false },
	{ "2E", BYTES(0, 0xB0, 0, 0, 0, 0, 9), 0, 0, 9, true },
	{ "2E le=0100", BYTES(0, 0xB0, 0, 0, 0, 1, 0), 0, 0, 256, true },
	{ "2E le=0000", BYTES(0, 0xB0, 0, 0, 0, 0, 0), 0, 0, 65536, true },
	{ "2E cut", BYTES(0, 0xB0, 0, 0, 0, 0), VSC_E_FORMAT, 0, 0, false },
	{ "3E", BYTES(0, 0xD6, 0, 0, 0, 0, 2, 1, 2), 0, 2, 0, true },
	{ "3E lc=0", BYTES(0, 0xA4, 0, 0, 0, 0, 0, 9), VSC_E_FORMAT, 0, 0, false },
	{ "3E short of data", BYTES(0, 0xD6, 0, 0, 0, 0, 3, 1, 2), VSC_E_FORMAT, 0, 0, false },
	{ "4E", BYTES(0, 0xD6, 0, 0, 0, 0, 2, 1, 2, 1, 1), 0, 2, 257, true },
	{ "4E le=0000", BYTES(0, 0xD6, 0, 0, 0, 0, 2, 1, 2, 0, 0), 0, 2, 65536, true },
	{ "4E le of one byte", BYTES(0, 0xD6, 0, 0, 0, 0, 2, 1, 2, 0), VSC_E_FORMAT, 0, 0, false },
	{ "4E le of three bytes", BYTES(0, 0xD6, 0, 0, 0, 0, 2, 1, 2, 0, 0, 0), VSC_E_FORMAT, 0, 0,
	    false },
	{ "4E lc=0", BYTES(0, 0xD6, 0, 0, 0, 0, 0, 0, 0), VSC_E_FORMAT, 0, 0, false },
};

static void
parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(parse_rows); i++) {
		const struct parse_row *row = &parse_rows[i];
		struct vsc_apdu cmd;

		if (vsc_apdu_parse(&cmd, row->raw) != row->result)
			FAIL_ROW(row, "wrong result");
		if (row->result != 0)
			continue;
		if (cmd.cla != row->raw.ptr[0] || cmd.ins != row->raw.ptr[1])
			FAIL_ROW(row, "wrong header");
		if (cmd.data.len != row->nc || cmd.ne != row->ne || cmd.extended != row->extended ||
		    cmd.has_le != (row->ne > 0))
			FAIL_ROW(row, "wrong Nc, Ne or form");
	}
}

/* What parses is written back as it was. */
static void
round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(parse_rows); i++) {
		const struct parse_row *row = &parse_rows[i];
		struct vsc_apdu cmd;
		uint8_t buf[32];
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));

		if (vsc_apdu_parse(&cmd, row->raw) < 0)
			continue;
		vsc_apdu_put(&out, &cmd);
		if (out.full || !vsc_span_eq(vsc_out_span(&out), row->raw))
			FAIL_ROW(row, "not the same bytes");
	}
}

static void
put_picks_the_form(void **state)
{
	static const uint8_t data[70000];
	static uint8_t buf[70000];
	static const struct {
		const char *name;
		size_t nc;
		uint32_t ne;
		bool extended;
		size_t size; /* 0: refused */
	} rows[] = {
		{ "1", 0, 0, false, 4 },
		{ "1, asked for extended", 0, 0, true, 4 },
		{ "2S", 0, 256, false, 5 },
		{ "2E", 0, 257, false, 7 },
		{ "3S", 255, 0, false, 4 + 1 + 255 },
		{ "3E", 256, 0, false, 4 + 3 + 256 },
		{ "4S", 255, 256, false, 4 + 1 + 255 + 1 },
		{ "4E for Ne", 1, 65536, false, 4 + 3 + 1 + 2 },
		{ "4E asked for", 1, 1, true, 4 + 3 + 1 + 2 },
		{ "4E largest", 65535, 65536, false, 4 + 3 + 65535 + 2 },
		{ "Nc too large", 65536, 0, false, 0 },
		{ "Ne too large", 0, 65537, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		struct vsc_apdu cmd = {
			.data = { data, rows[i].nc }, .ne = rows[i].ne, .extended = rows[i].extended
		};
		struct vsc_apdu back;

		vsc_apdu_put(&out, &cmd);
		if (out.full != (rows[i].size == 0) || out.len != rows[i].size)
			FAIL_ROW(&rows[i], "wrong size");
		if (out.full)
			continue;
		if (vsc_apdu_parse(&back, vsc_out_span(&out)) < 0 ||
		    back.data.len != cmd.data.len || back.ne != cmd.ne)
			FAIL_ROW(&rows[i], "does not parse back");
	}
}

/* A command cut anywhere never parses to more than was there. */
static void
cut_anywhere(void **state)
{
	uint8_t raw[4 + 3 + LONG + 2] = { 0, 0xD6, 0, 0, 0, LONG >> 8, LONG & 0xFF };
	struct vsc_apdu cmd;

	(void)state;
	for (size_t len = 8; len < sizeof(raw); len++) {
		int r = vsc_apdu_parse(&cmd, vsc_span_from(raw, len));

		assert_int_equal(r, len == 7 + LONG ? 0 : VSC_E_FORMAT);
	}
	assert_int_equal(vsc_apdu_parse(&cmd, VSC_SPAN_OF(raw)), 0);
	assert_int_equal(cmd.data.len, LONG);
	assert_ptr_equal(cmd.data.ptr, raw + 7);
}

static void
class_byte(void **state)
{
	static const struct {
		const char *name;
		uint8_t cla;
		struct vsc_cla want; /* proprietary, invalid, chained, channel, sm */
	} rows[] = {
		{ "00", 0x00, { false, false, false, 0, VSC_SM_NONE } },
		{ "channel 3", 0x03, { false, false, false, 3, VSC_SM_NONE } },
		{ "proprietary SM", 0x04, { false, false, false, 0, VSC_SM_PROPRIETARY } },
		{ "SM, plain header", 0x08, { false, false, false, 0, VSC_SM_PLAIN_HEADER } },
		{ "SM, header authenticated", 0x0C,
		    { false, false, false, 0, VSC_SM_AUTH_HEADER } },
		{ "chained", 0x10, { false, false, true, 0, VSC_SM_NONE } },
		{ "all of the first", 0x1F, { false, false, true, 3, VSC_SM_AUTH_HEADER } },
		{ "channel 4", 0x40, { false, false, false, 4, VSC_SM_NONE } },
		{ "channel 19", 0x4F, { false, false, false, 19, VSC_SM_NONE } },
		{ "chained, channel 4", 0x50, { false, false, true, 4, VSC_SM_NONE } },
		{ "SM, channel 4", 0x60, { false, false, false, 4, VSC_SM_PLAIN_HEADER } },
		{ "all of the further", 0x7F, { false, false, true, 19, VSC_SM_PLAIN_HEADER } },
		{ "80", 0x80, { true, false, false, 0, VSC_SM_NONE } },
		{ "9F", 0x9F, { true, false, false, 0, VSC_SM_NONE } },
		{ "FE", 0xFE, { true, false, false, 0, VSC_SM_NONE } },
		{ "FF", 0xFF, { true, true, false, 0, VSC_SM_NONE } },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct vsc_cla got = vsc_cla_decode(rows[i].cla);
		uint8_t byte = 0;
		int r;

		if (got.proprietary != rows[i].want.proprietary ||
		    got.invalid != rows[i].want.invalid || got.chained != rows[i].want.chained ||
		    got.channel != rows[i].want.channel || got.sm != rows[i].want.sm)
			FAIL_ROW(&rows[i], "wrong meaning");
		r = vsc_cla_encode(&got, &byte);
		if (r != (got.proprietary ? VSC_E_PARAM : 0) || (r == 0 && byte != rows[i].cla))
			FAIL_ROW(&rows[i], "not encoded back");
	}
	for (unsigned cla = 0x20; cla < 0x40; cla++)
		assert_true(vsc_cla_decode((uint8_t)cla).invalid);
}

static void
class_byte_that_cannot_be(void **state)
{
	static const struct {
		const char *name;
		struct vsc_cla cla;
	} rows[] = {
		{ "channel 20", { false, false, false, 20, VSC_SM_NONE } },
		{ "authenticated header on channel 4",
		    { false, false, false, 4, VSC_SM_AUTH_HEADER } },
		{ "proprietary SM on channel 4", { false, false, false, 4, VSC_SM_PROPRIETARY } },
		{ "proprietary", { true, false, false, 0, VSC_SM_NONE } },
		{ "reserved", { false, true, false, 0, VSC_SM_NONE } },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		uint8_t byte;

		if (vsc_cla_encode(&rows[i].cla, &byte) != VSC_E_PARAM)
			FAIL_ROW(&rows[i], "accepted");
	}
}

static void
response(void **state)
{
	struct vsc_span body;
	vsc_sw sw;

	(void)state;
	assert_int_equal(vsc_response_split(VSC_BYTES(1, 2, 0x90, 0), &body, &sw), 0);
	assert_span_equal(body, VSC_BYTES(1, 2));
	assert_int_equal(sw, VSC_SW_OK);
	assert_int_equal(vsc_response_split(VSC_BYTES(0x6A, 0x82), &body, &sw), 0);
	assert_int_equal(body.len, 0);
	assert_int_equal(sw, VSC_SW_FILE_NOT_FOUND);
	assert_int_equal(vsc_response_split(VSC_BYTES(0x63, 0xC2), NULL, &sw), 0);
	assert_int_equal(sw, VSC_SW_TRIES_LEFT(2));
	assert_int_equal(vsc_response_split(VSC_BYTES(0x90), &body, &sw), VSC_E_FORMAT);
	assert_int_equal(vsc_response_split(VSC_SPAN_EMPTY, &body, &sw), VSC_E_FORMAT);
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(vsc_ins_name(0xA4), "SELECT");
	assert_string_equal(vsc_ins_name(0xB1), "READ BINARY");
	assert_string_equal(vsc_ins_name(0x2A), "PERFORM SECURITY OPERATION");
	assert_string_equal(vsc_ins_name(0xFE), "TERMINATE CARD USAGE");
	assert_null(vsc_ins_name(0x00));
	assert_null(vsc_ins_name(0x6C)); /* 6X and 9X are procedure bytes of T=0 */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(put_picks_the_form),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(class_byte),
		cmocka_unit_test(class_byte_that_cannot_be),
		cmocka_unit_test(response),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

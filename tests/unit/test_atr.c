/* Rows for iso/atr.c: ATRs of real cards and of every corner of ISO/IEC 7816-3:2006 8.2. */
#include "test.h"

#include "iso/atr.h"

struct row {
	const char *name, *hex;
	int result;
	size_t ngroups, nhistorical;
	uint16_t protocols;
	uint8_t first;
	bool tck;
};

static const struct row rows[] = {
	{ "shortest", "3B 00", 0, 0, 0, 1, 0, false },
	{ "inverse convention", "3F 00", 0, 0, 0, 1, 0, false },
	{ "predecessor's ISO card", "3B 77 94 00 00 82 30 00 13 6C 9F 22", 0, 1, 7, 1, 0, false },
	{ "T=1 with TCK", "3B 80 01 81", 0, 1, 0, 2, 1, true },
	{ "T=0 by TD1, no TCK", "3B 80 00", 0, 1, 0, 1, 0, false },
	{ "T=0 by TD1, TCK too many", "3B 80 00 80", VSC_E_FORMAT, 0, 0, 0, 0, false },
	{ "T=0 and T=1", "3B 80 80 01 01", 0, 2, 0, 3, 0, true },
	{ "contactless", "3B 8A 80 01 80 31 F8 73 F7 41 E0 82 90 00 75", 0, 2, 10, 3, 0, true },
	{ "T=15 only needs TCK", "3B 80 1F 05 9A", 0, 2, 0, 1, 0, true },
	{ "T=1, then global TA and TB", "3B 80 81 3F 01 02 3D", 0, 3, 0, 2, 1, true },
	{ "TA TB TC TD", "3B F0 11 22 33 01 F1", 0, 1, 0, 2, 1, true },
	{ "15 historical", "3B 0F 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E", 0, 0, 15, 1, 0,
	    false },
	{ "longest: 31 groups of TD",
	    "3B 80" /* T0 */
	    "80808080808080808080 80808080808080808080 80808080808080808080 00",
	    0, 31, 0, 1, 0, false },
	{ "34 bytes",
	    "3B 80"
	    "80808080808080808080 80808080808080808080 80808080808080808080 80 00",
	    VSC_E_FORMAT, 0, 0, 0, 0, false },
	{ "empty", "", VSC_E_FORMAT, 0, 0, 0, 0, false },
	{ "TS only", "3B", VSC_E_FORMAT, 0, 0, 0, 0, false },
	{ "TS unknown", "3C 00", VSC_E_FORMAT, 0, 0, 0, 0, false },
	{ "historical cut", "3B 02 01", VSC_E_FORMAT, 0, 0, 0, 0, false },
	{ "interface cut", "3B F0 11 22", VSC_E_FORMAT, 0, 0, 0, 0, false },
	{ "TCK missing", "3B 80 01", VSC_E_FORMAT, 0, 0, 0, 0, false },
	{ "TCK wrong", "3B 80 01 80", VSC_E_FORMAT, 0, 0, 0, 0, false },
	{ "a byte too many", "3B 00 00", VSC_E_FORMAT, 0, 0, 0, 0, false },
};

static void
parse_and_put(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct vsc_blob bytes = { NULL, 0 };
		uint8_t buf[VSC_ATR_MAX];
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		struct vsc_atr atr;

		assert_int_equal(vsc_hex_parse(vsc_span_str(row->hex), &bytes), 0);
		if (vsc_atr_parse(&atr, vsc_blob_span(&bytes)) != row->result)
			FAIL_ROW(row, "wrong result");
		if (row->result == 0) {
			if (atr.ngroups != row->ngroups || atr.nhistorical != row->nhistorical)
				FAIL_ROW(row, "wrong counts");
			if (atr.protocols != row->protocols || atr.first_protocol != row->first ||
			    atr.has_tck != row->tck)
				FAIL_ROW(row, "wrong protocols");
			vsc_atr_put(&out, &atr);
			if (out.full || !vsc_span_eq(vsc_out_span(&out), vsc_blob_span(&bytes)))
				FAIL_ROW(row, "not written back");
		}
		vsc_blob_free(&bytes);
	}
}

static void
interface_bytes(void **state)
{
	struct vsc_atr atr;

	(void)state;
	assert_int_equal(
	    vsc_atr_parse(&atr, VSC_BYTES(0x3B, 0x90, 0x95, 0x81, 0x31, 0xFE, 0x45, 0x0E)), 0);
	assert_true(atr.groups[0].has_ta && !atr.groups[0].has_tb && atr.groups[0].has_td);
	assert_int_equal(atr.groups[0].ta, 0x95);
	assert_int_equal(atr.groups[1].td, 0x31);
	assert_true(atr.groups[2].has_ta && atr.groups[2].has_tb && !atr.groups[2].has_td);
	assert_int_equal(atr.groups[2].ta, 0xFE);
	assert_int_equal(atr.groups[2].tb, 0x45);
}

/* A builder says what it wants; the presence bits and TCK follow. */
static void
build(void **state)
{
	struct vsc_atr atr = { .ts = 0x3B,
		.groups = { { .has_td = true, .td = 1 }, { .has_ta = true, .ta = 0xFE } },
		.ngroups = 2,
		.historical = { 0x80, 0x31, 0xC0 },
		.nhistorical = 3 };
	uint8_t buf[VSC_ATR_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf)), small = vsc_out_from(buf, 8);

	(void)state;
	vsc_atr_put(&out, &atr);
	assert_span_equal(
	    vsc_out_span(&out), VSC_BYTES(0x3B, 0x83, 0x11, 0xFE, 0x80, 0x31, 0xC0, 0x1D));
	vsc_atr_put(&small, &atr);
	assert_false(small.full);
	small = vsc_out_from(buf, 7);
	vsc_atr_put(&small, &atr);
	assert_true(small.full);
	assert_int_equal(small.len, 0);
	atr.nhistorical = VSC_ATR_HISTORICAL_MAX + 1;
	out = vsc_out_from(buf, sizeof(buf));
	vsc_atr_put(&out, &atr);
	assert_true(out.full);
}

static const struct {
	const char *name;
	struct vsc_span bytes;
	uint8_t tag;
	int result;
	struct vsc_span value;
} objects[] = {
	{ "first", BYTES(0x80, 0x31, 0xC0, 0x73, 1, 2, 3), 3, 0, BYTES(0xC0) },
	{ "second", BYTES(0x80, 0x31, 0xC0, 0x73, 1, 2, 3), 7, 0, BYTES(1, 2, 3) },
	{ "none", BYTES(0x80, 0x31, 0xC0), 7, VSC_E_NOT_FOUND, { NULL, 0 } },
	{ "cut", BYTES(0x80, 0x31, 0xC0, 0x73, 1, 2), 7, VSC_E_FORMAT, { NULL, 0 } },
	{ "category 00", BYTES(0, 0x31, 0xC0, 5, 0x90, 0), 3, 0, BYTES(0xC0) },
	{ "category 00, status is no object", BYTES(0, 0x31, 0xC0, 0x51, 0x90, 0), 5,
	    VSC_E_NOT_FOUND, { NULL, 0 } },
	{ "category 00, status cut", BYTES(0, 5, 0x90), 3, VSC_E_FORMAT, { NULL, 0 } },
	{ "proprietary", BYTES(0x94, 0x31, 0xC0), 3, VSC_E_NOT_FOUND, { NULL, 0 } },
	{ "empty", { NULL, 0 }, 3, VSC_E_NOT_FOUND, { NULL, 0 } },
};

static void
historical(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(objects); i++) {
		struct vsc_span value = { NULL, 0 };

		if (vsc_historical_find(objects[i].bytes, objects[i].tag, &value) !=
		    objects[i].result)
			FAIL_ROW(&objects[i], "wrong result");
		if (objects[i].result == 0 && !vsc_span_eq(value, objects[i].value))
			FAIL_ROW(&objects[i], "wrong value");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_and_put),
		cmocka_unit_test(interface_bytes),
		cmocka_unit_test(build),
		cmocka_unit_test(historical),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "test.h"

#include "card/fcp.h"

static const struct row {
	const char *name;
	struct vsc_span fcp;
	int result;
	struct vsc_file_spec want;
} rows[] = {
	{ "transparent", BYTES(0x80, 2, 0x01, 0x00, 0x82, 1, 0x01, 0x83, 2, 0x12, 0x34), 0,
	    { .fid = 0x1234, .descriptor = 1, .size = 256 } },
	{ "short identifier", BYTES(0x82, 1, 1, 0x83, 2, 0x12, 0x34, 0x88, 1, 0x28), 0,
	    { .fid = 0x1234, .descriptor = 1, .sfi = 5 } },
	{ "none at all", BYTES(0x82, 1, 1, 0x83, 2, 0x12, 0x34, 0x88, 0), 0,
	    { .fid = 0x1234, .descriptor = 1, .sfi = VSC_SFI_NONE } },
	{ "record size in one byte", BYTES(0x82, 3, 2, 0x21, 9, 0x83, 2, 1, 1), 0,
	    { .fid = 0x0101, .descriptor = 2, .coding = 0x21, .record_size = 9 } },
	{ "record size in two", BYTES(0x82, 4, 2, 0x21, 1, 9, 0x83, 2, 1, 1), 0,
	    { .fid = 0x0101, .descriptor = 2, .coding = 0x21, .record_size = 0x0109 } },
	{ "number in one byte", BYTES(0x82, 5, 6, 0x21, 0, 9, 3, 0x83, 2, 1, 1), 0,
	    { .fid = 0x0101, .descriptor = 6, .coding = 0x21, .record_size = 9, .record_max = 3 } },
	{ "number in two", BYTES(0x82, 6, 6, 0x21, 0, 9, 1, 3, 0x83, 2, 1, 1), 0,
	    { .fid = 0x0101,
		.descriptor = 6,
		.coding = 0x21,
		.record_size = 9,
		.record_max = 0x0103 } },
	{ "life cycle", BYTES(0x82, 1, 0x38, 0x84, 1, 0xA0, 0x8A, 1, 4), 0,
	    { .descriptor = 0x38, .life = 4 } },
	{ "no descriptor", BYTES(0x83, 2, 1, 1), VSC_E_FORMAT, { .fid = 0 } },
	{ "half-byte units", BYTES(0x82, 2, 1, 0x20), VSC_E_UNSUPPORTED, { .fid = 0 } },
	{ "identifier 3FFF", BYTES(0x82, 1, 1, 0x83, 2, 0x3F, 0xFF), VSC_E_FORMAT, { .fid = 0 } },
	{ "identifier FFFF", BYTES(0x82, 1, 1, 0x83, 2, 0xFF, 0xFF), VSC_E_FORMAT, { .fid = 0 } },
	{ "short identifier 31", BYTES(0x82, 1, 1, 0x88, 1, 0xF8), VSC_E_FORMAT, { .fid = 0 } },
	{ "name of an EF", BYTES(0x82, 1, 1, 0x84, 1, 1), VSC_E_FORMAT, { .fid = 0 } },
	{ "terminated from the start", BYTES(0x82, 1, 1, 0x8A, 1, 0x0C), VSC_E_FORMAT,
	    { .fid = 0 } },
	{ "unknown object", BYTES(0x82, 1, 1, 0x5A, 1, 0), VSC_E_FORMAT, { .fid = 0 } },
	{ "cut off", BYTES(0x82, 2, 1), VSC_E_FORMAT, { .fid = 0 } },
};

static bool
same(const struct vsc_file_spec *a, const struct vsc_file_spec *b)
{
	return a->fid == b->fid && a->descriptor == b->descriptor && a->coding == b->coding &&
	       a->sfi == b->sfi && a->life == b->life && a->record_size == b->record_size &&
	       a->record_max == b->record_max && a->size == b->size;
}

static void
parses(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++) {
		uint8_t buf[64];
		struct vsc_out scratch = vsc_out_from(buf, sizeof(buf));
		struct vsc_file_spec spec;

		if (vsc_fcp_parse(&spec, 0, row->fcp, &scratch) != row->result)
			FAIL_ROW(row, "result");
		if (row->result == 0 && !same(&spec, &row->want))
			FAIL_ROW(row, "spec");
	}
}

static void
what_is_parsed_is_shown(void **state)
{
	static const uint8_t fcp[] = { 0x80, 2, 0, 27, 0x82, 5, 2, 0xC1, 0, 9, 3, 0x83, 2, 0x11,
		0x22, 0x88, 1, 0x28, 0x8A, 1, 5, 0x8C, 2, 1, 0, 0xA5, 3, 0x80, 1, 7 };
	uint8_t buf[64], shown[64];
	struct vsc_out scratch = vsc_out_from(buf, sizeof(buf)), out;
	struct vsc_file_spec spec, mf = { .descriptor = VSC_FILE_DF };
	struct vsc_fs fs = { .mf = NULL };
	struct vsc_file *file;

	(void)state;
	assert_int_equal(vsc_fcp_parse(&spec, 0, VSC_SPAN_OF(fcp), &scratch), 0);
	assert_int_equal(vsc_fs_add(&fs, NULL, &mf, &file), 0);
	assert_int_equal(vsc_fs_add(&fs, file, &spec, &file), 0);
	out = vsc_out_from(shown, sizeof(shown));
	vsc_fcp_put(&out, file, VSC_FCP);
	assert_int_equal(shown[0], 0x62);
	assert_span_equal(vsc_span_slice(vsc_out_span(&out), 2, 64), VSC_SPAN_OF(fcp));
	vsc_fs_free(&fs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(what_is_parsed_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

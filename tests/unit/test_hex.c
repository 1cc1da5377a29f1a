#include "test.h"

static const struct row {
	const char *name, *text;
	int result;
	struct vsc_span bytes;
} rows[] = {
	{ "empty", "", 0, { NULL, 0 } },
	{ "blanks", " \t", 0, { NULL, 0 } },
	{ "mixed case", "00a4 04Ff", 0, BYTES(0x00, 0xA4, 0x04, 0xFF) },
	{ "half a byte", "00A", VSC_E_FORMAT, { NULL, 0 } },
	{ "blank inside a byte", "0 0", VSC_E_FORMAT, { NULL, 0 } },
	{ "foreign character", "0G", VSC_E_FORMAT, { NULL, 0 } },
};

static void
parse(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++) {
		struct vsc_blob got = { NULL, 0 };

		if (vsc_hex_parse(vsc_span_str(row->text), &got) != row->result)
			FAIL_ROW(row, "result");
		if (!vsc_span_eq(vsc_blob_span(&got), row->bytes))
			FAIL_ROW(row, "bytes");
		vsc_blob_free(&got);
	}
}

static void
text_is_cut_between_bytes(void **state)
{
	char text[6];

	(void)state;
	assert_string_equal(vsc_hex_text(text, 6, VSC_BYTES(0x01, 0xAB, 0x02), ' '), "01 AB");
	assert_string_equal(vsc_hex_text(text, 5, VSC_BYTES(0x01, 0xAB, 0x02), ' '), "01");
	assert_string_equal(vsc_hex_text(text, 5, VSC_BYTES(0x01, 0xAB, 0x02), '\0'), "01AB");
	assert_string_equal(vsc_hex_text(text, 1, VSC_BYTES(0x01), ' '), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse),
		cmocka_unit_test(text_is_cut_between_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Rows for card/dynamic.c: what is asked for and what is given in a template 7C. */
#include "test.h"

#include "card/dynamic.h"

static const struct row {
	const char *name;
	struct vsc_span data;
	int rc;
	unsigned asked, given;
} rows[] = {
	{ "empty template", BYTES(0x7C, 0), 0, 0, 0 },
	{ "signature", BYTES(0x7C, 5, 0x82, 0, 0x81, 1, 9), 0, VSC_DYNAMIC_RESPONSE,
	    VSC_DYNAMIC_CHALLENGE },
	{ "any order", BYTES(0x7C, 5, 0x81, 1, 9, 0x82, 0), 0, VSC_DYNAMIC_RESPONSE,
	    VSC_DYNAMIC_CHALLENGE },
	{ "witness asked for", BYTES(0x7C, 2, 0x80, 0), 0, VSC_DYNAMIC_WITNESS, 0 },
	{ "point", BYTES(0x7C, 3, 0x85, 1, 4), 0, 0, VSC_DYNAMIC_EXPONENT },
	{ "no template", BYTES(0x81, 1, 9), VSC_E_FORMAT, 0, 0 },
	{ "nothing", { NULL, 0 }, VSC_E_FORMAT, 0, 0 },
	{ "something behind it", BYTES(0x7C, 0, 0x81, 0), VSC_E_FORMAT, 0, 0 },
	{ "object cut", BYTES(0x7C, 2, 0x81, 1), VSC_E_FORMAT, 0, 0 },
	{ "twice the same, empty", BYTES(0x7C, 4, 0x81, 0, 0x81, 0), VSC_E_FORMAT, 0, 0 },
	{ "asked for and given", BYTES(0x7C, 5, 0x81, 0, 0x81, 1, 9), VSC_E_FORMAT, 0, 0 },
	{ "tag above", BYTES(0x7C, 2, 0x86, 0), VSC_E_FORMAT, 0, 0 },
	{ "tag below", BYTES(0x7C, 2, 0x5C, 0), VSC_E_FORMAT, 0, 0 },
	{ "tag of two bytes", BYTES(0x7C, 3, 0x7F, 0x49, 0), VSC_E_FORMAT, 0, 0 },
};

static void
reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct vsc_dynamic d;

		if (vsc_dynamic_read(&d, row->data) != row->rc)
			FAIL_ROW(row, "wrong result");
		if (row->rc == 0 && (d.asked != row->asked || d.given != row->given))
			FAIL_ROW(row, "wrong objects");
	}
}

static void
answers(void **state)
{
	uint8_t buf[16];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_dynamic_answer a = vsc_dynamic_begin(&out, 0x82);

	(void)state;
	vsc_out_u8(&out, 0x55);
	vsc_dynamic_end(&out, a);
	assert_span_equal(vsc_out_span(&out), VSC_BYTES(0x7C, 3, 0x82, 1, 0x55));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

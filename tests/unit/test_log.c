/* What messages show of what they quote. */
#include "test.h"

#include "vicc/log.h"

static const struct row {
	const char *name, *line, *shown;
} rows[] = {
	{ "plain", "--pin: 6 digits, not \"1\"", "--pin: 6 digits, not \"1\"" },
	{ "UTF-8", "K\xC3\xB6ln \xE6\xBC\xA2 \xF0\x9F\x98\x80",
	    "K\xC3\xB6ln \xE6\xBC\xA2 \xF0\x9F\x98\x80" },
	{ "ISO 8859-1", "K\xF6ln", "K\\xF6ln" },
	{ "colours of a terminal", "\x1B[31mred\x7F", "\\x1B[31mred\\x7F" },
	{ "two lines", "a\nb", "a\\x0Ab" },
	{ "control character in two bytes", "\xC2\x9Bm", "\\xC2\\x9Bm" },
	{ "cut off", "\xE6\xBC", "\\xE6\\xBC" },
	{ "longer form than it takes", "\xC0\xAF\xE0\x80\xAF", "\\xC0\\xAF\\xE0\\x80\\xAF" },
	{ "half of a pair", "\xED\xA0\x80", "\\xED\\xA0\\x80" },
	{ "just beyond Unicode", "\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80" },
	{ "beyond Unicode", "\xF5\x80\x80\x80", "\\xF5\\x80\\x80\\x80" },
};

static void
test_shown(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++) {
		uint8_t buf[200];
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));

		vsc_log_text(&out, row->line);
		if (out.full || !vsc_span_eq(vsc_out_span(&out), vsc_span_str(row->shown)))
			fail_msg("%s: %.*s", row->name, (int)out.len, (const char *)buf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_shown) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

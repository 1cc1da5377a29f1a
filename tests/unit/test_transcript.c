/* Rows for iso/transcript.c: every kind of line, what is refused and why, patterns, writing. */
#include "test.h"

#include "iso/transcript.h"

struct row {
	const char *name, *text;
	const char *again; /* as it is written back; NULL: refused */
	enum vsc_line_kind kind;
};

static const struct row rows[] = {
	{ "empty", "", "\n", VSC_LINE_EMPTY },
	{ "blanks", " \t\r\n", "\n", VSC_LINE_EMPTY },
	{ "comment", "# > 00", "\n", VSC_LINE_EMPTY },
	{ "command", "> 00a40000", "> 00 A4 00 00\n", VSC_LINE_COMMAND },
	{ "command, no blank, comment", ">00 A4#SELECT", "> 00 A4\n", VSC_LINE_COMMAND },
	{ "command, indented, CR LF", "  > 00 A4\r\n", "> 00 A4\n", VSC_LINE_COMMAND },
	{ "command without bytes", ">", ">\n", VSC_LINE_COMMAND },
	{ "half a byte", "> 0", NULL, 0 },
	{ "wildcard in a command", "> 00 ..", NULL, 0 },
	{ "answer", "< 90 00", "< 90 00\n", VSC_LINE_ANSWER },
	{ "answer without bytes", "<", "<\n", VSC_LINE_ANSWER },
	{ "any byte", "< ..9000", "< .. 90 00\n", VSC_LINE_ANSWER },
	{ "any number", "< 6F*9000", "< 6F * 90 00\n", VSC_LINE_ANSWER },
	{ "only any", "< *", "< *\n", VSC_LINE_ANSWER },
	{ "one dot", "< . 90 00", NULL, 0 },
	{ "dot and digit", "< .0 90 00", NULL, 0 },
	{ "foreign character", "< 9x 00", NULL, 0 },
	{ "on", "! on", "! on\n", VSC_LINE_EVENT },
	{ "off", "!off", "! off\n", VSC_LINE_EVENT },
	{ "reset", "! reset # warm", "! reset\n", VSC_LINE_EVENT },
	{ "atr", "! atr", "! atr\n", VSC_LINE_EVENT },
	{ "no event", "!", NULL, 0 },
	{ "unknown event", "! eject", NULL, 0 },
	{ "type", "@ type ePass", "@ type ePass\n", VSC_LINE_SETTING },
	{ "option", "@  option   --mrz=A B ", "@ option --mrz=A B\n", VSC_LINE_SETTING },
	{ "random", "@ random 0102", "@ random 01 02\n", VSC_LINE_SETTING },
	{ "time", "@ time 2026-11-21T12:00:00Z", "@ time 2026-11-21T12:00:00Z\n",
	    VSC_LINE_SETTING },
	{ "time, leap day", "@ time 2024-02-29T23:59:59Z", "@ time 2024-02-29T23:59:59Z\n",
	    VSC_LINE_SETTING },
	{ "time, before 1970", "@ time 0001-01-01T00:00:00Z", "@ time 0001-01-01T00:00:00Z\n",
	    VSC_LINE_SETTING },
	{ "time, last", "@ time 9999-12-31T23:59:59Z", "@ time 9999-12-31T23:59:59Z\n",
	    VSC_LINE_SETTING },
	{ "no such day", "@ time 2026-02-29T12:00:00Z", NULL, 0 },
	{ "no such century leap day", "@ time 2100-02-29T12:00:00Z", NULL, 0 },
	{ "no such month", "@ time 2026-13-01T12:00:00Z", NULL, 0 },
	{ "no such hour", "@ time 2026-01-01T24:00:00Z", NULL, 0 },
	{ "time without Z", "@ time 2026-01-01T12:00:00", NULL, 0 },
	{ "type without a name", "@ type", NULL, 0 },
	{ "unknown setting", "@ clock 1", NULL, 0 },
	{ "setting run together", "@ typenpa", NULL, 0 },
	{ "no mark", "00 A4", NULL, 0 },
};

static void
parse_and_put(void **state)
{
	struct vsc_line line = { 0 };
	char buf[100];

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		const char *why = NULL;
		int r = vsc_line_parse(&line, vsc_span_str(row->text), &why);

		if (r != (row->again == NULL ? VSC_E_FORMAT : 0))
			FAIL_ROW(row, "wrong result");
		if ((why != NULL) != (r < 0))
			FAIL_ROW(row, "reason");
		if (r < 0)
			continue;
		if (line.kind != row->kind)
			FAIL_ROW(row, "wrong kind");
		vsc_line_put(&out, &line);
		if (!vsc_span_eq(vsc_out_span(&out), vsc_span_str(row->again)))
			FAIL_ROW(row, "written differently");
	}
	vsc_line_free(&line);
}

static void
values(void **state)
{
	struct vsc_line line = { 0 };

	(void)state;
	assert_int_equal(
	    vsc_line_parse(&line, vsc_span_str("@ time 2026-11-21T12:00:00Z"), NULL), 0);
	assert_int_equal(line.setting, VSC_SETTING_TIME);
	assert_true(line.time == 1795262400);
	assert_int_equal(
	    vsc_line_parse(&line, vsc_span_str("@ time 1970-01-01T00:00:00Z"), NULL), 0);
	assert_true(line.time == 0);
	assert_string_equal(vsc_line_text(&line), "");
	assert_int_equal(vsc_line_parse(&line, vsc_span_str("@ option --pin=1 2\n"), NULL), 0);
	assert_int_equal(line.setting, VSC_SETTING_OPTION);
	assert_string_equal(vsc_line_text(&line), "--pin=1 2");
	assert_int_equal(vsc_line_parse(&line, vsc_span_str("! reset"), NULL), 0);
	assert_int_equal(line.event, VSC_EVENT_RESET);
	assert_int_equal(vsc_line_parse(&line, vsc_span_str("@ random 0A0B"), NULL), 0);
	assert_int_equal(line.setting, VSC_SETTING_RANDOM);
	assert_span_equal(vsc_blob_span(&line.bytes), VSC_BYTES(0x0A, 0x0B));
	vsc_line_free(&line);
}

struct match_row {
	const char *name, *pattern, *got;
	bool matches;
};

static const struct match_row match_rows[] = {
	{ "same", "< 90 00", "9000", true },
	{ "other", "< 90 00", "9001", false },
	{ "longer", "< 90 00", "009000", false },
	{ "shorter", "< 90 00", "90", false },
	{ "empty", "<", "", true },
	{ "empty, got some", "<", "9000", false },
	{ "any byte", "< 61 ..", "6110", true },
	{ "any byte missing", "< 61 ..", "61", false },
	{ "any byte, one too many", "< 61 ..", "611000", false },
	{ "any number: none", "< * 90 00", "9000", true },
	{ "any number: some", "< * 90 00", "0102039000", true },
	{ "any number: end repeats", "< * 90 00", "900090019000", true },
	{ "any number: wrong end", "< * 90 00", "0102036A82", false },
	{ "any number at the end", "< 6F *", "6F", true },
	{ "two", "< 6F * 84 02 * 90 00", "6F06 8102 8402 3F00 9000", true },
	{ "two, middle missing", "< 6F * 84 03 * 90 00", "6F06 8102 8402 3F00 9000", false },
	{ "with any byte", "< * 84 .. 3F .. 90 00", "6F06 8102 8402 3F00 9000", true },
	{ "any of none", "< *", "", true },
	{ "any twice", "< * *", "00", true },
	{ "byte, then any", "< .. *", "", false },
};

static void
match(void **state)
{
	struct vsc_line line = { 0 };
	struct vsc_blob got = { NULL, 0 };

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(match_rows); i++) {
		const struct match_row *row = &match_rows[i];

		assert_int_equal(vsc_line_parse(&line, vsc_span_str(row->pattern), NULL), 0);
		assert_int_equal(vsc_hex_parse(vsc_span_str(row->got), &got), 0);
		if (vsc_line_matches(&line, vsc_blob_span(&got)) != row->matches)
			FAIL_ROW(row, "wrong");
	}
	vsc_line_free(&line);
	vsc_blob_free(&got);
}

static void
lines_of_a_text(void **state)
{
	struct vsc_in in = vsc_in_from(vsc_span_str("a\n\nbc\r\nd"));
	static const char *const want[] = { "a", "", "bc\r", "d" };
	struct vsc_span text;

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(want); i++) {
		assert_int_equal(vsc_line_next(&in, &text), 1);
		assert_span_equal(text, vsc_span_str(want[i]));
	}
	assert_int_equal(vsc_line_next(&in, &text), 0);
	in = vsc_in_from(vsc_span_str("a\n"));
	assert_int_equal(vsc_line_next(&in, &text), 1);
	assert_int_equal(vsc_line_next(&in, &text), 0);
	in = vsc_in_from(VSC_SPAN_EMPTY);
	assert_int_equal(vsc_line_next(&in, &text), 0);
}

static void
longest(void **state)
{
	static uint8_t bytes[65535], buf[VSC_LINE_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_line line = { 0 };

	(void)state;
	vsc_line_put_answer(&out, VSC_SPAN_OF(bytes));
	assert_false(out.full);
	assert_int_equal(vsc_line_parse(&line, vsc_out_span(&out), NULL), 0);
	assert_true(vsc_line_matches(&line, VSC_SPAN_OF(bytes)));
	vsc_line_free(&line);
	out = vsc_out_from(buf, sizeof(buf));
	vsc_line_put_time(&out, (int64_t)1 << 50);
	assert_true(out.full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_and_put),
		cmocka_unit_test(values),
		cmocka_unit_test(match),
		cmocka_unit_test(lines_of_a_text),
		cmocka_unit_test(longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The option parser: rows of command lines, and what they mean or how they are refused. */
#include <stdio.h>
#include <string.h>

#include "test.h"
#include "vicc/options.h"

static const struct vsc_option program[] = {
	{ "port", 'P', VSC_OPTION_VALUE, false, "PORT", "the port" },
	{ "reversed", 'R', VSC_OPTION_FLAG, false, NULL, "listen" },
	{ "verbose", 'v', VSC_OPTION_FLAG, true, NULL, "more messages" },
	{ "count", 0, VSC_OPTION_NUMBER, false, "N", "so many" },
};
static const struct vsc_option base_options[] = {
	{ "init", 0, VSC_OPTION_FILE, false, "FILE", "commands" },
};
static const struct vsc_option derived_options[] = {
	{ "cvca", 0, VSC_OPTION_FILE, true, "FILE", "trust point" },
	{ "datasetfile", 'd', VSC_OPTION_FILE, false, "FILE", "personal data" },
};
static const struct vsc_card_type base_type = { .options = base_options,
	.noptions = VSC_COUNT(base_options) };
static const struct vsc_card_type derived = {
	.base = &base_type, .options = derived_options, .noptions = VSC_COUNT(derived_options)
};

/* The options given, as "name=value;"; then "|" and the operands; or "! " and the complaint. */
static const struct row {
	const char *name;
	const char *argv[8];
	const char *want;
} rows[] = {
	{ "nothing", { NULL }, "|" },
	{ "long with =", { "--port=1" }, "port=1;|" },
	{ "long with next", { "--port", "1" }, "port=1;|" },
	{ "long, empty value", { "--port=" }, "port=;|" },
	{ "value with =", { "--port=a=b" }, "port=a=b;|" },
	{ "value like an option", { "--port", "-v" }, "port=-v;|" },
	{ "letter with next", { "-P", "1" }, "port=1;|" },
	{ "letter with rest", { "-P1" }, "port=1;|" },
	{ "letters together", { "-vvRv" }, "verbose=;verbose=;reversed=;verbose=;|" },
	{ "letters, value last", { "-vP", "7", "-R" }, "verbose=;port=7;reversed=;|" },
	{ "letters, value in rest", { "-vP7", "-R" }, "verbose=;port=7;reversed=;|" },
	{ "the type's", { "-d", "x" }, "datasetfile=x;|" },
	{ "its base's", { "--init=x" }, "init=x;|" },
	{ "repeated", { "--cvca=a", "--cvca", "b" }, "cvca=a;cvca=b;|" },
	{ "number", { "--count", "0x10" }, "count=0x10;|" },
	{ "stops at operand", { "-R", "file", "-v" }, "reversed=;|file -v " },
	{ "a dash is an operand", { "-" }, "|- " },
	{ "stops behind --", { "-R", "--", "-v" }, "reversed=;|-v " },
	{ "unknown", { "--ports" }, "! unknown option --ports" },
	{ "unknown, = not shown", { "--pin=1234" }, "! unknown option --pin" },
	{ "the beginning of a name", { "--por", "1" }, "port=1;|" },
	{ "unknown letter", { "-vx" }, "verbose=;! unknown option -x" },
	{ "value missing", { "--port" }, "! option --port needs a value: --port PORT" },
	{ "letter's value missing", { "-P" }, "! option -P needs a value: -P PORT" },
	{ "flag with value", { "--reversed=1" }, "! option --reversed takes no value" },
	{ "not a number", { "--count", "ten" }, "! option --count: \"ten\" is not a number" },
	{ "negative", { "--count=-1" }, "! option --count: \"-1\" is not a number" },
	{ "number with tail", { "--count=1x" }, "! option --count: \"1x\" is not a number" },
	{ "empty number", { "--count=" }, "! option --count: \"\" is not a number" },
	{ "huge number", { "--count=99999999999999999999" },
	    "! option --count: \"99999999999999999999\" is not a number" },
};

static void
play(const struct row *row, struct vsc_out *out)
{
	struct vsc_option_lists lists = { .count = 0 };
	struct vsc_scan scan = { .argc = 0 };
	const struct vsc_option *option;
	char *argv[VSC_COUNT(row->argv)];
	char copies[VSC_COUNT(row->argv)][40];
	struct vsc_param param;
	int rc;

	for (; row->argv[scan.argc] != NULL; scan.argc++) {
		snprintf(copies[scan.argc], sizeof(copies[0]), "%s", row->argv[scan.argc]);
		argv[scan.argc] = copies[scan.argc];
	}
	scan.argv = argv;
	vsc_option_lists_add(&lists, program, VSC_COUNT(program));
	vsc_option_lists_add_type(&lists, &derived);
	while ((rc = vsc_scan_next(&scan, &lists, &option, &param)) > 0) {
		assert_string_equal(option->name, param.name);
		vsc_out_str(out, param.name);
		vsc_out_str(out, "=");
		vsc_out_str(out, param.value);
		vsc_out_str(out, ";");
	}
	vsc_out_str(out, rc < 0 ? "! " : "|");
	vsc_out_str(out, rc < 0 ? scan.why.text : "");
	for (int i = scan.next; rc == 0 && i < scan.argc; i++) {
		vsc_out_str(out, argv[i]);
		vsc_out_str(out, " ");
	}
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		char text[400] = { 0 };
		struct vsc_out out = vsc_out_from(text, sizeof(text) - 1);

		play(&rows[i], &out);
		if (strcmp(text, rows[i].want) != 0)
			fail_msg("row \"%s\": got %s, want %s", rows[i].name, text, rows[i].want);
	}
}

static void
test_numbers(void **state)
{
	unsigned long n;

	(void)state;
	assert_int_equal(vsc_number_parse("017", 100, &n), 0);
	assert_int_equal(n, 15);
	assert_int_equal(vsc_number_parse("100", 100, &n), 0);
	assert_true(vsc_number_parse("101", 100, &n) < 0);
	assert_true(vsc_number_parse(" 1", 100, &n) < 0);
	assert_true(vsc_number_parse("+1", 100, &n) < 0);
}

/* Every line of --help starts its text in one column, or on a line of its own. */
static void
test_help(void **state)
{
	static const struct vsc_option options[] = {
		{ "port", 'P', VSC_OPTION_VALUE, false, "PORT", "where" },
		{ "an-option-with-a-long-name", 0, VSC_OPTION_FILE, true, "FILE", "what" },
	};
	char text[400] = { 0 };
	struct vsc_out out = vsc_out_from(text, sizeof(text) - 1);

	(void)state;
	vsc_option_help(&out, options, VSC_COUNT(options));
	assert_string_equal(text, "  -P, --port PORT             where\n"
				  "      --an-option-with-a-long-name FILE\n"
				  "                              what (repeatable)\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

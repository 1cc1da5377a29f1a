/* Several cards on one command line: types, their options, and how mistakes are named. */
#include <stdio.h>
#include <string.h>

#include "test.h"
#include "vicc/args.h"
#include "vicc/numbered.h"

static const struct vsc_option own[] = {
	{ "port", 'P', VSC_OPTION_VALUE, false, "PORT", "the port" },
};

/* want: "type*count(option=value,...)" a card, then the operands after "|"; or "! complaint". */
static const struct row {
	const char *name;
	const char *argv[10];
	const char *want;
} rows[] = {
	{ "nothing", { "x" }, "iso7816*1()|" },
	{ "type", { "x", "-t", "handler_test" }, "handler_test*1(type)|" },
	{ "type in any case", { "x", "--type=ISO7816" }, "iso7816*1(type)|" },
	{ "type last", { "x", "-P", "1", "-thandler_test" }, "handler_test*1(port,type)|" },
	{ "two cards", { "x", "-P1", "--card", "-t", "handler_test", "-v" },
	    "iso7816*1(port)handler_test*1(type,verbose)|" },
	{ "the type of another card", { "x", "-v", "--card", "-thandler_test" },
	    "iso7816*1(verbose)handler_test*1(type)|" },
	{ "count", { "x", "--count", "3", "--card" }, "iso7816*3(count)iso7816*1()|" },
	{ "operands", { "x", "-v", "--", "-t", "nonsense" }, "iso7816*1(verbose)|-t nonsense " },
	{ "unknown type", { "x", "-t", "smart" }, "! unknown card type \"smart\"; there are " },
	{ "the beginning of a name", { "x", "--ty", "handler_test", "--po=1", "--verb" },
	    "handler_test*1(type,port,verbose)|" },
	{ "another card, shortened", { "x", "--car", "--ver" },
	    "! option --ver: --verbose or --version?" },
	{ "ambiguous", { "x", "--t", "piv" }, "! option --t: --trace, --trace-random or --type?" },
	{ "one of the type's", { "x", "-tnPA", "--ef-carda", "f" }, "nPA*1(type,ef-cardaccess)|" },
	{ "ambiguous with the type's", { "x", "-tnPA", "--ca", "f" },
	    "! option --ca: --card, --can or --ca-key?" },
	{ "the whole name comes first", { "x", "--trace", "f" }, "iso7816*1(trace)|" },
	{ "nothing of a name", { "x", "--=1" }, "! unknown option --; " },
	{ "unknown option", { "x", "--smart" }, "! unknown option --smart; --help lists" },
	{ "count 0", { "x", "--count", "0" }, "! option --count: 0 is not between" },
	{ "one request for several", { "x", "-tpiv", "--csr-out=r", "--count", "2" },
	    "! option --csr-out r: several cards need several files; put %d into" },
	{ "requests of several", { "x", "-tpiv", "--csr-out=r%d", "--count", "2" },
	    "piv*2(type,csr-out,count)|" },
	{ "several from one file", { "x", "-tpiv", "--import=k", "--count", "2" },
	    "piv*2(type,import,count)|" },
	{ "value missing", { "x", "-t" }, "! option -t needs a value: -t TYPE" },
};

static void
describe(const struct vsc_args *args, struct vsc_out *out)
{
	char text[64];

	for (size_t i = 0; i < args->ncards; i++) {
		const struct vsc_card_args *card = &args->cards[i];

		snprintf(text, sizeof(text), "%s*%u(", card->type->name, card->count);
		vsc_out_str(out, text);
		for (size_t j = 0; j < card->params.count; j++) {
			vsc_out_str(out, j > 0 ? "," : "");
			vsc_out_str(out, card->params.items[j].name);
		}
		vsc_out_str(out, ")");
	}
	vsc_out_str(out, "|");
	for (int i = 0; i < args->nrest; i++) {
		vsc_out_str(out, args->rest[i]);
		vsc_out_str(out, " ");
	}
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		char copies[VSC_COUNT(rows[i].argv)][40], *argv[VSC_COUNT(rows[i].argv)];
		char text[600] = { 0 };
		struct vsc_out out = vsc_out_from(text, sizeof(text) - 1);
		struct vsc_why why = { "" };
		struct vsc_args args;
		int argc = 0, rc;

		for (; rows[i].argv[argc] != NULL; argc++) {
			snprintf(copies[argc], sizeof(copies[0]), "%s", rows[i].argv[argc]);
			argv[argc] = copies[argc];
		}
		rc = vsc_args_parse(
		    &args, (struct vsc_option_list){ own, VSC_COUNT(own) }, argc, argv, NULL, &why);
		vsc_out_str(&out, rc < 0 ? "! " : "");
		vsc_out_str(&out, rc < 0 ? why.text : "");
		if (rc == 0)
			describe(&args, &out);
		vsc_args_free(&args);
		if (strncmp(text, rows[i].want, strlen(rows[i].want)) != 0)
			fail_msg("row \"%s\": got %s, want %s", rows[i].name, text, rows[i].want);
	}
}

static void
test_numbered_name(void **state)
{
	char name[16];

	(void)state;
	assert_int_equal(vsc_numbered_name(name, sizeof(name), "card%d.vsc", 7, 9), 0);
	assert_string_equal(name, "card7.vsc");
	assert_int_equal(vsc_numbered_name(name, sizeof(name), "card.vsc", 0, 1), 0);
	assert_string_equal(name, "card.vsc");
	assert_int_equal(vsc_numbered_name(name, sizeof(name), "card.vsc", 0, 2), VSC_E_PARAM);
	assert_int_equal(
	    vsc_numbered_name(name, sizeof(name), "a-name-too-long.vsc", 0, 1), VSC_E_SPACE);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_numbered_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

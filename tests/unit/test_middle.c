#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "card/middle.h"
#include "card/middle_impl.h"

/* --- A card that answers what it got, behind a byte, and 9000 --- */

static int
echo(struct vsc_card *card, struct vsc_span raw, struct vsc_out *out)
{
	(void)card;
	vsc_out_u8(out, 0xEC);
	vsc_out_put(out, raw);
	vsc_out_u16(out, VSC_SW_OK);
	return 0;
}

static const struct vsc_card_type echo_type = {
	.abi = VSC_CARD_ABI, .name = "echo", .summary = "echo", .transmit = echo
};

static char folder[] = "/tmp/test_middle.XXXXXX";
static char last_error[300];
static const char *helper; /* argument of this program */

static void
keep_error(void *ctx, enum vsc_log_level level, const char *line)
{
	(void)ctx;
	if (level == VSC_LOG_ERROR)
		snprintf(last_error, sizeof(last_error), "%s", line);
}

static const struct vsc_env env = { .log = keep_error, .verbosity = VSC_LOG_WARN };

static const char *
script(const char *name, const char *text)
{
	static char path[100];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static struct vsc_middle *
middle_of(const char *command, bool restart)
{
	const struct vsc_middle_config config = { .command = command,
		.python_helper = helper,
		.timeout = 2000,
		.restart = restart,
		.env = &env };
	struct vsc_middle *middle;
	struct vsc_why why = { { 0 } };

	last_error[0] = '\0';
	if (vsc_middle_new(&middle, &config, &why) < 0)
		fail_msg("%s", why.text);
	return middle;
}

static void
assert_answer(struct vsc_middle *middle, struct vsc_span command, struct vsc_span want)
{
	static uint8_t buf[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_card *card;

	assert_int_equal(vsc_card_new(&card, &echo_type, NULL, NULL), 0);
	assert_int_equal(vsc_middle_transmit(middle, card, command, &out), 0);
	assert_span_equal(vsc_out_span(&out), want);
	vsc_card_free(card);
}

/* Forwards 00 A4 as 00 B0, answers 00 20 itself, hides the answers' first byte. */
static const char filter[] = "#!/bin/sh\n"
			     "while read -r kind bytes; do\n"
			     "case \"$kind $bytes\" in\n"
			     "'> 00 20'*) echo '< 69 83  # no PINs here' ;;\n"
			     "'> 00 A4'*) echo \"> 00 B0${bytes#00 A4}\" ;;\n"
			     "'> '*) echo; echo \"> $bytes\" ;;\n"
			     "'< '*) echo \"< ${bytes#EC}\" ;;\n"
			     "esac; done\n";

static void
a_program_changes_both_ways(void **state)
{
	struct vsc_middle *middle = middle_of(script("filter", filter), false);

	(void)state;
	vsc_middle_tell(middle, VSC_MIDDLE_ON);
	assert_answer(middle, VSC_BYTES(0, 0xA4, 1, 2), VSC_BYTES(0, 0xB0, 1, 2, 0x90, 0));
	assert_answer(middle, VSC_BYTES(0, 0x20, 0, 0), VSC_BYTES(0x69, 0x83));
	vsc_middle_tell(middle, VSC_MIDDLE_RESET);
	assert_answer(middle, VSC_BYTES(0x80, 1, 2, 3), VSC_BYTES(0x80, 1, 2, 3, 0x90, 0));
	vsc_middle_free(middle);
}

static void
the_largest_frame_passes(void **state)
{
	struct vsc_middle *middle =
	    middle_of("sh -c 'while read -r l; do echo \"$l\"; done'", false);
	struct vsc_blob command = { NULL, 0 }, want = { NULL, 0 };

	(void)state;
	assert_int_equal(vsc_blob_alloc(&command, 65532), 0);
	assert_int_equal(vsc_blob_alloc(&want, 65535), 0);
	want.ptr[0] = 0xEC;
	want.ptr[65533] = 0x90;
	assert_answer(middle, vsc_blob_span(&command), vsc_blob_span(&want));
	vsc_blob_free(&command);
	vsc_blob_free(&want);
	vsc_middle_free(middle);
}

static const struct fault_row {
	const char *name, *text, *error;
} fault_rows[] = {
	{ "ends at once", "#!/bin/sh\nexit 0\n", "ended" },
	{ "ends on a command", "#!/bin/sh\nread -r line\n", "ended" },
	{ "nonsense", "#!/bin/sh\nread -r line; echo hello; sleep 9\n", "no transcript line" },
	{ "half a byte", "#!/bin/sh\nread -r line; echo '< 90 0'; sleep 9\n",
	    "no transcript line" },
	{ "a pattern", "#!/bin/sh\nread -r line; echo '< .. 90 00'; sleep 9\n",
	    "no transcript line" },
	{ "an event", "#!/bin/sh\nread -r line; echo '! reset'; sleep 9\n", "not expected" },
	{ "a command for an answer",
	    "#!/bin/sh\nread -r l; echo '> 00'; read -r l; echo '> 00'; sleep 9\n",
	    "not expected" },
	{ "silence", "#!/bin/sh\nsleep 30\n", "does not answer" },
	{ "endless line", "#!/bin/sh\nread -r l; tr '\\0' '0' </dev/zero\n", "longer" },
};

static void
faults_are_6f00_and_a_line(void **state)
{
	(void)state;
	for (const struct fault_row *row = fault_rows; row < fault_rows + VSC_COUNT(fault_rows);
	     row++) {
		struct vsc_middle *middle = middle_of(script("fault", row->text), false);

		assert_answer(middle, VSC_BYTES(0, 1, 2, 3), VSC_BYTES(0x6F, 0));
		if (strstr(last_error, row->error) == NULL)
			FAIL_ROW(row, last_error);
		assert_answer(middle, VSC_BYTES(0, 1, 2, 3), VSC_BYTES(0x6F, 0));
		vsc_middle_free(middle);
	}
}

/* What comes unasked is not taken for the next answer. */
static void
two_answers_to_one_command(void **state)
{
	struct vsc_middle *middle = middle_of(
	    script("two", "#!/bin/sh\nwhile read -r l; do echo '< 90 00'; echo '< 61 00'; done\n"),
	    false);
	const struct timespec pause = { .tv_nsec = 100000000 };

	(void)state;
	assert_answer(middle, VSC_BYTES(0, 1, 2, 3), VSC_BYTES(0x90, 0));
	nanosleep(&pause, NULL);
	assert_answer(middle, VSC_BYTES(0, 1, 2, 3), VSC_BYTES(0x6F, 0));
	vsc_middle_free(middle);
}

static void
restarted_after_a_failure(void **state)
{
	struct vsc_middle *middle = middle_of(
	    script("once", "#!/bin/sh\nread -r l; echo '< 91 00'; read -r l; exit 1\n"), true);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_answer(middle, VSC_BYTES(0, 1, 2, 3), VSC_BYTES(0x91, 0));
		assert_answer(middle, VSC_BYTES(0, 1, 2, 3), VSC_BYTES(0x6F, 0));
	}
	vsc_middle_free(middle);
}

static const char module[] = "class Middle(object):\n"
			     "    def handleInPDU(self, inPDU):\n"
			     "        print('in', len(inPDU))\n"
			     "        return inPDU[:2] + b'\\x77\\x78'\n"
			     "    def handleOutPDU(self, outPDU):\n"
			     "        return outPDU[1:]\n"
			     "def get_MitM():\n"
			     "    return Middle()\n";

static void
a_module_of_the_predecessors_kind(void **state)
{
	struct vsc_middle *middle = middle_of(script("relay.py", module), false);

	(void)state;
	assert_answer(middle, VSC_BYTES(0, 0xA4, 1, 2), VSC_BYTES(0, 0xA4, 0x77, 0x78, 0x90, 0));
	vsc_middle_free(middle);
}

static const struct bad_row {
	const char *name, *command, *error;
	int result;
} bad_rows[] = {
	{ "empty", "", "no command", VSC_E_PARAM },
	{ "open quote", "a 'b", "quote is not closed", VSC_E_PARAM },
	{ "no such program", "/nonexistent/x --y",
	    "/nonexistent/x: cannot be started: No such file", VSC_E_NOT_FOUND },
	{ "no such object", "/nonexistent/x.so", "/nonexistent/x.so: cannot open", VSC_E_IO },
};

static void
what_cannot_be_started(void **state)
{
	(void)state;
	for (const struct bad_row *row = bad_rows; row < bad_rows + VSC_COUNT(bad_rows); row++) {
		const struct vsc_middle_config config = { .command = row->command, .env = &env };
		struct vsc_middle *middle;
		struct vsc_why why = { { 0 } };

		if (vsc_middle_new(&middle, &config, &why) != row->result)
			FAIL_ROW(row, "result");
		assert_null(middle);
		if (strstr(why.text, row->error) == NULL)
			FAIL_ROW(row, why.text);
	}
}

static const struct words_row {
	const char *name, *text;
	const char *words[5];
} words_rows[] = {
	{ "plain", "  a  bc\td ", { "a", "bc", "d" } },
	{ "quotes", "a 'b c' \"d e\"f", { "a", "b c", "d ef" } },
	{ "escapes", "a\\ b \"\\\"\\x\" '\\'", { "a b", "\"\\x", "\\" } },
	{ "empty word", "a '' \"\"", { "a", "", "" } },
};

static void
words_as_a_shell_splits_them(void **state)
{
	(void)state;
	for (const struct words_row *row = words_rows; row < words_rows + VSC_COUNT(words_rows);
	     row++) {
		char **words;
		size_t i = 0;

		if (vsc_words_split(&words, row->text) < 0)
			FAIL_ROW(row, "refused");
		for (; row->words[i] != NULL; i++)
			if (words[i] == NULL || strcmp(words[i], row->words[i]) != 0)
				FAIL_ROW(row, words[i] == NULL ? "too few" : words[i]);
		if (words[i] != NULL)
			FAIL_ROW(row, words[i]);
		vsc_words_free(words);
	}
}

static int
make_folder(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN); /* as in vicc */
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_changes_both_ways),
		cmocka_unit_test(the_largest_frame_passes),
		cmocka_unit_test(faults_are_6f00_and_a_line),
		cmocka_unit_test(two_answers_to_one_command),
		cmocka_unit_test(restarted_after_a_failure),
		cmocka_unit_test(a_module_of_the_predecessors_kind),
		cmocka_unit_test(what_cannot_be_started),
		cmocka_unit_test(words_as_a_shell_splits_them),
	};

	helper = argc > 1 ? argv[1] : "libexec/vicc-mitm.py";
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

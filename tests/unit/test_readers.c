#include "test.h"

#include <stdio.h>
#include <string.h>

#include "pcsc/config.h"
#include "pcsc/ids.h"

struct log {
	char text[2048];
};

static void
keep(void *ctx, enum vsc_log_level level, const char *line)
{
	struct log *log = ctx;
	size_t len = strlen(log->text);

	(void)level;
	snprintf(log->text + len, sizeof(log->text) - len, "%s\n", line);
}

static void
check_entry(const struct vsc_reader_entry *entry, const char *name, const char *endpoint)
{
	char text[300];

	assert_string_equal(entry->name, name);
	assert_string_equal(vsc_endpoint_text(&entry->endpoint, text, sizeof(text)), endpoint);
}

static void
lists(void **state)
{
	static const struct {
		const char *name, *list;
		size_t count;
		const char *first, *last; /* names */
		const char *log;          /* a part of what is said */
	} rows[] = {
		{ "one", "listen:4000", 1, "Virtual PCD 00 00", "Virtual PCD 00 00", NULL },
		{ "three", "listen:4000,unix:/tmp/x,localhost:4001", 3, "Virtual PCD 00 00",
		    "Virtual PCD 00 02", NULL },
		{ "named", "Front door=listen:4000,listen:4001", 2, "Front door",
		    "Virtual PCD 00 01", NULL },
		{ "path with =", "unix:/tmp/a=b", 1, "Virtual PCD 00 00", "Virtual PCD 00 00",
		    NULL },
		{ "one is wrong", "listen:4000,listen:banana", 1, "Virtual PCD 00 00",
		    "Virtual PCD 00 00", "\"listen:banana\"" },
		{ "the first is wrong", "listen:banana,listen:4000", 1, "Virtual PCD 00 01",
		    "Virtual PCD 00 01", "\"listen:banana\"" },
		{ "wrong ones between", "listen:1,:,A=,unix:,A=listen:2,A=listen:3,listen:4", 3,
		    "Virtual PCD 00 00", "Virtual PCD 00 06", "\"A=listen:3\"" },
		{ "name twice", "A=listen:1,A=listen:2", 1, "A", "A", "there already" },
		{ "a number's name", "Virtual PCD 00 01=listen:1,listen:2", 1, "Virtual PCD 00 01",
		    "Virtual PCD 00 01", "there already" },
		{ "nothing left", "nonsense", 0, NULL, NULL, "\"nonsense\"" },
		{ "blanks", " listen:1 ,\tFront door = listen:2 ", 2, "Virtual PCD 00 00",
		    "Front door", NULL },
		{ "no name", "=listen:1", 0, NULL, NULL, "\"=listen:1\": a reader's name has" },
		{ "commas", ",,", 0, NULL, NULL, "VPCD_READERS: \",,\": it names no reader" },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct vsc_readers_config config = { 0 };
		struct log log = { "" };
		struct vsc_env env = { .ctx = &log, .log = keep, .verbosity = VSC_LOG_ERROR };
		int err = vsc_readers_parse(&config, rows[i].list, &env);

		if (config.count != rows[i].count || (err < 0) != (rows[i].count == 0))
			FAIL_ROW(&rows[i], "count");
		if (config.count > 0) {
			assert_string_equal(config.entries[0].name, rows[i].first);
			assert_string_equal(config.entries[config.count - 1].name, rows[i].last);
		}
		if (rows[i].log == NULL ? log.text[0] != '\0'
					: strstr(log.text, rows[i].log) == NULL)
			FAIL_ROW(&rows[i], log.text);
		vsc_readers_free(&config);
	}
}

static void
file(void **state)
{
	static char text[] = "# readers\n"
			     "reader listen:4000\n"
			     "  reader\tunix:/run/card.sock  My card # its name\n"
			     "wait 250\napdu-timeout 300\n"
			     "reader tcp:\nspeed 9600\nwait soon\n"
			     "reader listen:1 \"In quotes\"\r\nreader listen:2\n";
	struct vsc_readers_config config = { 0 };
	struct log log = { "" };
	struct vsc_env env = { .ctx = &log, .log = keep, .verbosity = VSC_LOG_ERROR };
	FILE *in = fmemopen(text, strlen(text), "r");

	(void)state;
	assert_int_equal(vsc_readers_read(&config, in, "r.conf", &env), 0);
	fclose(in);
	assert_int_equal(config.count, 4);
	check_entry(&config.entries[0], "Virtual PCD 00 00", "listen:4000");
	check_entry(&config.entries[1], "My card", "unix:/run/card.sock");
	check_entry(&config.entries[2], "In quotes", "listen:1");
	/* the wrong one has a place too */
	check_entry(&config.entries[3], "Virtual PCD 00 04", "listen:2");
	assert_int_equal(config.wait_ms, 250);
	assert_int_equal(config.apdu_timeout, 300000);
	assert_non_null(strstr(log.text, "r.conf:6: "));
	assert_non_null(strstr(log.text, "r.conf:7: unknown keyword"));
	assert_non_null(strstr(log.text, "r.conf:8: not a number"));
	vsc_readers_free(&config);
}

static void
defaults(void **state)
{
	struct vsc_readers_config config = { 0 };

	(void)state;
	assert_int_equal(vsc_readers_default(&config, 2), 0);
	assert_int_equal(config.count, 2);
	check_entry(&config.entries[0], "Virtual PCD 00 00", "listen:35963");
	check_entry(&config.entries[1], "Virtual PCD 00 01", "listen:35964");
	vsc_readers_free(&config);
}

static void
ids(void **state)
{
	struct vsc_ids ids = { NULL, 0, 0x7FFFFFFF };
	uint32_t used[300];
	int object;

	(void)state;
	assert_null(vsc_ids_get(&ids, 0));
	for (size_t i = 0; i < VSC_COUNT(used); i++) {
		used[i] = vsc_ids_add(&ids, &object);
		assert_true(used[i] != 0 && used[i] <= 0x7FFFFFFF);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(used[i], used[k]);
		assert_ptr_equal(vsc_ids_get(&ids, used[i]), &object);
	}
	vsc_ids_remove(&ids, used[7]);
	assert_null(vsc_ids_get(&ids, used[7]));
	assert_int_not_equal(vsc_ids_add(&ids, &object), used[7]);
	assert_null(vsc_ids_get(&ids, used[7]));
	assert_null(vsc_ids_get(&ids, used[8] ^ 0x10000));
	vsc_ids_free(&ids);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(file),
		cmocka_unit_test(defaults),
		cmocka_unit_test(ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* examples/plugin-card, loaded as vicc -t ./counter.so does. Arguments: it, and an object that is
 * none. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "card.h"

#include "card/plugin.h"

static const char *plugin_path, *other_path;

static void
a_plugin_is_a_card_type(void **state)
{
	struct vsc_plugin *plugin;
	struct vsc_card *card;

	(void)state;
	assert_int_equal(vsc_plugin_open(&plugin, plugin_path, NULL), 0);
	card = new_card(vsc_plugin_type(plugin));
	expect(card, "80 10 00 00 04", "00 00 00 01 90 00");
	expect(card, "80 10 00 00 04", "00 00 00 02 90 00");
	expect(card, "80 10 00 01 04", "6A 86");
	/* its base's commands */
	expect(card, "00 A4 00 0C 02 3F 00", "90 00");
	vsc_card_free(card);
	vsc_plugin_close(plugin);
}

static void
anything_else_is_refused(void **state)
{
	struct vsc_plugin *plugin;

	(void)state;
	assert_int_equal(vsc_plugin_open(&plugin, other_path, NULL), VSC_E_NOT_FOUND);
	assert_int_equal(vsc_plugin_open(&plugin, "/nonexistent.so", NULL), VSC_E_IO);
	assert_null(plugin);
}

static long
read_whole(const char *path, uint8_t *bytes, size_t cap)
{
	FILE *file = fopen(path, "rb");
	size_t n;

	assert_non_null(file);
	n = fread(bytes, 1, cap, file);
	assert_true(n > 0 && n < cap);
	assert_int_equal(fclose(file), 0);
	return (long)n;
}

/* To load one of these would end the process by SIGBUS. */
static void
a_plugin_that_was_copied_by_half_is_refused(void **state)
{
	static uint8_t bytes[4 << 20];
	long len = read_whole(plugin_path, bytes, sizeof(bytes));
	char path[] = "cut-XXXXXX.so";
	int fd = mkstemps(path, 3);
	struct vsc_plugin *plugin;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, (size_t)len), len);
	for (long cut = len - 1; cut >= 0; cut -= 1 + len / 100) {
		assert_int_equal(ftruncate(fd, cut), 0);
		assert_int_equal(
		    vsc_plugin_open(&plugin, path, NULL), cut < 64 ? VSC_E_IO : VSC_E_FORMAT);
	}
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plugin_is_a_card_type),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(a_plugin_that_was_copied_by_half_is_refused),
	};

	if (argc != 3)
		return 2;
	plugin_path = argv[1];
	other_path = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}

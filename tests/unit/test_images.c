/* The saved cards of every schema there was (tests/images, each with the script that made it) open,
 * have in them what they had, and work. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/auto.h"
#include "base/disk.h"
#include "card.h"
#include "card/image.h"
#include "card/image_migrate.h"

static const struct row {
	const char *what;
	struct vsc_span command, answer; /* len 0: any that ends in 9000 */
} questions[] = {
	{ "the application", BYTES(0, 0xA4, 4, 0x0C, 4, 0xF0, 'v', 'i', 'c'), BYTES(0x90, 0) },
	{ "two tries left", BYTES(0, 0x20, 0, 0x81), BYTES(0x63, 0xC2) },
	{ "rights", BYTES(0, 0xB0, 0x82, 0, 8), BYTES(0x69, 0x82) },
	{ "the PIN", BYTES(0, 0x20, 0, 0x81, 4, '9', '8', '7', '6'), BYTES(0x90, 0) },
	{ "content", BYTES(0, 0xB0, 0x82, 0, 8),
	    BYTES('o', 'l', 'd', ' ', 'c', 'a', 'r', 'd', 0x90, 0) },
	{ "records", BYTES(0, 0xB2, 1, 0x1C, 0),
	    BYTES('f', 'i', 'r', 's', 't', ' ', 'd', 'a', 'y', 0x90, 0) },
	{ "cyclic", BYTES(0, 0xB2, 1, 0x24, 0), BYTES(0, 0, 0x90, 0) },
	{ "objects", BYTES(0, 0xCA, 0x5F, 0x50, 0), BYTES(0) },
	{ "a stored environment", BYTES(0, 0x22, 0xF3, 1), BYTES(0x90, 0) },
	{ "a hash", BYTES(0, 0x2A, 0x90, 0x80, 1, 'x'), BYTES(0x90, 0) },
	{ "the key signs", BYTES(0, 0x2A, 0x9E, 0x9A, 0), BYTES(0) },
	{ "a change", BYTES(0, 0xE2, 0, 0x18, 1, 'x'), BYTES(0x90, 0) },
};

static const struct vsc_card_type other = {
	.abi = VSC_CARD_ABI,
	.name = "other",
	.summary = "none",
	.base = &vsc_card_iso7816,
};

static void
play(struct vsc_card *card, const struct row *row)
{
	static uint8_t room[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(room, sizeof(room));

	assert_int_equal(vsc_card_transmit(card, row->command, &out), 0);
	if (row->answer.len == 1)
		assert_true(out.len > 2 && room[out.len - 2] == 0x90);
	else if (!vsc_span_eq(vsc_out_span(&out), row->answer))
		fail_msg("%s: SW %02X%02X, %zu bytes", row->what, room[out.len - 2],
		    room[out.len - 1], out.len);
}

/* A copy, since opening is for using it. */
static void
copy_of(const char *name, char path[64])
{
	VSC_AUTO_BLOB bytes = { NULL, 0 };
	struct vsc_why why = { "" };
	char from[512];
	int fd;

	(void)snprintf(from, sizeof(from), "%s/%s", getenv("VSC_TEST_IMAGES"), name);
	assert_int_equal(vsc_disk_read(&bytes, from, &why), 0);
	(void)snprintf(path, 64, "/tmp/test_images.XXXXXX");
	assert_true((fd = mkstemp(path)) >= 0);
	assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
	close(fd);
}

static struct vsc_card *
open_card(const char *path, bool readonly)
{
	struct vsc_why why = { "" };
	struct vsc_image *image;
	struct vsc_card *card;
	const int err = readonly ? vsc_image_open_readonly(&image, path, &why)
				 : vsc_image_open(&image, path, &why);

	if (err < 0)
		fail_msg("%s", why.text);
	assert_string_equal(vsc_image_type(image), "iso7816");
	if (vsc_card_open(&card, image, &vsc_card_iso7816, NULL, NULL, NULL, &why) < 0)
		fail_msg("%s", why.text);
	return card;
}

static int
schema_of(const char *path)
{
	sqlite3_stmt *query;
	sqlite3 *db;
	int schema;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &query, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(query), SQLITE_ROW);
	schema = sqlite3_column_int(query, 0);
	sqlite3_finalize(query);
	sqlite3_close(db);
	return schema;
}

static void
assert_unchanged(const char *path, const struct vsc_blob *before)
{
	VSC_AUTO_BLOB now = { NULL, 0 };
	struct vsc_why why;

	assert_int_equal(vsc_disk_read(&now, path, &why), 0);
	assert_true(vsc_span_eq(vsc_blob_span(&now), vsc_blob_span(before)));
}

static void
opens_and_works(const char *name)
{
	VSC_AUTO_BLOB before = { NULL, 0 };
	struct vsc_why why;
	struct vsc_card *card;
	char path[64];

	copy_of(name, path);
	assert_int_equal(vsc_disk_read(&before, path, &why), 0);
	vsc_card_free(open_card(path, true));
	assert_unchanged(path, &before);

	card = open_card(path, false);
	vsc_card_reset(card, VSC_RESET_ON);
	for (size_t i = 0; i < VSC_COUNT(questions); i++)
		play(card, &questions[i]);
	vsc_card_free(card);
	assert_int_equal(schema_of(path), VSC_IMAGE_SCHEMA);
	vsc_card_free(open_card(path, false));
	unlink(path);
}

static void
test_schema_1(void **state)
{
	(void)state;
	opens_and_works("schema-1.vsc");
}

static void
test_schema_2(void **state)
{
	(void)state;
	opens_and_works("schema-2.vsc");
}

/* What the older ones could not have: a deactivated record. */
static void
test_schema_3(void **state)
{
	const struct row rows[] = {
		{ "the application", BYTES(0, 0xA4, 4, 0x0C, 4, 0xF0, 'v', 'i', 'c'),
		    BYTES(0x90, 0) },
		{ "deactivated", BYTES(0, 0xB2, 1, 0x4C, 0), BYTES(0x62, 0x87) },
		{ "activated", BYTES(0, 0xB2, 2, 0x4C, 0), BYTES(2, 2, 0x90, 0) },
		{ "activate", BYTES(0, 8, 1, 0x4C), BYTES(0x90, 0) },
	};
	const struct row after = { "then", BYTES(0, 0xB2, 1, 0x4C, 0), BYTES(1, 1, 0x90, 0) };
	struct vsc_card *card;
	char path[64];

	(void)state;
	opens_and_works("schema-3.vsc");
	copy_of("schema-3.vsc", path);
	card = open_card(path, false);
	vsc_card_reset(card, VSC_RESET_ON);
	for (size_t i = 0; i < VSC_COUNT(rows); i++)
		play(card, &rows[i]);
	vsc_card_free(card);
	card = open_card(path, true);
	vsc_card_reset(card, VSC_RESET_ON);
	play(card, &rows[0]);
	play(card, &after);
	vsc_card_free(card);
	unlink(path);
}

/* A migration gives new sums: what was damaged before must not get a right one. */
static void
old_and_damaged(void **state)
{
	VSC_AUTO_BLOB before = { NULL, 0 };
	struct vsc_why why = { "" };
	struct vsc_image *image;
	char path[64];
	sqlite3 *db;

	(void)state;
	copy_of("schema-2.vsc", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "UPDATE file SET content = x'00' WHERE id = 2", NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(vsc_disk_read(&before, path, &why), 0);
	assert_int_equal(vsc_image_open(&image, path, &why), VSC_E_CORRUPT);
	assert_non_null(strstr(why.text, "file 2 is not as it was saved"));
	assert_int_equal(vsc_image_open_readonly(&image, path, &why), VSC_E_CORRUPT);
	assert_unchanged(path, &before);
	unlink(path);
}

/* The number of the schema is not in a row that has a sum. */
static void
not_the_schema_it_says(void **state)
{
	static const struct {
		const char *name, *sql;
	} rows[] = {
		{ "schema-1.vsc", "PRAGMA user_version = 2" },
		{ "schema-1.vsc", "PRAGMA user_version = 3" },
		{ "schema-2.vsc", "PRAGMA user_version = 1" },
		{ "schema-2.vsc", "PRAGMA user_version = 3" },
		{ "schema-3.vsc", "PRAGMA user_version = 1" },
		{ "schema-3.vsc", "PRAGMA user_version = 2" },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		VSC_AUTO_BLOB before = { NULL, 0 };
		struct vsc_why why = { "" };
		struct vsc_image *image;
		char path[64];
		sqlite3 *db;

		copy_of(rows[i].name, path);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, rows[i].sql, NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		assert_int_equal(vsc_disk_read(&before, path, &why), 0);
		assert_int_equal(vsc_image_open(&image, path, &why), VSC_E_CORRUPT);
		assert_non_null(strstr(why.text, "damaged"));
		assert_int_equal(vsc_image_open_readonly(&image, path, &why), VSC_E_CORRUPT);
		assert_non_null(strstr(why.text, "damaged"));
		assert_unchanged(path, &before);
		unlink(path);
	}
}

/* Only a card that could be read is brought to a newer schema, and only by who uses it. */
static void
old_and_not_usable(void **state)
{
	VSC_AUTO_BLOB before = { NULL, 0 };
	struct vsc_why why = { "" };
	struct vsc_image *image;
	struct vsc_card *card;
	char path[64];
	sqlite3 *db;

	(void)state;
	copy_of("schema-1.vsc", path);
	assert_int_equal(vsc_disk_read(&before, path, &why), 0);
	assert_int_equal(vsc_image_open(&image, path, &why), 0);
	vsc_image_close(image);
	assert_unchanged(path, &before);
	assert_int_equal(vsc_image_open(&image, path, &why), 0);
	assert_int_equal(vsc_card_open(&card, image, &other, NULL, NULL, NULL, &why), VSC_E_STATE);
	assert_unchanged(path, &before);

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE pin SET tries = 9", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	vsc_blob_free(&before);
	assert_int_equal(vsc_disk_read(&before, path, &why), 0);
	assert_int_equal(vsc_image_open(&image, path, &why), 0);
	assert_int_equal(
	    vsc_card_open(&card, image, &vsc_card_iso7816, NULL, NULL, NULL, &why), VSC_E_CORRUPT);
	assert_non_null(strstr(why.text, path));
	assert_unchanged(path, &before);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_schema_1),
		cmocka_unit_test(test_schema_2), cmocka_unit_test(test_schema_3),
		cmocka_unit_test(old_and_not_usable), cmocka_unit_test(old_and_damaged),
		cmocka_unit_test(not_the_schema_it_says) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

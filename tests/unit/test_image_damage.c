/*
 * A damaged saved card: refused with a message that names the file, or, where only what nothing
 * reads was hit, the same card to the last byte. The file stays as it is in either case.
 */
#include "card_dump.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/auto.h"
#include "base/disk.h"
#include "card/auth.h"
#include "card/engine.h"
#include "card/image.h"
#include "card/keystore.h"
#include "card/se.h"

static char path[] = "/tmp/test_image_damage.XXXXXX";
static struct vsc_blob whole; /* the file as it was saved */

/* --- A card with a row in each table --- */

static int
add_objects(struct vsc_card *card)
{
	const struct vsc_pin pin = { .ref = 1,
		.flags = VSC_PIN_ENABLED,
		.min_len = 4,
		.max_len = 8,
		.max_tries = 3,
		.unblock_max = 10,
		.value = { (uint8_t *)(uintptr_t) "1234", 4 },
		.unblock = { (uint8_t *)(uintptr_t) "87654321", 8 } };
	const struct vsc_saved_se se = { .number = 4,
		.crts = { (uint8_t *)(uintptr_t) "\x80\x01\x00", 3 } };
	struct vsc_slot slot = { .ref = 2, .usage = VSC_USE_SM, .max_tries = 5 },
			place = { .ref = 3 };

	if (vsc_key_import_symmetric(
		&slot.key, VSC_KEY_AES, vsc_span_from("0123456789ABCDEF", 16)) < 0 ||
	    vsc_pin_add(card, &pin, NULL) < 0 || vsc_slot_add(card, &slot, NULL) < 0 ||
	    vsc_slot_add(card, &place, NULL) < 0)
		return VSC_E_PARAM;
	return vsc_saved_se_add(card, &se);
}

static int
personalise(struct vsc_card *card, const struct vsc_params *params)
{
	static const uint8_t large[1500] = "several pages";
	const struct vsc_file_spec mf = { .fid = VSC_FID_MF, .descriptor = VSC_FILE_DF };
	const struct vsc_file_spec ef = { .fid = 0x0101,
		.descriptor = VSC_FILE_TRANSPARENT,
		.sfi = 3,
		.security = VSC_BYTES(0x8C, 0x02, 0x01, 0x00),
		.content = VSC_BYTES('s', 'm', 'a', 'l', 'l') };
	const struct vsc_file_spec several = {
		.fid = 0x0102, .descriptor = VSC_FILE_TRANSPARENT, .content = VSC_SPAN_OF(large)
	};
	struct vsc_fs *fs = vsc_card_fs(card);
	struct vsc_file *root;

	(void)params;
	if (vsc_fs_add(fs, NULL, &mf, &root) < 0 || vsc_fs_add(fs, root, &ef, NULL) < 0 ||
	    vsc_fs_add(fs, root, &several, NULL) < 0 ||
	    vsc_card_attr_set(card, "date", VSC_BYTES(2, 6, 1, 1, 2, 1)) < 0)
		return VSC_E_PARAM;
	return add_objects(card);
}

static const struct vsc_card_type sample = {
	.abi = VSC_CARD_ABI,
	.name = "sample",
	.summary = "a row in each table",
	.base = &vsc_card_iso7816,
	.personalise = personalise,
};

/* 0: *out holds the card. */
static int
open_card(struct vsc_out *out, bool readonly, struct vsc_why *why)
{
	struct vsc_image *image;
	struct vsc_card *card;
	int err = readonly ? vsc_image_open_readonly(&image, path, why)
			   : vsc_image_open(&image, path, why);

	if (err == 0)
		err = vsc_card_open(&card, image, &sample, NULL, NULL, NULL, why);
	if (err < 0)
		return err;
	put_card(out, card);
	vsc_card_free(card);
	return 0;
}

/* --- The file --- */

static void
put_whole(struct vsc_span bytes)
{
	const int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
	close(fd);
}

static bool
exec_sql(const char *sql)
{
	sqlite3 *db;
	bool ok;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	ok = sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
	sqlite3_close(db);
	return ok;
}

static void
assert_file_is(struct vsc_span want, const char *what)
{
	VSC_AUTO_BLOB now = { NULL, 0 };
	struct vsc_why why;

	assert_int_equal(vsc_disk_read(&now, path, &why), 0);
	if (!vsc_span_eq(vsc_blob_span(&now), want))
		fail_msg("%s: the file was changed", what);
}

/* Small pages: a small file with pages of every kind. */
static int
make_file(void **state)
{
	static uint8_t room[10000];
	struct vsc_out out = vsc_out_from(room, sizeof(room));
	struct vsc_why why = { "" };
	const int fd = mkstemp(path);

	(void)state;
	if (fd < 0 || close(fd) != 0 || open_card(&out, false, &why) < 0)
		return -1;
	assert_true(exec_sql("PRAGMA page_size = 512; VACUUM"));
	return vsc_disk_read(&whole, path, &why);
}

static int
remove_file(void **state)
{
	(void)state;
	vsc_blob_free(&whole);
	return unlink(path);
}

/* --- Tests --- */

/* Refused, by name, and as it was. */
static void
assert_damaged(bool readonly, const char *what)
{
	VSC_AUTO_BLOB damaged = { NULL, 0 };
	struct vsc_why why = { "" };
	struct vsc_out none = vsc_out_from(NULL, 0);

	assert_int_equal(vsc_disk_read(&damaged, path, &why), 0);
	if (open_card(&none, readonly, &why) != VSC_E_CORRUPT || strstr(why.text, path) == NULL ||
	    strstr(why.text, "damaged") == NULL)
		fail_msg("%s: '%s'", what, why.text);
	assert_file_is(vsc_blob_span(&damaged), what);
}

/* false: the table does not take it. */
static bool
change(const char *format, const char *table, const char *column)
{
	char *sql = sqlite3_mprintf(format, table, column, column);
	VSC_AUTO_BLOB now = { NULL, 0 };
	struct vsc_why why;

	put_whole(vsc_blob_span(&whole));
	(void)exec_sql(sql);
	sqlite3_free(sql);
	assert_int_equal(vsc_disk_read(&now, path, &why), 0);
	return !vsc_span_eq(vsc_blob_span(&now), vsc_blob_span(&whole));
}

static void
change_column(const char *table, const char *column)
{
	static const char *const formats[] = {
		"UPDATE %s SET %s = %s + 100",
		"UPDATE %s SET %s = CAST(%s || 'x' AS BLOB)",
		"UPDATE %s SET %s = CAST(%s || 'x' AS TEXT)",
	};
	unsigned changes = 0;
	char what[80];

	(void)snprintf(what, sizeof(what), "%s.%s", table, column);
	for (size_t i = 0; i < VSC_COUNT(formats); i++)
		for (int readonly = 0; readonly < 2; readonly++) {
			if (!change(formats[i], table, column))
				continue;
			assert_damaged(readonly != 0, what);
			changes++;
		}
	if (changes == 0)
		fail_msg("%s was not changed", what);
}

static void
each_column_of_each_table(void **state)
{
	VSC_AUTO_BLOB names = { NULL, 0 };
	sqlite3_stmt *query;
	unsigned columns = 0;
	sqlite3 *db;

	(void)state;
	/* the columns as the file has them, from a copy in memory: the file is changed meanwhile */
	assert_int_equal(vsc_blob_set(&names, vsc_blob_span(&whole)), 0);
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_deserialize(db, "main", names.ptr, (sqlite3_int64)names.len,
			     (sqlite3_int64)names.len, SQLITE_DESERIALIZE_READONLY),
	    SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db,
		"SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c", -1,
		&query, NULL),
	    SQLITE_OK);
	while (sqlite3_step(query) == SQLITE_ROW) {
		change_column((const char *)sqlite3_column_text(query, 0),
		    (const char *)sqlite3_column_text(query, 1));
		columns++;
	}
	sqlite3_finalize(query);
	sqlite3_close(db);
	assert_int_equal(columns, 3 + 17 + 3 + 18 + 20 + 5);
}

static const struct row {
	const char *name, *sql;
} rows[] = {
	{ "two files changed places",
	    "UPDATE file SET id = -id WHERE id > 1; UPDATE file SET id = 5 + id WHERE id < 0" },
	{ "a row of another table", "INSERT INTO attr SELECT * FROM card" },
	{ "a row without a sum", "INSERT INTO environment VALUES (9, 0, 1, x'', x'')" },
	{ "a file is gone", "DELETE FROM file WHERE id = 3" },
	{ "the PIN is gone", "DELETE FROM pin" },
	{ "the attribute is gone", "DELETE FROM attr" },
	{ "a key is gone", "DELETE FROM key WHERE ref = 3" },
	{ "the security environment is gone", "DELETE FROM environment" },
	{ "the number of rows is gone", "DELETE FROM card WHERE name = 'rows'" },
	{ "the tables' sum is gone", "DELETE FROM card WHERE name = 'schema'" },
	{ "a table more", "CREATE TABLE more (id)" },
	{ "a trigger", "CREATE TRIGGER t AFTER UPDATE ON pin BEGIN UPDATE pin SET tries = 3; END" },
	{ "a column more", "ALTER TABLE pin ADD COLUMN more" },
	{ "a column's name", "ALTER TABLE pin RENAME COLUMN uses TO used" },
	{ "a table's name", "ALTER TABLE pin RENAME TO pins" },
	{ "no table for PINs", "DROP TABLE pin" },
	{ "schema 2 as schema 1", "PRAGMA user_version = 1" },
};

static void
rows_and_tables(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++) {
		put_whole(vsc_blob_span(&whole));
		if (!exec_sql(row->sql))
			FAIL_ROW(row, "not done");
		assert_damaged(false, row->name);
	}
}

static void
flip_byte(size_t at, uint8_t mask)
{
	const int fd = open(path, O_WRONLY);

	whole.ptr[at] ^= mask;
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, whole.ptr + at, 1, (off_t)at), 1);
	close(fd);
}

/* The bits that `mask` has, in one byte of the file. */
static void
flip(size_t at, uint8_t mask, struct vsc_span card)
{
	static uint8_t room[10000];
	struct vsc_out out = vsc_out_from(room, sizeof(room));
	struct vsc_why why = { "" };
	char what[60];

	(void)snprintf(what, sizeof(what), "byte %zu ^ %02X", at, mask);
	flip_byte(at, mask);
	if (open_card(&out, false, &why) == 0) {
		if (!vsc_span_eq(vsc_out_span(&out), card))
			fail_msg("%s: another card", what);
	} else if (strstr(why.text, path) == NULL) {
		fail_msg("%s: '%s'", what, why.text);
	}
	assert_file_is(vsc_blob_span(&whole), what);
	flip_byte(at, mask);
}

static void
each_byte_of_the_file(void **state)
{
	static uint8_t room[10000];
	struct vsc_out card = vsc_out_from(room, sizeof(room));
	struct vsc_why why = { "" };

	(void)state;
	put_whole(vsc_blob_span(&whole));
	assert_int_equal(open_card(&card, false, &why), 0);
	for (size_t at = 0; at < whole.len; at++)
		flip(at, at % 3 == 0 ? 0xFF : (uint8_t)(1u << at % 8), vsc_out_span(&card));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_column_of_each_table),
		cmocka_unit_test(rows_and_tables),
		cmocka_unit_test(each_byte_of_the_file),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}

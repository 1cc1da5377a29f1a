#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "card/auth.h"
#include "card/engine.h"
#include "card/image.h"
#include "card/image_sum.h"
#include "card/keystore.h"
#include "card/se.h"

static const struct vsc_span content = BYTES(0xDE, 0xAD, 0xBE, 0xEF);

/* MF, a DF with a name, an EF with everything set, one without content; an attribute. */
static int
personalise(struct vsc_card *card, const struct vsc_params *params)
{
	struct vsc_fs *fs = vsc_card_fs(card);
	const struct vsc_file_spec mf = { .fid = VSC_FID_MF, .descriptor = VSC_FILE_DF };
	const struct vsc_file_spec df = { .fid = 0x5015,
		.descriptor = VSC_FILE_DF,
		.name = VSC_BYTES(0xA0, 0x00, 0x00, 0x00, 0x63) };
	const struct vsc_file_spec ef = { .fid = 0x0101,
		.descriptor = VSC_FILE_TRANSPARENT,
		.sfi = 3,
		.life = VSC_LIFE_DEACTIVATED,
		.size = 16,
		.security = VSC_BYTES(0x8C, 0x02, 0x01, 0x00),
		.extra = VSC_BYTES(0x85, 0x01, 0x77),
		.content = content };
	const struct vsc_file_spec empty = { .fid = 0x0102,
		.descriptor = VSC_FILE_LINEAR_VARIABLE,
		.sfi = VSC_SFI_NONE,
		.record_size = 20,
		.size = 100 };
	struct vsc_file *root, *dir;

	if (vsc_params_has(params, "fail"))
		return VSC_E_PARAM;
	if (vsc_fs_add(fs, NULL, &mf, &root) < 0 || vsc_fs_add(fs, root, &df, &dir) < 0 ||
	    vsc_fs_add(fs, dir, &ef, NULL) < 0 || vsc_fs_add(fs, dir, &empty, NULL) < 0)
		return VSC_E_PARAM;
	return vsc_card_attr_set(card, "date", VSC_BYTES(2, 6, 1, 1, 2, 1));
}

static const struct vsc_card_type sample = {
	.abi = VSC_CARD_ABI,
	.name = "sample",
	.summary = "a few files",
	.base = &vsc_card_iso7816,
	.personalise = personalise,
};
static const struct vsc_card_type other = {
	.abi = VSC_CARD_ABI,
	.name = "other",
	.summary = "none",
	.base = &vsc_card_iso7816,
	.personalise = personalise,
};

static char folder[] = "/tmp/test_image.XXXXXX";
static char path[64];

static int
setup(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/card.vsc", folder);
	(void)unlink(path);
	return 0;
}

static struct vsc_card *
open_card(const struct vsc_card_type *type)
{
	struct vsc_image *image;
	struct vsc_card *card;
	struct vsc_why why = { { 0 } };

	if (vsc_image_open(&image, path, &why) < 0)
		fail_msg("%s", why.text);
	if (vsc_card_open(&card, image, type, NULL, NULL, NULL, &why) < 0)
		fail_msg("%s", why.text);
	return card;
}

/* The bytes written; the file is larger and zero behind them. */
static void
assert_starts_with(struct vsc_file *file, struct vsc_span want)
{
	assert_non_null(file);
	assert_span_equal(vsc_span_slice(vsc_file_content(file), 0, want.len), want);
}

static struct vsc_file *
sample_file(struct vsc_card *card, uint16_t fid)
{
	struct vsc_fs *fs = vsc_card_fs(card);
	struct vsc_file *df = vsc_fs_by_name(fs, VSC_BYTES(0xA0, 0x00, 0x00, 0x00, 0x63));

	assert_non_null(df);
	return vsc_fs_by_fid(fs, df, fid);
}

static void
comes_back_as_it_was(void **state)
{
	struct vsc_card *card = open_card(&sample);
	struct vsc_span value;
	struct vsc_file *file;
	struct stat status;

	(void)state;
	vsc_card_free(card);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);

	card = open_card(&sample);
	file = sample_file(card, 0x0101);
	assert_non_null(file);
	assert_int_equal(file->descriptor, VSC_FILE_TRANSPARENT);
	assert_int_equal(file->sfi, 3);
	assert_int_equal(file->life, VSC_LIFE_DEACTIVATED);
	assert_int_equal(file->size, 16);
	assert_starts_with(file, content);
	assert_int_equal(file->content.len, 16);
	assert_span_equal(vsc_blob_span(&file->security), VSC_BYTES(0x8C, 0x02, 0x01, 0x00));
	assert_span_equal(vsc_blob_span(&file->extra), VSC_BYTES(0x85, 0x01, 0x77));
	file = sample_file(card, 0x0102);
	assert_non_null(file);
	assert_int_equal(file->sfi, 0);
	assert_int_equal(file->record_size, 20);
	assert_int_equal(vsc_card_attr_get(card, "date", &value), 0);
	assert_span_equal(value, VSC_BYTES(2, 6, 1, 1, 2, 1));
	vsc_card_free(card);
}

static void
changes_are_saved_deleted_ids_stay_unused(void **state)
{
	struct vsc_card *card = open_card(&sample);
	const struct vsc_file_spec spec = { .fid = 0x0103, .descriptor = VSC_FILE_TRANSPARENT };
	struct vsc_span value;
	struct vsc_file *file;
	uint32_t last;

	(void)state;
	assert_int_equal(
	    vsc_file_write(vsc_card_fs(card), sample_file(card, 0x0101), 1, VSC_BYTES(0x11)), 0);
	last = sample_file(card, 0x0102)->id;
	assert_int_equal(vsc_card_delete_file(card, sample_file(card, 0x0102)), 0);
	assert_int_equal(vsc_card_attr_delete(card, "date"), 0);
	assert_int_equal(vsc_card_attr_set(card, "more", VSC_SPAN_EMPTY), 0);
	assert_int_equal(vsc_card_commit(card), 0);
	vsc_card_free(card);

	card = open_card(&sample);
	assert_starts_with(sample_file(card, 0x0101), VSC_BYTES(0xDE, 0x11, 0xBE, 0xEF));
	assert_null(sample_file(card, 0x0102));
	assert_int_equal(vsc_card_attr_get(card, "date", &value), VSC_E_NOT_FOUND);
	assert_int_equal(vsc_card_attr_get(card, "more", &value), 0);
	assert_int_equal(
	    vsc_fs_add(vsc_card_fs(card), sample_file(card, 0x0101)->parent, &spec, &file), 0);
	assert_true(file->id > last);
	vsc_card_free(card);
}

/* --- PINs, keys, environments --- */

static struct vsc_blob
borrowed(struct vsc_span span)
{
	return (struct vsc_blob){ (uint8_t *)(uintptr_t)span.ptr, span.len };
}

static void
add_objects(struct vsc_card *card)
{
	const struct vsc_pin pin = { .ref = 1,
		.format = VSC_PIN_DIGITS,
		.flags = VSC_PIN_ENABLED,
		.min_len = 4,
		.max_len = 8,
		.max_tries = 3,
		.unblock_max = 10,
		.uses = 70000,
		.value = borrowed(VSC_BYTES('1', '2', '3', '4')),
		.unblock = borrowed(VSC_BYTES('8', '8', '8', '8')) };
	struct vsc_slot rsa = { .ref = 0x81,
		.df = sample_file(card, 0x0101)->parent->id,
		.usage = VSC_USE_SIGN | VSC_USE_CERTIFICATE,
		.policy = VSC_PIN_ALWAYS,
		.pin = 1,
		.generated = true,
		.name = borrowed(VSC_BYTES('D', 'E')) };
	struct vsc_slot aes = { .ref = 2, .usage = VSC_USE_SM, .max_tries = 5 },
			place = { .ref = 3 };
	const struct vsc_saved_se se = { .number = 4,
		.crts = borrowed(VSC_BYTES(0x80, 0x01, 0x00)) };

	assert_int_equal(vsc_key_generate_rsa(&rsa.key, 1024, VSC_SPAN_EMPTY), 0);
	assert_int_equal(vsc_key_import_symmetric(&aes.key, VSC_KEY_AES,
			     VSC_BYTES(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)),
	    0);
	assert_int_equal(vsc_pin_add(card, &pin, NULL), 0);
	assert_int_equal(vsc_slot_add(card, &rsa, NULL), 0);
	assert_int_equal(vsc_slot_add(card, &aes, NULL), 0);
	assert_int_equal(vsc_slot_add(card, &place, NULL), 0);
	assert_int_equal(vsc_saved_se_add(card, &se), 0);
	assert_int_equal(vsc_card_commit(card), 0);
}

static void
pins_keys_and_environments_come_back(void **state)
{
	struct vsc_card *card = open_card(&sample);
	struct vsc_blob before = { NULL, 0 }, after = { NULL, 0 };
	struct vsc_slot *slot;
	struct vsc_pin *pin;
	uint32_t last;

	(void)state;
	add_objects(card);
	assert_int_equal(vsc_key_save(vsc_slot_first(card)->key, &before), 0);
	assert_int_equal(
	    vsc_pin_verify(card, vsc_pin_first(card), VSC_BYTES('9', '9', '9', '9')), 0x63C2);
	vsc_card_free(card);

	card = open_card(&sample);
	pin = vsc_pin_first(card);
	assert_non_null(pin);
	assert_int_equal(pin->tries, 2);
	assert_int_equal(pin->max_tries, 3);
	assert_int_equal(pin->unblock_tries, 10);
	assert_int_equal(pin->uses, 70000);
	assert_span_equal(vsc_blob_span(&pin->unblock), VSC_BYTES('8', '8', '8', '8'));
	assert_int_equal(vsc_pin_verify(card, pin, VSC_BYTES('1', '2', '3', '4')), VSC_SW_OK);

	slot = vsc_slot_first(card);
	assert_int_equal(slot->ref, 0x81);
	assert_int_equal(slot->policy, VSC_PIN_ALWAYS);
	assert_int_equal(slot->usage, VSC_USE_SIGN | VSC_USE_CERTIFICATE);
	assert_true(slot->generated);
	assert_span_equal(vsc_blob_span(&slot->name), VSC_BYTES('D', 'E'));
	assert_true(vsc_key_is_private(slot->key));
	assert_int_equal(vsc_key_save(slot->key, &after), 0);
	assert_span_equal(vsc_blob_span(&after), vsc_blob_span(&before));
	slot = vsc_slot_next(slot);
	assert_int_equal(vsc_key_kind(slot->key), VSC_KEY_AES);
	assert_int_equal(vsc_key_secret(slot->key).ptr[15], 15);
	slot = vsc_slot_next(slot);
	assert_null(slot->key);
	assert_null(vsc_slot_next(slot));
	last = vsc_saved_se_first(card)->id;
	assert_int_equal(vsc_saved_se_first(card)->number, 4);

	/* gone for good, and their identifiers with them */
	vsc_pin_delete(card, pin);
	vsc_slot_delete(card, vsc_slot_first(card));
	vsc_saved_se_delete(card, vsc_saved_se_first(card));
	assert_int_equal(vsc_card_commit(card), 0);
	vsc_card_free(card);
	card = open_card(&sample);
	assert_null(vsc_pin_first(card));
	assert_int_equal(vsc_slot_first(card)->ref, 2);
	assert_null(vsc_saved_se_first(card));
	assert_int_equal(vsc_pin_add(card, &(struct vsc_pin){ .ref = 9 }, &pin), 0);
	assert_true(pin->id > last);
	vsc_card_free(card);
	vsc_blob_free(&before);
	vsc_blob_free(&after);
}

static void
not_committed_is_not_there(void **state)
{
	struct vsc_card *card = open_card(&sample);

	(void)state;
	assert_int_equal(
	    vsc_file_write(vsc_card_fs(card), sample_file(card, 0x0101), 1, VSC_BYTES(0x11)), 0);
	vsc_card_free(card);
	card = open_card(&sample);
	assert_starts_with(sample_file(card, 0x0101), content);
	vsc_card_free(card);
}

/* --- Refusals --- */

static void
put_file(const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static void
assert_refused(int err, const char *text)
{
	struct vsc_image *image;
	struct vsc_why why = { { 0 } };

	assert_int_equal(vsc_image_open(&image, path, &why), err);
	assert_null(image);
	if (strstr(why.text, text) == NULL || strstr(why.text, path) == NULL)
		fail_msg("'%s' does not tell '%s' and the file", why.text, text);
}

static void
foreign_files_are_left_alone(void **state)
{
	static const char text[] =
	    "this is a letter to my aunt, longer than a header of SQLite: .........";
	char after[sizeof(text)];
	int fd;

	(void)state;
	put_file(text, sizeof(text));
	assert_refused(VSC_E_CORRUPT, "not a saved card");
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, after, sizeof(after)), sizeof(text));
	assert_string_equal(after, text);
	close(fd);
}

static void
exec_sql(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* As a program would that keeps the sums. */
static void
write_sums(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(vsc_image_sums_register(db), 0);
	assert_int_equal(vsc_image_sums_write(db), 0);
	sqlite3_close(db);
}

static void
other_databases_are_refused(void **state)
{
	(void)state;
	exec_sql("CREATE TABLE bookmarks (url)");
	assert_refused(VSC_E_CORRUPT, "not a saved card");
}

static void
newer_schema(void **state)
{
	(void)state;
	vsc_card_free(open_card(&sample));
	exec_sql("PRAGMA user_version = 4");
	assert_refused(
	    VSC_E_ABI, "saved by a newer version of this program (schema 4, this one knows 3)");
	exec_sql("PRAGMA user_version = 999");
	assert_refused(VSC_E_ABI, "newer version");
}

static void
damaged_page(void **state)
{
	int fd;
	struct stat status;
	uint8_t junk[512];

	(void)state;
	vsc_card_free(open_card(&sample));
	vsc_fill(junk, 0xA5, sizeof(junk));
	fd = open(path, O_WRONLY);
	assert_int_equal(fstat(fd, &status), 0);
	for (off_t at = 4096; at < status.st_size; at += 512)
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	close(fd);
	assert_refused(VSC_E_CORRUPT, "damaged");
}

static const struct tampered_row {
	const char *name, *sql;
} tampered_rows[] = {
	{ "parent that is not there", "UPDATE file SET parent = 77 WHERE fid = 0x5015" },
	{ "descriptor of nothing", "UPDATE file SET descriptor = 0x3B WHERE fid = 0x0101" },
	{ "number out of range", "UPDATE file SET fid = 70000 WHERE fid = 0x0101" },
	{ "text for a number", "UPDATE file SET size = 'big' WHERE fid = 0x0101" },
	{ "content longer than the file may be", "UPDATE file SET content = zeroblob(16777300)" },
	{ "PIN of a DF that is none", "INSERT INTO pin VALUES (1, 99, 1, 0, 1, 0, 4, 8, 3, 3, 0, "
				      "0, 0, 0, 0, x'31', x'', x'')" },
	{ "more tries than there may be", "INSERT INTO pin VALUES (1, 0, 1, 0, 1, 0, 4, 8, 4, 3, "
					  "0, 0, 0, 0, 0, x'31', x'', x'')" },
	{ "key that is none",
	    "INSERT INTO key VALUES (1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, x'', "
	    "x'', 0, 1, x'3000', x'')" },
	{ "environment without an id of its own",
	    "INSERT INTO environment VALUES (0, 0, 1, x'', x'')" },
	{ "two MFs", "UPDATE file SET parent = NULL WHERE fid = 0x5015" },
};

/* Rows that no card wrote, with sums that are right: never half a card. */
static void
tampered_rows_are_refused(void **state)
{
	(void)state;
	for (const struct tampered_row *row = tampered_rows;
	     row < tampered_rows + VSC_COUNT(tampered_rows); row++) {
		struct vsc_image *image;
		struct vsc_card *card;
		struct vsc_why why = { { 0 } };

		(void)unlink(path);
		vsc_card_free(open_card(&sample));
		exec_sql(row->sql);
		assert_refused(VSC_E_CORRUPT, "damaged");
		write_sums();
		if (vsc_image_open(&image, path, &why) < 0)
			FAIL_ROW(row, why.text);
		if (vsc_card_open(&card, image, &sample, NULL, NULL, NULL, &why) >= 0)
			FAIL_ROW(row, "loaded");
		assert_null(card);
	}
}

static void
another_type_is_refused_by_name(void **state)
{
	struct vsc_image *image;
	struct vsc_card *card;
	struct vsc_why why = { { 0 } };

	(void)state;
	vsc_card_free(open_card(&sample));
	assert_int_equal(vsc_image_open(&image, path, &why), 0);
	assert_string_equal(vsc_image_type(image), "sample");
	assert_int_equal(vsc_card_open(&card, image, &other, NULL, NULL, NULL, &why), VSC_E_STATE);
	assert_non_null(strstr(why.text, "type sample, not other"));
}

/* Killed in a transaction: the next program may begin with looking at the card only. */
static void
journal_left_behind(void **state)
{
	struct vsc_image *image;
	struct vsc_why why = { { 0 } };
	char journal[80];
	int status;
	pid_t pid;

	(void)state;
	vsc_card_free(open_card(&sample));
	snprintf(journal, sizeof(journal), "%s-journal", path);
	if ((pid = fork()) == 0) {
		sqlite3 *db;

		/* without syncs the journal counts from its first page on; a small cache writes
		 * pages of the transaction into the file */
		if (sqlite3_open(path, &db) != SQLITE_OK ||
		    sqlite3_exec(db,
			"PRAGMA synchronous = OFF; PRAGMA cache_size = 1; BEGIN IMMEDIATE;"
			"UPDATE card SET value = 'broken'; UPDATE file SET fid = 1;"
			"UPDATE file SET content = zeroblob(100000)",
			NULL, NULL, NULL) != SQLITE_OK)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(access(journal, F_OK), 0);
	assert_int_equal(vsc_image_open_readonly(&image, path, &why), 0);
	assert_string_equal(vsc_image_type(image), "sample");
	vsc_image_close(image);
	vsc_card_free(open_card(&sample));
}

static void
a_card_that_cannot_be_made_leaves_no_file(void **state)
{
	static const struct vsc_param item = { "fail", "" };
	const struct vsc_params params = { &item, 1 };
	struct vsc_image *image;
	struct vsc_card *card;
	struct vsc_why why = { { 0 } };

	(void)state;
	assert_int_equal(vsc_image_open(&image, path, &why), 0);
	assert_null(vsc_image_type(image));
	assert_int_equal(
	    vsc_card_open(&card, image, &sample, &params, NULL, NULL, &why), VSC_E_PARAM);
	assert_int_equal(access(path, F_OK), -1);
}

static void
missing_folder(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/none/card.vsc", folder);
	assert_refused(VSC_E_IO, "No such file");
}

static void
second_card_of_this_process(void **state)
{
	struct vsc_card *card = open_card(&sample);

	(void)state;
	assert_refused(VSC_E_BUSY, "another card of this process");
	/* and the first still has its lock */
	assert_refused(VSC_E_BUSY, "another card of this process");
	vsc_card_free(card);
	vsc_card_free(open_card(&sample));
}

static void
second_process_is_told_who_has_it(void **state)
{
	struct vsc_card *card = open_card(&sample);
	struct vsc_image *image;
	struct vsc_why why = { { 0 } };
	char expected[32];
	pid_t child;
	int status;

	(void)state;
	snprintf(expected, sizeof(expected), "process %ld", (long)getpid());
	if ((child = fork()) == 0)
		_exit(vsc_image_open(&image, path, &why) == VSC_E_BUSY &&
			      strstr(why.text, expected) != NULL
			  ? 0
			  : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	vsc_card_free(card);
}

/* --- What cannot be written --- */

/* As somebody for whom modes count: root may write everything. */
static bool
refused_to_others(const char *text)
{
	struct vsc_image *image;
	struct vsc_why why = { { 0 } };
	pid_t child;
	int status;

	if ((child = fork()) == 0) {
		if (geteuid() == 0 && (setegid(65534) != 0 || seteuid(65534) != 0))
			_exit(2);
		_exit(vsc_image_open(&image, path, &why) == VSC_E_IO &&
			      strstr(why.text, text) != NULL && strstr(why.text, path) != NULL
			  ? 0
			  : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
read_only_files_and_folders(void **state)
{
	(void)state;
	vsc_card_free(open_card(&sample));
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(chmod(folder, 0777), 0);
	assert_true(refused_to_others("the file cannot be written: Permission denied"));
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	assert_true(refused_to_others("its folder cannot be written: Permission denied"));
	assert_int_equal(chmod(folder, 0700), 0);
	vsc_card_free(open_card(&sample));
}

static void
only_files(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s", folder);
	assert_refused(VSC_E_IO, "Is a directory");
	snprintf(path, sizeof(path), "/dev/null");
	assert_refused(VSC_E_CORRUPT, "not a saved card");
}

/* What SQLite would take for a database in memory. */
static void
any_name_is_that_of_a_file(void **state)
{
	static const char *const names[] = { ":memory:", "file:card.vsc?mode=memory" };
	char before[256];
	struct stat file;

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(folder), 0);
	for (size_t i = 0; i < VSC_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s", names[i]);
		vsc_card_free(open_card(&sample));
		assert_int_equal(stat(path, &file), 0);
		assert_true(file.st_size > 0);
		vsc_card_free(open_card(&sample));
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(chdir(before), 0);
}

static void
an_empty_file_becomes_a_card_that_only_its_owner_reads(void **state)
{
	struct stat file;

	(void)state;
	put_file("", 0);
	assert_int_equal(chmod(path, 0644), 0);
	vsc_card_free(open_card(&sample));
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
}

/* --- A disk that fails --- */

static void
full_disk_loses_nothing(void **state)
{
	struct vsc_card *card = open_card(&sample);
	struct vsc_blob big = { NULL, 0 };
	struct vsc_fs *fs = vsc_card_fs(card);
	const struct vsc_file_spec spec = {
		.fid = 0x0104, .descriptor = VSC_FILE_TRANSPARENT, .size = 400000
	};
	struct vsc_file *file;
	struct rlimit unlimited;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
	(void)signal(SIGXFSZ, SIG_IGN); /* the write then fails as on a full disk */
	assert_int_equal(vsc_fs_add(fs, sample_file(card, 0x0101)->parent, &spec, &file), 0);
	assert_int_equal(vsc_card_commit(card), 0);
	assert_int_equal(vsc_blob_alloc(&big, 300000), 0);
	vsc_fill(big.ptr, 0x55, big.len);
	assert_int_equal(vsc_file_write(fs, file, 0, vsc_blob_span(&big)), 0);
	assert_int_equal(
	    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 100000, unlimited.rlim_max }), 0);
	assert_int_equal(vsc_card_commit(card), VSC_E_IO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
	vsc_card_free(card);
	vsc_blob_free(&big);
	card = open_card(&sample);
	assert_starts_with(sample_file(card, 0x0101), content);
	assert_starts_with(sample_file(card, 0x0104), VSC_BYTES(0, 0, 0));
	vsc_card_free(card);
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	setup(state);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(comes_back_as_it_was, setup),
		cmocka_unit_test_setup(changes_are_saved_deleted_ids_stay_unused, setup),
		cmocka_unit_test_setup(pins_keys_and_environments_come_back, setup),
		cmocka_unit_test_setup(not_committed_is_not_there, setup),
		cmocka_unit_test_setup(foreign_files_are_left_alone, setup),
		cmocka_unit_test_setup(other_databases_are_refused, setup),
		cmocka_unit_test_setup(newer_schema, setup),
		cmocka_unit_test_setup(read_only_files_and_folders, setup),
		cmocka_unit_test_setup(only_files, setup),
		cmocka_unit_test_setup(any_name_is_that_of_a_file, setup),
		cmocka_unit_test_setup(
		    an_empty_file_becomes_a_card_that_only_its_owner_reads, setup),
		cmocka_unit_test_setup(damaged_page, setup),
		cmocka_unit_test_setup(tampered_rows_are_refused, setup),
		cmocka_unit_test_setup(another_type_is_refused_by_name, setup),
		cmocka_unit_test_setup(journal_left_behind, setup),
		cmocka_unit_test_setup(a_card_that_cannot_be_made_leaves_no_file, setup),
		cmocka_unit_test_setup(missing_folder, setup),
		cmocka_unit_test_setup(second_card_of_this_process, setup),
		cmocka_unit_test_setup(second_process_is_told_who_has_it, setup),
		cmocka_unit_test_setup(full_disk_loses_nothing, setup),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

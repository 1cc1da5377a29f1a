/*
 * image: UPDATE BINARY on a saved card beside what SQLite alone needs for one transaction: an
 * INSERT into a table of the same kind of rows, with the pragmas of src/card/image.c. In the folder
 * given, or /var/tmp: on a file system in memory there is nothing to wait for.
 */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/bytes.h"
#include "card/fs.h"
#include "card/image.h"

#define SIZE 200u

static const char pragmas[] = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE;"
			      "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;";

/* --- SQLite by itself --- */

struct bare {
	sqlite3 *db;
	sqlite3_stmt *insert;
};

static bool
sqlite_failed(const struct bare *bare)
{
	fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(bare->db));
	return false;
}

static bool
bare_open(struct bare *bare, const char *path)
{
	if (sqlite3_open(path, &bare->db) != SQLITE_OK ||
	    sqlite3_exec(bare->db, pragmas, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(bare->db, "CREATE TABLE file (id INTEGER PRIMARY KEY, content BLOB)", NULL,
		NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(bare->db, "INSERT OR REPLACE INTO file VALUES (1, ?)", -1,
		&bare->insert, NULL) != SQLITE_OK)
		return sqlite_failed(bare);
	return true;
}

static bool
bare_run(void *ctx, unsigned ops)
{
	static uint8_t content[SIZE];
	const struct bare *bare = ctx;

	for (unsigned i = 0; i < ops; i++) {
		content[0]++;
		if (sqlite3_bind_blob(bare->insert, 1, content, SIZE, SQLITE_STATIC) != SQLITE_OK ||
		    sqlite3_step(bare->insert) != SQLITE_DONE ||
		    sqlite3_reset(bare->insert) != SQLITE_OK)
			return sqlite_failed(bare);
	}
	return true;
}

/* --- A saved card --- */

static int
personalise(struct vsc_card *card, const struct vsc_params *params)
{
	static const struct vsc_file_spec mf = { .fid = VSC_FID_MF, .descriptor = VSC_FILE_DF };
	static const struct vsc_file_spec ef = {
		.fid = 0x0101, .sfi = 1, .descriptor = VSC_FILE_TRANSPARENT, .size = SIZE
	};
	struct vsc_fs *fs = vsc_card_fs(card);
	int rc = vsc_fs_add(fs, NULL, &mf, NULL);

	(void)params;
	return rc < 0 ? rc : vsc_fs_add(fs, fs->mf, &ef, NULL);
}

static const struct vsc_card_type type = {
	.abi = VSC_CARD_ABI,
	.name = "saved",
	.base = &vsc_card_iso7816,
	.personalise = personalise,
};

static bool
saved_open(struct vsc_card **card, const char *path)
{
	struct vsc_image *image;
	struct vsc_why why = { "" };

	if (vsc_image_open(&image, path, &why) < 0 ||
	    vsc_card_open(card, image, &type, NULL, NULL, NULL, &why) < 0) {
		fprintf(stderr, "%s\n", why.text);
		return false;
	}
	vsc_card_reset(*card, VSC_RESET_ON);
	return true;
}

static bool
saved_run(void *ctx, unsigned ops)
{
	static uint8_t room[VSC_RESPONSE_MAX];
	static uint8_t command[5 + SIZE] = { 0x00, 0xD6, 0x81, 0x00, SIZE };
	struct vsc_card *card = ctx;

	for (unsigned i = 0; i < ops; i++) {
		struct vsc_out out = vsc_out_from(room, sizeof(room));

		command[5]++;
		if (vsc_card_transmit(card, vsc_span_from(command, sizeof(command)), &out) < 0 ||
		    room[0] != 0x90)
			return bench_failed("UPDATE BINARY");
	}
	return true;
}

static bool
measure(const char *folder, const struct bench_options *options)
{
	char bare_path[256], card_path[256];
	struct vsc_card *card = NULL;
	struct bare bare = { NULL, NULL };
	bool ok;

	(void)snprintf(bare_path, sizeof(bare_path), "%s/bare", folder);
	(void)snprintf(card_path, sizeof(card_path), "%s/card", folder);
	ok = bare_open(&bare, bare_path) && saved_open(&card, card_path);
	if (ok) {
		struct bench_case cases[] = {
			{ "SQLite alone, one INSERT", bare_run, &bare, NULL, 0, 0 },
			{ "UPDATE BINARY of a saved card", saved_run, card, &cases[0], 0, 0 },
		};

		ok = bench_run(cases, VSC_COUNT(cases), options);
		if (ok)
			bench_print(cases, VSC_COUNT(cases));
	}
	vsc_card_free(card);
	sqlite3_finalize(bare.insert);
	sqlite3_close(bare.db);
	(void)unlink(bare_path);
	(void)unlink(card_path);
	return ok;
}

int
main(int argc, char **argv)
{
	struct bench_options options;
	char folder[200];
	bool ok;

	if (!bench_options(&options, &argc, argv))
		return 2;
	(void)snprintf(
	    folder, sizeof(folder), "%s/bench_image.XXXXXX", argc > 1 ? argv[1] : "/var/tmp");
	if (mkdtemp(folder) == NULL)
		return bench_failed(folder) ? 0 : 1;
	ok = measure(folder, &options);
	(void)rmdir(folder);
	return ok ? 0 : 1;
}

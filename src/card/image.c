/*
 * A saved card's file: opened and locked, its schema made or migrated, its integrity checked, a
 * command's changes committed in one transaction. What is in the tables is in image_rows.c and
 * image_objects.c.
 */
#include "card/image.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "card/engine.h"
#include "card/image_file.h"
#include "card/image_migrate.h"
#include "card/image_rows.h"
#include "card/image_sum.h"

struct vsc_image {
	sqlite3 *db;
	char *path;
	char *type; /* NULL: new */
	bool made;  /* the file was not there before */
	bool saved; /* a card is in it */
	int schema;
	bool moved; /* it was brought to our schema, in the transaction that opening began */
	struct vsc_image_rows rows;
};

/* --- Errors --- */

static int
explain_busy(const struct vsc_image *image, struct vsc_why *why)
{
	const long holder = vsc_image_lock_holder(image->path);

	if (holder == (long)getpid())
		return vsc_why_set(
		    why, VSC_E_BUSY, "%s: in use by another card of this process", image->path);
	if (holder > 0)
		return vsc_why_set(
		    why, VSC_E_BUSY, "%s: in use by process %ld", image->path, holder);
	return vsc_why_set(why, VSC_E_BUSY, "%s: in use by another process", image->path);
}

/* What SQLite's last error means for a person. */
static int
explain(const struct vsc_image *image, struct vsc_why *why)
{
	const int system = sqlite3_system_errno(image->db);

	switch (sqlite3_errcode(image->db)) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return explain_busy(image, why);
	case SQLITE_NOTADB:
		return vsc_why_set(why, VSC_E_CORRUPT, "%s: not a saved card", image->path);
	case SQLITE_CORRUPT:
		return vsc_why_set(
		    why, VSC_E_CORRUPT, "%s: damaged; restore it from a copy", image->path);
	case SQLITE_FULL:
		return vsc_why_set(why, VSC_E_IO, "%s: the disk is full", image->path);
	case SQLITE_READONLY:
		return vsc_why_set(
		    why, VSC_E_IO, "%s: the file or its folder cannot be written", image->path);
	default:
		if (sqlite3_extended_errcode(image->db) == SQLITE_IOERR_WRITE && system == 0)
			return vsc_why_set(why, VSC_E_IO,
			    "%s: cannot be written; is the disk or a quota full?", image->path);
		return vsc_why_set(why, VSC_E_IO, "%s: %s", image->path,
		    system != 0 ? strerror(system) : sqlite3_errmsg(image->db));
	}
}

/* --- Opening --- */

static int
run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : VSC_E_IO;
}

/* One number that a PRAGMA or SELECT answers. */
static int
ask_number(sqlite3 *db, const char *sql, int *number)
{
	sqlite3_stmt *query;
	int state;

	if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK)
		return VSC_E_IO;
	state = sqlite3_step(query);
	if (state == SQLITE_ROW)
		*number = sqlite3_column_int(query, 0);
	sqlite3_finalize(query);
	return state == SQLITE_ROW ? 0 : VSC_E_IO;
}

static bool
is_intact(sqlite3 *db)
{
	sqlite3_stmt *query;
	bool intact;

	if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &query, NULL) != SQLITE_OK)
		return false;
	intact = sqlite3_step(query) == SQLITE_ROW &&
		 strcmp((const char *)sqlite3_column_text(query, 0), "ok") == 0;
	sqlite3_finalize(query);
	return intact;
}

/* Some errors are the disk's, the others the file's. */
static bool
is_content_error(int code)
{
	return code == SQLITE_ERROR || code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH;
}

static int
migrate(struct vsc_image *image, int version, struct vsc_why *why)
{
	if (version == VSC_IMAGE_SCHEMA)
		return 0;
	image->moved = true;
	if (vsc_image_migrate(image->db, version) == 0)
		return 0;
	if (!is_content_error(sqlite3_errcode(image->db)))
		return explain(image, why);
	return vsc_why_set(why, VSC_E_CORRUPT,
	    "%s: damaged: cannot be brought from schema %d to %d; restore it from a copy",
	    image->path, version, VSC_IMAGE_SCHEMA);
}

static int
wrong_tables(const struct vsc_image *image, struct vsc_why *why)
{
	return vsc_why_set(why, VSC_E_CORRUPT,
	    "%s: damaged: its tables are not those of a card; restore it from a copy", image->path);
}

/* A number of a schema that the tables do not have is damage too. */
static int
check_sums(const struct vsc_image *image, int version, struct vsc_why *why)
{
	int err, sums = 0;

	if (version < VSC_IMAGE_SCHEMA_SUMS) {
		err =
		    ask_number(image->db, "SELECT count(*) FROM card WHERE name = 'schema'", &sums);
		return err == 0 && sums == 0 ? 0 : wrong_tables(image, why);
	}
	err = vsc_image_sums_check(image->db, version, image->path, why);
	if (err != VSC_E_IO)
		return err;
	return is_content_error(sqlite3_errcode(image->db)) ? wrong_tables(image, why)
							    : explain(image, why);
}

static int
read_type(struct vsc_image *image, struct vsc_why *why)
{
	sqlite3_stmt *query;
	const char *type;

	if (sqlite3_prepare_v2(image->db, "SELECT value FROM card WHERE name = 'type'", -1, &query,
		NULL) != SQLITE_OK)
		return explain(image, why);
	if (sqlite3_step(query) == SQLITE_ROW &&
	    (type = (const char *)sqlite3_column_text(query, 0)) != NULL)
		image->type = strdup(type);
	sqlite3_finalize(query);
	image->saved = image->type != NULL;
	return image->saved ? 0
			    : vsc_why_set(why, VSC_E_CORRUPT, "%s: a saved card without a type",
				  image->path);
}

/* Inside a transaction that holds the file's lock: what is in it? */
static int
examine(struct vsc_image *image, bool readonly, struct vsc_why *why)
{
	int application, version, tables, err;

	if (ask_number(image->db, "PRAGMA application_id", &application) < 0 ||
	    ask_number(image->db, "PRAGMA user_version", &version) < 0 ||
	    ask_number(image->db, "SELECT count(*) FROM sqlite_schema", &tables) < 0)
		return explain(image, why);
	if (application == 0 && tables == 0 && !readonly) {
		/* an empty file that was there; if it is another's, he has it in his hands anyway
		 */
		(void)chmod(image->path, 0600);
		return vsc_image_make_schema(image->db) < 0 ? explain(image, why) : 0;
	}
	if (application != VSC_IMAGE_APPLICATION_ID || version < 1)
		return vsc_why_set(why, VSC_E_CORRUPT, "%s: not a saved card", image->path);
	if (version > VSC_IMAGE_SCHEMA)
		return vsc_why_set(why, VSC_E_ABI,
		    "%s: saved by a newer version of this program (schema %d, this one knows %d)",
		    image->path, version, VSC_IMAGE_SCHEMA);
	if (!is_intact(image->db))
		return vsc_why_set(
		    why, VSC_E_CORRUPT, "%s: damaged; restore it from a copy", image->path);
	if ((err = check_sums(image, version, why)) < 0)
		return err;
	if (!readonly && (err = migrate(image, version, why)) < 0)
		return err;
	image->schema = readonly ? version : VSC_IMAGE_SCHEMA;
	return read_type(image, why);
}

static struct vsc_image *
image_new(const char *path)
{
	struct vsc_image *image = calloc(1, sizeof(*image));

	if (image != NULL && (image->path = strdup(path)) == NULL) {
		free(image);
		return NULL;
	}
	return image;
}

/*
 * In exclusive locking mode the journal's header is overwritten and synced at each commit, so that
 * a change cannot be rolled back by a crash once it was answered; the journal goes when the image
 * is closed.
 */
static const char pragmas[] = "PRAGMA trusted_schema = OFF; PRAGMA locking_mode = EXCLUSIVE;"
			      "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;"
			      "PRAGMA secure_delete = ON; PRAGMA foreign_keys = OFF;";

/* With a slash or dot before it, a name is that of a file, also when it is ":memory:" or
 * "file:x?mode=ro". */
static int
open_database(struct vsc_image *image, int how)
{
	const char *folder = image->path[0] == '/' ? "" : "./";
	char *name = sqlite3_mprintf("%s%s", folder, image->path);
	int state;

	if (name == NULL)
		return VSC_E_NOMEM;
	state = sqlite3_open_v2(name, &image->db, how | SQLITE_OPEN_NOMUTEX, NULL);
	sqlite3_free(name);
	return state == SQLITE_OK ? vsc_image_sums_register(image->db) : VSC_E_IO;
}

/*
 * Somebody who was killed has left a journal. It must be rolled back before the file can be read,
 * which a connection that only reads cannot do; one that holds nothing any more would stay until
 * the next change. Where it is another process's that is alive, nothing is done; what fails here is
 * told when the file is read.
 */
static void
clear_journal(struct vsc_image *image)
{
	char journal[PATH_MAX];

	if (snprintf(journal, sizeof(journal), "%s-journal", image->path) >= (int)sizeof(journal) ||
	    access(journal, W_OK) != 0)
		return;
	/* SQLite removes a persistent journal when that mode ends, under its locks */
	if (open_database(image, SQLITE_OPEN_READWRITE) == 0)
		(void)run(image->db,
		    "PRAGMA trusted_schema = OFF; SELECT count(*) FROM sqlite_master;"
		    "PRAGMA journal_mode = PERSIST; PRAGMA journal_mode = DELETE;");
	sqlite3_close(image->db);
	image->db = NULL;
}

int
vsc_image_open(struct vsc_image **image, const char *path, struct vsc_why *why)
{
	struct vsc_image *fresh = image_new(path);
	int err;

	*image = NULL;
	if (fresh == NULL)
		return VSC_E_NOMEM;
	if ((err = vsc_image_make_file(path, &fresh->made, why)) < 0)
		goto fail;
	clear_journal(fresh);
	if ((err = open_database(fresh, SQLITE_OPEN_READWRITE)) == VSC_E_NOMEM)
		goto fail;
	if (err < 0 || run(fresh->db, pragmas) < 0 || run(fresh->db, "BEGIN EXCLUSIVE") < 0) {
		err = explain(fresh, why);
		goto fail;
	}
	if ((err = examine(fresh, false, why)) < 0)
		goto fail;
	if (vsc_image_rows_prepare(&fresh->rows, fresh->db, VSC_IMAGE_SCHEMA, false) < 0) {
		err = fresh->saved ? vsc_why_set(why, VSC_E_CORRUPT,
					 "%s: its tables are not those of a card", path)
				   : explain(fresh, why);
		goto fail;
	}
	/* A new card's tables are committed with the card itself, migrated ones when the card
	 * could be loaded. Otherwise nothing is written: a commit would mend a damaged header. The
	 * lock stays. */
	if (fresh->saved && !fresh->moved && run(fresh->db, "ROLLBACK") < 0) {
		err = explain(fresh, why);
		goto fail;
	}
	*image = fresh;
	return 0;
fail:
	vsc_image_close(fresh);
	return err;
}

int
vsc_image_open_readonly(struct vsc_image **image, const char *path, struct vsc_why *why)
{
	struct vsc_image *fresh = image_new(path);
	int err;

	*image = NULL;
	if (fresh == NULL)
		return VSC_E_NOMEM;
	if (access(path, R_OK) != 0) {
		err = vsc_why_set(why, VSC_E_IO, "%s: %s", path, strerror(errno));
		goto fail;
	}
	clear_journal(fresh);
	if ((err = open_database(fresh, SQLITE_OPEN_READONLY)) == VSC_E_NOMEM)
		goto fail;
	if (err < 0 || run(fresh->db, "PRAGMA trusted_schema = OFF; BEGIN") < 0) {
		err = explain(fresh, why);
		goto fail;
	}
	if ((err = examine(fresh, true, why)) < 0)
		goto fail;
	if (vsc_image_rows_prepare(&fresh->rows, fresh->db, fresh->schema, true) < 0) {
		err =
		    vsc_why_set(why, VSC_E_CORRUPT, "%s: its tables are not those of a card", path);
		goto fail;
	}
	*image = fresh;
	return 0;
fail:
	vsc_image_close(fresh);
	return err;
}

void
vsc_image_close(struct vsc_image *image)
{
	if (image == NULL)
		return;
	vsc_image_rows_finalize(&image->rows);
	if (image->db != NULL && sqlite3_get_autocommit(image->db) == 0)
		(void)run(image->db, "ROLLBACK");
	sqlite3_close(image->db);
	if (image->made && !image->saved)
		(void)unlink(image->path);
	free(image->type);
	free(image->path);
	free(image);
}

const char *
vsc_image_type(const struct vsc_image *image)
{
	return image->type;
}

/* --- As a card's store --- */

static int
store_load(void *ctx, struct vsc_card *card)
{
	struct vsc_image *image = ctx;

	return vsc_image_rows_load(&image->rows, card);
}

static int
store_rows(struct vsc_image *image, struct vsc_card *card)
{
	if (!image->saved &&
	    vsc_image_rows_set(&image->rows, "type", vsc_card_type(card)->name) < 0)
		return VSC_E_IO;
	return vsc_image_rows_save(&image->rows, card);
}

static int
store_commit(void *ctx, struct vsc_card *card)
{
	struct vsc_image *image = ctx;
	struct vsc_why why;

	/* the first commit ends the transaction that opening a new file began */
	if (sqlite3_get_autocommit(image->db) != 0 && run(image->db, "BEGIN IMMEDIATE") < 0)
		goto fail;
	if (store_rows(image, card) < 0 || run(image->db, "COMMIT") < 0)
		goto fail;
	image->saved = true;
	vsc_image_rows_saved(&image->rows, card);
	return 0;
fail:
	(void)explain(image, &why);
	vsc_card_log(card, VSC_LOG_ERROR, "%s", why.text);
	if (sqlite3_get_autocommit(image->db) == 0)
		(void)run(image->db, "ROLLBACK");
	return VSC_E_IO;
}

static void
store_close(void *ctx)
{
	vsc_image_close(ctx);
}

int
vsc_card_open(struct vsc_card **card, struct vsc_image *image, const struct vsc_card_type *type,
    const struct vsc_params *params, const struct vsc_env *env, const struct vsc_card_setup *setup,
    struct vsc_why *why)
{
	const struct vsc_store store = { .ctx = image,
		.is_new = !image->saved,
		.load = store_load,
		.commit = store_commit,
		.close = store_close };
	int err;

	*card = NULL;
	if (image->saved && strcasecmp(image->type, type->name) != 0) {
		err = vsc_why_set(why, VSC_E_STATE, "%s: holds a card of the type %s, not %s",
		    image->path, image->type, type->name);
		vsc_image_close(image);
		return err;
	}
	vsc_why_set(
	    why, 0, "%s: the card cannot be %s", image->path, image->saved ? "loaded" : "made");
	if ((err = vsc_card_create(card, type, params, env, &store, setup)) < 0)
		return err;
	/* what a migration made of the file is written, now that the card could be read */
	if (image->moved && sqlite3_get_autocommit(image->db) == 0 &&
	    run(image->db, "COMMIT") < 0) {
		err = explain(image, why);
		vsc_card_free(*card);
		*card = NULL;
		return err;
	}
	return 0;
}

#include "card/image_rows.h"

#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "card/engine.h"

static const char *const sql[VSC_QUERY_COUNT] = {
	[VSC_QUERY_CARD_SET] = "INSERT INTO card VALUES (?1, ?2)"
			       " ON CONFLICT (name) DO UPDATE SET value = ?2",
	[VSC_QUERY_CARD_GET] = "SELECT value FROM card WHERE name = ?1",
	/* a parent's id is lower than its children's */
	[VSC_QUERY_FILES] =
	    "SELECT id, parent, fid, descriptor, coding, sfi, life, record_size,"
	    " record_max, size, names, security, extra, fmd, content FROM file ORDER BY id",
	[VSC_QUERY_FILE_HEADER] =
	    "INSERT INTO file VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
	    "x'')"
	    " ON CONFLICT (id) DO UPDATE SET parent = ?2, fid = ?3, descriptor = ?4, coding = ?5,"
	    " sfi = ?6, life = ?7, record_size = ?8, record_max = ?9, size = ?10, names = ?11,"
	    " security = ?12, extra = ?13, fmd = ?14",
	[VSC_QUERY_FILE_CONTENT] = "UPDATE file SET content = ?2 WHERE id = ?1",
	[VSC_QUERY_FILE_DELETE] = "DELETE FROM file WHERE id = ?1",
	[VSC_QUERY_ATTRS] = "SELECT name, value FROM attr",
	[VSC_QUERY_ATTR_SET] = "INSERT INTO attr VALUES (?1, ?2)"
			       " ON CONFLICT (name) DO UPDATE SET value = ?2",
	[VSC_QUERY_ATTR_DELETE] = "DELETE FROM attr WHERE name = ?1",
};

int
vsc_image_rows_prepare(struct vsc_image_rows *rows, struct sqlite3 *db)
{
	for (size_t i = 0; i < VSC_QUERY_COUNT; i++)
		if (sqlite3_prepare_v3(db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &rows->queries[i],
			NULL) != SQLITE_OK)
			return VSC_E_CORRUPT;
	return 0;
}

void
vsc_image_rows_finalize(struct vsc_image_rows *rows)
{
	for (size_t i = 0; i < VSC_QUERY_COUNT; i++)
		sqlite3_finalize(rows->queries[i]);
	*rows = (struct vsc_image_rows){ { NULL } };
}

/* --- Binding and reading columns --- */

/* An empty blob, not NULL: the columns are NOT NULL. */
static void
bind_span(sqlite3_stmt *query, int index, struct vsc_span value)
{
	sqlite3_bind_blob64(
	    query, index, value.len == 0 ? (const void *)"" : value.ptr, value.len, SQLITE_STATIC);
}

static struct vsc_span
column_span(sqlite3_stmt *query, int column)
{
	const void *bytes = sqlite3_column_blob(query, column);

	return vsc_span_from(
	    bytes, bytes == NULL ? 0 : (size_t)sqlite3_column_bytes(query, column));
}

/* Runs a statement that answers no row, and lets go of what was bound. */
static int
finish(sqlite3_stmt *query)
{
	const int state = sqlite3_step(query);

	sqlite3_reset(query);
	sqlite3_clear_bindings(query);
	return state == SQLITE_DONE ? 0 : VSC_E_IO;
}

/* A column that must be a number from 0 to max. */
static bool
column_number(sqlite3_stmt *query, int column, int64_t max, int64_t *number)
{
	*number = sqlite3_column_int64(query, column);
	return sqlite3_column_type(query, column) == SQLITE_INTEGER && *number >= 0 &&
	       *number <= max;
}

int
vsc_image_rows_set(struct vsc_image_rows *rows, const char *name, const char *value)
{
	sqlite3_stmt *query = rows->queries[VSC_QUERY_CARD_SET];

	sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(query, 2, value, -1, SQLITE_STATIC);
	return finish(query);
}

/* --- Files --- */

/* The numbers of a file's row, columns 2 to 9 and what each may be at most. */
static bool
read_numbers(sqlite3_stmt *query, struct vsc_file_spec *spec)
{
	static const int64_t max[] = { 0xFFFF, 0xFF, 0xFF, VSC_SFI_MAX, 0xFF, 0xFFFF, 0xFFFF,
		VSC_FILE_MAX };
	int64_t n[VSC_COUNT(max)];

	for (size_t i = 0; i < VSC_COUNT(max); i++)
		if (!column_number(query, (int)i + 2, max[i], &n[i]))
			return false;
	spec->fid = (uint16_t)n[0];
	spec->descriptor = (uint8_t)n[1];
	spec->coding = (uint8_t)n[2];
	spec->sfi = n[3] == 0 ? VSC_SFI_NONE : (uint8_t)n[3];
	spec->life = (uint8_t)n[4];
	spec->record_size = (uint16_t)n[5];
	spec->record_max = (uint16_t)n[6];
	spec->size = (size_t)n[7];
	return true;
}

static int
load_file(sqlite3_stmt *query, struct vsc_card *card)
{
	struct vsc_file_spec spec = { .names = column_span(query, 10),
		.security = column_span(query, 11),
		.extra = column_span(query, 12),
		.fmd = column_span(query, 13),
		.content = column_span(query, 14) };
	struct vsc_file *parent = NULL, *file;
	int64_t id, parent_id;

	if (!column_number(query, 0, UINT32_MAX - 1, &id) || id == 0 || !read_numbers(query, &spec))
		return VSC_E_CORRUPT;
	if (sqlite3_column_type(query, 1) != SQLITE_NULL) {
		if (!column_number(query, 1, id - 1, &parent_id) ||
		    (parent = vsc_fs_by_id(&card->fs, (uint32_t)parent_id)) == NULL)
			return VSC_E_CORRUPT;
	}
	spec.id = (uint32_t)id;
	if (vsc_fs_add(&card->fs, parent, &spec, &file) < 0)
		return VSC_E_CORRUPT;
	file->coding = spec.coding;
	return 0;
}

static int
load_files(struct vsc_image_rows *rows, struct vsc_card *card)
{
	sqlite3_stmt *query = rows->queries[VSC_QUERY_FILES];
	int state, err = 0;

	while (err == 0 && (state = sqlite3_step(query)) != SQLITE_DONE)
		err = state == SQLITE_ROW ? load_file(query, card) : VSC_E_CORRUPT;
	if (err < 0)
		vsc_card_log(card, VSC_LOG_ERROR, "saved card: file %lld cannot be as it is saved",
		    (long long)sqlite3_column_int64(query, 0));
	sqlite3_reset(query);
	return err;
}

static int
save_header(sqlite3_stmt *query, const struct vsc_file *file)
{
	const int64_t numbers[] = { file->fid, file->descriptor, file->coding, file->sfi,
		file->life, file->record_size, file->record_max, (int64_t)file->size };
	const struct vsc_blob *const blobs[] = { &file->names, &file->security, &file->extra,
		&file->fmd };

	sqlite3_bind_int64(query, 1, file->id);
	if (file->parent != NULL)
		sqlite3_bind_int64(query, 2, file->parent->id);
	for (size_t i = 0; i < VSC_COUNT(numbers); i++)
		sqlite3_bind_int64(query, (int)i + 3, numbers[i]);
	for (size_t i = 0; i < VSC_COUNT(blobs); i++)
		bind_span(query, (int)i + 11, vsc_blob_span(blobs[i]));
	return finish(query);
}

static int
save_content(sqlite3_stmt *query, const struct vsc_file *file)
{
	sqlite3_bind_int64(query, 1, file->id);
	bind_span(query, 2, vsc_file_content(file));
	return finish(query);
}

static int
save_files(struct vsc_image_rows *rows, struct vsc_card *card)
{
	for (size_t i = 0; i < card->fs.ndeleted; i++) {
		sqlite3_bind_int64(rows->queries[VSC_QUERY_FILE_DELETE], 1, card->fs.deleted[i]);
		if (finish(rows->queries[VSC_QUERY_FILE_DELETE]) < 0)
			return VSC_E_IO;
	}
	for (struct vsc_file *file = card->fs.dirty; file != NULL; file = file->dirty_next) {
		if ((file->dirty & VSC_DIRTY_HEADER) != 0 &&
		    save_header(rows->queries[VSC_QUERY_FILE_HEADER], file) < 0)
			return VSC_E_IO;
		if ((file->dirty & VSC_DIRTY_CONTENT) != 0 &&
		    save_content(rows->queries[VSC_QUERY_FILE_CONTENT], file) < 0)
			return VSC_E_IO;
	}
	return 0;
}

/* Identifiers of deleted files are not given again: remember how far they went. */
static int
save_next_id(struct vsc_image_rows *rows, struct vsc_card *card)
{
	char text[16];

	if (card->fs.dirty == NULL)
		return 0;
	snprintf(text, sizeof(text), "%lu", (unsigned long)card->fs.next_id);
	return vsc_image_rows_set(rows, "next-file", text);
}

static int
load_next_id(struct vsc_image_rows *rows, struct vsc_card *card)
{
	sqlite3_stmt *query = rows->queries[VSC_QUERY_CARD_GET];
	int64_t next = 0;

	sqlite3_bind_text(query, 1, "next-file", -1, SQLITE_STATIC);
	if (sqlite3_step(query) == SQLITE_ROW)
		next = sqlite3_column_int64(query, 0);
	sqlite3_reset(query);
	if (next > UINT32_MAX)
		return VSC_E_CORRUPT;
	if (next > card->fs.next_id)
		card->fs.next_id = (uint32_t)next;
	return 0;
}

/* --- Attributes --- */

static int
load_attrs(struct vsc_image_rows *rows, struct vsc_card *card)
{
	sqlite3_stmt *query = rows->queries[VSC_QUERY_ATTRS];
	int state, err = 0;

	while (err == 0 && (state = sqlite3_step(query)) != SQLITE_DONE)
		err = state == SQLITE_ROW && sqlite3_column_text(query, 0) != NULL
			  ? vsc_card_attr_load(card, (const char *)sqlite3_column_text(query, 0),
				column_span(query, 1))
			  : VSC_E_CORRUPT;
	sqlite3_reset(query);
	return err;
}

static int
save_attr(struct vsc_image_rows *rows, const struct vsc_attr *attr)
{
	sqlite3_stmt *query =
	    rows->queries[attr->deleted ? VSC_QUERY_ATTR_DELETE : VSC_QUERY_ATTR_SET];

	sqlite3_bind_text(query, 1, attr->name, -1, SQLITE_STATIC);
	if (!attr->deleted)
		bind_span(query, 2, vsc_blob_span(&attr->value));
	return finish(query);
}

static int
save_attrs(struct vsc_image_rows *rows, struct vsc_card *card)
{
	for (const struct vsc_attr *attr = card->attrs; attr != NULL; attr = attr->next)
		if (attr->dirty && save_attr(rows, attr) < 0)
			return VSC_E_IO;
	return 0;
}

int
vsc_image_rows_load(struct vsc_image_rows *rows, struct vsc_card *card)
{
	int err;

	if ((err = load_files(rows, card)) < 0 || (err = load_next_id(rows, card)) < 0)
		return err;
	return load_attrs(rows, card);
}

int
vsc_image_rows_save(struct vsc_image_rows *rows, struct vsc_card *card)
{
	if (save_files(rows, card) < 0 || save_next_id(rows, card) < 0)
		return VSC_E_IO;
	return save_attrs(rows, card);
}

/*
 * Files, attributes and the last identifiers given, to and from their tables; only what changed
 * since the last time is written.
 */
#include "card/image_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "card/engine.h"
#include "card/image_objects.h"
#include "card/image_migrate.h"
#include "card/image_row.h"
#include "card/record.h"

/* The numbered parameters of a row, for its columns and then again for its sum. */
#define FILE_HEADER_VALUES "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15"
#define PIN_VALUES         "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17"
#define KEY_VALUES \
	"?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19"

static const char *const sql[VSC_QUERY_COUNT] = {
	[VSC_QUERY_CARD_SET] = "INSERT INTO card VALUES (?1, ?2, row_sum('card', ?1, ?2))"
			       " ON CONFLICT (name) DO UPDATE SET value = ?2, sum = excluded.sum",
	[VSC_QUERY_CARD_GET] = "SELECT value FROM card WHERE name = ?1",
	/* a parent's id is lower than its children's */
	[VSC_QUERY_FILES] = "SELECT " VSC_FILE_HEADER_COLUMNS ", content FROM file ORDER BY id",
	[VSC_QUERY_FILE_HEADER] =
	    "INSERT INTO file (" VSC_FILE_HEADER_COLUMNS
	    ", content, sum) VALUES (" FILE_HEADER_VALUES
	    ", x'', row_sum('file', " FILE_HEADER_VALUES ", x''))"
	    " ON CONFLICT (id) DO UPDATE SET parent = ?2, fid = ?3, descriptor = ?4, coding = ?5,"
	    " sfi = ?6, life = ?7, record_size = ?8, record_max = ?9, size = ?10, names = ?11,"
	    " security = ?12, extra = ?13, fmd = ?14, inactive = ?15,"
	    " sum = row_sum('file', " FILE_HEADER_VALUES ", content)",
	[VSC_QUERY_FILE_CONTENT] = "UPDATE file SET content = ?2,"
				   " sum = row_sum('file', " VSC_FILE_HEADER_COLUMNS ", ?2)"
				   " WHERE id = ?1",
	[VSC_QUERY_FILE_DELETE] = "DELETE FROM file WHERE id = ?1",
	[VSC_QUERY_ATTRS] = "SELECT name, value FROM attr",
	[VSC_QUERY_ATTR_SET] =
	    "UPDATE attr SET value = ?2, sum = row_sum('attr', ?1, ?2) WHERE name = ?1",
	[VSC_QUERY_ATTR_ADD] = "INSERT INTO attr VALUES (?1, ?2, row_sum('attr', ?1, ?2))",
	[VSC_QUERY_ATTR_DELETE] = "DELETE FROM attr WHERE name = ?1",
	[VSC_QUERY_PINS] = "SELECT * FROM pin ORDER BY id",
	[VSC_QUERY_PIN_SET] =
	    "INSERT OR REPLACE INTO pin VALUES (" PIN_VALUES ", row_sum('pin', " PIN_VALUES "))",
	[VSC_QUERY_PIN_DELETE] = "DELETE FROM pin WHERE id = ?1",
	[VSC_QUERY_KEYS] = "SELECT * FROM key ORDER BY id",
	[VSC_QUERY_KEY_SET] =
	    "INSERT OR REPLACE INTO key VALUES (" KEY_VALUES ", row_sum('key', " KEY_VALUES "))",
	[VSC_QUERY_KEY_DELETE] = "DELETE FROM key WHERE id = ?1",
	[VSC_QUERY_ENVIRONMENTS] = "SELECT * FROM environment ORDER BY id",
	[VSC_QUERY_ENVIRONMENT_SET] = "INSERT OR REPLACE INTO environment VALUES (?1, ?2, ?3, ?4,"
				      " row_sum('environment', ?1, ?2, ?3, ?4))",
	[VSC_QUERY_ENVIRONMENT_DELETE] = "DELETE FROM environment WHERE id = ?1",
};

/* Before records had a state all were activated. */
static const char files_2[] =
    "SELECT " VSC_FILE_HEADER_COLUMNS_2 ", x'', content FROM file ORDER BY id";

static const char *
sql_of(size_t query, int schema)
{
	return query == VSC_QUERY_FILES && schema < VSC_IMAGE_SCHEMA_RECORDS ? files_2 : sql[query];
}

static bool
is_for_loading(size_t query)
{
	return strncmp(sql[query], "SELECT", 6) == 0;
}

int
vsc_image_rows_prepare(struct vsc_image_rows *rows, struct sqlite3 *db, int schema, bool readonly)
{
	for (size_t i = 0; i < VSC_QUERY_COUNT; i++)
		if ((!readonly || is_for_loading(i)) &&
		    sqlite3_prepare_v3(db, sql_of(i, schema), -1, SQLITE_PREPARE_PERSISTENT,
			&rows->queries[i], NULL) != SQLITE_OK)
			return VSC_E_CORRUPT;
	return 0;
}

void
vsc_image_rows_finalize(struct vsc_image_rows *rows)
{
	for (size_t i = 0; i < VSC_QUERY_COUNT; i++)
		sqlite3_finalize(rows->queries[i]);
	*rows = (struct vsc_image_rows){ .last_file = 0 };
}

int
vsc_image_rows_set(struct vsc_image_rows *rows, const char *name, const char *value)
{
	sqlite3_stmt *query = rows->queries[VSC_QUERY_CARD_SET];

	sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(query, 2, value, -1, SQLITE_STATIC);
	return vsc_row_run(query);
}

int
vsc_image_rows_delete(struct vsc_image_rows *rows, enum vsc_image_query query)
{
	if (vsc_row_run(rows->queries[query]) < 0)
		return VSC_E_IO;
	rows->counted -= sqlite3_changes(sqlite3_db_handle(rows->queries[query]));
	return 0;
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
		if (!vsc_row_number(query, (int)i + 2, max[i], &n[i]))
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
	struct vsc_file_spec spec = { .names = vsc_row_span(query, 10),
		.security = vsc_row_span(query, 11),
		.extra = vsc_row_span(query, 12),
		.fmd = vsc_row_span(query, 13),
		.content = vsc_row_span(query, 15) };
	struct vsc_file *parent = NULL, *file;
	int64_t id, parent_id;

	if (!vsc_row_number(query, 0, UINT32_MAX - 1, &id) || id == 0 ||
	    !read_numbers(query, &spec))
		return VSC_E_CORRUPT;
	if (sqlite3_column_type(query, 1) != SQLITE_NULL) {
		if (!vsc_row_number(query, 1, id - 1, &parent_id) ||
		    (parent = vsc_fs_by_id(&card->fs, (uint32_t)parent_id)) == NULL)
			return VSC_E_CORRUPT;
	}
	spec.id = (uint32_t)id;
	if (vsc_fs_add(&card->fs, parent, &spec, &file) < 0)
		return VSC_E_CORRUPT;
	file->coding = spec.coding;
	return vsc_record_restore(file, vsc_row_span(query, 14)) < 0 ? VSC_E_CORRUPT : 0;
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
save_header(struct vsc_image_rows *rows, const struct vsc_file *file)
{
	sqlite3_stmt *query = rows->queries[VSC_QUERY_FILE_HEADER];
	const int64_t numbers[] = { file->fid, file->descriptor, file->coding, file->sfi,
		file->life, file->record_size, file->record_max, (int64_t)file->size };
	const struct vsc_blob *const blobs[] = { &file->names, &file->security, &file->extra,
		&file->fmd, &file->inactive };

	sqlite3_bind_int64(query, 1, file->id);
	if (file->parent != NULL)
		sqlite3_bind_int64(query, 2, file->parent->id);
	for (size_t i = 0; i < VSC_COUNT(numbers); i++)
		sqlite3_bind_int64(query, (int)i + 3, numbers[i]);
	for (size_t i = 0; i < VSC_COUNT(blobs); i++)
		vsc_row_bind(query, (int)i + 11, vsc_blob_span(blobs[i]));
	if (file->id > rows->last_file)
		rows->counted++; /* ids are never given twice: this one's row is new */
	return vsc_row_run(query);
}

static int
save_content(sqlite3_stmt *query, const struct vsc_file *file)
{
	sqlite3_bind_int64(query, 1, file->id);
	vsc_row_bind(query, 2, vsc_file_content(file));
	return vsc_row_run(query);
}

static int
save_files(struct vsc_image_rows *rows, struct vsc_card *card)
{
	for (size_t i = 0; i < card->fs.ndeleted; i++) {
		sqlite3_bind_int64(rows->queries[VSC_QUERY_FILE_DELETE], 1, card->fs.deleted[i]);
		if (vsc_image_rows_delete(rows, VSC_QUERY_FILE_DELETE) < 0)
			return VSC_E_IO;
	}
	for (struct vsc_file *file = card->fs.dirty; file != NULL; file = file->dirty_next) {
		if ((file->dirty & VSC_DIRTY_HEADER) != 0 && save_header(rows, file) < 0)
			return VSC_E_IO;
		if ((file->dirty & VSC_DIRTY_CONTENT) != 0 &&
		    save_content(rows->queries[VSC_QUERY_FILE_CONTENT], file) < 0)
			return VSC_E_IO;
	}
	return 0;
}

/* --- Identifiers: those of deleted files and objects are not given again --- */

static int
save_number(struct vsc_image_rows *rows, const char *name, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	return vsc_image_rows_set(rows, name, text);
}

/* 0 if there is none. */
static int64_t
load_number(struct vsc_image_rows *rows, const char *name)
{
	sqlite3_stmt *query = rows->queries[VSC_QUERY_CARD_GET];
	int64_t value = 0;

	sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
	if (sqlite3_step(query) == SQLITE_ROW)
		value = sqlite3_column_int64(query, 0);
	sqlite3_reset(query);
	return value;
}

static int
load_last(struct vsc_image_rows *rows, const char *name, uint32_t *last)
{
	const int64_t value = load_number(rows, name);

	if (value < 0 || value > UINT32_MAX)
		return VSC_E_CORRUPT;
	if (value > *last)
		*last = (uint32_t)value;
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
				vsc_row_span(query, 1))
			  : VSC_E_CORRUPT;
	sqlite3_reset(query);
	return err;
}

static int
run_attr(sqlite3_stmt *query, const struct vsc_attr *attr)
{
	sqlite3_bind_text(query, 1, attr->name, -1, SQLITE_STATIC);
	vsc_row_bind(query, 2, vsc_blob_span(&attr->value));
	return vsc_row_run(query);
}

static int
save_attr(struct vsc_image_rows *rows, const struct vsc_attr *attr)
{
	sqlite3_stmt *set = rows->queries[VSC_QUERY_ATTR_SET];

	if (attr->deleted) {
		sqlite3_bind_text(
		    rows->queries[VSC_QUERY_ATTR_DELETE], 1, attr->name, -1, SQLITE_STATIC);
		return vsc_image_rows_delete(rows, VSC_QUERY_ATTR_DELETE);
	}
	if (run_attr(set, attr) < 0)
		return VSC_E_IO;
	if (sqlite3_changes(sqlite3_db_handle(set)) > 0)
		return 0;
	rows->counted++;
	return run_attr(rows->queries[VSC_QUERY_ATTR_ADD], attr);
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

	if ((err = load_files(rows, card)) < 0 ||
	    (err = load_last(rows, "last-file", &card->fs.next_id)) < 0 ||
	    (err = vsc_image_objects_load(rows, card)) < 0 ||
	    (err = load_last(rows, "last-object", &card->last_security_id)) < 0)
		return err;
	rows->last_file = card->fs.next_id;
	rows->last_object = card->last_security_id;
	rows->count = load_number(rows, "rows");
	return load_attrs(rows, card);
}

/* They change seldom; what is saved is not written again. */
static int
save_identifiers(struct vsc_image_rows *rows, const struct vsc_card *card)
{
	if (rows->last_file != card->fs.next_id &&
	    save_number(rows, "last-file", card->fs.next_id) < 0)
		return VSC_E_IO;
	if (rows->last_object != card->last_security_id &&
	    save_number(rows, "last-object", card->last_security_id) < 0)
		return VSC_E_IO;
	if (rows->count != rows->counted && save_number(rows, "rows", rows->counted) < 0)
		return VSC_E_IO;
	return 0;
}

int
vsc_image_rows_save(struct vsc_image_rows *rows, struct vsc_card *card)
{
	rows->counted = rows->count;
	if (save_files(rows, card) < 0 || vsc_image_objects_save(rows, card) < 0 ||
	    save_attrs(rows, card) < 0)
		return VSC_E_IO;
	return save_identifiers(rows, card);
}

void
vsc_image_rows_saved(struct vsc_image_rows *rows, const struct vsc_card *card)
{
	rows->last_file = card->fs.next_id;
	rows->last_object = card->last_security_id;
	rows->count = rows->counted;
}

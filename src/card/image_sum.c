/* The sums of a saved card's rows: made by an SQL function, all checked when the card is opened. */
#include "card/image_sum.h"

#include <string.h>

#include <sqlite3.h>

#include "base/bytes.h"
#include "card/image_migrate.h"
#include "card/image_rows.h"
#include "crypto/auto.h"

#define SUM_LEN 8

static const struct table {
	const char *name, *kind, *key, *columns;
} tables[] = {
	{ "card", "an entry about the card", NULL, "name, value" },
	{ "file", "file", "id", VSC_FILE_HEADER_COLUMNS ", content" },
	{ "attr", "an attribute", NULL, "name, value" },
	{ "pin", "PIN", "id",
	    "id, df, ref, format, flags, pad, min_len, max_len, tries, max_tries, unblock_tries,"
	    " unblock_max, admin_pin, admin_key, uses, value, unblock" },
	{ "key", "key", "id",
	    "id, df, ref, makes, alg, policy, pin, touch, tries, max_tries, generated, usage, uses,"
	    " counter, name, extra, kind, private, bytes" },
	{ "environment", "security environment", "id", "id, df, number, crts" },
};

/* What the tables are: the row `schema` of the table `card`. */
#define SCHEMA_SUM                                                             \
	"(SELECT hex(row_sum('schema', group_concat(entry, ';'))) FROM"        \
	" (SELECT type || name || tbl_name || coalesce(sql, '') AS entry FROM" \
	" sqlite_schema ORDER BY name))"

/* How many rows there are besides those of `card`: its row `rows`. */
#define ROW_COUNT                                                    \
	"((SELECT count(*) FROM file) + (SELECT count(*) FROM attr)" \
	" + (SELECT count(*) FROM pin) + (SELECT count(*) FROM key)" \
	" + (SELECT count(*) FROM environment))"

/* --- The function --- */

static bool
add_value(EVP_MD_CTX *md, sqlite3_value *value)
{
	const int type = sqlite3_value_type(value);
	const bool number = type == SQLITE_INTEGER;
	const void *bytes = number ? NULL : sqlite3_value_blob(value);
	const size_t len = bytes == NULL ? 0 : (size_t)sqlite3_value_bytes(value);
	uint8_t head[9];
	struct vsc_out out = vsc_out_from(head, sizeof(head));

	vsc_out_u8(&out, (uint8_t)type);
	vsc_out_u64(&out, number ? (uint64_t)sqlite3_value_int64(value) : len);
	return EVP_DigestUpdate(md, head, out.len) == 1 &&
	       (len == 0 || EVP_DigestUpdate(md, bytes, len) == 1);
}

static void
row_sum(sqlite3_context *context, int count, sqlite3_value **values)
{
	VSC_AUTO_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t digest[EVP_MAX_MD_SIZE];
	bool ok = md != NULL && EVP_DigestInit_ex2(md, EVP_sha256(), NULL) == 1;

	for (int i = 0; i < count && ok; i++)
		ok = add_value(md, values[i]);
	if (ok && EVP_DigestFinal_ex(md, digest, NULL) == 1)
		sqlite3_result_blob(context, digest, SUM_LEN, SQLITE_TRANSIENT);
	else
		sqlite3_result_error_nomem(context);
}

int
vsc_image_sums_register(sqlite3 *db)
{
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

	return sqlite3_create_function(db, "row_sum", -1, flags, NULL, row_sum, NULL, NULL) ==
		       SQLITE_OK
		   ? 0
		   : VSC_E_NOMEM;
}

/* --- All of them --- */

/* Frees the text that sqlite3_mprintf made. NULL: the database tells why. */
static sqlite3_stmt *
prepare(sqlite3 *db, char *sql)
{
	sqlite3_stmt *query;

	if (sql == NULL || sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK)
		query = NULL;
	sqlite3_free(sql);
	return query;
}

static int
write_table(sqlite3 *db, const struct table *table)
{
	char *sql = sqlite3_mprintf(
	    "UPDATE %s SET sum = row_sum('%s', %s)", table->name, table->name, table->columns);
	sqlite3_stmt *query = prepare(db, sql);
	const int state = sqlite3_step(query);

	sqlite3_finalize(query);
	return state == SQLITE_DONE ? 0 : VSC_E_IO;
}

int
vsc_image_sums_write(sqlite3 *db)
{
	if (sqlite3_exec(db,
		"INSERT INTO card VALUES ('schema', " SCHEMA_SUM ", x''),"
		" ('rows', " ROW_COUNT ", x'')"
		" ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		NULL, NULL, NULL) != SQLITE_OK)
		return VSC_E_IO;
	for (size_t i = 0; i < VSC_COUNT(tables); i++)
		if (write_table(db, &tables[i]) < 0)
			return VSC_E_IO;
	return 0;
}

/* Schema 2 had a column less. */
static const char *
columns_of(const struct table *table, int schema)
{
	if (schema < VSC_IMAGE_SCHEMA_RECORDS && strcmp(table->name, "file") == 0)
		return VSC_FILE_HEADER_COLUMNS_2 ", content";
	return table->columns;
}

static int
check_table(sqlite3 *db, const struct table *table, const char *columns, const char *path,
    struct vsc_why *why)
{
	char *sql = sqlite3_mprintf("SELECT %s FROM %s WHERE sum IS NOT row_sum('%s', %s) LIMIT 1",
	    table->key == NULL ? "0" : table->key, table->name, table->name, columns);
	sqlite3_stmt *query = prepare(db, sql);
	const int state = sqlite3_step(query);
	const long long key = sqlite3_column_int64(query, 0);

	sqlite3_finalize(query);
	if (state == SQLITE_DONE)
		return 0;
	if (state != SQLITE_ROW)
		return VSC_E_IO;
	if (table->key == NULL)
		return vsc_why_set(why, VSC_E_CORRUPT,
		    "%s: damaged: %s is not as it was saved; restore it from a copy", path,
		    table->kind);
	return vsc_why_set(why, VSC_E_CORRUPT,
	    "%s: damaged: %s %lld is not as it was saved; restore it from a copy", path,
	    table->kind, key);
}

/* What `card` says about the tables. */
static const struct entry {
	const char *sql, *text;
} entries[] = {
	{ "SELECT value IS " SCHEMA_SUM " FROM card WHERE name = 'schema'",
	    "its tables are not those of a card" },
	{ "SELECT value IS CAST(" ROW_COUNT " AS TEXT) FROM card WHERE name = 'rows'",
	    "something that was saved is missing, or something was added" },
};

static int
check_entry(sqlite3 *db, const struct entry *entry, const char *path, struct vsc_why *why)
{
	sqlite3_stmt *query = prepare(db, sqlite3_mprintf("%s", entry->sql));
	const int state = query == NULL ? SQLITE_DONE : sqlite3_step(query);
	const bool same = state == SQLITE_ROW && sqlite3_column_int(query, 0) != 0;

	sqlite3_finalize(query);
	if (same)
		return 0;
	if (state != SQLITE_ROW && state != SQLITE_DONE)
		return VSC_E_IO;
	return vsc_why_set(
	    why, VSC_E_CORRUPT, "%s: damaged: %s; restore it from a copy", path, entry->text);
}

int
vsc_image_sums_check(sqlite3 *db, int schema, const char *path, struct vsc_why *why)
{
	int err = 0;

	for (size_t i = 0; i < VSC_COUNT(entries) && err == 0; i++)
		err = check_entry(db, &entries[i], path, why);
	for (size_t i = 0; i < VSC_COUNT(tables) && err == 0; i++)
		err = check_table(db, &tables[i], columns_of(&tables[i], schema), path, why);
	return err;
}

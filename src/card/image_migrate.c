/* A saved card's schema: image_schema.sql for a new card, the steps to it for an older one. */
#include "card/image_migrate.h"

#include <stdio.h>

#include <sqlite3.h>

#include "base/bytes.h"
#include "card/image_sum.h"

struct vsc_span vsc_image_schema(void); /* image_schema.sql, by tools/embed.py */

static int
run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : VSC_E_IO;
}

int
vsc_image_make_schema(sqlite3 *db)
{
	const struct vsc_span schema = vsc_image_schema();
	char *sql = sqlite3_mprintf("%.*s PRAGMA application_id = %d; PRAGMA user_version = %d;",
	    (int)schema.len, (const char *)schema.ptr, VSC_IMAGE_APPLICATION_ID, VSC_IMAGE_SCHEMA);
	int err = sql == NULL ? VSC_E_NOMEM : run(db, sql);

	sqlite3_free(sql);
	return err < 0 ? err : vsc_image_sums_write(db);
}

/* Each row gets a place for its sum. */
static int
add_sums(sqlite3 *db)
{
	return run(db, "ALTER TABLE card ADD COLUMN sum BLOB NOT NULL DEFAULT x'';"
		       "ALTER TABLE file ADD COLUMN sum BLOB NOT NULL DEFAULT x'';"
		       "ALTER TABLE attr ADD COLUMN sum BLOB NOT NULL DEFAULT x'';"
		       "ALTER TABLE pin ADD COLUMN sum BLOB NOT NULL DEFAULT x'';"
		       "ALTER TABLE key ADD COLUMN sum BLOB NOT NULL DEFAULT x'';"
		       "ALTER TABLE environment ADD COLUMN sum BLOB NOT NULL DEFAULT x'';");
}

/* Records get a state. */
static int
add_states(sqlite3 *db)
{
	return run(db, "ALTER TABLE file ADD COLUMN inactive BLOB NOT NULL DEFAULT x'';");
}

int
vsc_image_migrate(sqlite3 *db, int from)
{
	/* from version n to n + 1 */
	static int (*const steps[VSC_IMAGE_SCHEMA])(
	    sqlite3 *) = { [1] = add_sums, [2] = add_states };
	char sql[64];

	for (; from < VSC_IMAGE_SCHEMA; from++)
		if (steps[from](db) < 0)
			return VSC_E_IO;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", VSC_IMAGE_SCHEMA);
	return run(db, sql) < 0 ? VSC_E_IO : vsc_image_sums_write(db);
}

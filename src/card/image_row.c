/* Columns of one SQLite row: bound as blobs, read back with their range checked. */
#include "card/image_row.h"

#include <sqlite3.h>

void
vsc_row_bind(sqlite3_stmt *query, int index, struct vsc_span value)
{
	sqlite3_bind_blob64(
	    query, index, value.len == 0 ? (const void *)"" : value.ptr, value.len, SQLITE_STATIC);
}

struct vsc_span
vsc_row_span(sqlite3_stmt *query, int column)
{
	const void *bytes = sqlite3_column_blob(query, column);

	return vsc_span_from(
	    bytes, bytes == NULL ? 0 : (size_t)sqlite3_column_bytes(query, column));
}

int
vsc_row_run(sqlite3_stmt *query)
{
	const int state = sqlite3_step(query);

	sqlite3_reset(query);
	sqlite3_clear_bindings(query);
	return state == SQLITE_DONE ? 0 : VSC_E_IO;
}

bool
vsc_row_number(sqlite3_stmt *query, int column, int64_t max, int64_t *number)
{
	*number = sqlite3_column_int64(query, column);
	return sqlite3_column_type(query, column) == SQLITE_INTEGER && *number >= 0 &&
	       *number <= max;
}

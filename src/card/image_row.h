/* One row of a saved card's tables: bind, read and check its columns. */
#ifndef VSC_CARD_IMAGE_ROW_H
#define VSC_CARD_IMAGE_ROW_H

#include "base/bytes.h"

struct sqlite3_stmt;

/* An empty blob, not NULL. value must live until the statement ran. Index from 1. */
void vsc_row_bind(struct sqlite3_stmt *query, int index, struct vsc_span value);

/* Runs a statement that answers no row, and lets go of what was bound. */
VSC_MUST_CHECK int vsc_row_run(struct sqlite3_stmt *query);

/* A blob, borrowed until the next step. Column from 0. */
struct vsc_span vsc_row_span(struct sqlite3_stmt *query, int column);

/* A column that must be a number from 0 to max. */
bool vsc_row_number(struct sqlite3_stmt *query, int column, int64_t max, int64_t *number);

#endif

/* The rows of a saved card's tables, and the card's objects they hold (image_schema.sql). */
#ifndef VSC_CARD_IMAGE_ROWS_H
#define VSC_CARD_IMAGE_ROWS_H

#include "card/card.h"

struct sqlite3;
struct sqlite3_stmt;

/* The columns of a file but its content; and those of schema 2. */
#define VSC_FILE_HEADER_COLUMNS_2                                                               \
	"id, parent, fid, descriptor, coding, sfi, life, record_size, record_max, size, names," \
	" security, extra, fmd"
#define VSC_FILE_HEADER_COLUMNS VSC_FILE_HEADER_COLUMNS_2 ", inactive"

enum vsc_image_query {
	VSC_QUERY_CARD_SET,
	VSC_QUERY_CARD_GET,
	VSC_QUERY_FILES,
	VSC_QUERY_FILE_HEADER,
	VSC_QUERY_FILE_CONTENT,
	VSC_QUERY_FILE_DELETE,
	VSC_QUERY_ATTRS,
	VSC_QUERY_ATTR_SET,
	VSC_QUERY_ATTR_ADD,
	VSC_QUERY_ATTR_DELETE,
	VSC_QUERY_PINS,
	VSC_QUERY_PIN_SET,
	VSC_QUERY_PIN_DELETE,
	VSC_QUERY_KEYS,
	VSC_QUERY_KEY_SET,
	VSC_QUERY_KEY_DELETE,
	VSC_QUERY_ENVIRONMENTS,
	VSC_QUERY_ENVIRONMENT_SET,
	VSC_QUERY_ENVIRONMENT_DELETE,
	VSC_QUERY_COUNT
};

/* Statements, prepared once; {0} is none. */
struct vsc_image_rows {
	struct sqlite3_stmt *queries[VSC_QUERY_COUNT];
	uint32_t last_file, last_object; /* as saved */
	int64_t count, counted;          /* rows but those of `card`: as saved, as being saved */
};

/* readonly: for loading alone, from an older schema too. */
VSC_MUST_CHECK int vsc_image_rows_prepare(
    struct vsc_image_rows *rows, struct sqlite3 *db, int schema, bool readonly);
void vsc_image_rows_finalize(struct vsc_image_rows *rows);

/* Runs a query that deletes a row, which need not be there. */
VSC_MUST_CHECK int vsc_image_rows_delete(struct vsc_image_rows *rows, enum vsc_image_query query);

/* A row of the table `card`. */
VSC_MUST_CHECK int vsc_image_rows_set(
    struct vsc_image_rows *rows, const char *name, const char *value);

/* Everything into an empty card. VSC_E_CORRUPT after logging what does not fit. */
VSC_MUST_CHECK int vsc_image_rows_load(struct vsc_image_rows *rows, struct vsc_card *card);

/* What is marked dirty. VSC_E_IO: the database tells why. */
VSC_MUST_CHECK int vsc_image_rows_save(struct vsc_image_rows *rows, struct vsc_card *card);

/* The transaction is committed. */
void vsc_image_rows_saved(struct vsc_image_rows *rows, const struct vsc_card *card);

#endif

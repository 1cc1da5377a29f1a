/*
 * The sums of a saved card's rows. SQLite notices a page that is no page of its tables, not a byte
 * that changed inside a row: each row has a sum over all its columns, its key among them.
 */
#ifndef VSC_CARD_IMAGE_SUM_H
#define VSC_CARD_IMAGE_SUM_H

#include "base/err.h"

struct sqlite3;

/*
 * Gives this connection the SQL function row_sum('table', columns...): 8 bytes, the first of
 * SHA-256 over each value's type, its length or number, and its bytes.
 */
VSC_MUST_CHECK int vsc_image_sums_register(struct sqlite3 *db);

/* The sum of each row that is there, how many they are, and the sum of the tables' definitions.
 * VSC_E_IO: the database tells why. */
VSC_MUST_CHECK int vsc_image_sums_write(struct sqlite3 *db);

/* Of a schema that has sums. VSC_E_CORRUPT: *why names the file and what in it is not as it was
 * saved. VSC_E_IO: the database tells why. */
VSC_MUST_CHECK int vsc_image_sums_check(
    struct sqlite3 *db, int schema, const char *path, struct vsc_why *why);

#endif

/* A saved card's schema: made for a new card, brought to the newest for an older one. */
#ifndef VSC_CARD_IMAGE_MIGRATE_H
#define VSC_CARD_IMAGE_MIGRATE_H

#include "base/err.h"

struct sqlite3;

#define VSC_IMAGE_SCHEMA         3          /* the newest */
#define VSC_IMAGE_SCHEMA_SUMS    2          /* from this on rows have sums */
#define VSC_IMAGE_SCHEMA_RECORDS 3          /* from this on records have a state */
#define VSC_IMAGE_APPLICATION_ID 0x76736364 /* "vscd" */

/* Both inside the transaction that opening is. VSC_E_IO: the database tells why. */
VSC_MUST_CHECK int vsc_image_make_schema(struct sqlite3 *db);
VSC_MUST_CHECK int vsc_image_migrate(struct sqlite3 *db, int from);

#endif

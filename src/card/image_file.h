/* The file of a saved card, before SQLite opens it. */
#ifndef VSC_CARD_IMAGE_FILE_H
#define VSC_CARD_IMAGE_FILE_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Make it, if it is not there; *made tells. A card's secrets will be in it: nobody else reads it.
 * VSC_E_IO, VSC_E_CORRUPT: it cannot be written, or is no file; *why names it.
 */
VSC_MUST_CHECK int vsc_image_make_file(const char *path, bool *made, struct vsc_why *why);

/*
 * The process that has a lock on the file, from Linux' table; 0 if unknown. Asking the file itself
 * would not do: closing any descriptor of it drops the locks that this process may have there
 * (POSIX.1-2017 fcntl).
 */
long vsc_image_lock_holder(const char *path);

#endif

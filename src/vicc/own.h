/* Where this program is, and the files that come with it: found in the build tree, under a prefix
 * that was moved, and where they were installed. */
#ifndef VSC_VICC_OWN_H
#define VSC_VICC_OWN_H

#include "base/bytes.h"

/* The folder of this program, with its slash. VSC_E_NOT_FOUND: the system does not tell. */
VSC_MUST_CHECK int vsc_own_folder(char *folder, size_t cap);

enum vsc_own_kind {
	VSC_OWN_SCRIPT, /* for --init */
	VSC_OWN_HELPER, /* what vicc runs */
};

/* The path of the file of this name: where it is, or would be if it is nowhere. */
void vsc_own_file(char *path, size_t cap, enum vsc_own_kind kind, const char *name);

#endif

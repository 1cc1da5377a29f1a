/* Shared objects that options name: opened if all of the file is there. */
#ifndef VSC_CARD_SHARED_H
#define VSC_CARD_SHARED_H

#include "base/bytes.h"

/*
 * What dlopen(path) gives: a name without a slash is searched for by the loader. VSC_E_FORMAT: the
 * file is shorter than its headers say; VSC_E_IO: the loader does not take it. *why tells, without
 * the path.
 */
VSC_MUST_CHECK int vsc_shared_open(void **handle, const char *path, struct vsc_why *why);

#endif

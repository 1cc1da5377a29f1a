/*
 * The private folder of one run, and the environment that leads a program to it: our PC/SC library,
 * the socket of the resource manager, OpenSC's configuration.
 */
#ifndef VSC_VICC_RUN_PLACE_H
#define VSC_VICC_RUN_PLACE_H

#include <limits.h>

#include "base/env.h"
#include "vicc-run/guard.h"

/* A Unix socket's path holds 107 characters; a name is added to it. */
#define VSC_PLACE_PATH 80

struct vsc_place {
	char dir[VSC_PLACE_PATH]; /* mode 0700 */
	int lock;                 /* of dir: its run lives */
	struct vsc_guard guard;   /* of dir, if we are killed */
	char session[VSC_PLACE_PATH + 16];
	char library[PATH_MAX]; /* libpcsclite.so.1 */
};

/* Makes the folder in XDG_RUNTIME_DIR, TMPDIR or /tmp, removes those that runs which were killed
 * together with their guard have left there, and finds the library, in the build tree or where it
 * was installed. Errors are logged. */
VSC_MUST_CHECK int vsc_place_new(struct vsc_place *place, const struct vsc_env *env);

/* Before any thread is started. An OPENSC_CONF that the user has stays. */
VSC_MUST_CHECK int vsc_place_export(const struct vsc_place *place, const struct vsc_env *env);

/* Removes the folder and what is in it. */
void vsc_place_remove(struct vsc_place *place);

#endif

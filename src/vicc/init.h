/* A script for --init: where it is, and which card its first lines ask for. */
#ifndef VSC_VICC_INIT_H
#define VSC_VICC_INIT_H

#include "card/card.h"

/* The script that this name means: a file, or, if there is none here and the name has no slash, one
 * of those that come with vicc, with or without its .apdu. */
void vsc_init_path(char *path, size_t cap, const char *name);

/* What `@ type` and `@ option` say. */
struct vsc_init_head {
	char *type;  /* NULL: not said */
	char **argv; /* options as on a command line: argv[0] is the script, NULL ends it */
	int argc;
};

/* Wrong lines, and a file that cannot be read, are said when the script is played: here they end
 * the head. VSC_E_NOMEM. Free in any case. */
VSC_MUST_CHECK int vsc_init_head_read(struct vsc_init_head *head, const char *name);
/* A copy of text at the end of argv. VSC_E_NOMEM */
VSC_MUST_CHECK int vsc_init_head_add(struct vsc_init_head *head, const char *text);
void vsc_init_head_free(struct vsc_init_head *head);

#endif

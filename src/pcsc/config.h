/*
 * Which readers the library offers. From VPCD_READERS, else from a file, else the two listening
 * slots that the driver for pcscd has (libpcsclite-vpcd(7)).
 */
#ifndef VSC_PCSC_CONFIG_H
#define VSC_PCSC_CONFIG_H

#include <stdio.h>

#include "base/env.h"
#include "wire/endpoint.h"

#define VSC_READERS_MAX  255
#define VSC_READER_NAME  127 /* MAX_READERNAME without its terminator */
#define VSC_READERS_WAIT 1000

struct vsc_reader_entry {
	struct vsc_endpoint endpoint;
	char name[VSC_READER_NAME + 1];
};

struct vsc_readers_config {
	struct vsc_reader_entry *entries;
	size_t count;
	size_t places; /* in the list, those of wrong entries included: names do not move up */
	int wait_ms;   /* how long the first context waits for a card to dial in */
	/* milliseconds, 0 for the reader's defaults */
	int atr_timeout, apdu_timeout, frame_timeout, connect_timeout;
};

/* The driver's defaults: `slots` listening slots from VSC_PORT_DEFAULT on. */
VSC_MUST_CHECK int vsc_readers_default(struct vsc_readers_config *config, unsigned slots);

/*
 * [NAME=]ENDPOINT, several separated by commas; without a name it is "Virtual PCD 00 nn", by its
 * place in the list. A wrong one is named to env and left out; VSC_E_FORMAT if nothing is left.
 */
VSC_MUST_CHECK int vsc_readers_parse(
    struct vsc_readers_config *config, const char *list, const struct vsc_env *env);

/* One more reader. name NULL: by its place. VSC_E_EXISTS: the name is taken. */
VSC_MUST_CHECK int vsc_readers_add(
    struct vsc_readers_config *config, const struct vsc_endpoint *endpoint, const char *name);

/* The file's lines: `reader ENDPOINT [NAME]`, `wait MS`, `apdu-timeout SECONDS` and the like. Wrong
 * ones are named with `path` and their number, and left out. */
VSC_MUST_CHECK int vsc_readers_read(
    struct vsc_readers_config *config, FILE *file, const char *path, const struct vsc_env *env);

/* From the environment or the file that applies, or the default; VPCD_WAIT is looked at in any
 * case. */
VSC_MUST_CHECK int vsc_readers_load(struct vsc_readers_config *config, const struct vsc_env *env);

void vsc_readers_free(struct vsc_readers_config *config);

#endif

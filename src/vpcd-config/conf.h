/* pcscd's reader.conf, as far as a virtual reader needs it (reader.conf(5)). */
#ifndef VSC_VPCD_CONFIG_CONF_H
#define VSC_VPCD_CONFIG_CONF_H

#include "base/bytes.h"

struct vsc_conf_entry {
	char friendly[128];
	char device[512]; /* "" when DEVICENAME is missing or comes after LIBPATH */
	char library[512];
	unsigned long channel;
};

/*
 * Calls fn for each complete entry in the text (an entry is complete at LIBPATH, as pcscd has it).
 * 0, or VSC_E_FORMAT and the line.
 */
typedef void vsc_conf_fn(void *ctx, const struct vsc_conf_entry *entry);
VSC_MUST_CHECK int vsc_conf_read(struct vsc_span text, vsc_conf_fn *fn, void *ctx, size_t *line);

#endif

/* pcscd's reader.conf, read as pcscd reads it (reader.conf(5), and its scanner where that is
 * silent). */
#ifndef VSC_VPCD_CONFIG_CONF_H
#define VSC_VPCD_CONFIG_CONF_H

#include "base/bytes.h"

struct vsc_conf_entry {
	char friendly[128];
	char device[512]; /* "" if CHANNELID completed the entry */
	char library[512];
	char channel[32]; /* as it stands there; "" if there is none */
};

/* Calls fn for each entry: it is complete with FRIENDLYNAME, LIBPATH and one of DEVICENAME and
 * CHANNELID, in any order. */
typedef void vsc_conf_fn(void *ctx, const struct vsc_conf_entry *entry);

/*
 * 0; or *line and *why say what pcscd does not take. VSC_E_FORMAT: then it loads no reader at all,
 * of other files neither; VSC_E_NOT_FOUND: it leaves out the last entry, which is not complete.
 */
VSC_MUST_CHECK int vsc_conf_read(
    struct vsc_span text, vsc_conf_fn *fn, void *ctx, size_t *line, struct vsc_why *why);

#endif

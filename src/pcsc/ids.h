/*
 * Numbers for contexts and card handles: never 0 (pyscard takes 0 for an error), positive in 32
 * bits, and not given again for a long time, so that a stale one is noticed.
 */
#ifndef VSC_PCSC_IDS_H
#define VSC_PCSC_IDS_H

#include "base/bytes.h"

struct vsc_ids {
	struct vsc_id_entry *entries;
	size_t cap;
	uint32_t serial; /* upper half of the next id */
};

/* 0: out of memory, or 65535 are in use. serial may be set to anything before the first. */
uint32_t vsc_ids_add(struct vsc_ids *ids, void *object);

/* NULL: not in use. */
void *vsc_ids_get(const struct vsc_ids *ids, uint32_t id);
void vsc_ids_remove(struct vsc_ids *ids, uint32_t id);

/* Any object that is left; NULL if none is. */
void *vsc_ids_any(const struct vsc_ids *ids);
void vsc_ids_free(struct vsc_ids *ids);

#endif

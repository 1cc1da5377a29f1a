/* A hash index from 64-bit keys to pointers; grows as needed. {0} is empty. */
#ifndef VSC_CARD_INDEX_H
#define VSC_CARD_INDEX_H

#include "base/bytes.h"

struct vsc_index_slot {
	uint64_t key;
	void *value; /* NULL: free */
};

struct vsc_index {
	struct vsc_index_slot *slots; /* 2^n of them */
	size_t nslots, used;
};

/* VSC_E_EXISTS, VSC_E_NOMEM */
VSC_MUST_CHECK int vsc_index_add(struct vsc_index *index, uint64_t key, void *value);
/* NULL: not there */
void *vsc_index_get(const struct vsc_index *index, uint64_t key);
void vsc_index_remove(struct vsc_index *index, uint64_t key);
void vsc_index_free(struct vsc_index *index);

#endif

/*
 * A table of objects by a number whose upper half is a serial: one that was released does not find
 * its slot's next owner.
 */
#include "pcsc/ids.h"

#include <stdlib.h>

#define INDEX_BITS  16
#define INDEX_MASK  0xFFFFu
#define SERIAL_MASK 0x7FFFu /* SCARDHANDLE is signed, and 32 bits on macOS */

struct vsc_id_entry {
	void *object;
	uint32_t id;
};

static bool
grow(struct vsc_ids *ids)
{
	size_t cap = ids->cap == 0 ? 16 : 2 * ids->cap;
	struct vsc_id_entry *entries;

	if (cap > INDEX_MASK || (entries = calloc(cap, sizeof(*entries))) == NULL)
		return false;
	for (size_t i = 0; i < ids->cap; i++)
		entries[i] = ids->entries[i];
	free(ids->entries);
	ids->entries = entries;
	ids->cap = cap;
	return true;
}

uint32_t
vsc_ids_add(struct vsc_ids *ids, void *object)
{
	size_t i = 0;

	while (i < ids->cap && ids->entries[i].object != NULL)
		i++;
	if (i == ids->cap && !grow(ids))
		return 0;
	ids->serial = (ids->serial + 1) & SERIAL_MASK;
	ids->entries[i].object = object;
	ids->entries[i].id = (ids->serial << INDEX_BITS) | (uint32_t)(i + 1);
	return ids->entries[i].id;
}

static struct vsc_id_entry *
find(const struct vsc_ids *ids, uint32_t id)
{
	size_t i = (id & INDEX_MASK) - 1u; /* 0 wraps and is past the end */

	if (i >= ids->cap || ids->entries[i].object == NULL || ids->entries[i].id != id)
		return NULL;
	return &ids->entries[i];
}

void *
vsc_ids_get(const struct vsc_ids *ids, uint32_t id)
{
	struct vsc_id_entry *entry = find(ids, id);

	return entry == NULL ? NULL : entry->object;
}

void
vsc_ids_remove(struct vsc_ids *ids, uint32_t id)
{
	struct vsc_id_entry *entry = find(ids, id);

	if (entry != NULL)
		entry->object = NULL;
}

void *
vsc_ids_any(const struct vsc_ids *ids)
{
	for (size_t i = 0; i < ids->cap; i++)
		if (ids->entries[i].object != NULL)
			return ids->entries[i].object;
	return NULL;
}

void
vsc_ids_free(struct vsc_ids *ids)
{
	free(ids->entries);
	*ids = (struct vsc_ids){ NULL, 0, 0 };
}

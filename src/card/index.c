/* Open addressing with linear probing; removal closes the gap, so there are no tombstones. */
#include "card/index.h"

#include <stdlib.h>

#define FIRST_SLOTS 16u

/* The multiplier of SplitMix64's finaliser spreads keys that differ in few bits. */
static size_t
home(const struct vsc_index *index, uint64_t key)
{
	key ^= key >> 31;
	key *= 0x94D049BB133111EBu;
	return (size_t)(key >> 32) & (index->nslots - 1);
}

/* The slot that holds the key, or the free one where it belongs. */
static struct vsc_index_slot *
find_slot(const struct vsc_index *index, uint64_t key)
{
	size_t i = home(index, key);

	while (index->slots[i].value != NULL && index->slots[i].key != key)
		i = (i + 1) & (index->nslots - 1);
	return &index->slots[i];
}

static int
grow(struct vsc_index *index)
{
	struct vsc_index bigger = { .nslots = index->nslots * 2, .used = index->used };

	if (bigger.nslots == 0)
		bigger.nslots = FIRST_SLOTS;
	bigger.slots = calloc(bigger.nslots, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return VSC_E_NOMEM;
	for (size_t i = 0; i < index->nslots; i++)
		if (index->slots[i].value != NULL)
			*find_slot(&bigger, index->slots[i].key) = index->slots[i];
	free(index->slots);
	*index = bigger;
	return 0;
}

int
vsc_index_add(struct vsc_index *index, uint64_t key, void *value)
{
	struct vsc_index_slot *slot;

	if (index->used * 4 >= index->nslots * 3 && grow(index) < 0)
		return VSC_E_NOMEM;
	slot = find_slot(index, key);
	if (slot->value != NULL)
		return VSC_E_EXISTS;
	*slot = (struct vsc_index_slot){ key, value };
	index->used++;
	return 0;
}

void *
vsc_index_get(const struct vsc_index *index, uint64_t key)
{
	return index->nslots == 0 ? NULL : find_slot(index, key)->value;
}

void
vsc_index_remove(struct vsc_index *index, uint64_t key)
{
	size_t mask = index->nslots - 1, gap, i;

	if (vsc_index_get(index, key) == NULL)
		return;
	gap = (size_t)(find_slot(index, key) - index->slots);
	for (i = (gap + 1) & mask; index->slots[i].value != NULL; i = (i + 1) & mask) {
		/* may this entry move into the gap, or would it then lie before its home? */
		if (((i - home(index, index->slots[i].key)) & mask) < ((i - gap) & mask))
			continue;
		index->slots[gap] = index->slots[i];
		gap = i;
	}
	index->slots[gap].value = NULL;
	index->used--;
}

void
vsc_index_free(struct vsc_index *index)
{
	free(index->slots);
	*index = (struct vsc_index){ NULL, 0, 0 };
}

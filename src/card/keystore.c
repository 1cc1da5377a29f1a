/* The keys of a card: kept, found, and asked whether they may be used. */
#include "card/keystore.h"

#include <stdlib.h>

#include "card/engine.h"
#include "card/se.h"

static void
free_slot(struct vsc_slot *slot)
{
	vsc_key_free(slot->key);
	vsc_blob_free(&slot->name);
	vsc_blob_free(&slot->extra);
	free(slot);
}

void
vsc_slots_free(struct vsc_card *card)
{
	struct vsc_slot *next;

	for (struct vsc_slot *slot = card->slots; slot != NULL; slot = next) {
		next = slot->next;
		free_slot(slot);
	}
	card->slots = NULL;
}

void
vsc_slots_clean(struct vsc_card *card)
{
	struct vsc_slot **at = &card->slots;

	while (*at != NULL) {
		struct vsc_slot *slot = *at;

		slot->dirty = false;
		if (!slot->deleted) {
			at = &slot->next;
			continue;
		}
		*at = slot->next;
		free_slot(slot);
	}
}

void
vsc_slot_touch(struct vsc_card *card, struct vsc_slot *slot)
{
	slot->dirty = true;
	vsc_card_touch(card);
}

static bool
is_taken(struct vsc_card *card, const struct vsc_slot *spec)
{
	struct vsc_slot *slot = vsc_slot_first(card);

	for (; slot != NULL; slot = vsc_slot_next(slot))
		if (slot->id == spec->id || (slot->ref == spec->ref && slot->df == spec->df))
			return true;
	return false;
}

/* The slot without what it owns. */
static struct vsc_slot *
copy_spec(const struct vsc_slot *spec)
{
	struct vsc_slot *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return NULL;
	*fresh = *spec;
	fresh->key = NULL;
	fresh->name = fresh->extra = (struct vsc_blob){ NULL, 0 };
	fresh->next = NULL;
	fresh->deleted = false;
	if (vsc_blob_set(&fresh->name, vsc_blob_span(&spec->name)) == 0 &&
	    vsc_blob_set(&fresh->extra, vsc_blob_span(&spec->extra)) == 0)
		return fresh;
	free_slot(fresh);
	return NULL;
}

int
vsc_slot_add(struct vsc_card *card, const struct vsc_slot *spec, struct vsc_slot **slot)
{
	struct vsc_slot *fresh = NULL, **at = &card->slots;
	int rc = is_taken(card, spec) ? VSC_E_EXISTS : VSC_E_NOMEM;

	if (rc == VSC_E_EXISTS || (fresh = copy_spec(spec)) == NULL) {
		vsc_key_free(spec->key);
		return rc;
	}
	fresh->key = spec->key;
	fresh->id = vsc_security_id(card, spec->id);
	if (spec->id == 0)
		fresh->tries = fresh->max_tries;
	while (*at != NULL)
		at = &(*at)->next;
	*at = fresh;
	vsc_slot_touch(card, fresh);
	if (slot != NULL)
		*slot = fresh;
	return 0;
}

/* Nobody has proven a key that is no longer there. */
static void
drop_proof(struct vsc_card *card, uint32_t id)
{
	for (unsigned i = 0; i < VSC_CHANNELS; i++)
		for (size_t n = 0; card->channels[i] != NULL && n < VSC_PROVEN_MAX; n++)
			if (card->channels[i]->rights.keys[n] == id)
				card->channels[i]->rights.keys[n] = 0;
}

void
vsc_slot_set_key(struct vsc_card *card, struct vsc_slot *slot, struct vsc_key *key)
{
	vsc_key_free(slot->key);
	slot->key = key;
	slot->counter = 0;
	slot->tries = slot->max_tries;
	drop_proof(card, slot->id);
	vsc_slot_touch(card, slot);
}

void
vsc_slot_delete(struct vsc_card *card, struct vsc_slot *slot)
{
	slot->deleted = true;
	vsc_slot_set_key(card, slot, NULL);
	vsc_blob_free(&slot->extra);
}

static struct vsc_slot *
skip_deleted(struct vsc_slot *slot)
{
	while (slot != NULL && slot->deleted)
		slot = slot->next;
	return slot;
}

struct vsc_slot *
vsc_slot_first(struct vsc_card *card)
{
	return skip_deleted(card->slots);
}

struct vsc_slot *
vsc_slot_next(struct vsc_slot *slot)
{
	return skip_deleted(slot->next);
}

struct vsc_slot *
vsc_slot_find(struct vsc_card *card, uint8_t ref)
{
	struct vsc_slot *found = NULL, *slot = vsc_slot_first(card);
	uint32_t best = UINT32_MAX;

	for (; slot != NULL; slot = vsc_slot_next(slot)) {
		uint32_t distance = vsc_security_distance(card, slot->df);

		if (slot->ref == ref && distance < best) {
			best = distance;
			found = slot;
		}
	}
	return found;
}

struct vsc_slot *
vsc_slot_by_id(struct vsc_card *card, uint32_t id)
{
	struct vsc_slot *slot = vsc_slot_first(card);

	while (slot != NULL && slot->id != id)
		slot = vsc_slot_next(slot);
	return slot;
}

struct vsc_slot *
vsc_slot_by_name(struct vsc_card *card, struct vsc_span name)
{
	struct vsc_slot *slot = vsc_slot_first(card);

	while (
	    slot != NULL && (slot->name.len == 0 || !vsc_span_eq(vsc_blob_span(&slot->name), name)))
		slot = vsc_slot_next(slot);
	return slot;
}

#define PRIVATE_USES                                                                       \
	(VSC_USE_SIGN | VSC_USE_DECIPHER | VSC_USE_AGREE | VSC_USE_INTERNAL | VSC_USE_SM | \
	    VSC_USE_CHECKSUM)

static vsc_sw
pin_allows(struct vsc_card *card, const struct vsc_slot *slot)
{
	struct vsc_rights *rights = vsc_card_rights(card);
	const struct vsc_pin *pin;

	if (slot->policy == VSC_PIN_NEVER)
		return VSC_SW_OK;
	pin = vsc_pin_find(card, slot->pin);
	if (pin == NULL || !vsc_pin_proven(card, pin))
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "key %02X asks for PIN %02X", slot->ref, slot->pin);
	if (slot->policy != VSC_PIN_ALWAYS)
		return VSC_SW_OK;
	if ((pin->flags & VSC_PIN_ENABLED) != 0 && rights->fresh != pin->id)
		return vsc_card_refuse(card, VSC_SW_SECURITY,
		    "key %02X asks for PIN %02X before every use", slot->ref, slot->pin);
	rights->fresh = 0;
	return VSC_SW_OK;
}

static vsc_sw
count_use(struct vsc_card *card, struct vsc_slot *slot)
{
	slot->counter++;
	if (slot->uses == 0)
		return VSC_SW_OK;
	/* limited: the use is saved before its result is known */
	if (--slot->uses == 0)
		slot->uses = VSC_USED_UP;
	vsc_slot_touch(card, slot);
	return vsc_card_commit(card) < 0 ? VSC_SW_MEMORY_FAILURE : VSC_SW_OK;
}

vsc_sw
vsc_slot_use(struct vsc_card *card, struct vsc_slot *slot, enum vsc_usage usage, uint8_t alg)
{
	vsc_sw sw;

	if (slot->key == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no key at reference %02X", slot->ref);
	if ((slot->usage & usage) == 0)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_UNUSABLE,
		    "key %02X is not for this (usage %04X)", slot->ref, slot->usage);
	if (slot->alg != 0 && alg != 0 && slot->alg != alg)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_UNUSABLE,
		    "key %02X is for algorithm %02X only", slot->ref, slot->alg);
	if (slot->max_tries != 0 && slot->tries == 0)
		return vsc_card_refuse(card, VSC_SW_AUTH_BLOCKED, "key %02X is blocked", slot->ref);
	if ((usage & PRIVATE_USES) == 0)
		return VSC_SW_OK;
	if (slot->uses == VSC_USED_UP)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "key %02X is used up", slot->ref);
	if ((sw = pin_allows(card, slot)) != VSC_SW_OK)
		return sw;
	return count_use(card, slot);
}

/* Is it of this DF or one below it? */
static bool
goes_with(struct vsc_card *card, uint32_t id, const struct vsc_file *df)
{
	const struct vsc_file *owner = id == 0 ? NULL : vsc_fs_by_id(&card->fs, id);

	return owner != NULL && vsc_file_is_within(owner, df);
}

void
vsc_security_df_gone(struct vsc_card *card, const struct vsc_file *df)
{
	struct vsc_pin *pin = vsc_pin_first(card);
	struct vsc_slot *slot = vsc_slot_first(card);
	struct vsc_saved_se *se = vsc_saved_se_first(card);

	for (; pin != NULL; pin = vsc_pin_next(pin))
		if (goes_with(card, pin->df, df))
			vsc_pin_delete(card, pin);
	for (; slot != NULL; slot = vsc_slot_next(slot))
		if (goes_with(card, slot->df, df))
			vsc_slot_delete(card, slot);
	for (; se != NULL; se = vsc_saved_se_next(se))
		if (goes_with(card, se->df, df))
			vsc_saved_se_delete(card, se);
}

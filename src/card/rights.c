/* What a channel has proven: sets of ids of PINs and keys. */
#include "card/auth.h"
#include "card/ef.h"
#include "card/engine.h"
#include "card/keystore.h"

struct vsc_rights *
vsc_card_rights(struct vsc_card *card)
{
	return &vsc_card_current(card)->rights;
}

void
vsc_rights_clear(struct vsc_rights *rights)
{
	*rights = (struct vsc_rights){ .fresh = 0 };
}

static bool
has(const uint32_t *set, uint32_t id)
{
	for (size_t i = 0; i < VSC_PROVEN_MAX; i++)
		if (set[i] == id)
			return true;
	return false;
}

static void
drop(uint32_t *set, uint32_t id)
{
	for (size_t i = 0; i < VSC_PROVEN_MAX; i++)
		if (set[i] == id)
			set[i] = 0;
}

/* Newest first; one too many pushes the oldest out. */
static void
add(uint32_t *set, uint32_t id)
{
	drop(set, id);
	for (size_t i = VSC_PROVEN_MAX - 1; i > 0; i--)
		set[i] = set[i - 1];
	set[0] = id;
}

bool
vsc_pin_proven(struct vsc_card *card, const struct vsc_pin *pin)
{
	return (pin->flags & VSC_PIN_ENABLED) == 0 || has(vsc_card_rights(card)->pins, pin->id);
}

void
vsc_rights_drop_pin(struct vsc_rights *rights, uint32_t id)
{
	drop(rights->pins, id);
	if (rights->fresh == id)
		rights->fresh = 0;
}

void
vsc_pin_forget(struct vsc_card *card, const struct vsc_pin *pin)
{
	vsc_rights_drop_pin(vsc_card_rights(card), pin->id);
}

void
vsc_pin_prove(struct vsc_card *card, const struct vsc_pin *pin)
{
	struct vsc_rights *rights = vsc_card_rights(card);

	add(rights->pins, pin->id);
	rights->fresh = pin->id;
}

bool
vsc_key_proven(struct vsc_card *card, uint32_t id)
{
	return has(vsc_card_rights(card)->keys, id);
}

void
vsc_key_prove(struct vsc_card *card, uint32_t id)
{
	add(vsc_card_rights(card)->keys, id);
}

void
vsc_key_forget(struct vsc_card *card, uint32_t id)
{
	drop(vsc_card_rights(card)->keys, id);
}

void
vsc_rights_session(struct vsc_card *card, uint32_t id)
{
	struct vsc_rights *rights = vsc_card_rights(card);

	rights->session = rights->sm_mac = rights->sm_enc = id;
}

void
vsc_rights_sm_lost(struct vsc_card *card)
{
	struct vsc_rights *rights = vsc_card_rights(card);

	if (rights->session != 0)
		drop(rights->keys, rights->session);
	rights->session = rights->sm_mac = rights->sm_enc = 0;
}

/* Is the owner of this id still the current DF or above it? */
static bool
still_here(struct vsc_card *card, uint32_t df)
{
	return vsc_security_distance(card, df) != UINT32_MAX;
}

static bool
pin_here(struct vsc_card *card, uint32_t id)
{
	const struct vsc_pin *pin = vsc_pin_by_id(card, id);

	return pin != NULL && still_here(card, pin->df);
}

static bool
key_here(struct vsc_card *card, uint32_t id)
{
	const struct vsc_slot *slot = vsc_slot_by_id(card, id);

	return slot != NULL && still_here(card, slot->df);
}

void
vsc_rights_enter(struct vsc_card *card)
{
	struct vsc_rights *rights = vsc_card_rights(card);

	for (size_t i = 0; i < VSC_PROVEN_MAX; i++) {
		if (rights->pins[i] != 0 && !pin_here(card, rights->pins[i]))
			rights->pins[i] = 0;
		if (rights->keys[i] != 0 && !key_here(card, rights->keys[i]))
			rights->keys[i] = 0;
	}
	if (!has(rights->pins, rights->fresh))
		rights->fresh = 0;
}

uint32_t
vsc_security_distance(struct vsc_card *card, uint32_t df)
{
	uint32_t distance = 0;

	for (const struct vsc_file *at = vsc_card_position(card)->df; at != NULL;
	     at = at->parent, distance++)
		if (df != 0 && at->id == df)
			return distance;
	return df == 0 ? distance : UINT32_MAX;
}

uint32_t
vsc_security_id(struct vsc_card *card, uint32_t id)
{
	if (id == 0)
		id = card->last_security_id + 1;
	if (id > card->last_security_id)
		card->last_security_id = id;
	return id;
}

vsc_sw
vsc_security_manage(struct vsc_card *card, const struct vsc_file *df)
{
	const struct vsc_file *f = df;
	bool being_made = false;

	do
		being_made |=
		    vsc_life_is(f, VSC_LIFE_CREATION) || vsc_life_is(f, VSC_LIFE_INITIALISATION);
	while ((f = f->parent) != NULL);
	if (!being_made && df->security.len == 0)
		return vsc_card_refuse(card, VSC_SW_SECURITY,
		    "no rule of DF %04X says who may change its PINs and keys", df->fid);
	return vsc_card_allows(card, df, VSC_ACCESS_CREATE_EF);
}

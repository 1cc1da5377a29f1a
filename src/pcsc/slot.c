/*
 * What a card's coming, going, reset and power do to a reader's handles, and which protocol a
 * handle gets.
 */
#include "pcsc/slot.h"

#include "iso/atr.h"
#include "reader/deadline.h"

#define STATE_READY (SCARD_PRESENT | SCARD_POWERED | SCARD_NEGOTIABLE)
/* pcsc-lite's name for "any protocol" before it became T0 | T1; it still understands it */
#define PROTOCOL_ANY_OLD 0x1000u

void
vsc_slot_changed(struct vsc_slot *slot)
{
	slot->manager->sequence++;
	pthread_cond_broadcast(&slot->manager->changed);
	pthread_cond_broadcast(&slot->freed);
}

void
vsc_slot_notify(struct vsc_slot *slot, LONG event)
{
	for (struct vsc_handle *h = slot->handles; h != NULL; h = h->next_in_slot)
		h->event = event;
}

static void
card_left(struct vsc_slot *slot)
{
	vsc_slot_notify(slot, SCARD_W_REMOVED_CARD);
	slot->lock_id = 0;
	slot->lock_count = 0;
	slot->powered = false;
	slot->state.state = SCARD_ABSENT;
	slot->state.atr_len = 0;
	slot->state.protocol = SCARD_PROTOCOL_UNDEFINED;
}

static void
card_came(struct vsc_slot *slot, struct vsc_span atr)
{
	slot->state.state = STATE_READY;
	slot->state.protocol = SCARD_PROTOCOL_UNDEFINED;
	slot->state.atr_len = atr.len;
	slot->idle_until = vsc_deadline_in(VSC_SLOT_IDLE_MS);
	if (vsc_copy(slot->state.atr, sizeof(slot->state.atr), atr) < 0)
		slot->state.atr_len = 0;
}

void
vsc_slot_refresh(struct vsc_slot *slot)
{
	uint64_t now = vsc_reader_generation(slot->reader), events;
	bool present = (now & 1) != 0;
	uint8_t atr[VSC_ATR_MAX];
	size_t len;

	if (now == slot->generation)
		return;
	/* Gone before we could read its ATR: that is one event more. */
	if (present && vsc_reader_atr(slot->reader, now, atr, &len) < 0) {
		present = false;
		now++;
	}
	events = now - slot->generation;
	if ((slot->generation & 1) != 0 || events > 1)
		card_left(slot);
	if (present)
		card_came(slot, vsc_span_from(atr, len));
	slot->generation = now;
	slot->state.counter = (uint32_t)(slot->state.counter + events) & 0xFFFF;
	vsc_slot_changed(slot);
}

/* What the card's ATR says after power or reset. */
static LONG
ready(struct vsc_slot *slot, uint64_t generation)
{
	slot->powered = true;
	if (vsc_reader_atr(slot->reader, generation, slot->state.atr, &slot->state.atr_len) < 0) {
		vsc_slot_refresh(slot);
		return SCARD_E_NO_SMARTCARD;
	}
	slot->state.state = STATE_READY;
	return SCARD_S_SUCCESS;
}

static LONG
power_failed(struct vsc_slot *slot)
{
	vsc_slot_refresh(slot);
	if ((slot->state.state & SCARD_ABSENT) != 0)
		return SCARD_E_NO_SMARTCARD;
	slot->powered = false;
	slot->state.state = SCARD_PRESENT | SCARD_SWALLOWED;
	slot->state.atr_len = 0;
	return SCARD_W_UNRESPONSIVE_CARD;
}

LONG
vsc_slot_power(struct vsc_slot *slot, enum vsc_reader_power action, bool off_first)
{
	pthread_mutex_t *lock = &slot->manager->lock;
	uint32_t before = slot->state.state;
	uint64_t generation;
	LONG rv = SCARD_S_SUCCESS;
	int err = 0;

	while (slot->powering)
		pthread_cond_wait(&slot->freed, lock);
	slot->powering = true;
	generation = slot->generation;
	slot->state.protocol = SCARD_PROTOCOL_UNDEFINED;
	pthread_mutex_unlock(lock);
	if (off_first)
		err = vsc_reader_power(slot->reader, generation, VSC_READER_POWER_DOWN);
	if (err == 0)
		err = vsc_reader_power(slot->reader, generation, action);
	pthread_mutex_lock(lock);
	slot->powering = false;
	if (generation != slot->generation) {
		rv = SCARD_E_NO_SMARTCARD;
	} else if (err < 0) {
		rv = power_failed(slot);
	} else if (action == VSC_READER_POWER_DOWN) {
		slot->powered = false;
		slot->state.state = SCARD_PRESENT;
	} else {
		rv = ready(slot, generation);
	}
	if (before != slot->state.state)
		vsc_slot_changed(slot);
	pthread_cond_broadcast(&slot->freed);
	return rv;
}

LONG
vsc_slot_wait(struct vsc_slot *slot, uint32_t context)
{
	struct vsc_manager *m = slot->manager;
	const struct vsc_context *c;

	pthread_cond_wait(&slot->freed, &m->lock);
	c = vsc_ids_get(&m->contexts, context);
	return c == NULL || c->aborted || m->stopped ? SCARD_E_CANCELLED : SCARD_S_SUCCESS;
}

/* T=0 and T=1 as SCARD_PROTOCOL bits. ISO/IEC 7816-3:2006 8.2.3: TA2 fixes one (specific mode). */
static uint32_t
offered(const struct vsc_slot *slot)
{
	struct vsc_atr atr;

	/* A wrong check byte is no reason to refuse a card: it is filled as far as understood. */
	if (vsc_atr_parse(&atr, vsc_span_from(slot->state.atr, slot->state.atr_len)) < 0 &&
	    atr.ts != 0x3B && atr.ts != 0x3F)
		return 0;
	if (atr.ngroups > 1 && atr.groups[1].has_ta)
		return (1u << (atr.groups[1].ta & 0x0F)) & SCARD_PROTOCOL_ANY;
	return atr.protocols & SCARD_PROTOCOL_ANY;
}

LONG
vsc_slot_negotiate(struct vsc_slot *slot, uint32_t share, uint32_t protocols)
{
	if ((protocols & SCARD_PROTOCOL_RAW) != 0) {
		slot->state.protocol = SCARD_PROTOCOL_RAW;
		return SCARD_S_SUCCESS;
	}
	if (share == SCARD_SHARE_DIRECT)
		return SCARD_S_SUCCESS;
	if (slot->state.protocol != SCARD_PROTOCOL_UNDEFINED)
		return (protocols & slot->state.protocol) != 0 ? SCARD_S_SUCCESS
							       : SCARD_E_PROTO_MISMATCH;
	if ((protocols & PROTOCOL_ANY_OLD) != 0)
		protocols |= SCARD_PROTOCOL_ANY;
	protocols &= offered(slot);
	if (protocols == 0)
		return SCARD_E_PROTO_MISMATCH;
	slot->state.protocol =
	    (protocols & SCARD_PROTOCOL_T1) != 0 ? SCARD_PROTOCOL_T1 : SCARD_PROTOCOL_T0;
	return SCARD_S_SUCCESS;
}

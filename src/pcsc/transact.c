/* SCardBeginTransaction, SCardEndTransaction, SCardTransmit: one handle at a time has the card. */
#include "pcsc/rm.h"

#define PROTOCOL_ANY_OLD 0x1000u

bool
vsc_rm_is_locked_out(const struct vsc_handle *handle)
{
	return handle->slot->lock_id != 0 && handle->slot->lock_id != handle->id;
}

LONG
vsc_rm_wait_shared(struct vsc_handle **handle, const struct vsc_rm_call *call)
{
	struct vsc_manager *m = (*handle)->slot->manager;
	uint32_t context = (*handle)->context->id;

	while (vsc_rm_is_locked_out(*handle)) {
		LONG rv;

		if (call->no_block)
			return SCARD_E_SHARING_VIOLATION;
		if ((rv = vsc_slot_wait((*handle)->slot, context)) != SCARD_S_SUCCESS)
			return rv;
		if ((*handle = vsc_ids_get(&m->handles, call->id)) == NULL)
			return SCARD_E_INVALID_HANDLE;
	}
	return SCARD_S_SUCCESS;
}

LONG
vsc_rm_begin(struct vsc_handle *handle, struct vsc_rm_call *call)
{
	struct vsc_manager *m = handle->slot->manager;
	uint32_t context = handle->context->id;
	struct vsc_slot *slot = handle->slot;

	for (;;) {
		LONG rv;

		vsc_slot_refresh(slot);
		if (handle->event != SCARD_S_SUCCESS)
			return handle->event;
		if (!vsc_rm_is_locked_out(handle))
			break;
		if ((rv = vsc_slot_wait(slot, context)) != SCARD_S_SUCCESS)
			return rv;
		if ((handle = vsc_ids_get(&m->handles, call->id)) == NULL)
			return SCARD_E_INVALID_HANDLE;
	}
	slot->lock_id = handle->id;
	slot->lock_count++;
	return SCARD_S_SUCCESS;
}

/* One nesting less. An exclusive handle keeps the lock that came with it. */
static LONG
unlock(struct vsc_slot *slot)
{
	unsigned kept = slot->state.sharing == VSC_RM_EXCLUSIVE ? 1 : 0;

	if (slot->lock_count <= kept)
		return SCARD_E_NOT_TRANSACTED;
	slot->lock_count--;
	if (slot->lock_count == 0) {
		slot->lock_id = 0;
		pthread_cond_broadcast(&slot->freed);
	}
	return SCARD_S_SUCCESS;
}

static LONG
dispose(struct vsc_slot *slot, uint32_t disposition)
{
	bool absent = (slot->state.state & SCARD_ABSENT) != 0;
	LONG rv;

	if (disposition == SCARD_EJECT_CARD) /* the reader has no motor */
		return SCARD_E_UNSUPPORTED_FEATURE;
	if (disposition != SCARD_RESET_CARD && disposition != SCARD_UNPOWER_CARD)
		return SCARD_S_SUCCESS;
	rv = disposition == SCARD_RESET_CARD ? vsc_slot_power(slot, VSC_READER_RESET, false)
					     : vsc_slot_power(slot, VSC_READER_POWER_UP, true);
	/* The handle that asked for it is told as well: it has to reconnect like the others. If the
	 * card left in the middle, all know that it did. */
	if (rv != SCARD_E_NO_SMARTCARD || absent)
		vsc_slot_notify(slot, SCARD_W_RESET_CARD);
	return rv == SCARD_E_NO_SMARTCARD ? SCARD_W_REMOVED_CARD : rv;
}

LONG
vsc_rm_end(struct vsc_handle *handle, struct vsc_rm_call *call)
{
	struct vsc_slot *slot = handle->slot;
	struct vsc_manager *m = slot->manager;
	LONG rv;

	if (call->arg[0] > SCARD_EJECT_CARD)
		return SCARD_E_INVALID_VALUE;
	vsc_slot_refresh(slot);
	if (handle->event != SCARD_S_SUCCESS)
		return handle->event;
	if (vsc_rm_is_locked_out(handle))
		return SCARD_E_SHARING_VIOLATION;
	rv = dispose(slot, call->arg[0]);
	if ((handle = vsc_ids_get(&m->handles, call->id)) == NULL)
		return SCARD_E_INVALID_HANDLE;
	if (rv == SCARD_S_SUCCESS)
		return vsc_rm_is_locked_out(handle) ? SCARD_E_SHARING_VIOLATION : unlock(slot);
	if (slot->lock_id == handle->id)
		(void)unlock(slot);
	return rv;
}

/* For a handle opened with SCARD_SHARE_DIRECT, which has not powered the card. What was agreed on
 * stays. */
static LONG
power_for_command(struct vsc_slot *slot)
{
	uint32_t protocol = slot->state.protocol;
	LONG rv = slot->powered ? SCARD_S_SUCCESS : vsc_rm_give_power(slot);

	if (rv == SCARD_S_SUCCESS)
		slot->state.protocol = protocol;
	return rv;
}

static LONG
check_protocol(const struct vsc_slot *slot, uint32_t protocol)
{
	if (protocol == SCARD_PROTOCOL_RAW)
		return SCARD_S_SUCCESS;
	if ((slot->state.state & SCARD_ABSENT) != 0)
		return SCARD_E_NO_SMARTCARD;
	if (protocol != PROTOCOL_ANY_OLD && protocol != slot->state.protocol)
		return SCARD_E_PROTO_MISMATCH;
	return SCARD_S_SUCCESS;
}

LONG
vsc_rm_transmit(struct vsc_handle *handle, struct vsc_rm_call *call)
{
	struct vsc_slot *slot = handle->slot;
	uint64_t generation;
	LONG rv;
	int err;

	if ((rv = vsc_rm_wait_shared(&handle, call)) != SCARD_S_SUCCESS)
		return rv;
	vsc_slot_refresh(slot);
	if (handle->event != SCARD_S_SUCCESS)
		return handle->event;
	if ((rv = check_protocol(slot, call->arg[0])) != SCARD_S_SUCCESS)
		return rv;
	/* No command, card or not: a single byte is a control code on the wire. */
	if (call->in.len < 2)
		return SCARD_E_NOT_TRANSACTED;
	if (((generation = slot->generation) & 1) == 0) {
		slot->state.protocol = SCARD_PROTOCOL_UNDEFINED; /* a raw handle's was not */
		return SCARD_E_NO_SMARTCARD;
	}
	if ((rv = power_for_command(slot)) != SCARD_S_SUCCESS)
		return rv;
	pthread_mutex_unlock(&slot->manager->lock);
	err = vsc_reader_transmit(slot->reader, generation, call->in, call->out);
	pthread_mutex_lock(&slot->manager->lock);
	if (err == 0)
		return SCARD_S_SUCCESS;
	vsc_slot_refresh(slot);
	return err == VSC_E_CLOSED ? SCARD_E_NO_SMARTCARD : SCARD_E_NOT_TRANSACTED;
}

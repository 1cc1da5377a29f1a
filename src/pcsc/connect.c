/* Card handles: SCardConnect, SCardReconnect, SCardDisconnect. The order of the checks is pcscd's,
 * because it decides which of two mistakes is reported. */
#include <stdlib.h>
#include <string.h>

#include "pcsc/rm.h"
#include "reader/deadline.h"

/* pcsc-lite's old SCARD_PROTOCOL_ANY, still accepted */
#define ANY_PROTOCOL (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1 | SCARD_PROTOCOL_RAW | 0x1000u)

static LONG
check_mode(uint32_t share, uint32_t protocols)
{
	if (share != SCARD_SHARE_DIRECT && (protocols & ANY_PROTOCOL) == 0)
		return SCARD_E_PROTO_MISMATCH;
	if (share < SCARD_SHARE_EXCLUSIVE || share > SCARD_SHARE_DIRECT)
		return SCARD_E_INVALID_VALUE;
	return SCARD_S_SUCCESS;
}

static struct vsc_slot *
find_slot(struct vsc_manager *m, struct vsc_span name)
{
	for (size_t i = 0; i < m->nslots; i++)
		if (vsc_span_eq(vsc_span_str(m->slots[i].state.name), name))
			return &m->slots[i];
	return NULL;
}

/* Until no transaction is open and power is stable. */
static LONG
wait_free(struct vsc_slot *slot, uint32_t context)
{
	LONG rv = SCARD_S_SUCCESS;

	while (rv == SCARD_S_SUCCESS && (slot->lock_id != 0 || slot->powering))
		rv = vsc_slot_wait(slot, context);
	return rv;
}

LONG
vsc_rm_give_power(struct vsc_slot *slot)
{
	bool idle = slot->state.sharing == 0 && vsc_deadline_left(slot->idle_until) == 0;
	/* What was agreed on since it lost power, or came, stays; pcscd's own taking of power
	 * undoes it. */
	bool keep = !idle;
	uint32_t protocol = slot->state.protocol;

	if (slot->powered && !idle)
		return SCARD_S_SUCCESS;
	switch (vsc_slot_power(slot, VSC_READER_POWER_UP, slot->powered)) {
	case SCARD_S_SUCCESS:
		if (keep)
			slot->state.protocol = protocol;
		return SCARD_S_SUCCESS;
	case SCARD_E_NO_SMARTCARD:
		return SCARD_E_NO_SMARTCARD;
	default:
		return SCARD_W_UNPOWERED_CARD;
	}
}

static LONG
handle_add(struct vsc_slot *slot, struct vsc_context *context, uint32_t *id)
{
	struct vsc_handle *handle = calloc(1, sizeof(*handle));

	if (handle == NULL)
		return SCARD_E_NO_MEMORY;
	if ((handle->id = vsc_ids_add(&slot->manager->handles, handle)) == 0) {
		free(handle);
		return SCARD_E_NO_MEMORY;
	}
	handle->context = context;
	handle->slot = slot;
	handle->next_in_context = context->handles;
	context->handles = handle;
	handle->next_in_slot = slot->handles;
	slot->handles = handle;
	*id = handle->id;
	return SCARD_S_SUCCESS;
}

static void
lock_exclusive(struct vsc_slot *slot, uint32_t id)
{
	slot->state.sharing = VSC_RM_EXCLUSIVE;
	slot->lock_id = id;
	slot->lock_count++;
}

/* The lock is already gone if the card was. */
static void
unlock_exclusive(struct vsc_slot *slot)
{
	slot->state.sharing = 1;
	if (slot->lock_count > 0)
		slot->lock_count--;
	if (slot->lock_count == 0)
		slot->lock_id = 0;
	vsc_slot_changed(slot);
}

static LONG
open_handle(struct vsc_slot *slot, struct vsc_context *context, struct vsc_rm_call *call)
{
	uint32_t share = call->arg[0], id;
	LONG rv;

	if (slot->state.sharing == VSC_RM_EXCLUSIVE ||
	    (share == SCARD_SHARE_EXCLUSIVE && slot->state.sharing != 0))
		return SCARD_E_SHARING_VIOLATION;
	if ((rv = handle_add(slot, context, &id)) != SCARD_S_SUCCESS)
		return rv;
	if (share == SCARD_SHARE_EXCLUSIVE)
		lock_exclusive(slot, id);
	else
		slot->state.sharing++;
	vsc_slot_changed(slot);
	call->ret[0] = id;
	return SCARD_S_SUCCESS;
}

LONG
vsc_rm_connect(struct vsc_context *context, struct vsc_manager *m, struct vsc_rm_call *call)
{
	uint32_t share = call->arg[0], protocols = call->arg[1], id = context->id;
	LONG rv = check_mode(share, protocols);
	struct vsc_slot *slot;

	if (rv != SCARD_S_SUCCESS)
		return rv;
	if ((slot = find_slot(m, call->in)) == NULL)
		return SCARD_E_UNKNOWN_READER;
	vsc_slot_refresh(slot);
	if (slot->state.sharing == VSC_RM_EXCLUSIVE)
		return SCARD_E_SHARING_VIOLATION;
	if ((rv = wait_free(slot, id)) != SCARD_S_SUCCESS)
		return rv;
	if (share != SCARD_SHARE_DIRECT) {
		if ((slot->state.state & SCARD_PRESENT) == 0)
			return SCARD_E_NO_SMARTCARD;
		if ((rv = vsc_rm_give_power(slot)) != SCARD_S_SUCCESS)
			return rv;
	}
	if ((rv = vsc_slot_negotiate(slot, share, protocols)) != SCARD_S_SUCCESS)
		return rv;
	/* Power took a while, without the lock. */
	if ((context = vsc_ids_get(&m->contexts, id)) == NULL)
		return SCARD_E_INVALID_HANDLE;
	call->ret[1] = slot->state.protocol;
	return open_handle(slot, context, call);
}

/* What SCardReconnect does to the card. */
static LONG
initialize(struct vsc_slot *slot, uint32_t how)
{
	vsc_slot_refresh(slot);
	if (how != SCARD_LEAVE_CARD) {
		vsc_slot_notify(slot, SCARD_W_RESET_CARD);
		slot->state.protocol = SCARD_PROTOCOL_UNDEFINED;
	}
	if ((slot->state.state & SCARD_ABSENT) != 0)
		return SCARD_E_NO_SMARTCARD;
	if (how == SCARD_LEAVE_CARD)
		return (slot->state.state & SCARD_SWALLOWED) != 0 ? SCARD_W_UNRESPONSIVE_CARD
								  : SCARD_S_SUCCESS;
	return how == SCARD_RESET_CARD ? vsc_slot_power(slot, VSC_READER_RESET, false)
				       : vsc_slot_power(slot, VSC_READER_POWER_UP, true);
}

/* Changes the sharing mode; waits for the only handle where exclusive access asks for it. */
static LONG
share_as(struct vsc_handle **handle, const struct vsc_rm_call *call)
{
	struct vsc_slot *slot = (*handle)->slot;
	struct vsc_manager *m = slot->manager;
	uint32_t context = (*handle)->context->id;
	LONG rv;

	if (call->arg[0] != SCARD_SHARE_EXCLUSIVE) {
		if (slot->state.sharing == VSC_RM_EXCLUSIVE)
			unlock_exclusive(slot);
		return SCARD_S_SUCCESS;
	}
	if (slot->state.sharing == VSC_RM_EXCLUSIVE && slot->lock_id == 0)
		lock_exclusive(slot, (*handle)->id);
	while (slot->state.sharing != VSC_RM_EXCLUSIVE) {
		if (slot->state.sharing == 1 && !vsc_rm_is_locked_out(*handle)) {
			lock_exclusive(slot, (*handle)->id);
			vsc_slot_changed(slot);
			return SCARD_S_SUCCESS;
		}
		if (call->no_block)
			return SCARD_E_SHARING_VIOLATION;
		if ((rv = vsc_slot_wait(slot, context)) != SCARD_S_SUCCESS)
			return rv;
		if ((*handle = vsc_ids_get(&m->handles, call->id)) == NULL)
			return SCARD_E_INVALID_HANDLE;
	}
	return SCARD_S_SUCCESS;
}

LONG
vsc_rm_reconnect(struct vsc_handle *handle, struct vsc_rm_call *call)
{
	struct vsc_manager *m = handle->slot->manager;
	struct vsc_slot *slot = handle->slot;
	uint32_t share = call->arg[0], how = call->arg[2];
	LONG rv;

	if (how > SCARD_UNPOWER_CARD || share < SCARD_SHARE_EXCLUSIVE || share > SCARD_SHARE_DIRECT)
		return SCARD_E_INVALID_VALUE;
	if ((rv = check_mode(share, call->arg[1])) != SCARD_S_SUCCESS ||
	    (rv = vsc_rm_wait_shared(&handle, call)) != SCARD_S_SUCCESS)
		return rv;
	if ((rv = initialize(slot, how)) != SCARD_S_SUCCESS)
		return rv;
	if (share != SCARD_SHARE_DIRECT && (rv = vsc_rm_give_power(slot)) != SCARD_S_SUCCESS)
		return rv == SCARD_W_UNPOWERED_CARD ? SCARD_W_UNRESPONSIVE_CARD : rv;
	if ((rv = vsc_slot_negotiate(slot, share, call->arg[1])) != SCARD_S_SUCCESS)
		return rv;
	if ((handle = vsc_ids_get(&m->handles, call->id)) == NULL)
		return SCARD_E_INVALID_HANDLE;
	if ((rv = share_as(&handle, call)) != SCARD_S_SUCCESS)
		return rv;
	handle->event = SCARD_S_SUCCESS;
	call->ret[0] = slot->state.protocol;
	return SCARD_S_SUCCESS;
}

static void
unlink_handle(struct vsc_handle *handle)
{
	struct vsc_handle **at = &handle->slot->handles;

	while (*at != handle)
		at = &(*at)->next_in_slot;
	*at = handle->next_in_slot;
	at = &handle->context->handles;
	while (*at != handle)
		at = &(*at)->next_in_context;
	*at = handle->next_in_context;
	vsc_ids_remove(&handle->slot->manager->handles, handle->id);
	free(handle);
}

/* Takes the handle away first: while the card is reset, without the lock, nobody may find it. */
static void
close_handle(struct vsc_handle *handle, uint32_t disposition)
{
	struct vsc_slot *slot = handle->slot;

	if (slot->lock_id == handle->id) {
		slot->lock_id = 0;
		slot->lock_count = 0;
	}
	unlink_handle(handle);
	/* Even where the card is gone, as in pcscd. */
	if (disposition == SCARD_RESET_CARD || disposition == SCARD_UNPOWER_CARD) {
		vsc_slot_notify(slot, SCARD_W_RESET_CARD);
		slot->state.protocol = SCARD_PROTOCOL_UNDEFINED;
	}
	if ((slot->state.state & SCARD_PRESENT) != 0) {
		/* A card that does not survive it is the next user's to notice. */
		if (disposition == SCARD_RESET_CARD)
			(void)vsc_slot_power(slot, VSC_READER_RESET, false);
		if (disposition == SCARD_UNPOWER_CARD)
			(void)vsc_slot_power(slot, VSC_READER_POWER_DOWN, false);
	}
	if (slot->state.sharing == VSC_RM_EXCLUSIVE)
		slot->state.sharing = 0;
	else
		slot->state.sharing--;
	slot->idle_until = vsc_deadline_in(VSC_SLOT_IDLE_MS);
	vsc_slot_changed(slot);
}

LONG
vsc_rm_disconnect(struct vsc_handle *handle, struct vsc_rm_call *call)
{
	struct vsc_manager *m = handle->slot->manager;
	uint32_t context = handle->context->id;
	LONG rv;

	if (call->arg[0] > SCARD_EJECT_CARD)
		return SCARD_E_INVALID_VALUE;
	while (call->arg[0] != SCARD_LEAVE_CARD && vsc_rm_is_locked_out(handle)) {
		if ((rv = vsc_slot_wait(handle->slot, context)) != SCARD_S_SUCCESS)
			return rv;
		if ((handle = vsc_ids_get(&m->handles, call->id)) == NULL)
			return SCARD_E_INVALID_HANDLE;
	}
	close_handle(handle, call->arg[0]);
	return SCARD_S_SUCCESS;
}

void
vsc_rm_drop_handles(struct vsc_context *context)
{
	while (context->handles != NULL) {
		struct vsc_handle *handle = context->handles;
		/* What was under way in a transaction is undone for the next user. */
		/* NOLINTBEGIN(clang-analyzer-unix.Malloc): close_handle took the last one out */
		bool dirty =
		    handle->slot->lock_id == handle->id && handle->event == SCARD_S_SUCCESS;
		/* NOLINTEND(clang-analyzer-unix.Malloc) */

		close_handle(handle, dirty ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
	}
}

/* The manager's operations, one file a theme. All are called with the manager's lock held. */
#ifndef VSC_PCSC_RM_H
#define VSC_PCSC_RM_H

#include "pcsc/slot.h"

typedef LONG vsc_rm_handle_fn(struct vsc_handle *handle, struct vsc_rm_call *call);

/* connect.c */
LONG vsc_rm_connect(struct vsc_context *context, struct vsc_manager *m, struct vsc_rm_call *call);
vsc_rm_handle_fn vsc_rm_reconnect, vsc_rm_disconnect;
/* Powers the card up unless it is; cold if nobody used it for long. SCARD_S_SUCCESS,
 * SCARD_E_NO_SMARTCARD or SCARD_W_UNPOWERED_CARD. */
LONG vsc_rm_give_power(struct vsc_slot *slot);
/* Disconnects every handle, as when its owner went away; the context must be in nobody's use. */
void vsc_rm_drop_handles(struct vsc_context *context);

/* transact.c */
vsc_rm_handle_fn vsc_rm_begin, vsc_rm_end, vsc_rm_transmit;
/*
 * Waits while another handle has a transaction. *handle is looked up again after each wait.
 * SCARD_E_SHARING_VIOLATION instead if call->no_block.
 */
LONG vsc_rm_wait_shared(struct vsc_handle **handle, const struct vsc_rm_call *call);
bool vsc_rm_is_locked_out(const struct vsc_handle *handle);

/* status.c */
vsc_rm_handle_fn vsc_rm_status, vsc_rm_control, vsc_rm_get_attrib, vsc_rm_set_attrib;

#endif

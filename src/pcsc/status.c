/* SCardStatus, SCardGetAttrib, SCardSetAttrib, SCardControl: what a handle can ask its reader. */
#include "pcsc/rm.h"
#include "reader/attrs.h"

#define ATTR_FRIENDLY_NAME 0x7FFF0003u /* SCARD_ATTR_DEVICE_FRIENDLY_NAME_A */
#define ATTR_SYSTEM_NAME   0x7FFF0004u /* SCARD_ATTR_DEVICE_SYSTEM_NAME_A */

LONG
vsc_rm_status(struct vsc_handle *handle, struct vsc_rm_call *call)
{
	LONG rv = vsc_rm_wait_shared(&handle, call);

	if (rv != SCARD_S_SUCCESS)
		return rv;
	vsc_slot_refresh(handle->slot);
	if (handle->event != SCARD_S_SUCCESS)
		return handle->event;
	vsc_rm_state_put(call->out, &handle->slot->state);
	return SCARD_S_SUCCESS;
}

/* Neither of these waits for a transaction, in pcscd as here. */
LONG
vsc_rm_control(struct vsc_handle *handle, struct vsc_rm_call *call)
{
	if (vsc_rm_is_locked_out(handle))
		return SCARD_E_SHARING_VIOLATION;
	switch (vsc_control(call->arg[0], call->out)) {
	case 0:
		return SCARD_S_SUCCESS;
	case VSC_E_UNSUPPORTED:
		return SCARD_E_UNSUPPORTED_FEATURE;
	default:
		return SCARD_E_NOT_TRANSACTED;
	}
}

static LONG
check(struct vsc_handle *handle)
{
	if (vsc_rm_is_locked_out(handle))
		return SCARD_E_SHARING_VIOLATION;
	vsc_slot_refresh(handle->slot);
	return handle->event;
}

LONG
vsc_rm_get_attrib(struct vsc_handle *handle, struct vsc_rm_call *call)
{
	const struct vsc_slot *slot = handle->slot;
	struct vsc_attr_source source = { .reader = slot->reader };
	LONG rv = check(handle);

	if (rv != SCARD_S_SUCCESS)
		return rv;
	source.generation = slot->generation;
	source.powered = (slot->state.state & SCARD_POWERED) != 0;
	if (call->arg[0] == ATTR_FRIENDLY_NAME || call->arg[0] == ATTR_SYSTEM_NAME) {
		vsc_out_str(call->out, slot->state.name);
		vsc_out_u8(call->out, 0);
		return SCARD_S_SUCCESS;
	}
	switch (vsc_attr_get(&source, call->arg[0], call->out)) {
	case 0:
		return SCARD_S_SUCCESS;
	case VSC_E_NOT_FOUND:
		return SCARD_E_UNSUPPORTED_FEATURE;
	default:
		return SCARD_E_NOT_TRANSACTED;
	}
}

/* Nothing of what we have can be set. */
LONG
vsc_rm_set_attrib(struct vsc_handle *handle, struct vsc_rm_call *call)
{
	struct vsc_attr_source source = { .reader = handle->slot->reader };
	uint8_t buf[VSC_ATTR_MAX];
	struct vsc_out value = vsc_out_from(buf, sizeof(buf));
	LONG rv = check(handle);

	if (rv != SCARD_S_SUCCESS)
		return rv;
	return vsc_attr_get(&source, call->arg[0], &value) == VSC_E_NOT_FOUND
		   ? SCARD_E_UNSUPPORTED_FEATURE
		   : SCARD_E_NOT_TRANSACTED;
}

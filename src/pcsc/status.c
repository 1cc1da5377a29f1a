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

/* What pcscd asks its drivers for, it lets programs ask too; those that are functions are not for
 * them. */
static const struct {
	uint32_t tag;
	uint8_t value; /* 0: how many readers there are */
} driver_tags[] = {
	{ 0x0FAC, 1 },   /* TAG_IFD_SLOT_THREAD_SAFE */
	{ 0x0FAD, 1 },   /* TAG_IFD_THREAD_SAFE */
	{ 0x0FAE, 0 },   /* TAG_IFD_SLOTS_NUMBER */
	{ 0x0FAF, 255 }, /* TAG_IFD_SIMULTANEOUS_ACCESS */
};

/* VSC_E_NOT_FOUND: there is no such attribute. */
static int
fetch(const struct vsc_slot *slot, uint32_t tag, struct vsc_out *out)
{
	const struct vsc_attr_source source = { .reader = slot->reader,
		.generation = slot->generation,
		.powered = (slot->state.state & SCARD_POWERED) != 0 };

	for (size_t i = 0; i < VSC_COUNT(driver_tags); i++) {
		size_t value =
		    driver_tags[i].value != 0 ? driver_tags[i].value : slot->manager->nslots;

		if (driver_tags[i].tag != tag)
			continue;
		vsc_out_u8(out, value > UINT8_MAX ? UINT8_MAX : (uint8_t)value);
		return 0;
	}
	return vsc_attr_get(&source, tag, out);
}

LONG
vsc_rm_get_attrib(struct vsc_handle *handle, struct vsc_rm_call *call)
{
	const struct vsc_slot *slot = handle->slot;
	LONG rv = check(handle);

	if (rv != SCARD_S_SUCCESS)
		return rv;
	if (call->arg[0] == ATTR_FRIENDLY_NAME || call->arg[0] == ATTR_SYSTEM_NAME) {
		vsc_out_str(call->out, slot->state.name);
		vsc_out_u8(call->out, 0);
		return SCARD_S_SUCCESS;
	}
	switch (fetch(slot, call->arg[0], call->out)) {
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
	uint8_t buf[VSC_ATTR_MAX];
	struct vsc_out value = vsc_out_from(buf, sizeof(buf));
	LONG rv = check(handle);

	if (rv != SCARD_S_SUCCESS)
		return rv;
	return fetch(handle->slot, call->arg[0], &value) == VSC_E_NOT_FOUND
		   ? SCARD_E_UNSUPPORTED_FEATURE
		   : SCARD_E_NOT_TRANSACTED;
}

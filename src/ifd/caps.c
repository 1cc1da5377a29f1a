/*
 * One table of tags with the function that answers each; attributes and control codes that both
 * PC/SC sides have are in reader/attrs.c.
 */
#include "ifd/caps.h"

#include <PCSC/pcsclite.h>
#include <PCSC/reader.h>

#include "reader/attrs.h"

/* --- tags of the IFD handler interface ------------------------------------------------------- */

struct cap;
typedef void put_fn(const struct cap *cap, const struct vsc_channel *ch, struct vsc_out *out);

struct cap {
	DWORD tag;
	put_fn *put;
	uint8_t byte;
	bool slot; /* needs to know which slot */
};

static void
put_byte(const struct cap *cap, const struct vsc_channel *ch, struct vsc_out *out)
{
	(void)ch;
	vsc_out_u8(out, cap->byte);
}

static void
put_slots(const struct cap *cap, const struct vsc_channel *ch, struct vsc_out *out)
{
	(void)cap;
	vsc_out_u8(out, (uint8_t)ch->slots);
}

static void
put_poll(const struct cap *cap, const struct vsc_channel *ch, struct vsc_out *out)
{
	RESPONSECODE (*fn)(DWORD, int) = vsc_ifd_poll;

	(void)cap;
	(void)ch;
	vsc_out_put(out, vsc_span_from(&fn, sizeof(fn)));
}

static void
put_stop(const struct cap *cap, const struct vsc_channel *ch, struct vsc_out *out)
{
	RESPONSECODE (*fn)(DWORD) = vsc_ifd_stop_poll;

	(void)cap;
	(void)ch;
	vsc_out_put(out, vsc_span_from(&fn, sizeof(fn)));
}

static const struct cap caps[] = {
	{ TAG_IFD_SLOTS_NUMBER, put_slots, 0, true },
	{ TAG_IFD_THREAD_SAFE, put_byte, 1, false },
	{ TAG_IFD_SLOT_THREAD_SAFE, put_byte, 1, false },
	/* more than one, or pcscd numbers each entry's slots from Lun 0 */
	{ TAG_IFD_SIMULTANEOUS_ACCESS, put_byte, 255, false },
	/* no TAG_IFD_POLLING_THREAD_KILLABLE: a killed thread would leave locks behind */
	{ TAG_IFD_POLLING_THREAD_WITH_TIMEOUT, put_poll, 0, false },
	{ TAG_IFD_STOP_POLLING_THREAD, put_stop, 0, false },
};

static const struct cap *
find_cap(DWORD tag)
{
	for (size_t i = 0; i < VSC_COUNT(caps); i++) {
		if (caps[i].tag == tag)
			return &caps[i];
	}
	return NULL;
}

static int
get_cap(struct vsc_channel *ch, DWORD tag, struct vsc_out *out)
{
	const struct cap *cap = find_cap(tag);
	struct vsc_attr_source source;

	if (cap != NULL && cap->slot && ch == NULL)
		return VSC_E_NOT_FOUND;
	if (cap != NULL) {
		cap->put(cap, ch, out);
		return out->full ? VSC_E_SPACE : 0;
	}
	if (ch == NULL)
		return VSC_E_NOT_FOUND;
	source = (struct vsc_attr_source){ .reader = ch->reader,
		.generation = vsc_channel_card(ch),
		.powered = vsc_channel_powered(ch) };
	return vsc_attr_get(&source, (uint32_t)tag, out);
}

/* Apple's service leaves *Length unset when it asks for the ATR; its buffer has room for one. */
static DWORD
room(DWORD tag, DWORD len)
{
#ifdef __APPLE__
	if (tag == TAG_IFD_ATR || tag == SCARD_ATTR_ATR_STRING)
		return VSC_ATR_MAX;
#endif
	(void)tag;
	return len;
}

RESPONSECODE
vsc_caps_get(struct vsc_channel *ch, DWORD tag, PDWORD len, PUCHAR value)
{
	static const struct {
		int err;
		RESPONSECODE rv;
	} errors[] = {
		{ VSC_E_SPACE, IFD_ERROR_INSUFFICIENT_BUFFER },
		{ VSC_E_CLOSED, IFD_ICC_NOT_PRESENT },
	};
	struct vsc_out out = vsc_out_from(value, value != NULL ? room(tag, *len) : 0);
	int err = get_cap(ch, tag, &out);

	if (err == 0) {
		*len = (DWORD)out.len;
		return IFD_SUCCESS;
	}
	for (size_t i = 0; i < VSC_COUNT(errors); i++) {
		if (errors[i].err == err)
			return errors[i].rv;
	}
	/* *len stays as it is: pcscd answers for tags of its own with the same variable */
	return IFD_ERROR_TAG;
}

RESPONSECODE
vsc_caps_set(struct vsc_channel *ch, DWORD tag)
{
	uint8_t room_for_any[VSC_ATTR_MAX];
	DWORD len = sizeof(room_for_any);

	if (tag == TAG_IFD_SLOTNUM) /* each slot has a Lun; there is nothing to select */
		return IFD_SUCCESS;
	return vsc_caps_get(ch, tag, &len, room_for_any) == IFD_ERROR_TAG
		   ? IFD_ERROR_TAG
		   : IFD_ERROR_VALUE_READ_ONLY;
}

/* --- control codes --------------------------------------------------------------------------- */

RESPONSECODE
vsc_caps_control(DWORD code, PUCHAR value, DWORD cap, LPDWORD len)
{
	struct vsc_out out = vsc_out_from(value, value != NULL ? cap : 0);
	int err = vsc_control((uint32_t)code, &out);

	*len = err == 0 ? (DWORD)out.len : 0;
	if (err == VSC_E_SPACE)
		return IFD_ERROR_INSUFFICIENT_BUFFER;
	return err < 0 ? IFD_ERROR_NOT_SUPPORTED : IFD_SUCCESS;
}

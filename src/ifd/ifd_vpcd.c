/*
 * The IFD handler (version 3.0) that pcscd loads: each IFDH function finds its slot by Lun and
 * passes the call on to that slot's reader.
 */
#include <PCSC/ifdhandler.h>
#include <PCSC/pcsclite.h>
#include <errno.h>
#include <string.h>

#include "ifd/caps.h"
#include "ifd/channels.h"
#include "ifd/log.h"

static RESPONSECODE
to_response(int err)
{
	static const struct {
		int err;
		RESPONSECODE rv;
	} rows[] = {
		{ 0, IFD_SUCCESS },
		{ VSC_E_CLOSED, IFD_ICC_NOT_PRESENT },
		{ VSC_E_TIMEOUT, IFD_RESPONSE_TIMEOUT },
	};

	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		if (rows[i].err == err)
			return rows[i].rv;
	}
	return IFD_COMMUNICATION_ERROR;
}

/* --- channels -------------------------------------------------------------------------------- */

static RESPONSECODE
open_channel(DWORD lun, const struct vsc_devicename *d, const char *name)
{
	struct vsc_endpoint ep = d->endpoint;
	char where[300];
	int error, err = vsc_channels_open(lun, d);

	if (err == 0)
		return IFD_SUCCESS;
	error = errno;
	if (vsc_endpoint_nth(&d->endpoint, (unsigned)(lun & 0xFFFF), &ep) < 0)
		ep = d->endpoint;
	vsc_endpoint_text(&ep, where, sizeof(where));
	vsc_env_log(&vsc_ifd_env, VSC_LOG_ERROR,
	    "Virtual PCD: DEVICENAME %s: cannot use %s: %s; %s (vpcd(5))", name, where,
	    err == VSC_E_IO ? strerror(error) : vsc_err_text(err),
	    err == VSC_E_BUSY ? "is another reader or program using it?"
			      : "it takes an address of this machine, or a path");
	return IFD_COMMUNICATION_ERROR;
}

static RESPONSECODE
refuse_name(const char *name, const char *why)
{
	vsc_env_log(&vsc_ifd_env, VSC_LOG_ERROR, "Virtual PCD: DEVICENAME %s: %s", name, why);
	return IFD_COMMUNICATION_ERROR;
}

/* NOLINTBEGIN(readability-non-const-parameter): the prototypes are pcscd's */
RESPONSECODE
IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName)
{
	struct vsc_devicename d;
	const char *why;

	if (DeviceName == NULL)
		return IFD_COMMUNICATION_ERROR;
	if (vsc_devicename_parse(&d, DeviceName, &why) < 0)
		return refuse_name(DeviceName, why);
	return open_channel(Lun, &d, DeviceName);
}

RESPONSECODE
IFDHCreateChannel(DWORD Lun, DWORD Channel)
{
	struct vsc_devicename d;
	const char *why;

	if (vsc_devicename_from_channel(&d, Channel, &why) < 0)
		return refuse_name("(CHANNELID)", why);
	return open_channel(Lun, &d, "(CHANNELID)");
}

RESPONSECODE
IFDHCloseChannel(DWORD Lun)
{
	return vsc_channels_close(Lun) < 0 ? IFD_COMMUNICATION_ERROR : IFD_SUCCESS;
}

/* --- what it is ------------------------------------------------------------------------------ */

RESPONSECODE
IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value)
{
	struct vsc_channel *ch;
	RESPONSECODE rv;

	if (Length == NULL)
		return IFD_COMMUNICATION_ERROR;
	ch = vsc_channels_get(Lun);
	rv = vsc_caps_get(ch, Tag, Length, Value);
	vsc_channels_put(ch);
	return rv;
}

RESPONSECODE
IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length, PUCHAR Value)
{
	struct vsc_channel *ch = vsc_channels_get(Lun);
	RESPONSECODE rv = vsc_caps_set(ch, Tag);

	(void)Length;
	(void)Value;
	vsc_channels_put(ch);
	return rv;
}

RESPONSECODE
IFDHControl(DWORD Lun, DWORD dwControlCode, PUCHAR TxBuffer, DWORD TxLength, PUCHAR RxBuffer,
    DWORD RxLength, LPDWORD pdwBytesReturned)
{
	DWORD unused;

	(void)Lun;
	(void)TxBuffer;
	(void)TxLength;
	return vsc_caps_control(dwControlCode, RxBuffer, RxLength,
	    pdwBytesReturned != NULL ? pdwBytesReturned : &unused);
}

/* --- the card -------------------------------------------------------------------------------- */

RESPONSECODE
IFDHICCPresence(DWORD Lun)
{
	struct vsc_channel *ch = vsc_channels_get(Lun);
	RESPONSECODE rv = IFD_COMMUNICATION_ERROR;

	if (ch != NULL)
		rv = vsc_channel_present(ch) ? IFD_ICC_PRESENT : IFD_ICC_NOT_PRESENT;
	vsc_channels_put(ch);
	return rv;
}

RESPONSECODE
vsc_ifd_poll(DWORD Lun, int timeout)
{
	struct vsc_channel *ch = vsc_channels_get(Lun);

	if (ch == NULL) /* pcscd pauses after this, instead of asking for ever */
		return IFD_NO_SUCH_DEVICE;
	vsc_channel_poll(ch, timeout);
	vsc_channels_put(ch);
	return IFD_SUCCESS;
}

RESPONSECODE
vsc_ifd_stop_poll(DWORD Lun)
{
	struct vsc_channel *ch = vsc_channels_get(Lun);

	if (ch != NULL)
		vsc_reader_wake(ch->reader);
	vsc_channels_put(ch);
	return IFD_SUCCESS;
}

static const struct {
	DWORD ifd;
	enum vsc_reader_power reader;
} actions[] = {
	{ IFD_POWER_UP, VSC_READER_POWER_UP },
	{ IFD_POWER_DOWN, VSC_READER_POWER_DOWN },
	{ IFD_RESET, VSC_READER_RESET },
};

static RESPONSECODE
power(struct vsc_channel *ch, enum vsc_reader_power action, PUCHAR atr, PDWORD atr_len)
{
	uint8_t fresh[VSC_ATR_MAX];
	uint64_t card = vsc_channel_card(ch);
	size_t len = 0;
	int err = vsc_reader_power(ch->reader, card, action);

	vsc_channel_power_done(ch, err == 0);
	if (err == 0 && action != VSC_READER_POWER_DOWN)
		err = vsc_reader_atr(ch->reader, card, fresh, &len);
	vsc_channel_set_powered(ch, err == 0 && action != VSC_READER_POWER_DOWN);
	/* MAX_ATR_SIZE is what every caller has */
	if (err == 0 && atr != NULL)
		err = vsc_copy(atr, MAX_ATR_SIZE, vsc_span_from(fresh, len));
	if (err == 0 && atr_len != NULL)
		*atr_len = (DWORD)len;
	return err == VSC_E_FORMAT ? IFD_ERROR_POWER_ACTION : to_response(err);
}

RESPONSECODE
IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength)
{
	struct vsc_channel *ch = vsc_channels_get(Lun);
	RESPONSECODE rv = ch == NULL ? IFD_COMMUNICATION_ERROR : IFD_NOT_SUPPORTED;

	if (AtrLength != NULL)
		*AtrLength = 0;
	for (size_t i = 0; i < VSC_COUNT(actions) && ch != NULL; i++) {
		if (actions[i].ifd == Action)
			rv = power(ch, actions[i].reader, Atr, AtrLength);
	}
	vsc_channels_put(ch);
	return rv;
}

/* APDUs travel whole, whatever protocol the ATR names: there is nothing to negotiate. */
RESPONSECODE
IFDHSetProtocolParameters(
    DWORD Lun, DWORD Protocol, UCHAR Flags, UCHAR PTS1, UCHAR PTS2, UCHAR PTS3)
{
	(void)Lun;
	(void)Flags;
	(void)PTS1;
	(void)PTS2;
	(void)PTS3;
	return Protocol == SCARD_PROTOCOL_T0 || Protocol == SCARD_PROTOCOL_T1
		   ? IFD_SUCCESS
		   : IFD_PROTOCOL_NOT_SUPPORTED;
}

RESPONSECODE
IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR TxBuffer, DWORD TxLength,
    PUCHAR RxBuffer, PDWORD RxLength, PSCARD_IO_HEADER RecvPci)
{
	struct vsc_channel *ch;
	struct vsc_out rsp;
	int err;

	(void)SendPci;
	(void)RecvPci; /* pcscd has filled it in with what it sent */
	if (RxLength == NULL || (TxBuffer == NULL && TxLength > 0))
		return IFD_COMMUNICATION_ERROR;
	rsp = vsc_out_from(RxBuffer, RxBuffer != NULL ? *RxLength : 0);
	*RxLength = 0;
	ch = vsc_channels_get(Lun);
	if (ch == NULL)
		return IFD_COMMUNICATION_ERROR;
	err = vsc_reader_transmit(
	    ch->reader, vsc_channel_card(ch), vsc_span_from(TxBuffer, TxLength), &rsp);
	vsc_channels_put(ch);
	*RxLength = (DWORD)rsp.len;
	return to_response(err);
}
/* NOLINTEND(readability-non-const-parameter) */

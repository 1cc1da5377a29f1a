/*
 * The PC/SC functions: arguments are checked and buffers filled as pcsc-lite's client does it, and
 * everything else is asked of the resource manager.
 */
#include "pcsc/include/PCSC/winscard.h"

#include <stdlib.h>
#include <string.h>

#include "pcsc/process.h"

const SCARD_IO_REQUEST g_rgSCardT0Pci = { SCARD_PROTOCOL_T0, sizeof(SCARD_IO_REQUEST) };
const SCARD_IO_REQUEST g_rgSCardT1Pci = { SCARD_PROTOCOL_T1, sizeof(SCARD_IO_REQUEST) };
const SCARD_IO_REQUEST g_rgSCardRawPci = { SCARD_PROTOCOL_RAW, sizeof(SCARD_IO_REQUEST) };

/* pcsc-lite's switch for programs that want SCARD_E_SHARING_VIOLATION instead of waiting */
static bool
no_block(void)
{
	return getenv("PCSCLITE_NO_BLOCKING") != NULL;
}

/* Ids fit in 32 bits; what does not is nobody's. */
static uint32_t
id_of(LONG handle)
{
	return handle < 0 || (unsigned long)handle > UINT32_MAX ? 0 : (uint32_t)handle;
}

static uint32_t
u32(DWORD value)
{
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static LONG
context_call(SCARDCONTEXT context, enum vsc_rm_op op)
{
	struct vsc_rm_call call = { .op = op, .id = id_of(context) };

	return vsc_process_call(&call);
}

LONG
SCardEstablishContext(
    DWORD dwScope, LPCVOID pvReserved1, LPCVOID pvReserved2, LPSCARDCONTEXT phContext)
{
	struct vsc_rm_call call = { .op = VSC_RM_ESTABLISH, .arg = { u32(dwScope) } };
	LONG rv;

	(void)pvReserved1;
	(void)pvReserved2;
	if (phContext == NULL)
		return SCARD_E_INVALID_PARAMETER;
	*phContext = 0;
	if (dwScope > SCARD_SCOPE_GLOBAL)
		return SCARD_E_INVALID_VALUE;
	if ((rv = vsc_process_call(&call)) == SCARD_S_SUCCESS)
		*phContext = (SCARDCONTEXT)call.ret[0];
	return rv;
}

LONG
SCardReleaseContext(SCARDCONTEXT hContext)
{
	return context_call(hContext, VSC_RM_RELEASE);
}

LONG
SCardIsValidContext(SCARDCONTEXT hContext)
{
	return context_call(hContext, VSC_RM_VALID);
}

LONG
SCardCancel(SCARDCONTEXT hContext)
{
	return context_call(hContext, VSC_RM_CANCEL);
}

LONG
SCardFreeMemory(SCARDCONTEXT hContext, LPCVOID pvMem)
{
	LONG rv = context_call(hContext, VSC_RM_VALID);

	if (rv == SCARD_S_SUCCESS)
		free((void *)(uintptr_t)pvMem);
	return rv;
}

/*
 * Hands out `value` under the rules for buffers: SCARD_AUTOALLOCATE, a question for the length
 * (buf NULL), or a buffer that may be too short, of which nothing is written then.
 */
static LONG
give(void *buf, LPDWORD len, struct vsc_span value)
{
	DWORD room = *len;
	void *to = buf;

	*len = value.len;
	if (room == SCARD_AUTOALLOCATE) {
		if (buf == NULL)
			return SCARD_E_INVALID_PARAMETER;
		if ((to = malloc(value.len == 0 ? 1 : value.len)) == NULL)
			return SCARD_E_NO_MEMORY;
		*(void **)buf = to;
		room = value.len;
	}
	if (to == NULL)
		return SCARD_S_SUCCESS;
	return vsc_copy(to, room, value) < 0 ? SCARD_E_INSUFFICIENT_BUFFER : SCARD_S_SUCCESS;
}

LONG
SCardListReaderGroups(SCARDCONTEXT hContext, LPSTR mszGroups, LPDWORD pcchGroups)
{
	static const char groups[] =
	    "SCard$DefaultReaders\0"; /* a multi-string ends in two zeros */
	LONG rv;

	if (pcchGroups == NULL)
		return SCARD_E_INVALID_PARAMETER;
	if ((rv = context_call(hContext, VSC_RM_VALID)) != SCARD_S_SUCCESS)
		return rv;
	return give(mszGroups, pcchGroups, vsc_span_from(groups, sizeof(groups)));
}

/* Turns states into names in place: a name is shorter than the state it comes from. */
static size_t
names_of(struct vsc_out *states)
{
	struct vsc_in in = vsc_in_from(vsc_out_span(states));
	struct vsc_out names = vsc_out_from(states->buf, states->cap);
	struct vsc_rm_state state;

	while (vsc_in_left(&in) > 0 && vsc_rm_state_get(&in, &state) == 0) {
		vsc_out_str(&names, state.name);
		vsc_out_u8(&names, 0);
	}
	vsc_out_u8(&names, 0);
	return names.len;
}

LONG
SCardListReaders(SCARDCONTEXT hContext, LPCSTR mszGroups, LPSTR mszReaders, LPDWORD pcchReaders)
{
	uint8_t buf[VSC_RM_OUT_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_rm_call call = { .op = VSC_RM_STATES, .id = id_of(hContext), .out = &out };
	size_t len;
	LONG rv;

	(void)mszGroups; /* there is one group, and every reader is in it */
	if (pcchReaders == NULL)
		return SCARD_E_INVALID_PARAMETER;
	if ((rv = vsc_process_call(&call)) != SCARD_S_SUCCESS)
		return rv;
	if ((len = names_of(&out)) == 1) {
		*pcchReaders = 1;
		return SCARD_E_NO_READERS_AVAILABLE;
	}
	return give(mszReaders, pcchReaders, vsc_span_from(buf, len));
}

LONG
SCardConnect(SCARDCONTEXT hContext, LPCSTR szReader, DWORD dwShareMode, DWORD dwPreferredProtocols,
    LPSCARDHANDLE phCard, LPDWORD pdwActiveProtocol)
{
	struct vsc_rm_call call = { .op = VSC_RM_CONNECT,
		.id = id_of(hContext),
		.arg = { u32(dwShareMode), u32(dwPreferredProtocols) },
		.no_block = no_block() };
	LONG rv;

	if (phCard == NULL || pdwActiveProtocol == NULL)
		return SCARD_E_INVALID_PARAMETER;
	*phCard = 0;
	if (szReader == NULL)
		return SCARD_E_UNKNOWN_READER;
	if (strlen(szReader) > MAX_READERNAME)
		return SCARD_E_INVALID_VALUE;
	call.in = vsc_span_str(szReader);
	if ((rv = vsc_process_call(&call)) == SCARD_E_INVALID_HANDLE)
		return rv;
	*phCard = (SCARDHANDLE)call.ret[0];
	*pdwActiveProtocol = call.ret[1];
	return rv;
}

LONG
SCardReconnect(SCARDHANDLE hCard, DWORD dwShareMode, DWORD dwPreferredProtocols,
    DWORD dwInitialization, LPDWORD pdwActiveProtocol)
{
	struct vsc_rm_call call = { .op = VSC_RM_RECONNECT,
		.id = id_of(hCard),
		.arg = { u32(dwShareMode), u32(dwPreferredProtocols), u32(dwInitialization) },
		.no_block = no_block() };
	LONG rv;

	if (pdwActiveProtocol == NULL)
		return SCARD_E_INVALID_PARAMETER;
	if ((rv = vsc_process_call(&call)) != SCARD_E_INVALID_HANDLE)
		*pdwActiveProtocol = call.ret[0];
	return rv;
}

static LONG
card_call(SCARDHANDLE card, enum vsc_rm_op op, DWORD arg)
{
	struct vsc_rm_call call = { .op = op, .id = id_of(card), .arg = { u32(arg) } };

	return vsc_process_call(&call);
}

LONG
SCardDisconnect(SCARDHANDLE hCard, DWORD dwDisposition)
{
	return card_call(hCard, VSC_RM_DISCONNECT, dwDisposition);
}

LONG
SCardBeginTransaction(SCARDHANDLE hCard)
{
	return card_call(hCard, VSC_RM_BEGIN, 0);
}

LONG
SCardEndTransaction(SCARDHANDLE hCard, DWORD dwDisposition)
{
	return card_call(hCard, VSC_RM_END, dwDisposition);
}

/* As give(), but what fits of a value that is too long is written, which programs have come to
 * expect of SCardStatus. */
static LONG
give_cut(void *buf, DWORD room, LPDWORD len, struct vsc_span value)
{
	LONG rv;

	*len = room;
	rv = give(buf, len, value);
	if (rv == SCARD_E_INSUFFICIENT_BUFFER &&
	    vsc_copy(buf, room, vsc_span_slice(value, 0, room)) < 0)
		return SCARD_F_INTERNAL_ERROR;
	return rv;
}

static LONG
card_state(SCARDHANDLE card, struct vsc_rm_state *state)
{
	uint8_t buf[sizeof(*state)];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_rm_call call = {
		.op = VSC_RM_STATUS, .id = id_of(card), .no_block = no_block(), .out = &out
	};
	struct vsc_in in;
	LONG rv = vsc_process_call(&call);

	in = vsc_in_from(vsc_out_span(&out));
	if (rv == SCARD_S_SUCCESS && vsc_rm_state_get(&in, state) < 0)
		return SCARD_F_INTERNAL_ERROR;
	return rv;
}

LONG
SCardStatus(SCARDHANDLE hCard, LPSTR mszReaderName, LPDWORD pcchReaderLen, LPDWORD pdwState,
    LPDWORD pdwProtocol, LPBYTE pbAtr, LPDWORD pcbAtrLen)
{
	struct vsc_rm_state state;
	DWORD no_name = 0, no_atr = 0, name_room, atr_room;
	LONG rv, atr_rv;

	if (pcchReaderLen == NULL)
		pcchReaderLen = &no_name;
	if (pcbAtrLen == NULL)
		pcbAtrLen = &no_atr;
	name_room = *pcchReaderLen;
	atr_room = *pcbAtrLen;
	*pcchReaderLen = 0;
	*pcbAtrLen = 0;
	if (pdwState != NULL)
		*pdwState = 0;
	if (pdwProtocol != NULL)
		*pdwProtocol = 0;
	if ((rv = card_state(hCard, &state)) != SCARD_S_SUCCESS)
		return rv;
	if (pdwState != NULL)
		*pdwState = (state.counter << 16) + state.state;
	if (pdwProtocol != NULL)
		*pdwProtocol = state.protocol;
	*pcbAtrLen = state.atr_len;
	rv = give_cut(mszReaderName, name_room, pcchReaderLen,
	    vsc_span_from(state.name, strlen(state.name) + 1));
	if (rv != SCARD_S_SUCCESS && rv != SCARD_E_INSUFFICIENT_BUFFER)
		return rv;
	atr_rv = give_cut(pbAtr, atr_room, pcbAtrLen, vsc_span_from(state.atr, state.atr_len));
	return atr_rv != SCARD_S_SUCCESS ? atr_rv : rv;
}

LONG
SCardTransmit(SCARDHANDLE hCard, const SCARD_IO_REQUEST *pioSendPci, LPCBYTE pbSendBuffer,
    DWORD cbSendLength, SCARD_IO_REQUEST *pioRecvPci, LPBYTE pbRecvBuffer, LPDWORD pcbRecvLength)
{
	uint8_t buf[VSC_RM_OUT_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_rm_call call = { .op = VSC_RM_TRANSMIT,
		.id = id_of(hCard),
		.no_block = no_block(),
		.in = vsc_span_from(pbSendBuffer, cbSendLength),
		.out = &out };
	DWORD room;
	LONG rv;

	(void)pioRecvPci; /* pcscd gives back what the caller wrote there */
	if (pbSendBuffer == NULL || pbRecvBuffer == NULL || pcbRecvLength == NULL ||
	    pioSendPci == NULL)
		return SCARD_E_INVALID_PARAMETER;
	room = *pcbRecvLength;
	if (cbSendLength > MAX_BUFFER_SIZE_EXTENDED)
		return SCARD_E_INSUFFICIENT_BUFFER;
	call.arg[0] = u32(pioSendPci->dwProtocol);
	rv = vsc_process_call(&call);
	*pcbRecvLength = rv == SCARD_S_SUCCESS ? out.len : 0;
	if (rv == SCARD_S_SUCCESS && vsc_copy(pbRecvBuffer, room, vsc_out_span(&out)) < 0)
		rv = SCARD_E_INSUFFICIENT_BUFFER;
	vsc_wipe(buf, out.len);
	return rv;
}

LONG
SCardControl(SCARDHANDLE hCard, DWORD dwControlCode, LPCVOID pbSendBuffer, DWORD cbSendLength,
    LPVOID pbRecvBuffer, DWORD cbRecvLength, LPDWORD lpBytesReturned)
{
	uint8_t buf[MAX_BUFFER_SIZE];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_rm_call call = {
		.op = VSC_RM_CONTROL, .id = id_of(hCard), .arg = { u32(dwControlCode) }, .out = &out
	};
	LONG rv;

	(void)pbSendBuffer; /* no control code of ours takes data */
	if (lpBytesReturned != NULL)
		*lpBytesReturned = 0;
	if (cbSendLength > MAX_BUFFER_SIZE_EXTENDED)
		return SCARD_E_INSUFFICIENT_BUFFER;
	if ((rv = vsc_process_call(&call)) != SCARD_S_SUCCESS)
		return rv;
	if (lpBytesReturned != NULL)
		*lpBytesReturned = out.len;
	if (pbRecvBuffer == NULL || vsc_copy(pbRecvBuffer, cbRecvLength, vsc_out_span(&out)) < 0)
		return SCARD_E_INSUFFICIENT_BUFFER;
	return SCARD_S_SUCCESS;
}

LONG
SCardGetAttrib(SCARDHANDLE hCard, DWORD dwAttrId, LPBYTE pbAttr, LPDWORD pcbAttrLen)
{
	uint8_t buf[MAX_BUFFER_SIZE];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_rm_call call = {
		.op = VSC_RM_GET_ATTRIB, .id = id_of(hCard), .arg = { u32(dwAttrId) }, .out = &out
	};
	DWORD room;
	LONG rv;

	if (pcbAttrLen == NULL || (*pcbAttrLen == SCARD_AUTOALLOCATE && pbAttr == NULL))
		return SCARD_E_INVALID_PARAMETER;
	room = pbAttr == NULL ? MAX_BUFFER_SIZE : *pcbAttrLen;
	if (room == SCARD_AUTOALLOCATE) /* who frees it without looking at the result may */
		*(void **)(void *)pbAttr = NULL;
	/* As in pcsc-lite, room for more than any attribute has is refused. */
	if (room != SCARD_AUTOALLOCATE && room > MAX_BUFFER_SIZE)
		return SCARD_E_INSUFFICIENT_BUFFER;
	if (pbAttr == NULL)
		*pcbAttrLen = room;
	if ((rv = vsc_process_call(&call)) != SCARD_S_SUCCESS)
		return rv;
	return give_cut(pbAttr, room, pcbAttrLen, vsc_out_span(&out));
}

LONG
SCardSetAttrib(SCARDHANDLE hCard, DWORD dwAttrId, LPCBYTE pbAttr, DWORD cbAttrLen)
{
	struct vsc_rm_call call = { .op = VSC_RM_SET_ATTRIB,
		.id = id_of(hCard),
		.arg = { u32(dwAttrId) },
		.in = vsc_span_from(pbAttr, cbAttrLen) };

	if (pbAttr == NULL || cbAttrLen == 0)
		return SCARD_E_INVALID_PARAMETER;
	if (cbAttrLen > MAX_BUFFER_SIZE)
		return SCARD_E_INSUFFICIENT_BUFFER;
	return vsc_process_call(&call);
}

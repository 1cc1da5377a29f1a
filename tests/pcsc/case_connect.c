/* SCardConnect, SCardReconnect, SCardDisconnect: modes and protocols. */
#include <string.h>

#include "cases.h"

#define SHARED    SCARD_SHARE_SHARED
#define EXCLUSIVE SCARD_SHARE_EXCLUSIVE
#define DIRECT    SCARD_SHARE_DIRECT
#define ANY       SCARD_PROTOCOL_ANY

static LONG
try(const struct world *w, const char *reader, DWORD share, DWORD protocols)
{
	SCARDHANDLE card = 0;
	DWORD protocol;
	LONG rv = SCardConnect(w->context, reader, share, protocols, &card, &protocol);

	if (rv == SCARD_S_SUCCESS)
		EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
	else
		CHECK_NUM(0, (unsigned long)card);
	return rv;
}

void
case_connect_arguments(struct world *w)
{
	char name[200];
	SCARDHANDLE card;
	DWORD protocol;

	EXPECT(SCARD_E_INVALID_PARAMETER,
	    SCardConnect(w->context, w->reader, SHARED, ANY, NULL, &protocol));
	EXPECT(SCARD_E_INVALID_PARAMETER,
	    SCardConnect(w->context, w->reader, SHARED, ANY, &card, NULL));
	EXPECT(SCARD_E_UNKNOWN_READER, try(w, NULL, SHARED, ANY));
	EXPECT(SCARD_E_UNKNOWN_READER, try(w, "", SHARED, ANY));
	EXPECT(SCARD_E_UNKNOWN_READER, try(w, "no such reader", SHARED, ANY));
	memset(name, 'x', sizeof(name));
	name[127] = '\0';
	EXPECT(SCARD_E_UNKNOWN_READER, try(w, name, SHARED, ANY));
	name[127] = 'x';
	name[150] = '\0';
	EXPECT(SCARD_E_INVALID_VALUE, try(w, name, SHARED, ANY));
}

void
case_connect_modes(struct world *w)
{
	EXPECT_OK(try(w, w->reader, SHARED, ANY));
	EXPECT_OK(try(w, w->reader, EXCLUSIVE, ANY));
	EXPECT_OK(try(w, w->reader, DIRECT, ANY));
	EXPECT_OK(try(w, w->reader, DIRECT, 0));
	EXPECT(SCARD_E_PROTO_MISMATCH, try(w, w->reader, SHARED, 0));
	EXPECT(SCARD_E_PROTO_MISMATCH, try(w, w->reader, EXCLUSIVE, 0));
	EXPECT(SCARD_E_PROTO_MISMATCH, try(w, w->reader, SHARED, SCARD_PROTOCOL_T15));
	EXPECT(SCARD_E_INVALID_VALUE, try(w, w->reader, 0, ANY));
	EXPECT(SCARD_E_INVALID_VALUE, try(w, w->reader, 4, ANY));
	EXPECT(SCARD_E_PROTO_MISMATCH, try(w, w->reader, 4, 0));
	/* the mode is looked at before the name */
	EXPECT(SCARD_E_PROTO_MISMATCH, try(w, "no such reader", SHARED, 0));
}

void
case_connect_no_card(struct world *w)
{
	EXPECT(SCARD_E_NO_SMARTCARD, try(w, w->other, SHARED, ANY));
	EXPECT(SCARD_E_NO_SMARTCARD, try(w, w->other, EXCLUSIVE, ANY));
	EXPECT_OK(try(w, w->other, DIRECT, 0));
}

void
case_connect_sharing(struct world *w)
{
	SCARDHANDLE a = connect_shared(w->context, w->reader),
		    b = connect_shared(w->context, w->reader);
	DWORD protocol;

	CHECK(a != 0 && b != 0 && a != b);
	EXPECT(SCARD_E_SHARING_VIOLATION, try(w, w->reader, EXCLUSIVE, ANY));
	EXPECT_OK(SCardDisconnect(a, SCARD_LEAVE_CARD));
	EXPECT(SCARD_E_SHARING_VIOLATION, try(w, w->reader, EXCLUSIVE, ANY));
	EXPECT_OK(SCardDisconnect(b, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardConnect(w->context, w->reader, EXCLUSIVE, ANY, &a, &protocol));
	EXPECT(SCARD_E_SHARING_VIOLATION, try(w, w->reader, SHARED, ANY));
	EXPECT(SCARD_E_SHARING_VIOLATION, try(w, w->reader, EXCLUSIVE, ANY));
	EXPECT(SCARD_E_SHARING_VIOLATION, try(w, w->reader, DIRECT, 0));
	EXPECT_OK(SCardDisconnect(a, SCARD_LEAVE_CARD));
	EXPECT_OK(try(w, w->reader, SHARED, ANY));
}

static const struct {
	const char *name;
	struct vsc_span atr;
	DWORD asked;
	LONG rv;
	DWORD active;
} protocol_rows[] = {
#define SPAN(...)                                                                          \
	{                                                                                  \
		(const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }) \
	}
	{ "T=0 card, any", SPAN(0x3B, 0x00), ANY, SCARD_S_SUCCESS, SCARD_PROTOCOL_T0 },
	{ "T=0 card, T=1", SPAN(0x3B, 0x00), SCARD_PROTOCOL_T1, SCARD_E_PROTO_MISMATCH, 0 },
	{ "T=1 card, any", SPAN(0x3B, 0x80, 0x01, 0x81), ANY, SCARD_S_SUCCESS, SCARD_PROTOCOL_T1 },
	{ "T=1 card, T=0", SPAN(0x3B, 0x80, 0x01, 0x81), SCARD_PROTOCOL_T0, SCARD_E_PROTO_MISMATCH,
	    0 },
	{ "both, any", SPAN(0x3B, 0x80, 0x80, 0x01, 0x01), ANY, SCARD_S_SUCCESS,
	    SCARD_PROTOCOL_T1 },
	{ "both, T=0", SPAN(0x3B, 0x80, 0x80, 0x01, 0x01), SCARD_PROTOCOL_T0, SCARD_S_SUCCESS,
	    SCARD_PROTOCOL_T0 },
	{ "both, raw", SPAN(0x3B, 0x80, 0x80, 0x01, 0x01), SCARD_PROTOCOL_RAW, SCARD_S_SUCCESS,
	    SCARD_PROTOCOL_RAW },
	{ "both, but TA2 says T=0", SPAN(0x3B, 0x80, 0x90, 0x10, 0x01, 0x11), SCARD_PROTOCOL_T0,
	    SCARD_S_SUCCESS, SCARD_PROTOCOL_T0 },
#undef SPAN
};

void
case_connect_protocols(struct world *w)
{
	for (size_t i = 0; i < VSC_COUNT(protocol_rows); i++) {
		struct card *card = insert(w, w->slot, w->reader, protocol_rows[i].atr);
		SCARDHANDLE handle = 0;
		DWORD active = 99;

		if (!expect(protocol_rows[i].rv,
			SCardConnect(w->context, w->reader, SHARED, protocol_rows[i].asked, &handle,
			    &active),
			protocol_rows[i].name, __FILE__, __LINE__) ||
		    protocol_rows[i].rv != SCARD_S_SUCCESS) {
			take_out(w, card, w->reader);
			continue;
		}
		check_num(
		    protocol_rows[i].active, active, protocol_rows[i].name, __FILE__, __LINE__);
		EXPECT_OK(SCardDisconnect(handle, SCARD_LEAVE_CARD));
		take_out(w, card, w->reader);
	}
}

/* What is agreed on holds for all handles, and for a while after the last. */
void
case_connect_protocol_stays(struct world *w)
{
	SCARDHANDLE a, b;
	DWORD active;

	EXPECT_OK(SCardConnect(w->context, w->reader, SHARED, SCARD_PROTOCOL_T0, &a, &active));
	EXPECT(SCARD_E_PROTO_MISMATCH,
	    SCardConnect(w->context, w->reader, SHARED, SCARD_PROTOCOL_T1, &b, &active));
	EXPECT_OK(SCardConnect(w->context, w->reader, SHARED, ANY, &b, &active));
	CHECK_NUM(SCARD_PROTOCOL_T0, active);
	EXPECT_OK(SCardDisconnect(b, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardDisconnect(a, SCARD_RESET_CARD));
	EXPECT_OK(SCardConnect(w->context, w->reader, SHARED, SCARD_PROTOCOL_T1, &a, &active));
	CHECK_NUM(SCARD_PROTOCOL_T1, active);
	EXPECT_OK(SCardDisconnect(a, SCARD_LEAVE_CARD));
}

/* What a direct handle has asked for while the card was without power stays when it gets some. */
void
case_connect_protocol_unpowered(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader), raw;
	DWORD active = 99;

	EXPECT_OK(SCardDisconnect(card, SCARD_UNPOWER_CARD));
	EXPECT_OK(SCardConnect(
	    w->context, w->reader, SCARD_SHARE_DIRECT, SCARD_PROTOCOL_RAW, &raw, &active));
	CHECK_NUM(SCARD_PROTOCOL_RAW, active);
	EXPECT(SCARD_E_PROTO_MISMATCH, SCardConnect(w->context, w->reader, SCARD_SHARE_SHARED,
					   SCARD_PROTOCOL_ANY, &card, &active));
	EXPECT_OK(SCardDisconnect(raw, SCARD_RESET_CARD));
	card = connect_shared(w->context, w->reader);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

/* A command to no card undoes it. */
void
case_connect_protocol_forgotten(struct world *w)
{
	static const SCARD_IO_REQUEST pci = { SCARD_PROTOCOL_RAW, sizeof(pci) };
	static const uint8_t command[] = { 0x80, CARD_ECHO, 0, 0 };
	SCARDHANDLE raw;
	uint8_t answer[300];
	DWORD active, state, protocol = 99, len = sizeof(answer);

	EXPECT_OK(SCardConnect(
	    w->context, w->other, SCARD_SHARE_DIRECT, SCARD_PROTOCOL_RAW, &raw, &active));
	EXPECT_OK(SCardStatus(raw, NULL, NULL, &state, &protocol, NULL, NULL));
	CHECK_NUM(SCARD_PROTOCOL_RAW, protocol);
	EXPECT(SCARD_E_NO_SMARTCARD,
	    SCardTransmit(raw, &pci, command, sizeof(command), NULL, answer, &len));
	EXPECT_OK(SCardStatus(raw, NULL, NULL, &state, &protocol, NULL, NULL));
	CHECK_NUM(SCARD_PROTOCOL_UNDEFINED, protocol);
	EXPECT_OK(SCardDisconnect(raw, SCARD_LEAVE_CARD));
}

void
case_handle_foreign(struct world *w)
{
	static const SCARDHANDLE bad[] = { 0, 1, 0x7FFFFFFF, -1 };
	uint8_t buf[300];
	DWORD len, active;

	(void)w;
	for (size_t i = 0; i < VSC_COUNT(bad); i++) {
		SCARDHANDLE h = bad[i];

		EXPECT(SCARD_E_INVALID_HANDLE, status_of(h));
		EXPECT(SCARD_E_INVALID_HANDLE, SCardDisconnect(h, SCARD_LEAVE_CARD));
		EXPECT(SCARD_E_INVALID_HANDLE,
		    SCardReconnect(h, SHARED, ANY, SCARD_LEAVE_CARD, &active));
		EXPECT(SCARD_E_INVALID_HANDLE, SCardBeginTransaction(h));
		EXPECT(SCARD_E_INVALID_HANDLE, SCardEndTransaction(h, SCARD_LEAVE_CARD));
		len = sizeof(buf);
		EXPECT(SCARD_E_INVALID_HANDLE, send_apdu(h, CARD_GET, 0, buf, &len));
		CHECK_NUM(0, len);
		len = 264;
		EXPECT(SCARD_E_INVALID_HANDLE, SCardGetAttrib(h, 0x00090303, buf, &len));
		EXPECT(SCARD_E_INVALID_HANDLE, SCardSetAttrib(h, 0x00090303, buf, 4));
		EXPECT(SCARD_E_INVALID_HANDLE,
		    SCardControl(h, 0x42000D48, NULL, 0, buf, sizeof(buf), &len));
	}
}

void
case_disconnect(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);

	EXPECT(SCARD_E_INVALID_VALUE, SCardDisconnect(card, 4));
	EXPECT(SCARD_E_INVALID_VALUE, SCardDisconnect(card, 0xFFFF));
	EXPECT_OK(status_of(card));
	EXPECT_OK(SCardDisconnect(card, SCARD_EJECT_CARD));
	EXPECT(SCARD_E_INVALID_HANDLE, SCardDisconnect(card, SCARD_LEAVE_CARD));
	EXPECT(SCARD_E_INVALID_HANDLE, status_of(card));
}

void
case_reconnect_arguments(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	DWORD active = 0;

	EXPECT(
	    SCARD_E_INVALID_PARAMETER, SCardReconnect(card, SHARED, ANY, SCARD_LEAVE_CARD, NULL));
	EXPECT(SCARD_E_INVALID_VALUE, SCardReconnect(card, SHARED, ANY, SCARD_EJECT_CARD, &active));
	EXPECT(SCARD_E_INVALID_VALUE, SCardReconnect(card, SHARED, ANY, 9, &active));
	EXPECT(SCARD_E_INVALID_VALUE, SCardReconnect(card, 0, ANY, SCARD_LEAVE_CARD, &active));
	EXPECT(SCARD_E_INVALID_VALUE, SCardReconnect(card, 4, 0, SCARD_LEAVE_CARD, &active));
	EXPECT(SCARD_E_PROTO_MISMATCH, SCardReconnect(card, SHARED, 0, SCARD_LEAVE_CARD, &active));
	EXPECT(SCARD_E_PROTO_MISMATCH,
	    SCardReconnect(card, SHARED, SCARD_PROTOCOL_T0, SCARD_LEAVE_CARD, &active));
	EXPECT_OK(SCardReconnect(card, SHARED, ANY, SCARD_LEAVE_CARD, &active));
	CHECK_NUM(SCARD_PROTOCOL_T1, active);
	/* after a reset another protocol can be agreed on */
	EXPECT_OK(SCardReconnect(card, SHARED, SCARD_PROTOCOL_T0, SCARD_RESET_CARD, &active));
	CHECK_NUM(SCARD_PROTOCOL_T0, active);
	EXPECT_OK(SCardDisconnect(card, SCARD_RESET_CARD));
}

void
case_reconnect_sharing(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	DWORD active;

	EXPECT_OK(SCardReconnect(card, EXCLUSIVE, ANY, SCARD_LEAVE_CARD, &active));
	EXPECT(SCARD_E_SHARING_VIOLATION, try(w, w->reader, SHARED, ANY));
	EXPECT_OK(SCardReconnect(card, EXCLUSIVE, ANY, SCARD_LEAVE_CARD, &active));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
	EXPECT_OK(try(w, w->reader, SHARED, ANY));
}

struct reconnect {
	SCARDHANDLE card;
	DWORD share;
};

static LONG
reconnect_in_thread(void *arg)
{
	const struct reconnect *r = arg;
	DWORD active;

	return SCardReconnect(r->card, r->share, ANY, SCARD_LEAVE_CARD, &active);
}

/* Exclusive access is waited for until the other handle is closed. */
void
case_reconnect_waits(struct world *w)
{
	SCARDCONTEXT context = establish();
	SCARDHANDLE other = connect_shared(w->context, w->reader);
	struct reconnect r = { connect_shared(context, w->reader), EXCLUSIVE };
	struct background b;

	background_start(&b, reconnect_in_thread, &r);
	sleep_ms(300);
	CHECK(!b.done);
	EXPECT_OK(SCardDisconnect(other, SCARD_LEAVE_CARD));
	EXPECT_OK(background_join(&b));
	EXPECT_OK(SCardReleaseContext(context));
}

/* SCardTransmit: lengths, protocols, and cards that misbehave. */
#include <string.h>

#include "cases.h"

#define MAX_SEND 65548 /* MAX_BUFFER_SIZE_EXTENDED */

void
case_transmit_echo(struct world *w)
{
	static const uint8_t apdu[] = { 0x80, CARD_ECHO, 0, 0, 3, 'a', 'b', 'c' };
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	SCARD_IO_REQUEST pci = { SCARD_PROTOCOL_T1, sizeof(pci) };
	uint8_t answer[5];
	DWORD len = sizeof(answer);

	EXPECT_OK(SCardTransmit(card, SCARD_PCI_T1, apdu, sizeof(apdu), &pci, answer, &len));
	CHECK_NUM(5, len);
	CHECK(memcmp(answer, "abc\x90\x00", 5) == 0);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_transmit_arguments(struct world *w)
{
	static const uint8_t apdu[] = { 0x80, CARD_GET, 0, 0 };
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	uint8_t answer[300];
	DWORD len = sizeof(answer);

	EXPECT(SCARD_E_INVALID_PARAMETER,
	    SCardTransmit(card, NULL, apdu, sizeof(apdu), NULL, answer, &len));
	EXPECT(SCARD_E_INVALID_PARAMETER,
	    SCardTransmit(card, SCARD_PCI_T1, NULL, sizeof(apdu), NULL, answer, &len));
	EXPECT(SCARD_E_INVALID_PARAMETER,
	    SCardTransmit(card, SCARD_PCI_T1, apdu, sizeof(apdu), NULL, NULL, &len));
	EXPECT(SCARD_E_INVALID_PARAMETER,
	    SCardTransmit(card, SCARD_PCI_T1, apdu, sizeof(apdu), NULL, answer, NULL));
	EXPECT(SCARD_E_PROTO_MISMATCH,
	    SCardTransmit(card, SCARD_PCI_T0, apdu, sizeof(apdu), NULL, answer, &len));
	CHECK_NUM(0, len);
	len = sizeof(answer);
	EXPECT_OK(SCardTransmit(card, SCARD_PCI_RAW, apdu, sizeof(apdu), NULL, answer, &len));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_transmit_short_buffer(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	uint8_t answer[300];
	DWORD len;

	len = 201;
	EXPECT(SCARD_E_INSUFFICIENT_BUFFER, send_apdu(card, CARD_LENGTH, 200, answer, &len));
	CHECK_NUM(202, len);
	len = 1;
	EXPECT(SCARD_E_INSUFFICIENT_BUFFER, send_apdu(card, CARD_GET, 0, answer, &len));
	CHECK_NUM(3, len);
	len = 202;
	EXPECT_OK(send_apdu(card, CARD_LENGTH, 200, answer, &len));
	CHECK_NUM(202, len);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_transmit_long_answer(struct world *w)
{
	static const unsigned lengths[] = { 255, 256, 257, 4096, 65500, 65533 };
	static uint8_t answer[70000];
	SCARDHANDLE card = connect_shared(w->context, w->reader);

	for (size_t i = 0; i < VSC_COUNT(lengths); i++) {
		DWORD len = sizeof(answer);

		EXPECT_OK(send_apdu(card, CARD_LENGTH, lengths[i], answer, &len));
		CHECK_NUM(lengths[i] + 2, len);
		CHECK(answer[0] == 0x5A && answer[len - 3] == 0x5A && answer[len - 2] == 0x90);
	}
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_transmit_long_command(struct world *w)
{
	static uint8_t apdu[MAX_SEND + 1], answer[70000];
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	DWORD len = sizeof(answer);

	memset(apdu, 'x', sizeof(apdu));
	memcpy(apdu, (const uint8_t[]){ 0x80, CARD_ECHO, 0, 0, 0, 0xFF, 0xF6 }, 7);
	EXPECT_OK(SCardTransmit(card, SCARD_PCI_T1, apdu, 7 + 65526, NULL, answer, &len));
	CHECK_NUM(65528, len);
	/* longer than a frame, longer than pcsc-lite's buffer: refused, and the card stays */
	len = sizeof(answer);
	EXPECT(SCARD_E_NOT_TRANSACTED,
	    SCardTransmit(card, SCARD_PCI_T1, apdu, 65536, NULL, answer, &len));
	len = sizeof(answer);
	EXPECT(SCARD_E_INSUFFICIENT_BUFFER,
	    SCardTransmit(card, SCARD_PCI_T1, apdu, MAX_SEND + 1, NULL, answer, &len));
	EXPECT_OK(send_simple(card, CARD_ECHO, 0));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_transmit_short_command(struct world *w)
{
	static const uint8_t apdu[] = { 0x02 };
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	unsigned resets = card_resets(w->card);
	uint8_t answer[300];
	DWORD len = sizeof(answer);

	EXPECT(
	    SCARD_E_NOT_TRANSACTED, SCardTransmit(card, SCARD_PCI_T1, apdu, 0, NULL, answer, &len));
	CHECK_NUM(0, len);
	/* a single byte would be a control code to the card */
	len = sizeof(answer);
	EXPECT(
	    SCARD_E_NOT_TRANSACTED, SCardTransmit(card, SCARD_PCI_T1, apdu, 1, NULL, answer, &len));
	EXPECT_OK(send_simple(card, CARD_GET, 0));
	CHECK_NUM(resets, card_resets(w->card));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_transmit_direct(struct world *w)
{
	static const uint8_t apdu[] = { 0x80, CARD_GET, 0, 0 };
	SCARDHANDLE card;
	uint8_t answer[300];
	DWORD len = sizeof(answer), active = 99;

	EXPECT_OK(SCardConnect(w->context, w->reader, SCARD_SHARE_DIRECT, 0, &card, &active));
	CHECK_NUM(0, active);
	EXPECT(SCARD_E_PROTO_MISMATCH,
	    SCardTransmit(card, SCARD_PCI_T1, apdu, sizeof(apdu), NULL, answer, &len));
	EXPECT_OK(SCardReconnect(
	    card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, SCARD_LEAVE_CARD, &active));
	CHECK_NUM(SCARD_PROTOCOL_T1, active);
	len = sizeof(answer);
	EXPECT_OK(SCardTransmit(card, SCARD_PCI_T1, apdu, sizeof(apdu), NULL, answer, &len));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_transmit_empty_answer(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);

	EXPECT(SCARD_E_NOT_TRANSACTED, send_simple(card, CARD_SILENT, 0));
	EXPECT_OK(send_simple(card, CARD_GET, 0));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_transmit_card_leaves(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	uint8_t answer[300];
	DWORD len = sizeof(answer);

	EXPECT(SCARD_E_NO_SMARTCARD, send_apdu(card, CARD_LEAVE, 0, answer, &len));
	CHECK_NUM(0, len);
	take_out(w, w->card, w->reader);
	w->card = NULL;
	/* pcscd shows the empty reader a moment before it tells the handles */
	for (int i = 0; i < 100 && status_of(card) != SCARD_W_REMOVED_CARD; i++)
		sleep_ms(1);
	EXPECT(SCARD_W_REMOVED_CARD, status_of(card));
	EXPECT(SCARD_W_REMOVED_CARD, send_simple(card, CARD_GET, 0));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

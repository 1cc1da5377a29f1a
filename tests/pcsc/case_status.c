/* SCardStatus, attributes, control codes. */
#include <reader.h>
#include <string.h>

#include "cases.h"

#define READY (SCARD_PRESENT | SCARD_POWERED | SCARD_NEGOTIABLE)

void
case_status_all(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	struct vsc_span atr = ATR_BOTH;
	char name[200];
	uint8_t got[MAX_ATR_SIZE];
	DWORD name_len = sizeof(name), got_len = sizeof(got), state = 0, protocol = 0;

	EXPECT_OK(SCardStatus(card, name, &name_len, &state, &protocol, got, &got_len));
	CHECK_NUM(READY, state & 0xFFFF);
	CHECK_NUM(SCARD_PROTOCOL_T1, protocol);
	CHECK_NUM(strlen(w->reader) + 1, name_len);
	CHECK(strcmp(name, w->reader) == 0);
	CHECK_NUM(atr.len, got_len);
	CHECK(memcmp(got, atr.ptr, atr.len) == 0);
	EXPECT_OK(SCardStatus(card, NULL, NULL, NULL, NULL, NULL, NULL));
	name_len = got_len = 0;
	EXPECT_OK(SCardStatus(card, NULL, &name_len, NULL, NULL, NULL, &got_len));
	CHECK_NUM(strlen(w->reader) + 1, name_len);
	CHECK_NUM(atr.len, got_len);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_status_short(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	char name[200];
	uint8_t atr[MAX_ATR_SIZE];
	DWORD name_len = 5, atr_len = sizeof(atr), state = 0;

	EXPECT(SCARD_E_INSUFFICIENT_BUFFER,
	    SCardStatus(card, name, &name_len, &state, NULL, atr, &atr_len));
	CHECK_NUM(strlen(w->reader) + 1, name_len);
	CHECK(memcmp(name, w->reader, 5) == 0);
	CHECK_NUM(READY, state & 0xFFFF);
	name_len = sizeof(name);
	atr_len = 2;
	EXPECT(SCARD_E_INSUFFICIENT_BUFFER,
	    SCardStatus(card, name, &name_len, NULL, NULL, atr, &atr_len));
	CHECK_NUM(5, atr_len);
	CHECK(atr[0] == 0x3B && atr[1] == 0x80);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_status_autoallocate(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	char *name = NULL;
	uint8_t *atr = NULL;
	DWORD name_len = SCARD_AUTOALLOCATE, atr_len = SCARD_AUTOALLOCATE;

	if (EXPECT_OK(SCardStatus(card, (LPSTR)(void *)&name, &name_len, NULL, NULL,
		(LPBYTE)(void *)&atr, &atr_len))) {
		CHECK(strcmp(name, w->reader) == 0);
		CHECK(atr[0] == 0x3B);
		EXPECT_OK(SCardFreeMemory(w->context, name));
		EXPECT_OK(SCardFreeMemory(w->context, atr));
	}
	name_len = SCARD_AUTOALLOCATE;
	EXPECT(
	    SCARD_E_INVALID_PARAMETER, SCardStatus(card, NULL, &name_len, NULL, NULL, NULL, NULL));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_status_empty_reader(struct world *w)
{
	SCARDHANDLE card;
	DWORD state = 0, protocol = 99, atr_len = 33, active;
	uint8_t atr[33];

	EXPECT_OK(SCardConnect(w->context, w->other, SCARD_SHARE_DIRECT, 0, &card, &active));
	CHECK_NUM(0, active);
	EXPECT_OK(SCardStatus(card, NULL, NULL, &state, &protocol, atr, &atr_len));
	CHECK_NUM(SCARD_ABSENT, state & 0xFFFF);
	CHECK_NUM(0, protocol);
	CHECK_NUM(0, atr_len);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_attributes(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	struct vsc_span atr = ATR_BOTH;
	uint8_t buf[264], *allocated = NULL;
	DWORD len = sizeof(buf);

	EXPECT_OK(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, buf, &len));
	CHECK_NUM(atr.len, len);
	CHECK(memcmp(buf, atr.ptr, atr.len) == 0);
	len = 0;
	EXPECT_OK(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, NULL, &len));
	CHECK_NUM(atr.len, len);
	len = SCARD_AUTOALLOCATE;
	EXPECT_OK(SCardGetAttrib(card, SCARD_ATTR_VENDOR_NAME, (LPBYTE)(void *)&allocated, &len));
	CHECK(allocated != NULL && len > 1);
	EXPECT_OK(SCardFreeMemory(w->context, allocated));
	len = sizeof(buf);
	EXPECT_OK(SCardGetAttrib(card, SCARD_ATTR_DEVICE_FRIENDLY_NAME, buf, &len));
	CHECK_NUM(strlen(w->reader) + 1, len);
	CHECK(strcmp((const char *)buf, w->reader) == 0);
	len = sizeof(buf);
	EXPECT_OK(SCardGetAttrib(card, SCARD_ATTR_DEVICE_SYSTEM_NAME, buf, &len));
	len = sizeof(buf);
	EXPECT_OK(SCardGetAttrib(card, SCARD_ATTR_ICC_PRESENCE, buf, &len));
	CHECK(len == 1 && buf[0] != 0);
	len = sizeof(buf);
	EXPECT_OK(SCardGetAttrib(card, SCARD_ATTR_MAXINPUT, buf, &len));
	CHECK_NUM(4, len);
	len = sizeof(buf);
	EXPECT(
	    SCARD_E_UNSUPPORTED_FEATURE, SCardGetAttrib(card, SCARD_ATTR_CURRENT_CLK, buf, &len));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_attribute_arguments(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	uint8_t buf[1000];
	DWORD len = 2;

	EXPECT(SCARD_E_INVALID_PARAMETER, SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, buf, NULL));
	EXPECT(SCARD_E_INSUFFICIENT_BUFFER, SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, buf, &len));
	CHECK_NUM(5, len);
	len = SCARD_AUTOALLOCATE;
	EXPECT(SCARD_E_INVALID_PARAMETER, SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, NULL, &len));
	len = sizeof(buf);
	EXPECT(SCARD_E_INSUFFICIENT_BUFFER, SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, buf, &len));
	EXPECT(SCARD_E_INVALID_PARAMETER, SCardSetAttrib(card, SCARD_ATTR_ATR_STRING, NULL, 1));
	EXPECT(SCARD_E_INVALID_PARAMETER, SCardSetAttrib(card, SCARD_ATTR_ATR_STRING, buf, 0));
	EXPECT(SCARD_E_INSUFFICIENT_BUFFER,
	    SCardSetAttrib(card, SCARD_ATTR_ATR_STRING, buf, sizeof(buf)));
	EXPECT(SCARD_E_UNSUPPORTED_FEATURE, SCardSetAttrib(card, SCARD_ATTR_CURRENT_CLK, buf, 4));
	EXPECT(SCARD_E_NOT_TRANSACTED, SCardSetAttrib(card, SCARD_ATTR_VENDOR_NAME, buf, 4));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_attributes_without_card(struct world *w)
{
	SCARDHANDLE card;
	uint8_t buf[264];
	DWORD len = sizeof(buf), active;

	EXPECT_OK(SCardConnect(w->context, w->other, SCARD_SHARE_DIRECT, 0, &card, &active));
	EXPECT_OK(SCardGetAttrib(card, SCARD_ATTR_VENDOR_IFD_VERSION, buf, &len));
	CHECK_NUM(4, len);
	len = sizeof(buf);
	EXPECT_OK(SCardGetAttrib(card, SCARD_ATTR_ICC_PRESENCE, buf, &len));
	CHECK(len == 1 && buf[0] == 0);
	len = sizeof(buf);
	EXPECT(SCARD_E_NOT_TRANSACTED, SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, buf, &len));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

/* pcscd hands any tag to the driver, its own ones too. */
void
case_attributes_of_the_driver(struct world *w)
{
	static const struct {
		DWORD tag;
		uint8_t value;
	} rows[] = { { 0x0FAC, 1 }, { 0x0FAD, 1 }, { 0x0FAE, 2 }, { 0x0FAF, 255 } };
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	struct vsc_span atr = ATR_BOTH;
	uint8_t buf[264];
	DWORD len = sizeof(buf);

	EXPECT_OK(SCardGetAttrib(card, 0x0303, buf, &len)); /* TAG_IFD_ATR */
	CHECK_NUM(atr.len, len);
	CHECK(memcmp(buf, atr.ptr, atr.len) == 0);
	EXPECT(SCARD_E_NOT_TRANSACTED, SCardSetAttrib(card, 0x0303, buf, 4));
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		len = sizeof(buf);
		EXPECT_OK(SCardGetAttrib(card, rows[i].tag, buf, &len));
		CHECK_NUM(1, len);
		CHECK_NUM(rows[i].value, buf[0]);
		EXPECT(SCARD_E_NOT_TRANSACTED, SCardSetAttrib(card, rows[i].tag, buf, 1));
	}
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

/* OpenSC finds out this way that extended APDUs may be sent. */
void
case_control_features(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	uint8_t buf[264];
	DWORD len = 99, code, size = 0;

	EXPECT_OK(
	    SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, buf, sizeof(buf), &len));
	if (!CHECK_NUM(6, len) || !CHECK(buf[0] == FEATURE_GET_TLV_PROPERTIES && buf[1] == 4))
		return;
	code = (DWORD)buf[2] << 24 | (DWORD)buf[3] << 16 | (DWORD)buf[4] << 8 | buf[5];
	EXPECT_OK(SCardControl(card, code, NULL, 0, buf, sizeof(buf), &len));
	for (DWORD i = 0; i + 6 <= len; i += 2u + buf[i + 1])
		if (buf[i] == PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize)
			size = buf[i + 2] | (DWORD)buf[i + 3] << 8 | (DWORD)buf[i + 4] << 16;
	CHECK_NUM(65526, size);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_control_arguments(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	uint8_t buf[264];
	DWORD len = 99;

	EXPECT(SCARD_E_UNSUPPORTED_FEATURE,
	    SCardControl(card, SCARD_CTL_CODE(1), "abc", 3, buf, sizeof(buf), &len));
	CHECK_NUM(0, len);
	EXPECT(SCARD_E_INSUFFICIENT_BUFFER,
	    SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, buf, 5, &len));
	CHECK_NUM(6, len);
	EXPECT_OK(
	    SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, buf, sizeof(buf), NULL));
	EXPECT(SCARD_E_INSUFFICIENT_BUFFER,
	    SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, buf, 70000, buf, sizeof(buf), &len));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

/* No card is needed for it. */
void
case_control_without_card(struct world *w)
{
	SCARDHANDLE card;
	uint8_t buf[264];
	DWORD len = 99, active;

	EXPECT_OK(SCardConnect(w->context, w->other, SCARD_SHARE_DIRECT, 0, &card, &active));
	EXPECT_OK(
	    SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, buf, sizeof(buf), &len));
	CHECK_NUM(6, len);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

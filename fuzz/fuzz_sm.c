/*
 * Commands to an open secure messaging session: from the first byte's bits its cipher and flags
 * (bit 7: chained MACs), then a chain of commands. With bit 8 the command is first protected as a
 * terminal would, so that what comes after the MAC is reached: then it must come out as it went in.
 */
#include "fuzz.h"

#include "base/auto.h"
#include "card/sm.h"
#include "iso/tlv.h"

static const struct vsc_suite *const suites[] = { &vsc_suite_3des, &vsc_suite_aes128,
	&vsc_suite_aes192, &vsc_suite_aes256 };

static uint8_t buf[1 << 18];

static void
open_session(struct vsc_sm *sm, uint8_t choice)
{
	static const uint8_t keys[64] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	const struct vsc_suite *suite = suites[choice & 0x03];

	if ((choice & 0x40) != 0) {
		FUZZ_CHECK(
		    vsc_sm_start_mcv(sm, &vsc_suite_aes128, vsc_span_from(keys, 16),
			vsc_span_from(keys + 1, 16), vsc_span_from(keys + 2, 16), VSC_SM_PIV) == 0);
		return;
	}
	FUZZ_CHECK(
	    vsc_sm_start(sm, suite, vsc_span_from(keys, suite->key_len),
		vsc_span_from(keys + 1, suite->key_len), VSC_SPAN_EMPTY, choice >> 2 & 0x0F) == 0);
}

/* The terminal's MAC over header and objects, by the session's cipher and next counter. */
static void
put_mac(struct vsc_sm *sm, const uint8_t header[4], struct vsc_span objects, struct vsc_out *out)
{
	size_t block = vsc_cipher_suite(sm->now.cipher)->block_len;
	uint8_t ssc[VSC_SUITE_BLOCK_MAX], mac[VSC_SUITE_MAC_LEN], padding[VSC_SUITE_BLOCK_MAX];
	struct vsc_out pad = vsc_out_from(padding, sizeof(padding));

	FUZZ_CHECK(vsc_copy(ssc, sizeof(ssc), vsc_span_from(sm->now.ssc, block)) == 0);
	for (size_t i = block; i > 0 && ++ssc[i - 1] == 0; i--)
		;
	FUZZ_CHECK(vsc_cipher_mac_start(sm->now.cipher) == 0 &&
		   vsc_cipher_mac_add(sm->now.cipher, vsc_span_from(ssc, block)) == 0);
	vsc_out_put(&pad, vsc_span_from(header, 4));
	vsc_pad(&pad, 4, block);
	FUZZ_CHECK(vsc_cipher_mac_add(sm->now.cipher, vsc_out_span(&pad)) == 0);
	if (objects.len > 0) {
		pad.len = 0;
		vsc_pad(&pad, objects.len, block);
		FUZZ_CHECK(vsc_cipher_mac_add(sm->now.cipher, objects) == 0 &&
			   vsc_cipher_mac_add(sm->now.cipher, vsc_out_span(&pad)) == 0);
	}
	FUZZ_CHECK(vsc_cipher_mac_end(sm->now.cipher, mac) == 0);
	vsc_tlv_put(out, 0x8E, VSC_SPAN_OF(mac));
}

/* The same after the MAC before, where MACs are chained. */
static void
put_chained_mac(
    struct vsc_sm *sm, const uint8_t header[4], struct vsc_span objects, struct vsc_out *out)
{
	uint8_t mac[VSC_SUITE_MAC_LEN], padded[16];
	struct vsc_out pad = vsc_out_from(padded, sizeof(padded));

	vsc_out_put(&pad, vsc_span_from(header, 4));
	vsc_pad(&pad, 4, sizeof(padded));
	FUZZ_CHECK(
	    vsc_cipher_mac_start(sm->now.cipher) == 0 &&
	    vsc_cipher_mac_add(sm->now.cipher, VSC_SPAN_OF(sm->now.mcv[VSC_SM_COMMAND])) == 0 &&
	    vsc_cipher_mac_add(sm->now.cipher, VSC_SPAN_OF(padded)) == 0 &&
	    vsc_cipher_mac_add(sm->now.cipher, objects) == 0 &&
	    vsc_cipher_mac_end(sm->now.cipher, mac) == 0);
	vsc_tlv_put(out, 0x8E, VSC_SPAN_OF(mac));
}

/* One command: raw, or its data field taken as data objects and given their MAC. */
static bool
play(struct vsc_sm *sm, struct vsc_span raw, bool protect)
{
	VSC_AUTO_BLOB store = { NULL, 0 };
	struct vsc_out out = vsc_out_from(buf, sizeof(buf) / 2),
		       answer = vsc_out_from(buf + sizeof(buf) / 2, sizeof(buf) / 2);
	struct vsc_apdu cmd, plain;
	vsc_sw sw;

	if (vsc_apdu_parse(&cmd, raw) < 0)
		return false;
	if (protect) {
		uint8_t header[4] = { cmd.cla = 0x0C, cmd.ins, cmd.p1, cmd.p2 };

		vsc_out_put(&out, cmd.data);
		if (vsc_sm_has(sm, VSC_SM_MCV))
			put_chained_mac(sm, header, cmd.data, &out);
		else
			put_mac(sm, header, cmd.data, &out);
		cmd.data = vsc_out_span(&out);
	}
	sw = vsc_sm_unwrap(sm, &cmd, &store, &plain);
	FUZZ_CHECK(sw == VSC_SW_OK || sw == VSC_SW_SM_MISSING || sw == VSC_SW_SM_INCORRECT);
	FUZZ_CHECK((sw == VSC_SW_OK) == vsc_sm_active(sm));
	if (sw != VSC_SW_OK)
		return false;
	FUZZ_CHECK(plain.ins == cmd.ins && plain.p1 == cmd.p1 && plain.p2 == cmd.p2);
	FUZZ_CHECK(plain.data.len <= cmd.data.len && plain.ne <= VSC_NE_EXTENDED_MAX);
	FUZZ_CHECK(vsc_cla_decode(plain.cla).sm == VSC_SM_NONE);
	FUZZ_CHECK(vsc_sm_wrap(sm, plain.data, VSC_SW_OK, &answer) == 0);
	FUZZ_CHECK(vsc_tlv_valid(vsc_out_span(&answer), 0) && answer.len >= 14);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_in in = vsc_in_from(vsc_span_from(data, size));
	struct vsc_sm sm = { .busy = false };
	struct vsc_span raw;
	uint8_t choice;
	uint16_t len;

	if (vsc_in_u8(&in, &choice) < 0)
		return 0;
	open_session(&sm, choice);
	while (vsc_in_u16(&in, &len) == 0 && vsc_in_span(&in, len, &raw) == 0)
		if (!play(&sm, raw, (choice & 0x80) != 0))
			break;
	vsc_sm_end(&sm);
	return 0;
}

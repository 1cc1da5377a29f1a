/*
 * A terminal that has opened the identity card, with session keys that the harness knows. Byte 0
 * says how far it came: 0 nothing, 1 PACE with the PIN, 2 with the CAN, 3 with the PUK, 4 with the
 * PIN and a CHAT, 5 to 7 everything as authentication terminal, inspection system, signature
 * terminal, 8 as the first of them in session context 1, with that of PACE to return to. Then each
 * command is a length of two bytes (the highest bit: send it as it is) and the plain APDU, which is
 * protected with the right keys.
 */
#include "fuzz.h"

#include "card/engine.h"
#include "cards/eac/eac_impl.h"
#include "cards/npa/npa.h"
#include "iso/tlv.h"

#define COMMANDS_MAX 32

static const uint8_t enc_key[16] = { 1 }, mac_key[16] = { 2 };

static int
count_up(void *ctx, uint8_t *buf, size_t len)
{
	uint8_t *next = ctx;

	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)((*next)++ * 37 + i);
	return 0;
}

static int64_t
noon(void *ctx)
{
	(void)ctx;
	return 1795262400; /* 2026-11-21 12:00:00 UTC */
}

static const struct stage {
	unsigned password;
	bool chat, all;
	enum vsc_cvc_type type;
	int context;
} stages[] = {
	{ 0, false, false, VSC_CVC_AT, 0 },
	{ VSC_EAC_PIN, false, false, VSC_CVC_AT, 0 },
	{ VSC_EAC_CAN, false, false, VSC_CVC_AT, 0 },
	{ VSC_EAC_PUK, false, false, VSC_CVC_AT, 0 },
	{ VSC_EAC_PIN, true, false, VSC_CVC_AT, 0 },
	{ VSC_EAC_PIN, true, true, VSC_CVC_AT, 0 },
	{ VSC_EAC_CAN, true, true, VSC_CVC_IS, 0 },
	{ VSC_EAC_CAN, true, true, VSC_CVC_ST, 0 },
	{ VSC_EAC_PIN, true, true, VSC_CVC_AT, 1 },
};

static void
start_session(struct vsc_sm *sm)
{
	FUZZ_CHECK(vsc_sm_start(sm, &vsc_suite_aes128, VSC_SPAN_OF(enc_key), VSC_SPAN_OF(mac_key),
		       VSC_SPAN_EMPTY, VSC_SM_EMRTD) == 0);
}

/* Chip authentication under a number: PACE's context is kept. */
static void
begin_context(struct vsc_card *card, int number)
{
	struct vsc_sm *sm = &card->channels[0]->sm;
	uint8_t buf[64];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	sm->busy = true;
	vsc_npa_of(card)->eac.next_context = number;
	FUZZ_CHECK(vsc_eac_context_begin(card, &vsc_npa_of(card)->eac) == 0);
	start_session(sm);
	FUZZ_CHECK(vsc_sm_wrap(sm, VSC_SPAN_EMPTY, VSC_SW_OK, &out) == 0);
}

/* What PACE, and terminal and chip authentication, leave behind. */
static void
reach(struct vsc_card *card, const struct stage *stage)
{
	struct vsc_npa *npa = vsc_npa_of(card);
	const struct vsc_ta_setup ta = { .version = VSC_TA_2,
		.trust = &npa->trust,
		.env = card->env,
		.chat = { stage->type, VSC_CVC_TERMINAL, vsc_chat_all_rights(stage->type) } };

	if (stage->password == 0)
		return;
	start_session(&card->channels[0]->sm);
	npa->eac.password = stage->password;
	npa->eac.has_chat = stage->chat;
	npa->eac.chat = ta.chat;
	FUZZ_CHECK(vsc_blob_set(&npa->eac.id_picc, VSC_SPAN_OF(enc_key)) == 0);
	if (stage->context > 0)
		begin_context(card, stage->context);
	if (stage->chat)
		vsc_ta_start(&npa->eac.ta, &ta);
	if (stage->all) {
		npa->eac.ta.done = npa->eac.ca_done = true;
		npa->eac.ta.rights = ta.chat.rights;
	}
}

/* --- The terminal's secure messaging --- */

struct terminal {
	struct vsc_cipher *cipher;
	uint8_t ssc[16];
};

static void
count(struct terminal *t)
{
	for (size_t i = 16; i > 0; i--)
		if (++t->ssc[i - 1] != 0)
			break;
}

static void
mac(struct terminal *t, struct vsc_span header, struct vsc_span objects, struct vsc_out *out)
{
	static uint8_t buf[70000];
	struct vsc_out all = vsc_out_from(buf, sizeof(buf));
	uint8_t result[VSC_SUITE_MAC_LEN];

	vsc_out_put(&all, VSC_SPAN_OF(t->ssc));
	vsc_out_put(&all, header);
	vsc_pad(&all, header.len, 16);
	vsc_out_put(&all, objects);
	if (objects.len > 0)
		vsc_pad(&all, objects.len, 16);
	FUZZ_CHECK(!all.full && vsc_cipher_mac(t->cipher, vsc_out_span(&all), result) == 0);
	vsc_tlv_put(out, 0x8E, VSC_SPAN_OF(result));
}

static void
put_cryptogram(struct terminal *t, struct vsc_span data, bool odd, struct vsc_out *out)
{
	static uint8_t plain[70000], secret[70000];
	struct vsc_out padded = vsc_out_from(plain, sizeof(plain)),
		       result = vsc_out_from(secret, sizeof(secret));
	uint8_t iv[VSC_SUITE_BLOCK_MAX];

	vsc_out_put(&padded, data);
	vsc_pad(&padded, data.len, 16);
	if (!odd)
		vsc_out_u8(&result, 0x01);
	FUZZ_CHECK(vsc_cipher_iv(t->cipher, VSC_SPAN_OF(t->ssc), iv) == 0);
	FUZZ_CHECK(vsc_cipher_encrypt(t->cipher, iv, vsc_out_span(&padded), &result) == 0);
	vsc_tlv_put(out, odd ? 0x85 : 0x87, vsc_out_span(&result));
}

static struct vsc_span
protect(struct terminal *t, const struct vsc_apdu *plain, struct vsc_out *frame)
{
	static uint8_t buf[70000];
	struct vsc_out objects = vsc_out_from(buf, sizeof(buf));
	const uint8_t header[] = { plain->cla | 0x0C, plain->ins, plain->p1, plain->p2 };
	struct vsc_apdu cmd = { .cla = header[0],
		.ins = plain->ins,
		.p1 = plain->p1,
		.p2 = plain->p2,
		.ne = VSC_NE_EXTENDED_MAX,
		.has_le = true,
		.extended = true };

	count(t);
	if (plain->data.len > 0)
		put_cryptogram(t, plain->data, (plain->ins & 1) != 0, &objects);
	if (plain->has_le)
		vsc_tlv_put_u16(&objects, 0x97, (uint16_t)plain->ne);
	mac(t, VSC_SPAN_OF(header), vsc_out_span(&objects), &objects);
	cmd.data = vsc_out_span(&objects);
	vsc_apdu_put(frame, &cmd);
	return vsc_out_span(frame);
}

static void
command(struct vsc_card *card, struct terminal *t, struct vsc_span apdu, bool raw)
{
	static uint8_t frame[70000], buf[VSC_RESPONSE_MAX];
	struct vsc_out protected = vsc_out_from(frame, sizeof(frame)),
		       out = vsc_out_from(buf, sizeof(buf));
	bool session = vsc_sm_active(&card->channels[0]->sm);
	struct vsc_apdu plain;
	vsc_sw sw;

	if (!raw && session && vsc_apdu_parse(&plain, apdu) == 0 && plain.data.len < 60000)
		apdu = protect(t, &plain, &protected);
	FUZZ_CHECK(vsc_card_transmit(card, apdu, &out) == 0);
	FUZZ_CHECK(vsc_response_split(vsc_out_span(&out), NULL, &sw) == 0);
	FUZZ_CHECK((sw >> 12 == 6 || sw >> 12 == 9) && sw >> 8 != 0x60);
	/* the counter of whichever context this is now */
	if (vsc_sm_active(&card->channels[0]->sm))
		FUZZ_CHECK(vsc_copy(t->ssc, sizeof(t->ssc),
			       VSC_SPAN_OF(card->channels[0]->sm.now.ssc)) == 0);
	/* without a session nothing is proven */
	if (!vsc_sm_active(&card->channels[0]->sm))
		FUZZ_CHECK(vsc_npa_of(card)->eac.password == 0 &&
			   vsc_eac_rights(&vsc_npa_of(card)->eac) == 0);
}

/* Making a card takes a hundred times as long as asking it something: one that has not changed is
 * as good as new after a reset. */
static struct vsc_card *kept;
static uint8_t next_random;
static bool changed;

static int
note_change(void *ctx, struct vsc_card *card)
{
	(void)ctx;
	(void)card;
	changed = true;
	return 0;
}

static struct vsc_card *
fresh_card(void)
{
	static const struct vsc_env env = { .ctx = &next_random, .random = count_up, .now = noon };

	next_random = 0;
	if (kept == NULL) {
		FUZZ_CHECK(vsc_card_new(&kept, &vsc_card_npa, NULL, &env) == 0);
		kept->store.commit = note_change;
	}
	next_random = 0;
	changed = false;
	vsc_card_reset(kept, VSC_RESET_OFF);
	vsc_card_reset(kept, VSC_RESET_ON);
	return kept;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t stage;
	struct vsc_in in = vsc_in_from(vsc_span_from(data, size));
	struct terminal terminal = { .ssc = { 0 } };
	struct vsc_card *card;
	uint16_t len;

	if (vsc_in_u8(&in, &stage) < 0)
		return 0;
	card = fresh_card();
	FUZZ_CHECK(vsc_cipher_new(&terminal.cipher, &vsc_suite_aes128, VSC_SPAN_OF(enc_key),
		       VSC_SPAN_OF(mac_key)) == 0);
	reach(card, &stages[stage % VSC_COUNT(stages)]);
	for (int i = 0; i < COMMANDS_MAX && vsc_in_u16(&in, &len) == 0; i++) {
		struct vsc_span apdu;

		if (vsc_in_span(&in, len & 0x7FFF, &apdu) < 0)
			break;
		command(card, &terminal, apdu, (len & 0x8000) != 0);
	}
	vsc_cipher_free(terminal.cipher);
	if (changed) {
		vsc_card_free(kept);
		kept = NULL;
	}
	return 0;
}

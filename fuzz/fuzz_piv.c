/*
 * A PIV card with keys of every kind, and what comes over the wire to it, frame after frame. The
 * first byte of the input says what the terminal has proven already: bit 1 the PIN, bit 2 the
 * management key; bit 3: the card is in a contactless reader and has a virtual contact interface;
 * bit 4: there is a session of secure messaging, and commands of class 0C are protected as a
 * terminal would. Seeds are the transcripts, in pieces.
 */
#include "fuzz.h"

#include "card/engine.h"
#include "iso/tlv.h"
#include "wire/frame.h"

#define FRAMES_MAX 48

extern const struct vsc_card_type vsc_card_piv;

static int
count_up(void *ctx, uint8_t *buf, size_t len)
{
	uint8_t *next = ctx;

	for (size_t i = 0; i < len; i++)
		buf[i] = (*next)++;
	return 0;
}

static int64_t
noon(void *ctx)
{
	(void)ctx;
	return 1795262400; /* 2026-11-21 12:00:00 UTC */
}

/* The RSA key is made once: the slots' keys are copies. */
static struct vsc_key *
rsa_key(void)
{
	static struct vsc_blob saved;
	struct vsc_key *key;

	if (saved.len == 0) {
		FUZZ_CHECK(vsc_key_generate_rsa(&key, 1024, VSC_SPAN_EMPTY) == 0);
		FUZZ_CHECK(vsc_key_save(key, &saved) == 0);
		return key;
	}
	FUZZ_CHECK(vsc_key_load(&key, VSC_KEY_RSA, true, vsc_blob_span(&saved)) == 0);
	return key;
}

static void
add_key(struct vsc_card *card, uint8_t ref, uint8_t alg, struct vsc_key *key)
{
	const struct vsc_slot spec = {
		.ref = ref,
		.alg = alg,
		.policy = ref == 0x9C ? VSC_PIN_ALWAYS : VSC_PIN_ONCE,
		.pin = 0x80,
		.usage = VSC_USE_INTERNAL | VSC_USE_AGREE,
		.generated = true,
		.key = key,
	};

	FUZZ_CHECK(vsc_slot_add(card, &spec, NULL) == 0);
}

static void
add_curve_key(struct vsc_card *card, uint8_t ref, uint8_t alg, const char *curve)
{
	static const uint8_t secret[48] = { 0x7F, 1, 2, 3, 4, 5, 6, 7, 8 };
	const struct vsc_curve *c = vsc_curve_by_name(curve);
	struct vsc_key *key;

	FUZZ_CHECK(
	    vsc_key_import_ec(&key, c, vsc_span_from(secret, c->field_len), VSC_SPAN_EMPTY) == 0);
	add_key(card, ref, alg, key);
}

static void
equip(struct vsc_card *card, uint8_t proven)
{
	add_key(card, 0x9A, 0x06, rsa_key());
	add_curve_key(card, 0x9C, 0x11, "P-256");
	add_curve_key(card, 0x9D, 0x14, "P-384");
	add_curve_key(card, 0x82, 0xE0, "ED25519");
	add_curve_key(card, 0x83, 0xE1, "X25519");
	if ((proven & 1) != 0)
		vsc_pin_prove(card, vsc_pin_find(card, 0x80));
	if ((proven & 2) != 0)
		vsc_key_prove(card, vsc_slot_find(card, 0x9B)->id);
}

/* Making RSA keys takes longer than a fuzzer has patience: AC{80 algorithm} in short form, for a
 * curve, or no GENERATE at all. */
static bool
takes_long(struct vsc_span frame)
{
	static const uint8_t curves[] = { 0x11, 0x14, 0xE0, 0xE1, 0x27, 0x2E };

	if (frame.len < 2 || frame.ptr[1] != 0x47)
		return false;
	if (frame.len < 10 || (frame.ptr[0] & 0x10) != 0 || frame.ptr[5] != 0xAC ||
	    frame.ptr[7] != 0x80 || frame.ptr[8] != 0x01)
		return true;
	for (size_t i = 0; i < sizeof(curves); i++)
		if (curves[i] == frame.ptr[9])
			return false;
	return true;
}

/* Session keys that both sides know: SK_ENC, SK_MAC, SK_RMAC. */
static const uint8_t session_keys[3][16] = { { 1 }, { 2 }, { 3 } };

static void
open_session(struct vsc_card *card)
{
	FUZZ_CHECK(vsc_sm_start_mcv(&card->channels[0]->sm, &vsc_suite_aes128,
		       VSC_SPAN_OF(session_keys[0]), VSC_SPAN_OF(session_keys[1]),
		       VSC_SPAN_OF(session_keys[2]), VSC_SM_PIV) == 0);
}

/* 87 and 97 of a command. */
static void
put_objects(
    struct vsc_cipher *cipher, const uint8_t *ssc, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	static uint8_t padded[VSC_RESPONSE_MAX], hidden[VSC_RESPONSE_MAX];
	struct vsc_out plain = vsc_out_from(padded, sizeof(padded));
	struct vsc_out value = vsc_out_from(hidden, sizeof(hidden));
	uint8_t iv[VSC_SUITE_BLOCK_MAX];

	if (cmd->data.len > 0) {
		vsc_out_put(&plain, cmd->data);
		vsc_pad(&plain, cmd->data.len, 16);
		vsc_out_u8(&value, 0x01);
		FUZZ_CHECK(vsc_cipher_iv(cipher, vsc_span_from(ssc, 16), iv) == 0);
		FUZZ_CHECK(vsc_cipher_encrypt(cipher, iv, vsc_out_span(&plain), &value) == 0);
		vsc_tlv_put(out, 0x87, vsc_out_span(&value));
	}
	if (cmd->has_le)
		vsc_tlv_put_u8(out, 0x97, (uint8_t)cmd->ne);
}

/* The frame as a terminal in the card's session writes it; as it is, if that cannot be. */
static struct vsc_span
protect(const struct vsc_card *card, struct vsc_span frame)
{
	static uint8_t fields[VSC_RESPONSE_MAX], whole[VSC_RESPONSE_MAX];
	const struct vsc_sm_keys *keys = &card->channels[0]->sm.now;
	struct vsc_out objects = vsc_out_from(fields, sizeof(fields));
	struct vsc_out out = vsc_out_from(whole, sizeof(whole));
	uint8_t ssc[16], mac[VSC_SUITE_MAC_LEN], first[16] = { 0 };
	struct vsc_cipher *cipher;
	struct vsc_apdu cmd;

	if (keys->cipher == NULL || frame.len < 4 || frame.ptr[0] != 0x0C ||
	    vsc_apdu_parse(&cmd, frame) < 0 || cmd.data.len > 60000)
		return frame;
	vsc_move(ssc, keys->ssc, sizeof(ssc));
	ssc[15]++; /* a run is shorter than 255 commands */
	FUZZ_CHECK(vsc_cipher_new(&cipher, &vsc_suite_aes128, VSC_SPAN_OF(session_keys[0]),
		       VSC_SPAN_OF(session_keys[1])) == 0);
	put_objects(cipher, ssc, &cmd, &objects);
	vsc_move(first, frame.ptr, 4);
	first[4] = 0x80;
	FUZZ_CHECK(vsc_cipher_mac_start(cipher) == 0 &&
		   vsc_cipher_mac_add(cipher, VSC_SPAN_OF(keys->mcv[VSC_SM_COMMAND])) == 0 &&
		   vsc_cipher_mac_add(cipher, VSC_SPAN_OF(first)) == 0 &&
		   vsc_cipher_mac_add(cipher, vsc_out_span(&objects)) == 0 &&
		   vsc_cipher_mac_end(cipher, mac) == 0);
	vsc_cipher_free(cipher);
	vsc_tlv_put(&objects, 0x8E, VSC_SPAN_OF(mac));
	cmd.data = vsc_out_span(&objects);
	cmd.extended = true;
	cmd.has_le = true;
	cmd.ne = VSC_NE_EXTENDED_MAX;
	vsc_apdu_put(&out, &cmd);
	FUZZ_CHECK(!out.full && !objects.full);
	return vsc_out_span(&out);
}

static void
command(struct vsc_card *card, struct vsc_span frame)
{
	static uint8_t buf[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	vsc_sw sw;

	if (takes_long(frame))
		return;
	frame = protect(card, frame);
	FUZZ_CHECK(vsc_card_transmit(card, frame, &out) == 0);
	FUZZ_CHECK(!out.full);
	FUZZ_CHECK(vsc_response_split(vsc_out_span(&out), NULL, &sw) == 0);
	FUZZ_CHECK(sw == VSC_SW_OK || (sw >> 12 == 6 && sw >> 8 != 0x60));
	FUZZ_CHECK(vsc_sw_is_processed(sw) || out.len == 2);
	/* nothing that a terminal sends makes the card fail */
	FUZZ_CHECK(sw != VSC_SW_INTERNAL && sw != VSC_SW_MEMORY_FAILURE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct vsc_param contactless[] = { { "contactless", "" },
		{ "pairing-code", "12345678" } };
	const struct vsc_params params = { contactless, VSC_COUNT(contactless) };
	uint8_t next = 1, proven;
	const struct vsc_env env = { .ctx = &next, .random = count_up, .now = noon };
	struct vsc_in in = vsc_in_from(vsc_span_from(data, size));
	struct vsc_frames frames = { 0 };
	struct vsc_card *card;
	struct vsc_span frame;

	if (vsc_in_u8(&in, &proven) < 0)
		return 0;
	FUZZ_CHECK(
	    vsc_card_new(&card, &vsc_card_piv, (proven & 4) != 0 ? &params : NULL, &env) == 0);
	vsc_card_reset(card, VSC_RESET_ON);
	equip(card, proven);
	if ((proven & 8) != 0)
		open_session(card);
	for (int i = 0; i < FRAMES_MAX && vsc_frames_next(&frames, &in, &frame) == 1; i++) {
		if (frame.len == 1)
			vsc_card_reset(card, VSC_RESET_WARM);
		else
			command(card, frame);
	}
	vsc_frames_reset(&frames);
	vsc_card_free(card);
	return 0;
}

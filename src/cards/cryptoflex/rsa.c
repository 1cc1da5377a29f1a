/*
 * INTERNAL AUTHENTICATE and GENERATE: RSA with the keys in EF 0012 (private) and EF 1012 (public)
 * of the current DF. Each is a list of blocks that ends with a length of 0000:
 *	length of the block (2) | key number + 1 | numbers
 * private: p, q, 1/q mod p, d mod (p-1), d mod (q-1), each half as long as the modulus;
 * public: the modulus, three halves that the card computes with (zeros here), the exponent (4).
 * All numbers, and what goes in and out, have their least significant byte first.
 */
#include "base/auto.h"
#include "card/ef.h"
#include "cards/cryptoflex/flex.h"

#define HEAD         3u   /* length and number */
#define HALF_MAX     128u /* of 2048 bits */
#define EXPONENT_LEN 4u
#define NUMBERS      5u /* of a private key */
#define BLOCK_MAX    (HEAD + NUMBERS * HALF_MAX)

/* In the order of a private block. */
static const enum vsc_rsa_number numbers[NUMBERS] = { VSC_RSA_P, VSC_RSA_Q, VSC_RSA_QINV,
	VSC_RSA_DP, VSC_RSA_DQ };

static void
reverse(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len / 2; i++) {
		uint8_t byte = bytes[i];

		bytes[i] = bytes[len - 1 - i];
		bytes[len - 1 - i] = byte;
	}
}

/* --- Blocks --- */

/* The block of this number, or the end of the list: then *len is 0. */
static int
find_block(struct vsc_span content, uint8_t number, size_t *at, size_t *len)
{
	for (*at = 0, *len = 0;; *at += *len) {
		struct vsc_in in = vsc_in_from(vsc_span_slice(content, *at, content.len));
		size_t left = vsc_in_left(&in);
		uint16_t length;
		uint8_t found;

		*len = 0;
		if (vsc_in_u16(&in, &length) < 0 || length == 0)
			return 0;
		if (length < HEAD || length > left || vsc_in_u8(&in, &found) < 0)
			return VSC_E_FORMAT;
		*len = length;
		if (found == number)
			return 0;
	}
}

/* Is there nothing after this one? */
static bool
is_last(struct vsc_span content, size_t end)
{
	struct vsc_in in = vsc_in_from(vsc_span_slice(content, end, content.len));
	uint16_t length;

	return vsc_in_u16(&in, &length) < 0 || length == 0;
}

/* Where a block of this number and length goes: over the old one, or at the end. */
static vsc_sw
find_room(struct vsc_card *card, const struct vsc_file *ef, uint8_t number, size_t len, size_t *at)
{
	struct vsc_span content = vsc_file_content(ef);
	size_t old;

	if (find_block(content, number, at, &old) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "file %04X is no list of keys", ef->fid);
	if (old != 0 && old != len && !is_last(content, *at + old))
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "another key follows in %04X", ef->fid);
	if (content.len - *at < len)
		return vsc_card_refuse(card, VSC_SW_NO_SPACE, "%04X has %zu bytes, %zu are needed",
		    ef->fid, content.len, *at + len);
	return VSC_SW_OK;
}

/* A block of another length than the one it replaces is the last: as much of the list's end as has
 * room goes behind it. */
static int
put_block(struct vsc_card *card, struct vsc_file *ef, size_t at, struct vsc_span block)
{
	static const uint8_t end[HEAD];
	struct vsc_span content = vsc_file_content(ef);
	uint16_t length = (uint16_t)(content.ptr[at] << 8 | content.ptr[at + 1]);
	size_t room = content.len - at - block.len;
	int rc;

	if ((rc = vsc_file_write(vsc_card_fs(card), ef, at, block)) < 0 || length == block.len)
		return rc;
	return vsc_file_write(vsc_card_fs(card), ef, at + block.len,
	    vsc_span_from(end, room < sizeof(end) ? room : sizeof(end)));
}

static vsc_sw
key_file(struct vsc_card *card, uint16_t fid, struct vsc_file **ef)
{
	*ef = vsc_fs_by_fid(vsc_card_fs(card), vsc_card_position(card)->df, fid);
	if (*ef == NULL || vsc_file_is_df(*ef))
		return vsc_card_refuse(card, VSC_SW_FILE_NOT_FOUND, "no key file %04X here", fid);
	if (vsc_file_structure(*ef) != VSC_FILE_TRANSPARENT)
		return vsc_card_refuse(
		    card, VSC_SW_INCOMPATIBLE_FILE, "%04X is not transparent", fid);
	return vsc_file_in_use(card, *ef);
}

/* --- Private keys --- */

static int
key_from_block(struct vsc_key **key, struct vsc_span block)
{
	size_t half = (block.len - HEAD) / NUMBERS;
	VSC_AUTO_BLOB copy = { NULL, 0 };
	struct vsc_span part[NUMBERS];
	int rc;

	if (half == 0 || half > HALF_MAX)
		return VSC_E_FORMAT;
	if ((rc = vsc_blob_set(&copy, vsc_span_slice(block, HEAD, NUMBERS * half))) < 0)
		return rc;
	for (size_t i = 0; i < NUMBERS; i++) {
		reverse(copy.ptr + i * half, half);
		part[i] = vsc_span_from(copy.ptr + i * half, half);
	}
	return vsc_key_import_rsa(
	    key, &(struct vsc_rsa_parts){
		     .p = part[0], .q = part[1], .qinv = part[2], .dp = part[3], .dq = part[4] });
}

/* Checking a key takes much longer than using it: the last one is kept with what it was made of. */
static vsc_sw
load_key(struct vsc_card *card, struct vsc_span block)
{
	struct flex_state *state = flex_state(card);

	if (state->key != NULL && vsc_span_eq_ct(block, vsc_blob_span(&state->block)))
		return VSC_SW_OK;
	vsc_key_free(state->key);
	state->key = NULL;
	if (key_from_block(&state->key, block) < 0)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "no RSA key in its block");
	return vsc_blob_set(&state->block, block) < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

static vsc_sw
find_key(struct vsc_card *card, uint8_t number, struct vsc_key **key)
{
	struct vsc_file *ef;
	size_t at, len;
	vsc_sw sw;

	if ((sw = key_file(card, FLEX_FID_PRIVATE, &ef)) != VSC_SW_OK)
		return sw;
	if (find_block(vsc_file_content(ef), (uint8_t)(number + 1), &at, &len) < 0 || len == 0)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no key %u in 0012", number);
	if ((sw = load_key(card, vsc_span_slice(vsc_file_content(ef), at, len))) != VSC_SW_OK)
		return sw;
	*key = flex_state(card)->key;
	return VSC_SW_OK;
}

size_t
flex_key_bits(struct vsc_card *card, const struct vsc_file *df, uint8_t number)
{
	const struct vsc_file *ef = vsc_fs_by_fid(vsc_card_fs(card), df, FLEX_FID_PRIVATE);
	size_t at, len;

	if (ef == NULL || vsc_file_structure(ef) != VSC_FILE_TRANSPARENT ||
	    find_block(vsc_file_content(ef), (uint8_t)(number + 1), &at, &len) < 0 || len == 0)
		return 0;
	return (len - HEAD) / NUMBERS * 2 * 8;
}

/* Private keys are guarded by the CHV1 that counts here, whatever else their file's conditions are.
 * Eight bytes are no modulus: they are for a DES key. */
vsc_sw
flex_internal_authenticate(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct vsc_file *df = vsc_card_position(card)->df;
	VSC_AUTO_BLOB block = { NULL, 0 };
	struct vsc_key *key = NULL;
	vsc_sw sw;

	if (cmd->p1 != 0 || cmd->p2 > 0x0F)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P2 is a key number, P1 00");
	if (cmd->data.len == FLEX_DES_LEN)
		return flex_des_authenticate(card, cmd, out);
	if (flex_chv_pin(card, df, 1).file != NULL && !flex_chv_proven(card, df, 1))
		return vsc_card_refuse(card, VSC_SW_SECURITY, "CHV1 was not presented");
	if ((sw = find_key(card, cmd->p2, &key)) != VSC_SW_OK)
		return sw;
	if (cmd->data.len != vsc_key_len(key))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_LENGTH, "the modulus has %zu bytes", vsc_key_len(key));
	if (vsc_blob_set(&block, cmd->data) < 0)
		return VSC_SW_INTERNAL;
	reverse(block.ptr, block.len);
	if (vsc_key_sign(key, VSC_SCHEME_RSA_RAW, VSC_HASH_NONE, vsc_blob_span(&block), out) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "not below the modulus");
	reverse(out->buf, out->len);
	return VSC_SW_OK;
}

/* --- GENERATE --- */

static void
put_reversed(struct vsc_out *out, struct vsc_span bytes, size_t len)
{
	size_t at = out->len;

	vsc_out_fill(out, 0, len - bytes.len);
	vsc_out_put(out, bytes);
	if (!out->full)
		reverse(out->buf + at, len);
}

static void
put_head(struct vsc_out *out, size_t len, uint8_t number)
{
	vsc_out_u16(out, (uint16_t)len);
	vsc_out_u8(out, number);
}

static int
put_private(const struct vsc_key *key, uint8_t number, struct vsc_out *out)
{
	size_t half = vsc_key_len(key) / 2;
	int rc;

	put_head(out, HEAD + NUMBERS * half, number);
	for (size_t i = 0; i < NUMBERS; i++) {
		if ((rc = vsc_key_rsa_number(key, numbers[i], half, out)) < 0)
			return rc;
		reverse(out->buf + out->len - half, half);
	}
	return 0;
}

static int
put_public(const struct vsc_key *key, uint8_t number, struct vsc_out *out)
{
	VSC_AUTO_BLOB n = { NULL, 0 }, e = { NULL, 0 };
	size_t half = vsc_key_len(key) / 2;
	int rc;

	if ((rc = vsc_key_rsa_public(key, &n, &e)) < 0)
		return rc;
	put_head(out, HEAD + NUMBERS * half + EXPONENT_LEN, number);
	put_reversed(out, vsc_blob_span(&n), 2 * half);
	vsc_out_fill(out, 0, 3 * half);
	put_reversed(out, vsc_blob_span(&e), EXPONENT_LEN);
	return out->full ? VSC_E_SPACE : 0;
}

/* Where a new key pair goes. */
struct place {
	struct vsc_file *private, *public;
	size_t private_at, public_at;
	uint8_t number; /* as it stands in the files */
	size_t half;
};

/* Both files must be there, writable now, and have room. */
static vsc_sw
find_place(struct vsc_card *card, struct place *place)
{
	size_t len = HEAD + NUMBERS * place->half;
	vsc_sw sw;

	if ((sw = key_file(card, FLEX_FID_PRIVATE, &place->private)) != VSC_SW_OK ||
	    (sw = key_file(card, FLEX_FID_PUBLIC, &place->public)) != VSC_SW_OK ||
	    (sw = flex_may(card, place->private, FLEX_UPDATE)) != VSC_SW_OK ||
	    (sw = flex_may(card, place->public, FLEX_UPDATE)) != VSC_SW_OK ||
	    (sw = find_room(card, place->private, place->number, len, &place->private_at)) !=
		VSC_SW_OK)
		return sw;
	return find_room(card, place->public, place->number, len + EXPONENT_LEN, &place->public_at);
}

static int
store(struct vsc_card *card, const struct place *place, const struct vsc_key *key)
{
	uint8_t buf[BLOCK_MAX + EXPONENT_LEN];
	struct vsc_out block = vsc_out_from(buf, sizeof(buf));
	int rc;

	if ((rc = put_private(key, place->number, &block)) == 0)
		rc = put_block(card, place->private, place->private_at, vsc_out_span(&block));
	vsc_wipe(buf, sizeof(buf));
	if (rc < 0)
		return rc;
	vsc_out_truncate(&block, 0);
	if ((rc = put_public(key, place->number, &block)) < 0)
		return rc;
	return put_block(card, place->public, place->public_at, vsc_out_span(&block));
}

/* P1: key number, P2: bytes of the modulus. */
vsc_sw
flex_generate_key(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	size_t len = cmd->p2 == 0 ? 256 : cmd->p2;
	struct place place = { .number = (uint8_t)(cmd->p1 + 1), .half = len / 2 };
	uint8_t exponent[EXPONENT_LEN];
	struct vsc_key *key;
	vsc_sw sw;
	int rc;

	(void)out;
	if (cmd->p1 > 0x0F || (len != 64 && len != 96 && len != 128 && len != 256))
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P2 is 40, 60, 80 or 00");
	if (vsc_copy(exponent, sizeof(exponent), cmd->data) < 0 || cmd->data.len != EXPONENT_LEN)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "an exponent of four bytes");
	if ((sw = find_place(card, &place)) != VSC_SW_OK)
		return sw;
	reverse(exponent, sizeof(exponent));
	rc = vsc_key_generate_rsa(&key, (unsigned)len * 8, VSC_SPAN_OF(exponent));
	if (rc == VSC_E_PARAM)
		return vsc_card_refuse(card, VSC_SW_SECURITY, "no exponent for RSA");
	if (rc < 0)
		return VSC_SW_INTERNAL;
	rc = store(card, &place, key);
	vsc_key_free(key);
	return rc < 0 ? VSC_SW_MEMORY_FAILURE : VSC_SW_OK;
}

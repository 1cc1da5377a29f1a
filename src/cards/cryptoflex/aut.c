/*
 * DES keys, and what is proven with them: VERIFY KEY, GET CHALLENGE, EXTERNAL and INTERNAL
 * AUTHENTICATE. They lie in EF 0011 (the terminal's, for the AUT conditions) and EF 0001 (the
 * card's own) of a DF, one after the other from number 0 on, behind a byte that is not used:
 *	length (00: no more; 01: there is no key of this number) | algorithm | key | tries | left
 * A key of 8 bytes is for DES, one of 16 for triple DES.
 */
#include "base/auto.h"
#include "card/cmd.h"
#include "cards/cryptoflex/flex.h"

#define NO_KEY        1u /* an entry's length byte, and all of it */
#define CHALLENGE_MAX 64u

/* Entry `number` of a key file. */
static struct flex_secret
find_in(struct vsc_file *file, uint8_t number)
{
	struct vsc_in in = vsc_in_from(vsc_file_content(file));
	uint8_t len;

	if (vsc_in_skip(&in, 1) < 0)
		return (struct flex_secret){ .file = NULL };
	for (unsigned n = 0; vsc_in_u8(&in, &len) == 0 && len != 0; n++) {
		size_t at = file->content.len - vsc_in_left(&in) + 1;

		if (len != NO_KEY && vsc_in_skip(&in, 1u + len + 2) < 0)
			break;
		if (n == number && (len == FLEX_DES_LEN || len == 2 * FLEX_DES_LEN))
			return (struct flex_secret){ file, at, len };
	}
	return (struct flex_secret){ .file = NULL };
}

struct flex_secret
flex_des_key(struct vsc_card *card, const struct vsc_file *df, uint16_t fid, uint8_t number)
{
	struct flex_secret key = { .file = NULL };

	for (; df != NULL && key.file == NULL; df = df->parent) {
		struct vsc_file *file = vsc_fs_by_fid(vsc_card_fs(card), df, fid);

		if (file != NULL && vsc_file_structure(file) == VSC_FILE_TRANSPARENT &&
		    vsc_life_is(file, VSC_LIFE_ACTIVATED))
			key = find_in(file, number);
	}
	return key;
}

static vsc_sw
find_key(struct vsc_card *card, uint16_t fid, uint8_t number, struct flex_secret *key)
{
	*key = flex_des_key(card, vsc_card_position(card)->df, fid, number);
	if (key->file == NULL)
		return vsc_card_refuse(
		    card, FLEX_SW_UNDEFINED, "no key %u in %04X here or above", number, fid);
	return VSC_SW_OK;
}

/* --- DES --- */

/* DES is triple DES with the same key three times; OpenSSL's default provider has no other. */
static int
des_encrypt(struct vsc_span key, struct vsc_span block, struct vsc_out *out)
{
	VSC_AUTO_BLOB twice = { NULL, 0 };
	struct vsc_key *des = NULL;
	int rc;

	if ((rc = vsc_blob_set(&twice, key)) < 0 ||
	    (key.len == FLEX_DES_LEN &&
		(rc = vsc_blob_append(&twice, vsc_blob_span(&twice))) < 0) ||
	    (rc = vsc_key_import_symmetric(&des, VSC_KEY_3DES, vsc_blob_span(&twice))) < 0)
		return rc;
	rc = vsc_key_encrypt_blocks(des, VSC_SCHEME_ECB, NULL, block, out);
	vsc_key_free(des);
	return rc;
}

vsc_sw
flex_judge_cryptogram(
    struct vsc_card *card, const struct flex_secret *key, struct vsc_span cryptogram)
{
	struct vsc_span challenge = vsc_card_challenge(card);
	uint8_t buf[FLEX_DES_LEN];
	struct vsc_out expected = vsc_out_from(buf, sizeof(buf));
	vsc_sw sw;

	if (des_encrypt(
		flex_secret_value(key), vsc_span_slice(challenge, 0, FLEX_DES_LEN), &expected) < 0)
		return VSC_SW_INTERNAL;
	vsc_card_challenge_forget(card);
	sw = flex_secret_judge(card, key, cryptogram, vsc_span_from(buf, FLEX_CRYPTOGRAM_LEN));
	vsc_wipe(buf, sizeof(buf));
	return sw;
}

/* --- Commands --- */

vsc_sw
flex_verify_key(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct flex_secret key;
	struct flex_proof proof;
	vsc_sw sw;

	(void)out;
	if (cmd->p1 != 0 || cmd->p2 > 0x0F)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P2 is a key number, P1 00");
	if ((sw = find_key(card, FLEX_FID_AUT_KEYS, cmd->p2, &key)) != VSC_SW_OK)
		return sw;
	if (cmd->data.len != key.len)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "the key has %zu bytes", key.len);
	proof = (struct flex_proof){ key.file->id, cmd->p2 };
	flex_unprove(card, proof);
	sw = flex_secret_judge(card, &key, cmd->data, flex_secret_value(&key));
	if (sw == VSC_SW_OK)
		flex_prove(card, proof);
	return sw;
}

vsc_sw
flex_get_challenge(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (cmd->ne > CHALLENGE_MAX)
		return vsc_card_refuse(card, VSC_SW_WRONG_LE | CHALLENGE_MAX,
		    "a challenge has 1 to %u bytes", CHALLENGE_MAX);
	return vsc_cmd_get_challenge(card, cmd, out);
}

/* The data field: a key number, and the first six bytes of the challenge's cryptogram. */
vsc_sw
flex_external_authenticate(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_in in = vsc_in_from(cmd->data);
	struct flex_secret key;
	struct flex_proof proof;
	uint8_t number;
	vsc_sw sw;

	(void)out;
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (cmd->data.len != 1 + FLEX_CRYPTOGRAM_LEN || vsc_in_u8(&in, &number) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_LENGTH, "a key number and six bytes expected");
	if (vsc_card_challenge(card).len < FLEX_DES_LEN)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "no challenge of 8 bytes");
	if ((sw = find_key(card, FLEX_FID_AUT_KEYS, number, &key)) != VSC_SW_OK)
		return sw;
	proof = (struct flex_proof){ key.file->id, number };
	flex_unprove(card, proof);
	sw = flex_judge_cryptogram(card, &key, vsc_in_rest(&in));
	if (sw == VSC_SW_OK)
		flex_prove(card, proof);
	return sw;
}

/* A challenge of the terminal's, all eight bytes of its cryptogram. */
vsc_sw
flex_des_authenticate(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct flex_secret key;
	vsc_sw sw;

	if ((sw = find_key(card, FLEX_FID_DES_KEYS, cmd->p2, &key)) != VSC_SW_OK)
		return sw;
	if (flex_secret_is_blocked(&key))
		return vsc_card_refuse(card, VSC_SW_AUTH_BLOCKED, "the key is blocked");
	return des_encrypt(flex_secret_value(&key), cmd->data, out) < 0 ? VSC_SW_INTERNAL
									: VSC_SW_OK;
}

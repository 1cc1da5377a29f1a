/* Basic access control: mutual authentication with keys from the machine readable zone. */
#include "crypto/bac.h"

#include "crypto/auto.h"

#define NONCE_LEN VSC_BAC_CHALLENGE_LEN
#define SEED_LEN  16
#define KEY_MAX   32 /* keying material of one side */
#define PLAIN_MAX (2 * NONCE_LEN + KEY_MAX)

int
vsc_bac_init_secret(struct vsc_bac *bac, const struct vsc_suite *suite, struct vsc_span secret)
{
	struct vsc_session_keys keys = { .suite = NULL };
	int err = vsc_session_keys_derive(&keys, suite, secret, VSC_SPAN_EMPTY);

	bac->cipher = NULL;
	if (err == 0)
		err = vsc_cipher_new(
		    &bac->cipher, suite, vsc_blob_span(&keys.enc), vsc_blob_span(&keys.mac));
	vsc_session_keys_free(&keys);
	return err;
}

int
vsc_bac_init(struct vsc_bac *bac, struct vsc_span mrz_information)
{
	uint8_t digest[VSC_HASH_MAX];
	struct vsc_out out = vsc_out_from(digest, sizeof(digest));
	int err = vsc_hash_digest(VSC_HASH_SHA1, mrz_information, &out);

	bac->cipher = NULL;
	/* Doc 9303-11 9.7.2: the most significant 16 bytes are the seed */
	if (err == 0)
		err = vsc_bac_init_secret(
		    bac, &vsc_suite_3des, vsc_span_slice(vsc_out_span(&out), 0, SEED_LEN));
	vsc_wipe(digest, sizeof(digest));
	return err;
}

void
vsc_bac_free(struct vsc_bac *bac)
{
	vsc_cipher_free(bac->cipher);
	bac->cipher = NULL;
}

void
vsc_bac_session_free(struct vsc_bac_session *session)
{
	vsc_session_keys_free(&session->keys);
	vsc_wipe(session->ssc, sizeof(session->ssc));
}

/* Whole blocks of the cipher, at least a key's length. */
static size_t
material_len(const struct vsc_bac *bac)
{
	return vsc_cipher_suite(bac->cipher)->key_len > 16 ? 32 : 16;
}

/* S = RND.IFD || RND.IC || K.IFD out of E || M */
static int
open_cryptogram(struct vsc_bac *bac, struct vsc_span cryptogram, struct vsc_out *plain)
{
	uint8_t mac[VSC_SUITE_MAC_LEN];
	size_t len = 2 * NONCE_LEN + material_len(bac);
	struct vsc_span sealed = vsc_span_slice(cryptogram, 0, len);

	if (cryptogram.len != len + VSC_SUITE_MAC_LEN)
		return VSC_E_FORMAT;
	if (vsc_cipher_mac(bac->cipher, sealed, mac) < 0)
		return VSC_E_CRYPTO;
	if (!vsc_span_eq_ct(vsc_span_slice(cryptogram, len, VSC_SUITE_MAC_LEN), VSC_SPAN_OF(mac)))
		return VSC_E_VERIFY;
	return vsc_cipher_decrypt(bac->cipher, NULL, sealed, plain);
}

/* E || M of R = RND.IC || RND.IFD || K.IC */
static int
seal_answer(struct vsc_bac *bac, struct vsc_span plain, struct vsc_out *answer)
{
	size_t start = answer->len;
	uint8_t mac[VSC_SUITE_MAC_LEN];

	if (vsc_cipher_encrypt(bac->cipher, NULL, plain, answer) < 0 ||
	    vsc_cipher_mac(
		bac->cipher, vsc_span_slice(vsc_out_span(answer), start, plain.len), mac) < 0)
		return VSC_E_CRYPTO;
	vsc_out_put(answer, VSC_SPAN_OF(mac));
	return answer->full ? VSC_E_SPACE : 0;
}

/* Session keys from K.IFD xor K.IC; the counter from the ends of the challenges, as much of each as
 * half a block. */
static int
open_session(const struct vsc_bac *bac, struct vsc_span s, struct vsc_span k_ic,
    struct vsc_bac_session *session)
{
	const struct vsc_suite *suite = vsc_cipher_suite(bac->cipher);
	struct vsc_out ssc = vsc_out_from(session->ssc, sizeof(session->ssc));
	size_t half = suite->block_len / 2;
	uint8_t seed[KEY_MAX];
	int err;

	for (size_t i = 0; i < k_ic.len; i++)
		seed[i] = s.ptr[2 * NONCE_LEN + i] ^ k_ic.ptr[i];
	vsc_out_put(&ssc, vsc_span_slice(s, 2 * NONCE_LEN - half, half));
	vsc_out_put(&ssc, vsc_span_slice(s, NONCE_LEN - half, half));
	err = vsc_session_keys_derive(
	    &session->keys, suite, vsc_span_from(seed, k_ic.len), VSC_SPAN_EMPTY);
	vsc_wipe(seed, sizeof(seed));
	return err;
}

int
vsc_bac_answer(struct vsc_bac *bac, const uint8_t challenge[VSC_BAC_CHALLENGE_LEN],
    struct vsc_span cryptogram, const struct vsc_env *env, struct vsc_out *answer,
    struct vsc_bac_session *session)
{
	uint8_t s[PLAIN_MAX], r[PLAIN_MAX], k_ic[KEY_MAX];
	struct vsc_out opened = vsc_out_from(s, sizeof(s)), ours = vsc_out_from(r, sizeof(r));
	struct vsc_span material = vsc_span_from(k_ic, material_len(bac));
	int err;

	err = open_cryptogram(bac, cryptogram, &opened);
	if (err == 0 && !vsc_span_eq_ct(vsc_span_slice(vsc_out_span(&opened), NONCE_LEN, NONCE_LEN),
			    vsc_span_from(challenge, NONCE_LEN)))
		err = VSC_E_VERIFY;
	if (err == 0)
		err = vsc_env_random(env, k_ic, material.len);
	if (err == 0) {
		vsc_out_put(&ours, vsc_span_from(challenge, NONCE_LEN));
		vsc_out_put(&ours, vsc_span_from(s, NONCE_LEN));
		vsc_out_put(&ours, material);
		err = seal_answer(bac, vsc_out_span(&ours), answer);
	}
	if (err == 0)
		err = open_session(bac, vsc_out_span(&opened), material, session);
	if (err < 0)
		vsc_bac_session_free(session);
	vsc_wipe(s, sizeof(s));
	vsc_wipe(r, sizeof(r));
	vsc_wipe(k_ic, sizeof(k_ic));
	return err;
}

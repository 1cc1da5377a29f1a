/* Basic access control: mutual authentication with keys from the machine readable zone. */
#include "crypto/bac.h"

#include "crypto/auto.h"

#define NONCE_LEN 8
#define KEY_LEN   16
#define PLAIN_LEN (2 * NONCE_LEN + KEY_LEN)

int
vsc_bac_init(struct vsc_bac *bac, struct vsc_span mrz_information)
{
	struct vsc_session_keys keys = { .suite = NULL };
	uint8_t digest[VSC_HASH_MAX];
	struct vsc_out out = vsc_out_from(digest, sizeof(digest));
	int err = vsc_hash_digest(VSC_HASH_SHA1, mrz_information, &out);

	bac->cipher = NULL;
	/* Doc 9303-11 9.7.2: the most significant 16 bytes are the seed */
	if (err == 0)
		err = vsc_session_keys_derive(&keys, &vsc_suite_3des,
		    vsc_span_slice(vsc_out_span(&out), 0, KEY_LEN), VSC_SPAN_EMPTY);
	if (err == 0)
		err = vsc_cipher_new(&bac->cipher, &vsc_suite_3des, vsc_blob_span(&keys.enc),
		    vsc_blob_span(&keys.mac));
	vsc_session_keys_free(&keys);
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

/* S = RND.IFD || RND.IC || K.IFD out of E || M */
static int
open_cryptogram(struct vsc_bac *bac, struct vsc_span cryptogram, struct vsc_out *plain)
{
	uint8_t mac[VSC_SUITE_MAC_LEN];
	struct vsc_span sealed = vsc_span_slice(cryptogram, 0, PLAIN_LEN);

	if (vsc_cipher_mac(bac->cipher, sealed, mac) < 0)
		return VSC_E_CRYPTO;
	if (!vsc_span_eq_ct(
		vsc_span_slice(cryptogram, PLAIN_LEN, VSC_SUITE_MAC_LEN), VSC_SPAN_OF(mac)))
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
		bac->cipher, vsc_span_slice(vsc_out_span(answer), start, PLAIN_LEN), mac) < 0)
		return VSC_E_CRYPTO;
	vsc_out_put(answer, VSC_SPAN_OF(mac));
	return answer->full ? VSC_E_SPACE : 0;
}

/* Session keys from K.IFD xor K.IC; the counter from the ends of the challenges. */
static int
open_session(struct vsc_span s, const uint8_t k_ic[KEY_LEN], struct vsc_bac_session *session)
{
	struct vsc_out ssc = vsc_out_from(session->ssc, sizeof(session->ssc));
	uint8_t seed[KEY_LEN];
	int err;

	for (size_t i = 0; i < KEY_LEN; i++)
		seed[i] = s.ptr[2 * NONCE_LEN + i] ^ k_ic[i];
	vsc_out_put(&ssc, vsc_span_slice(s, NONCE_LEN + 4, 4));
	vsc_out_put(&ssc, vsc_span_slice(s, 4, 4));
	err = vsc_session_keys_derive(
	    &session->keys, &vsc_suite_3des, VSC_SPAN_OF(seed), VSC_SPAN_EMPTY);
	vsc_wipe(seed, sizeof(seed));
	return err;
}

int
vsc_bac_answer(struct vsc_bac *bac, const uint8_t challenge[VSC_BAC_CHALLENGE_LEN],
    struct vsc_span cryptogram, const struct vsc_env *env, struct vsc_out *answer,
    struct vsc_bac_session *session)
{
	uint8_t s[PLAIN_LEN], r[PLAIN_LEN], k_ic[KEY_LEN];
	struct vsc_out opened = vsc_out_from(s, sizeof(s)), ours = vsc_out_from(r, sizeof(r));
	int err;

	if (cryptogram.len != VSC_BAC_CRYPTOGRAM_LEN)
		return VSC_E_FORMAT;
	err = open_cryptogram(bac, cryptogram, &opened);
	if (err == 0 && !vsc_span_eq_ct(vsc_span_slice(vsc_out_span(&opened), NONCE_LEN, NONCE_LEN),
			    vsc_span_from(challenge, NONCE_LEN)))
		err = VSC_E_VERIFY;
	if (err == 0)
		err = vsc_env_random(env, k_ic, sizeof(k_ic));
	if (err == 0) {
		vsc_out_put(&ours, vsc_span_from(challenge, NONCE_LEN));
		vsc_out_put(&ours, vsc_span_from(s, NONCE_LEN));
		vsc_out_put(&ours, VSC_SPAN_OF(k_ic));
		err = seal_answer(bac, vsc_out_span(&ours), answer);
	}
	if (err == 0)
		err = open_session(vsc_out_span(&opened), k_ic, session);
	if (err < 0)
		vsc_bac_session_free(session);
	vsc_wipe(s, sizeof(s));
	vsc_wipe(r, sizeof(r));
	vsc_wipe(k_ic, sizeof(k_ic));
	return err;
}

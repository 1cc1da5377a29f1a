/* RSA-PSS with a salt that is drawn from vsc_env (RFC 8017 8.1.1, 9.1.1, B.2.1). */
#include <openssl/rsa.h>

#include "crypto/auto.h"
#include "crypto/key.h"
#include "crypto/sign_env.h"

/* mask ^= MGF1(seed) */
static int
apply_mask(enum vsc_hash hash, struct vsc_span seed, uint8_t *mask, size_t len)
{
	size_t size = vsc_hash_len(hash);

	for (uint32_t i = 0; i * size < len; i++) {
		uint8_t in[VSC_HASH_MAX + 4], block[VSC_HASH_MAX];
		struct vsc_out data = vsc_out_from(in, sizeof(in));
		struct vsc_out out = vsc_out_from(block, sizeof(block));
		int err;

		vsc_out_put(&data, seed);
		vsc_out_u32(&data, i);
		if ((err = vsc_hash_digest(hash, vsc_out_span(&data), &out)) < 0)
			return err;
		for (size_t n = 0; n < size && i * size + n < len; n++)
			mask[i * size + n] ^= block[n];
	}
	return 0;
}

/* H = Hash(0000000000000000 || digest || salt) */
static int
hash_salted(enum vsc_hash hash, struct vsc_span digest, struct vsc_span salt, struct vsc_out *h)
{
	uint8_t buf[8 + 2 * VSC_HASH_MAX];
	struct vsc_out message = vsc_out_from(buf, sizeof(buf));

	vsc_out_fill(&message, 0, 8);
	vsc_out_put(&message, digest);
	vsc_out_put(&message, salt);
	return message.full ? VSC_E_SPACE : vsc_hash_digest(hash, vsc_out_span(&message), h);
}

/* EM = maskedDB || H || BC for a modulus of so many bits, with a zero byte before it if EM is that
 * much shorter. */
static int
encode_pss(enum vsc_hash hash, struct vsc_span digest, struct vsc_span salt, unsigned bits,
    struct vsc_out *em)
{
	size_t len = (bits - 1 + 7) / 8, db = len - digest.len - 1, start;
	uint8_t h[VSC_HASH_MAX];
	struct vsc_out hashed = vsc_out_from(h, sizeof(h));
	int err;

	if (len < digest.len + salt.len + 2)
		return VSC_E_PARAM;
	if ((err = hash_salted(hash, digest, salt, &hashed)) < 0)
		return err;
	vsc_out_fill(em, 0, (bits + 7) / 8 - len);
	start = em->len;
	vsc_out_fill(em, 0, db - salt.len - 1);
	vsc_out_u8(em, 0x01);
	vsc_out_put(em, salt);
	vsc_out_put(em, vsc_out_span(&hashed));
	vsc_out_u8(em, 0xBC);
	if (em->full)
		return VSC_E_SPACE;
	if ((err = apply_mask(hash, vsc_out_span(&hashed), em->buf + start, db)) < 0)
		return err;
	em->buf[start] &= (uint8_t)(0xFF >> (8 * len - (bits - 1)));
	return 0;
}

static int
raw_rsa(EVP_PKEY *key, struct vsc_span em, struct vsc_out *signature)
{
	VSC_AUTO_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	size_t len = em.len;
	uint8_t *to = vsc_out_reserve(signature, len);

	if (ctx == NULL)
		return VSC_E_NOMEM;
	if (to == NULL)
		return VSC_E_SPACE;
	if (EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) != 1 ||
	    EVP_PKEY_sign(ctx, to, &len, em.ptr, em.len) != 1 || len != em.len)
		return VSC_E_CRYPTO;
	return 0;
}

int
vsc_sign_pss(EVP_PKEY *key, enum vsc_hash hash, struct vsc_span digest, const struct vsc_env *env,
    struct vsc_out *signature)
{
	uint8_t salt[VSC_HASH_MAX], buf[VSC_KEY_BYTES_MAX];
	struct vsc_out em = vsc_out_from(buf, sizeof(buf));
	int bits = EVP_PKEY_get_bits(key), err;

	if (hash == VSC_HASH_NONE || digest.len != vsc_hash_len(hash) ||
	    EVP_PKEY_is_a(key, "RSA") != 1 || bits < 512)
		return VSC_E_PARAM;
	if (vsc_env_random(env, salt, digest.len) < 0)
		return VSC_E_CRYPTO;
	err = encode_pss(hash, digest, vsc_span_from(salt, digest.len), (unsigned)bits, &em);
	return err < 0 ? err : raw_rsa(key, vsc_out_span(&em), signature);
}

/* Active authentication. */
#include "crypto/aa.h"

#include "crypto/sign_env.h"

/* ISO/IEC 9796-2:2010 9.2.3 and ISO/IEC 10118: BC names SHA-1 implicitly, xxCC the hash before it
 */
static const struct {
	enum vsc_hash hash;
	uint8_t trailer[2];
	size_t len;
} trailers[] = {
	{ VSC_HASH_SHA1, { 0xBC, 0 }, 1 },
	{ VSC_HASH_SHA224, { 0x38, 0xCC }, 2 },
	{ VSC_HASH_SHA256, { 0x34, 0xCC }, 2 },
	{ VSC_HASH_SHA384, { 0x36, 0xCC }, 2 },
	{ VSC_HASH_SHA512, { 0x35, 0xCC }, 2 },
};

static struct vsc_span
trailer_of(enum vsc_hash hash)
{
	for (size_t i = 0; i < VSC_COUNT(trailers); i++)
		if (trailers[i].hash == hash)
			return vsc_span_from(trailers[i].trailer, trailers[i].len);
	return VSC_SPAN_EMPTY;
}

size_t
vsc_aa_m1_len(enum vsc_hash hash, size_t modulus_len)
{
	size_t rest = 1 + vsc_hash_len(hash) + trailer_of(hash).len;

	return trailer_of(hash).len == 0 || modulus_len <= rest ? 0 : modulus_len - rest;
}

int
vsc_aa_representative(
    enum vsc_hash hash, struct vsc_span m1, struct vsc_span challenge, struct vsc_out *f)
{
	uint8_t buf[VSC_KEY_BYTES_MAX + VSC_AA_CHALLENGE_LEN];
	struct vsc_out message = vsc_out_from(buf, sizeof(buf));
	int err;

	vsc_out_put(&message, m1);
	vsc_out_put(&message, challenge);
	if (message.full || trailer_of(hash).len == 0)
		return VSC_E_PARAM;
	/* 01 (partial recovery), 1 (more data), padding 0...01 0 in the nibbles: with no padding 6A
	 */
	vsc_out_u8(f, 0x6A);
	vsc_out_put(f, m1);
	if ((err = vsc_hash_digest(hash, vsc_out_span(&message), f)) < 0)
		return err;
	vsc_out_put(f, trailer_of(hash));
	return f->full ? VSC_E_SPACE : 0;
}

static int
sign_rsa(struct vsc_key *key, enum vsc_hash hash, struct vsc_span challenge,
    const struct vsc_env *env, struct vsc_out *signature)
{
	uint8_t m1[VSC_KEY_BYTES_MAX], buf[VSC_KEY_BYTES_MAX];
	struct vsc_out f = vsc_out_from(buf, sizeof(buf));
	size_t len = vsc_aa_m1_len(hash, vsc_key_len(key));
	int err;

	if (len == 0 || len > sizeof(m1))
		return VSC_E_PARAM;
	if (vsc_env_random(env, m1, len) < 0)
		return VSC_E_CRYPTO;
	if ((err = vsc_aa_representative(hash, vsc_span_from(m1, len), challenge, &f)) < 0)
		return err;
	return vsc_key_sign(key, VSC_SCHEME_RSA_RAW, VSC_HASH_NONE, vsc_out_span(&f), signature);
}

static int
sign_ecdsa(struct vsc_key *key, enum vsc_hash hash, struct vsc_span challenge,
    const struct vsc_env *env, struct vsc_out *signature)
{
	uint8_t buf[VSC_HASH_MAX];
	struct vsc_out digest = vsc_out_from(buf, sizeof(buf));
	int err = vsc_hash_digest(hash, challenge, &digest);

	if (err < 0)
		return err;
	if (vsc_sign_draws(vsc_key_pkey(key), false, env))
		return vsc_sign_ecdsa(
		    vsc_key_pkey(key), hash, vsc_out_span(&digest), env, signature);
	return vsc_key_sign(key, VSC_SCHEME_ECDSA, hash, vsc_out_span(&digest), signature);
}

int
vsc_aa_sign(struct vsc_key *key, enum vsc_hash hash, struct vsc_span challenge,
    const struct vsc_env *env, struct vsc_out *signature)
{
	if (challenge.len != VSC_AA_CHALLENGE_LEN)
		return VSC_E_FORMAT;
	if (hash == VSC_HASH_NONE)
		return VSC_E_PARAM;
	if (vsc_key_kind(key) == VSC_KEY_RSA)
		return sign_rsa(key, hash, challenge, env, signature);
	if (vsc_key_kind(key) == VSC_KEY_EC)
		return sign_ecdsa(key, hash, challenge, env, signature);
	return VSC_E_PARAM;
}

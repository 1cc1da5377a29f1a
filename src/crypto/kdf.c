/* Key derivation of BAC, PACE and chip authentication, and of PIV's secure messaging. */
#include "crypto/kdf.h"

static const struct vsc_suite *const suites[] = { NULL, &vsc_suite_3des, &vsc_suite_aes128,
	&vsc_suite_aes192, &vsc_suite_aes256 };

const struct vsc_suite *
vsc_suite_by_oid_byte(uint8_t y)
{
	return y < VSC_COUNT(suites) ? suites[y] : NULL;
}

enum vsc_hash
vsc_kdf_hash(const struct vsc_suite *suite)
{
	return suite->key_len > 16 ? VSC_HASH_SHA256 : VSC_HASH_SHA1;
}

/* FIPS 46-3: each byte of a DES key has an odd number of ones; the lowest bit sees to that. */
static void
set_odd_parity(struct vsc_blob *key)
{
	for (size_t i = 0; i < key->len; i++) {
		uint8_t high = key->ptr[i] >> 1, folded = high;

		folded ^= folded >> 4;
		folded ^= folded >> 2;
		folded ^= folded >> 1;
		key->ptr[i] = (uint8_t)(high << 1 | (~folded & 1));
	}
}

int
vsc_kdf(const struct vsc_suite *suite, struct vsc_span secret, struct vsc_span nonce,
    enum vsc_kdf_counter counter, struct vsc_blob *key)
{
	struct vsc_blob input = { NULL, 0 };
	uint8_t digest[VSC_HASH_MAX];
	struct vsc_out out, hashed = vsc_out_from(digest, sizeof(digest));
	int err;

	if (vsc_blob_alloc(&input, secret.len + nonce.len + 4) < 0)
		return VSC_E_NOMEM;
	out = vsc_out_from(input.ptr, input.len);
	vsc_out_put(&out, secret);
	vsc_out_put(&out, nonce);
	vsc_out_u32(&out, counter);
	err = vsc_hash_digest(vsc_kdf_hash(suite), vsc_out_span(&out), &hashed);
	if (err == 0)
		err = vsc_blob_set(key, vsc_span_slice(vsc_out_span(&hashed), 0, suite->key_len));
	if (err == 0 && suite == &vsc_suite_3des)
		set_odd_parity(key);
	vsc_blob_free(&input);
	vsc_wipe(digest, sizeof(digest));
	return err;
}

int
vsc_kdf_concat(enum vsc_hash hash, struct vsc_span secret, struct vsc_span info, size_t len,
    struct vsc_out *out)
{
	struct vsc_blob input = { NULL, 0 };
	uint8_t digest[VSC_HASH_MAX];
	int err;

	if ((err = vsc_blob_alloc(&input, 4 + secret.len + info.len)) < 0)
		return err;
	for (uint32_t counter = 1; err == 0 && len > 0; counter++) {
		struct vsc_out in = vsc_out_from(input.ptr, input.len);
		struct vsc_out hashed = vsc_out_from(digest, sizeof(digest));
		struct vsc_span part;

		vsc_out_u32(&in, counter);
		vsc_out_put(&in, secret);
		vsc_out_put(&in, info);
		err = vsc_hash_digest(hash, vsc_out_span(&in), &hashed);
		part = vsc_span_slice(vsc_out_span(&hashed), 0, len);
		vsc_out_put(out, part);
		len -= part.len;
	}
	vsc_blob_free(&input);
	vsc_wipe(digest, sizeof(digest));
	return err < 0 || !out->full ? err : VSC_E_SPACE;
}

int
vsc_session_keys_derive(struct vsc_session_keys *keys, const struct vsc_suite *suite,
    struct vsc_span secret, struct vsc_span nonce)
{
	int err = vsc_kdf(suite, secret, nonce, VSC_KDF_ENC, &keys->enc);

	if (err == 0)
		err = vsc_kdf(suite, secret, nonce, VSC_KDF_MAC, &keys->mac);
	keys->suite = suite;
	return err;
}

void
vsc_session_keys_free(struct vsc_session_keys *keys)
{
	vsc_blob_free(&keys->enc);
	vsc_blob_free(&keys->mac);
	keys->suite = NULL;
}

/* Signatures in certificates and CMS objects, made again with randomness that is given. */
#include "crypto/sign_env.h"

#include "base/auto.h"
#include "crypto/auto.h"
#include "crypto/key.h"
#include "iso/tlv.h"

bool
vsc_sign_draws(const EVP_PKEY *key, bool pss, const struct vsc_env *env)
{
	if (env == NULL || env->random == NULL)
		return false;
	return EVP_PKEY_is_a(key, "EC") == 1 || (pss && EVP_PKEY_is_a(key, "RSA") == 1);
}

/* INTEGER without zeros before it, but for one where the first bit is set */
static void
put_integer(struct vsc_out *out, struct vsc_span number)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x02);

	while (number.len > 1 && number.ptr[0] == 0)
		number = vsc_span_slice(number, 1, number.len);
	if (number.len > 0 && number.ptr[0] >= 0x80)
		vsc_out_u8(out, 0);
	vsc_out_put(out, number);
	vsc_tlv_end(out, mark);
}

/* As X.509 and CMS want it: of ECDSA SEQUENCE { r, s }. */
static int
put_signature(
    struct vsc_out *out, EVP_PKEY *key, struct vsc_span message, const struct vsc_env *env)
{
	uint8_t digest[VSC_HASH_MAX], buf[VSC_KEY_BYTES_MAX];
	struct vsc_out hashed = vsc_out_from(digest, sizeof(digest));
	struct vsc_out plain = vsc_out_from(buf, sizeof(buf));
	struct vsc_tlv_mark mark;
	int err = vsc_hash_digest(VSC_HASH_SHA256, message, &hashed);

	if (err < 0)
		return err;
	if (EVP_PKEY_is_a(key, "EC") != 1)
		return vsc_sign_pss(key, VSC_HASH_SHA256, vsc_out_span(&hashed), env, out);
	err = vsc_sign_ecdsa(key, VSC_HASH_SHA256, vsc_out_span(&hashed), env, &plain);
	if (err < 0)
		return err;
	mark = vsc_tlv_begin(out, 0x30);
	put_integer(out, vsc_span_slice(vsc_out_span(&plain), 0, plain.len / 2));
	put_integer(out, vsc_span_slice(vsc_out_span(&plain), plain.len / 2, plain.len));
	vsc_tlv_end(out, mark);
	return out->full ? VSC_E_SPACE : 0;
}

/* The objects of der, the last of them with another value. */
static int
replace_last(struct vsc_out *out, struct vsc_span der, unsigned depth, struct vsc_span signature)
{
	struct vsc_in in = vsc_in_from(der);
	struct vsc_tlv_mark mark;
	struct vsc_tlv tlv;
	int err = 0;

	for (;;) {
		if (vsc_tlv_next_der(&in, &tlv) != 1)
			return VSC_E_FORMAT;
		if (vsc_in_left(&in) == 0)
			break;
		vsc_out_put(out, tlv.whole);
	}
	mark = vsc_tlv_begin(out, tlv.tag);
	if (depth > 0)
		err = replace_last(out, tlv.value, depth - 1, signature);
	else {
		if (tlv.tag == 0x03)
			vsc_out_u8(out, 0); /* unused bits */
		vsc_out_put(out, signature);
	}
	vsc_tlv_end(out, mark);
	return err;
}

int
vsc_sign_again(struct vsc_blob *der, unsigned depth, EVP_PKEY *key, bool pss,
    struct vsc_span message, const struct vsc_env *env)
{
	uint8_t buf[VSC_KEY_BYTES_MAX];
	struct vsc_out signature = vsc_out_from(buf, sizeof(buf)), out;
	VSC_AUTO_BLOB fresh = { NULL, 0 };
	int err;

	if (!vsc_sign_draws(key, pss, env))
		return 0;
	if ((err = put_signature(&signature, key, message, env)) < 0 ||
	    (err = vsc_blob_alloc(&fresh, der->len + sizeof(buf))) < 0)
		return err;
	out = vsc_out_from(fresh.ptr, fresh.len);
	err = replace_last(&out, vsc_blob_span(der), depth, vsc_out_span(&signature));
	if (err == 0)
		err = out.full ? VSC_E_SPACE : vsc_blob_set(der, vsc_out_span(&out));
	return err;
}

/* What the first object of a SEQUENCE is: what is signed. */
static int
first_of(struct vsc_span der, struct vsc_span *first)
{
	struct vsc_span parts;
	struct vsc_tlv tlv;
	struct vsc_in in;

	if (vsc_tlv_only(der, 0x30, &parts) < 0)
		return VSC_E_FORMAT;
	in = vsc_in_from(parts);
	if (vsc_tlv_next(&in, &tlv) != 1)
		return VSC_E_FORMAT;
	*first = tlv.whole;
	return 0;
}

int
vsc_sign_cert_again(X509 **cert, EVP_PKEY *key, bool pss, const struct vsc_env *env)
{
	VSC_AUTO_BLOB der = { NULL, 0 };
	struct vsc_span tbs;
	uint8_t *bytes = NULL;
	const uint8_t *at;
	X509 *again;
	int len, err;

	if (!vsc_sign_draws(key, pss, env))
		return 0;
	if ((len = i2d_X509(*cert, &bytes)) <= 0)
		return VSC_E_CRYPTO;
	err = vsc_blob_set(&der, vsc_span_from(bytes, (size_t)len));
	OPENSSL_free(bytes);
	if (err < 0 || (err = first_of(vsc_blob_span(&der), &tbs)) < 0 ||
	    (err = vsc_sign_again(&der, 1, key, pss, tbs, env)) < 0)
		return err;
	at = der.ptr;
	if ((again = d2i_X509(NULL, &at, (long)der.len)) == NULL)
		return VSC_E_CRYPTO;
	X509_free(*cert);
	*cert = again;
	return 0;
}

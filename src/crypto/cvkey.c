/* Keys and signatures of card verifiable certificates. */
#include "crypto/cvkey.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "crypto/auto.h"
#include "iso/tlv.h"

/* 0.4.0.127.0.7.2.2.2 is id-TA; .1.x RSA, .2.x ECDSA (TR-03110-3 A.6.2) */
#define ID_TA(family, x)                                                                           \
	{                                                                                          \
		(const uint8_t[]){ 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02, family, x }, 10 \
	}

static const struct vsc_cv_alg algs[] = {
	{ ID_TA(1, 1), "RSA-v1-5-SHA-1", "SHA1", VSC_CV_RSA, false },
	{ ID_TA(1, 2), "RSA-v1-5-SHA-256", "SHA256", VSC_CV_RSA, false },
	{ ID_TA(1, 3), "RSA-PSS-SHA-1", "SHA1", VSC_CV_RSA, true },
	{ ID_TA(1, 4), "RSA-PSS-SHA-256", "SHA256", VSC_CV_RSA, true },
	{ ID_TA(1, 5), "RSA-v1-5-SHA-512", "SHA512", VSC_CV_RSA, false },
	{ ID_TA(1, 6), "RSA-PSS-SHA-512", "SHA512", VSC_CV_RSA, true },
	{ ID_TA(2, 1), "ECDSA-SHA-1", "SHA1", VSC_CV_ECDSA, false },
	{ ID_TA(2, 2), "ECDSA-SHA-224", "SHA224", VSC_CV_ECDSA, false },
	{ ID_TA(2, 3), "ECDSA-SHA-256", "SHA256", VSC_CV_ECDSA, false },
	{ ID_TA(2, 4), "ECDSA-SHA-384", "SHA384", VSC_CV_ECDSA, false },
	{ ID_TA(2, 5), "ECDSA-SHA-512", "SHA512", VSC_CV_ECDSA, false },
};

/* The curves that explicit parameters may be. */
static const int curves[] = { NID_X9_62_prime192v1, NID_secp224r1, NID_X9_62_prime256v1,
	NID_secp384r1, NID_secp521r1, NID_brainpoolP160r1, NID_brainpoolP192r1, NID_brainpoolP224r1,
	NID_brainpoolP256r1, NID_brainpoolP320r1, NID_brainpoolP384r1, NID_brainpoolP512r1 };

const struct vsc_cv_alg *
vsc_cv_alg_find(struct vsc_span oid)
{
	for (size_t i = 0; i < VSC_COUNT(algs); i++)
		if (vsc_span_eq(algs[i].oid, oid))
			return &algs[i];
	return NULL;
}

const struct vsc_cv_alg *
vsc_cv_alg_by_name(const char *name)
{
	for (size_t i = 0; i < VSC_COUNT(algs); i++)
		if (strcmp(algs[i].name, name) == 0)
			return &algs[i];
	return NULL;
}

/* 81 to 87 that a family may have, and which of them are the curve's parameters (bit n: tag 80+n)
 */
static const struct {
	unsigned allowed, required, params;
} shapes[] = {
	[VSC_CV_RSA] = { 0x06, 0x06, 0x00 },
	[VSC_CV_ECDSA] = { 0xFE, 0x40, 0xBE },
};

int
vsc_cv_fields_parse(struct vsc_span value, struct vsc_cv_fields *fields)
{
	struct vsc_in in = vsc_in_from(value);
	struct vsc_tlv tlv;
	uint32_t last = 0x80;
	unsigned seen = 0;
	int more;

	*fields = (struct vsc_cv_fields){ .alg = NULL };
	if (vsc_tlv_next_der(&in, &tlv) != 1 || tlv.tag != 0x06)
		return VSC_E_FORMAT;
	if ((fields->alg = vsc_cv_alg_find(tlv.value)) == NULL)
		return VSC_E_UNSUPPORTED;
	while ((more = vsc_tlv_next_der(&in, &tlv)) == 1) {
		if (tlv.tag <= last || tlv.tag > 0x87 || tlv.value.len == 0)
			return VSC_E_FORMAT;
		last = tlv.tag;
		seen |= 1u << (tlv.tag - 0x80);
		fields->field[tlv.tag - 0x80] = tlv.value;
	}
	if (more < 0 || (seen & ~shapes[fields->alg->family].allowed) != 0 ||
	    (seen & shapes[fields->alg->family].required) != shapes[fields->alg->family].required)
		return VSC_E_FORMAT;
	fields->has_params = (seen & shapes[fields->alg->family].params) != 0;
	if (fields->has_params &&
	    (seen & shapes[fields->alg->family].params) != shapes[fields->alg->family].params)
		return VSC_E_FORMAT;
	return 0;
}

/* value is the number, in any length */
static bool
number_is(struct vsc_span value, const BIGNUM *number)
{
	VSC_AUTO_BN *given = value.len > 256 ? NULL : BN_bin2bn(value.ptr, (int)value.len, NULL);

	return given != NULL && BN_cmp(given, number) == 0;
}

static bool
curve_is(const EC_GROUP *group, const struct vsc_cv_fields *fields)
{
	VSC_AUTO_BN *p = BN_new(), *a = BN_new(), *b = BN_new();
	uint8_t g[1 + 2 * 66];
	size_t len;

	if (p == NULL || a == NULL || b == NULL || EC_GROUP_get_curve(group, p, a, b, NULL) != 1)
		return false;
	len = EC_POINT_point2oct(group, EC_GROUP_get0_generator(group),
	    POINT_CONVERSION_UNCOMPRESSED, g, sizeof(g), NULL);
	return number_is(fields->field[1], p) && number_is(fields->field[2], a) &&
	       number_is(fields->field[3], b) &&
	       vsc_span_eq(fields->field[4], vsc_span_from(g, len)) &&
	       number_is(fields->field[5], EC_GROUP_get0_order(group)) &&
	       number_is(fields->field[7], EC_GROUP_get0_cofactor(group));
}

static int
curve_find(const struct vsc_cv_fields *fields)
{
	for (size_t i = 0; i < VSC_COUNT(curves); i++) {
		EC_GROUP *group = EC_GROUP_new_by_curve_name(curves[i]);
		bool same = group != NULL && curve_is(group, fields);

		EC_GROUP_free(group);
		if (same)
			return curves[i];
	}
	return NID_undef;
}

static int
from_params(struct vsc_cv_key *key, const char *type, OSSL_PARAM *params)
{
	VSC_AUTO_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		return VSC_E_CRYPTO;
	return EVP_PKEY_fromdata(ctx, &key->pkey, EVP_PKEY_PUBLIC_KEY, params) == 1 ? 0
										    : VSC_E_PARAM;
}

static int
load_ec(struct vsc_cv_key *key, const struct vsc_cv_fields *fields, int nid)
{
	OSSL_PARAM params[3];
	struct vsc_span point = fields->field[6];
	char name[40];
	const char *sn;

	if (fields->has_params && (nid = curve_find(fields)) == NID_undef)
		return VSC_E_UNSUPPORTED;
	if (nid == NID_undef || point.ptr[0] != POINT_CONVERSION_UNCOMPRESSED)
		return VSC_E_PARAM;
	if ((sn = OBJ_nid2sn(nid)) == NULL ||
	    vsc_copy(name, sizeof(name), vsc_span_from(sn, strlen(sn) + 1)) < 0)
		return VSC_E_UNSUPPORTED;
	key->nid = nid;
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
	/* fromdata takes a pointer without const and only reads */
	params[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.ptr, point.len);
	params[2] = OSSL_PARAM_construct_end();
	return from_params(key, "EC", params);
}

/* The number in native byte order, as OSSL_PARAM has it. */
static int
native_number(
    struct vsc_span number, size_t max, uint8_t *native, OSSL_PARAM *param, const char *name)
{
	VSC_AUTO_BN *n = NULL;

	if (number.len > max || (n = BN_bin2bn(number.ptr, (int)number.len, NULL)) == NULL ||
	    !BN_is_odd(n) || BN_bn2nativepad(n, native, (int)max) < 0)
		return VSC_E_PARAM;
	*param = OSSL_PARAM_construct_BN(name, native, max);
	return 0;
}

static int
load_rsa(struct vsc_cv_key *key, const struct vsc_cv_fields *fields)
{
	OSSL_PARAM params[3];
	uint8_t n[513], e[16];
	int err;

	if (native_number(fields->field[1], sizeof(n), n, &params[0], OSSL_PKEY_PARAM_RSA_N) < 0 ||
	    native_number(fields->field[2], sizeof(e), e, &params[1], OSSL_PKEY_PARAM_RSA_E) < 0)
		return VSC_E_PARAM;
	params[2] = OSSL_PARAM_construct_end();
	key->nid = NID_undef;
	err = from_params(key, "RSA", params);
	if (err == 0 && EVP_PKEY_get_bits(key->pkey) < 1024)
		err = VSC_E_PARAM;
	return err;
}

int
vsc_cv_key_load(struct vsc_cv_key *key, const struct vsc_cv_fields *fields, int nid)
{
	int err;

	*key = (struct vsc_cv_key){ .alg = fields->alg };
	err = fields->alg->family == VSC_CV_RSA ? load_rsa(key, fields) : load_ec(key, fields, nid);
	if (err < 0)
		vsc_cv_key_free(key);
	return err;
}

void
vsc_cv_key_free(struct vsc_cv_key *key)
{
	EVP_PKEY_free(key->pkey);
	*key = (struct vsc_cv_key){ .alg = NULL };
}

int
vsc_cv_key_wrap(struct vsc_cv_key *key, EVP_PKEY *pkey, const struct vsc_cv_alg *alg)
{
	char name[64];
	size_t len;

	*key = (struct vsc_cv_key){ .alg = alg };
	if (EVP_PKEY_is_a(pkey, alg->family == VSC_CV_RSA ? "RSA" : "EC") != 1)
		return VSC_E_PARAM;
	if (alg->family == VSC_CV_ECDSA) {
		if (EVP_PKEY_get_group_name(pkey, name, sizeof(name), &len) != 1 ||
		    (key->nid = OBJ_txt2nid(name)) == NID_undef)
			return VSC_E_UNSUPPORTED;
	}
	if (EVP_PKEY_up_ref(pkey) != 1)
		return VSC_E_CRYPTO;
	key->pkey = pkey;
	return 0;
}

/* Bytes of the order of the key's curve: of r, and of s. */
static size_t
scalar_len(const struct vsc_cv_key *key)
{
	return ((size_t)EVP_PKEY_get_bits(key->pkey) + 7) / 8;
}

int
vsc_ecdsa_to_plain(struct vsc_span der, size_t len, struct vsc_blob *plain)
{
	const uint8_t *at = der.ptr;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
	int err = VSC_E_CRYPTO;

	if (sig != NULL && vsc_blob_alloc(plain, 2 * len) == 0 &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(sig), plain->ptr, (int)len) >= 0 &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), plain->ptr + len, (int)len) >= 0)
		err = 0;
	ECDSA_SIG_free(sig);
	return err;
}

int
vsc_ecdsa_from_plain(struct vsc_span plain, size_t len, struct vsc_blob *der)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r, *s;
	uint8_t *bytes = NULL;
	int n, err = VSC_E_CRYPTO;

	if (plain.len != 2 * len) {
		ECDSA_SIG_free(sig);
		return VSC_E_FORMAT;
	}
	r = BN_bin2bn(plain.ptr, (int)len, NULL);
	s = BN_bin2bn(plain.ptr + len, (int)len, NULL);
	if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else if ((n = i2d_ECDSA_SIG(sig, &bytes)) > 0) {
		err = vsc_blob_set(der, vsc_span_from(bytes, (size_t)n));
	}
	OPENSSL_free(bytes);
	ECDSA_SIG_free(sig);
	return err;
}

/* PKCS#1 v1.5, or PSS with the salt as long as the hash (TR-03110-3 A.6.2.1). */
static int
set_padding(EVP_PKEY_CTX *ctx, const struct vsc_cv_alg *alg)
{
	if (alg->family != VSC_CV_RSA)
		return 0;
	if (EVP_PKEY_CTX_set_rsa_padding(
		ctx, alg->pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1)
		return VSC_E_CRYPTO;
	if (alg->pss && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) != 1)
		return VSC_E_CRYPTO;
	return 0;
}

int
vsc_cv_verify(const struct vsc_cv_key *key, struct vsc_span data, struct vsc_span signature)
{
	VSC_AUTO_MD_CTX *ctx = EVP_MD_CTX_new();
	VSC_AUTO_BLOB der = { NULL, 0 };
	EVP_PKEY_CTX *pctx;

	if (ctx == NULL)
		return VSC_E_NOMEM;
	if (key->alg->family == VSC_CV_ECDSA) {
		if (vsc_ecdsa_from_plain(signature, scalar_len(key), &der) < 0)
			return VSC_E_VERIFY;
		signature = vsc_blob_span(&der);
	}
	if (EVP_DigestVerifyInit_ex(ctx, &pctx, key->alg->hash, NULL, NULL, key->pkey, NULL) != 1 ||
	    set_padding(pctx, key->alg) < 0)
		return VSC_E_CRYPTO;
	return EVP_DigestVerify(ctx, signature.ptr, signature.len, data.ptr, data.len) == 1
		   ? 0
		   : VSC_E_VERIFY;
}

int
vsc_cv_sign(const struct vsc_cv_key *key, struct vsc_span data, struct vsc_blob *signature)
{
	VSC_AUTO_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	uint8_t buf[1024];
	size_t len = sizeof(buf);

	if (ctx == NULL)
		return VSC_E_NOMEM;
	if (EVP_DigestSignInit_ex(ctx, &pctx, key->alg->hash, NULL, NULL, key->pkey, NULL) != 1 ||
	    set_padding(pctx, key->alg) < 0 ||
	    EVP_DigestSign(ctx, buf, &len, data.ptr, data.len) != 1)
		return VSC_E_CRYPTO;
	if (key->alg->family == VSC_CV_ECDSA)
		return vsc_ecdsa_to_plain(vsc_span_from(buf, len), scalar_len(key), signature);
	return vsc_blob_set(signature, vsc_span_from(buf, len));
}

static void
put_number(struct vsc_out *out, uint32_t tag, const BIGNUM *n, size_t len)
{
	uint8_t *at;

	if (len < (size_t)BN_num_bytes(n))
		len = (size_t)BN_num_bytes(n);
	vsc_tlv_put_tag(out, tag);
	vsc_tlv_put_length(out, len);
	if ((at = vsc_out_reserve(out, len)) != NULL)
		BN_bn2binpad(n, at, (int)len);
}

static int
put_curve(struct vsc_out *out, const EC_GROUP *group)
{
	VSC_AUTO_BN *p = BN_new(), *a = BN_new(), *b = BN_new();
	uint8_t g[1 + 2 * 66];
	size_t len;

	if (p == NULL || a == NULL || b == NULL || EC_GROUP_get_curve(group, p, a, b, NULL) != 1)
		return VSC_E_CRYPTO;
	len = (size_t)BN_num_bytes(p);
	put_number(out, 0x81, p, 0);
	put_number(out, 0x82, a, len);
	put_number(out, 0x83, b, len);
	len = EC_POINT_point2oct(group, EC_GROUP_get0_generator(group),
	    POINT_CONVERSION_UNCOMPRESSED, g, sizeof(g), NULL);
	vsc_tlv_put(out, 0x84, vsc_span_from(g, len));
	put_number(out, 0x85, EC_GROUP_get0_order(group), 0);
	return 0;
}

static int
put_ec(struct vsc_out *out, const struct vsc_cv_key *key, bool with_params)
{
	uint8_t point[1 + 2 * 66];
	size_t len;
	EC_GROUP *group = NULL;
	int err = 0;

	if (EVP_PKEY_get_octet_string_param(
		key->pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len) != 1)
		return VSC_E_CRYPTO;
	if (with_params) {
		group = EC_GROUP_new_by_curve_name(key->nid);
		err = group == NULL ? VSC_E_CRYPTO : put_curve(out, group);
	}
	vsc_tlv_put(out, 0x86, vsc_span_from(point, len));
	if (with_params && err == 0)
		put_number(out, 0x87, EC_GROUP_get0_cofactor(group), 0);
	EC_GROUP_free(group);
	return err;
}

static int
put_rsa(struct vsc_out *out, const struct vsc_cv_key *key)
{
	BIGNUM *n = NULL, *e = NULL;
	int err = VSC_E_CRYPTO;

	if (EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
	    EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1) {
		put_number(out, 0x81, n, 0);
		put_number(out, 0x82, e, 0);
		err = 0;
	}
	BN_free(n);
	BN_free(e);
	return err;
}

int
vsc_cv_key_put(struct vsc_out *out, const struct vsc_cv_key *key, bool with_params)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x7F49);
	int err;

	vsc_tlv_put(out, 0x06, key->alg->oid);
	err = key->alg->family == VSC_CV_RSA ? put_rsa(out, key) : put_ec(out, key, with_params);
	vsc_tlv_end(out, mark);
	if (err < 0)
		return err;
	return out->full ? VSC_E_SPACE : 0;
}

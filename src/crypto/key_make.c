/* Where keys come from: generated, or put together from the numbers a card command brings. */
#include "crypto/key_impl.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "crypto/auto.h"

int
vsc_key_generate_rsa(struct vsc_key **key, unsigned bits, struct vsc_span exponent)
{
	VSC_AUTO_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	VSC_AUTO_BN *e = BN_new();
	EVP_PKEY *pkey = NULL;

	if (bits < 512 || bits > 8 * VSC_KEY_BYTES_MAX || bits % 256 != 0 || exponent.len > 32)
		return VSC_E_PARAM;
	if (ctx == NULL || e == NULL)
		return VSC_E_NOMEM;
	if (BN_set_word(e, RSA_F4) != 1 ||
	    (exponent.len > 0 && BN_bin2bn(exponent.ptr, (int)exponent.len, e) == NULL))
		return VSC_E_NOMEM;
	if (!BN_is_odd(e) || BN_is_one(e))
		return VSC_E_PARAM;
	if (EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) != 1 ||
	    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) != 1 ||
	    EVP_PKEY_generate(ctx, &pkey) != 1) {
		ERR_clear_error();
		return VSC_E_CRYPTO;
	}
	return vsc_key_wrap(key, pkey, true);
}

/* The numbers of an RSA key; NULL: not given, or not known. */
struct rsa {
	BIGNUM *n, *e, *d, *p, *q, *dp, *dq, *qinv;
};

static const struct {
	const char *name;
	size_t part, number; /* offsets in struct vsc_rsa_parts and struct rsa */
} rsa_fields[] = {
#define FIELD(name, member)                                                                \
	{                                                                                  \
		name, offsetof(struct vsc_rsa_parts, member), offsetof(struct rsa, member) \
	}
	FIELD(OSSL_PKEY_PARAM_RSA_N, n),
	FIELD(OSSL_PKEY_PARAM_RSA_E, e),
	FIELD(OSSL_PKEY_PARAM_RSA_D, d),
	FIELD(OSSL_PKEY_PARAM_RSA_FACTOR1, p),
	FIELD(OSSL_PKEY_PARAM_RSA_FACTOR2, q),
	FIELD(OSSL_PKEY_PARAM_RSA_EXPONENT1, dp),
	FIELD(OSSL_PKEY_PARAM_RSA_EXPONENT2, dq),
	FIELD(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, qinv),
};

static BIGNUM **
rsa_number(struct rsa *rsa, size_t field)
{
	return (BIGNUM **)(void *)((char *)rsa + rsa_fields[field].number);
}

static void
rsa_clear(struct rsa *rsa)
{
	for (size_t i = 0; i < VSC_COUNT(rsa_fields); i++)
		BN_clear_free(*rsa_number(rsa, i));
}

static int
rsa_read(struct rsa *rsa, const struct vsc_rsa_parts *parts)
{
	for (size_t i = 0; i < VSC_COUNT(rsa_fields); i++) {
		const struct vsc_span *part =
		    (const struct vsc_span *)(const void *)((const char *)parts +
							    rsa_fields[i].part);

		if (part->len > VSC_KEY_BYTES_MAX + 1)
			return VSC_E_PARAM;
		if (part->len == 0)
			continue;
		*rsa_number(rsa, i) = BN_bin2bn(part->ptr, (int)part->len, NULL);
		if (*rsa_number(rsa, i) == NULL)
			return VSC_E_NOMEM;
		if (BN_is_zero(*rsa_number(rsa, i)))
			return VSC_E_PARAM;
	}
	return 0;
}

/* *slot is the given value, which must be `value`, or becomes it. */
static int
settle(BIGNUM **slot, const BIGNUM *value)
{
	if (*slot == NULL)
		return (*slot = BN_dup(value)) == NULL ? VSC_E_NOMEM : 0;
	return BN_cmp(*slot, value) == 0 ? 0 : VSC_E_PARAM;
}

/* n = p q, d = 1/e or e = 1/d mod lcm(p - 1, q - 1), and what CRT needs. */
static int
rsa_from_factors(struct rsa *rsa, BN_CTX *bn)
{
	VSC_AUTO_BN_SECRET *p1 = BN_dup(rsa->p), *q1 = BN_dup(rsa->q), *t = BN_new(),
			   *gcd = BN_new(), *lambda = BN_new();
	int rc;

	if (p1 == NULL || q1 == NULL || t == NULL || gcd == NULL || lambda == NULL)
		return VSC_E_NOMEM;
	if (BN_is_one(rsa->p) || BN_is_one(rsa->q) || BN_cmp(rsa->p, rsa->q) == 0)
		return VSC_E_PARAM;
	if (BN_mul(t, rsa->p, rsa->q, bn) != 1)
		return VSC_E_CRYPTO;
	if ((rc = settle(&rsa->n, t)) < 0)
		return rc;
	if (BN_sub_word(p1, 1) != 1 || BN_sub_word(q1, 1) != 1 || BN_mul(t, p1, q1, bn) != 1 ||
	    BN_gcd(gcd, p1, q1, bn) != 1 || BN_div(lambda, NULL, t, gcd, bn) != 1)
		return VSC_E_CRYPTO;
	if (rsa->d == NULL && (rsa->d = BN_mod_inverse(NULL, rsa->e, lambda, bn)) == NULL)
		return VSC_E_PARAM;
	if (rsa->e == NULL && (rsa->e = BN_mod_inverse(NULL, rsa->d, lambda, bn)) == NULL)
		return VSC_E_PARAM;
	if (BN_mod_mul(t, rsa->e, rsa->d, lambda, bn) != 1)
		return VSC_E_CRYPTO;
	if (!BN_is_one(t))
		return VSC_E_PARAM;
	if (BN_mod(t, rsa->d, p1, bn) != 1 || settle(&rsa->dp, t) < 0 ||
	    BN_mod(t, rsa->d, q1, bn) != 1 || settle(&rsa->dq, t) < 0)
		return VSC_E_PARAM;
	if (BN_mod_inverse(t, rsa->q, rsa->p, bn) == NULL)
		return VSC_E_PARAM;
	return settle(&rsa->qinv, t);
}

/*
 * The factors of n from e and d: e d - 1 = 2^s r is a multiple of the group's exponent, so half of
 * all x have a non-trivial root of one among x^r, x^2r, ... (the Handbook of Applied Cryptography,
 * 8.2.2).
 */
static int
rsa_find_factors(struct rsa *rsa, BN_CTX *bn)
{
	VSC_AUTO_BN_SECRET *r = BN_new(), *x = BN_new(), *y = BN_new(), *minus = BN_new();
	int s = 0;

	if (r == NULL || x == NULL || y == NULL || minus == NULL)
		return VSC_E_NOMEM;
	if (!BN_is_odd(rsa->n) || BN_mul(r, rsa->e, rsa->d, bn) != 1 || BN_sub_word(r, 1) != 1 ||
	    BN_is_zero(r) || BN_is_odd(r) || BN_copy(minus, rsa->n) == NULL ||
	    BN_sub_word(minus, 1) != 1)
		return VSC_E_PARAM;
	while (!BN_is_bit_set(r, s))
		s++;
	if (BN_rshift(r, r, s) != 1)
		return VSC_E_CRYPTO;
	for (BN_ULONG base = 2; base < 130; base++) {
		if (BN_set_word(x, base) != 1 || BN_mod_exp(x, x, r, rsa->n, bn) != 1)
			return VSC_E_CRYPTO;
		for (int i = 0; i < s && !BN_is_one(x) && BN_cmp(x, minus) != 0; i++) {
			if (BN_mod_sqr(y, x, rsa->n, bn) != 1)
				return VSC_E_CRYPTO;
			if (!BN_is_one(y)) {
				BN_swap(x, y);
				continue;
			}
			rsa->p = BN_new();
			rsa->q = BN_new();
			if (rsa->p == NULL || rsa->q == NULL || BN_sub_word(x, 1) != 1 ||
			    BN_gcd(rsa->p, x, rsa->n, bn) != 1 ||
			    BN_div(rsa->q, NULL, rsa->n, rsa->p, bn) != 1)
				return VSC_E_CRYPTO;
			return 0;
		}
	}
	return VSC_E_PARAM; /* then d does not belong to n */
}

/* e = 1/dp mod (p - 1): an exponent below p, as all in use are. */
static int
rsa_find_exponent(struct rsa *rsa, BN_CTX *bn)
{
	VSC_AUTO_BN_SECRET *p1 = BN_dup(rsa->p);

	if (p1 == NULL || BN_sub_word(p1, 1) != 1)
		return VSC_E_NOMEM;
	rsa->e = BN_mod_inverse(NULL, rsa->dp, p1, bn);
	return rsa->e == NULL ? VSC_E_PARAM : 0;
}

static int
rsa_complete(struct rsa *rsa, bool *private)
{
	VSC_AUTO_BN_CTX *bn = BN_CTX_secure_new();
	int rc;

	if (bn == NULL)
		return VSC_E_NOMEM;
	if ((rsa->p == NULL) != (rsa->q == NULL))
		return VSC_E_PARAM;
	*private = rsa->d != NULL || rsa->p != NULL;
	if (!*private)
		return rsa->n == NULL || rsa->e == NULL ? VSC_E_PARAM : 0;
	if (rsa->p == NULL) {
		if (rsa->n == NULL || rsa->e == NULL)
			return VSC_E_PARAM;
		if ((rc = rsa_find_factors(rsa, bn)) < 0)
			return rc;
	}
	if (rsa->e == NULL && rsa->d == NULL && rsa->dp != NULL &&
	    (rc = rsa_find_exponent(rsa, bn)) < 0)
		return rc;
	if (rsa->e == NULL && rsa->d == NULL)
		return VSC_E_PARAM;
	if ((rc = rsa_from_factors(rsa, bn)) < 0)
		return rc;
	if (BN_check_prime(rsa->p, bn, NULL) != 1 || BN_check_prime(rsa->q, bn, NULL) != 1)
		return VSC_E_PARAM;
	return 0;
}

static EVP_PKEY *
build(const char *type, OSSL_PARAM_BLD *bld, bool private)
{
	VSC_AUTO_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	VSC_AUTO_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY *pkey = NULL;

	if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(
		ctx, &pkey, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return pkey;
}

static int
rsa_build(struct vsc_key **key, struct rsa *rsa, bool private)
{
	VSC_AUTO_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY *pkey;

	if (bld == NULL)
		return VSC_E_NOMEM;
	for (size_t i = 0; i < VSC_COUNT(rsa_fields); i++) {
		const BIGNUM *number = *rsa_number(rsa, i);

		if (number != NULL && OSSL_PARAM_BLD_push_BN(bld, rsa_fields[i].name, number) != 1)
			return VSC_E_NOMEM;
	}
	if ((pkey = build("RSA", bld, private)) == NULL) {
		ERR_clear_error();
		return VSC_E_PARAM;
	}
	return vsc_key_wrap(key, pkey, private);
}

int
vsc_key_import_rsa(struct vsc_key **key, const struct vsc_rsa_parts *parts)
{
	struct rsa rsa = { NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL };
	bool private = false;
	int rc;

	if ((rc = rsa_read(&rsa, parts)) == 0 && (rc = rsa_complete(&rsa, &private)) == 0) {
		if (!BN_is_odd(rsa.e) || BN_is_one(rsa.e) || BN_cmp(rsa.e, rsa.n) >= 0)
			rc = VSC_E_PARAM;
		else
			rc = rsa_build(key, &rsa, private);
	}
	ERR_clear_error();
	rsa_clear(&rsa);
	return rc;
}

/* The public point of a secret on a Weierstrass curve, 04 || x || y. */
static int
compute_point(EC_GROUP *group, const BIGNUM *secret, BN_CTX *bn, struct vsc_out *out)
{
	VSC_AUTO_EC_POINT *point = EC_POINT_new(group);
	uint8_t *to = vsc_out_reserve(out, out->cap);

	if (point == NULL || to == NULL)
		return VSC_E_NOMEM;
	if (EC_POINT_mul(group, point, secret, NULL, NULL, bn) != 1)
		return VSC_E_CRYPTO;
	out->len =
	    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, to, out->cap, bn);
	return out->len == 0 ? VSC_E_CRYPTO : 0;
}

/* secret may be NULL: a public key. */
static int
build_ec(struct vsc_key **key, const struct vsc_curve *curve, const BIGNUM *secret,
    struct vsc_span point)
{
	VSC_AUTO_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY *pkey;

	if (bld == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, curve->name, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point.ptr, point.len) !=
		1 ||
	    (secret != NULL && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, secret) != 1))
		return VSC_E_NOMEM;
	if ((pkey = build("EC", bld, secret != NULL)) == NULL) {
		ERR_clear_error();
		return VSC_E_PARAM;
	}
	return vsc_key_wrap(key, pkey, secret != NULL);
}

static int
import_weierstrass(struct vsc_key **key, const struct vsc_curve *curve, struct vsc_span secret,
    struct vsc_span point)
{
	VSC_AUTO_EC_GROUP *group = EC_GROUP_new_by_curve_name(curve->nid);
	VSC_AUTO_BN_CTX *bn = BN_CTX_secure_new();
	VSC_AUTO_BN_SECRET *d = BN_new();
	uint8_t computed[1 + 2 * 66];
	struct vsc_out out = vsc_out_from(computed, 1 + 2 * curve->field_len);
	int rc;

	if (group == NULL || bn == NULL || d == NULL)
		return VSC_E_NOMEM;
	if (point.len > 0 && (point.len != out.cap || point.ptr[0] != 0x04))
		return VSC_E_PARAM;
	if (secret.len == 0)
		return point.len == 0 ? VSC_E_PARAM : build_ec(key, curve, NULL, point);
	if (secret.len > curve->field_len + 1 || BN_bin2bn(secret.ptr, (int)secret.len, d) == NULL)
		return VSC_E_PARAM;
	if (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(group)) >= 0)
		return VSC_E_PARAM;
	BN_set_flags(d, BN_FLG_CONSTTIME);
	if ((rc = compute_point(group, d, bn, &out)) < 0)
		return rc;
	if (point.len > 0 && !vsc_span_eq(point, vsc_out_span(&out)))
		return VSC_E_PARAM;
	return build_ec(key, curve, d, vsc_out_span(&out));
}

/* Ed25519, X25519: 32 bytes each way. */
static int
import_raw(struct vsc_key **key, const struct vsc_curve *curve, struct vsc_span secret,
    struct vsc_span point)
{
	struct vsc_span from = secret.len > 0 ? secret : point;
	uint8_t computed[32];
	struct vsc_out out = vsc_out_from(computed, sizeof(computed));
	EVP_PKEY *pkey;
	int rc;

	if (from.len != curve->field_len)
		return VSC_E_PARAM;
	if (secret.len > 0)
		pkey = EVP_PKEY_new_raw_private_key_ex(NULL, curve->name, NULL, from.ptr, from.len);
	else
		pkey = EVP_PKEY_new_raw_public_key_ex(NULL, curve->name, NULL, from.ptr, from.len);
	if ((rc = vsc_key_wrap(key, pkey, secret.len > 0)) < 0)
		return rc;
	if (secret.len == 0 || point.len == 0)
		return 0;
	if (vsc_key_point(*key, &out) == 0 && vsc_span_eq(vsc_out_span(&out), point))
		return 0;
	vsc_key_free(*key);
	*key = NULL;
	return VSC_E_PARAM;
}

int
vsc_key_import_ec(struct vsc_key **key, const struct vsc_curve *curve, struct vsc_span secret,
    struct vsc_span point)
{
	int rc;

	if (curve->kind == VSC_CURVE_WEIERSTRASS)
		rc = import_weierstrass(key, curve, secret, point);
	else
		rc = import_raw(key, curve, secret, point);
	ERR_clear_error();
	return rc;
}

int
vsc_key_generate_ec(struct vsc_key **key, const struct vsc_curve *curve, const struct vsc_env *env)
{
	uint8_t secret[66];
	size_t len = curve->field_len;
	int rc = VSC_E_CRYPTO;

	/* The secret is drawn from 1 to n - 1 by rejection: import refuses what is outside. All our
	 * orders are as long as their field. */
	for (int tries = 0; tries < 128 && rc < 0; tries++) {
		if (vsc_env_random(env, secret, len) < 0)
			break;
		if (curve->nid == NID_secp521r1)
			secret[0] &= 0x01;
		rc = vsc_key_import_ec(key, curve, vsc_span_from(secret, len), VSC_SPAN_EMPTY);
	}
	vsc_wipe(secret, sizeof(secret));
	return rc;
}

static const struct {
	enum vsc_key_kind kind;
	size_t len;
	const struct vsc_suite *suite;
} symmetric[] = {
	{ VSC_KEY_3DES, 16, &vsc_suite_3des },
	{ VSC_KEY_3DES, 24, &vsc_suite_3des },
	{ VSC_KEY_AES, 16, &vsc_suite_aes128 },
	{ VSC_KEY_AES, 24, &vsc_suite_aes192 },
	{ VSC_KEY_AES, 32, &vsc_suite_aes256 },
};

int
vsc_key_import_symmetric(struct vsc_key **key, enum vsc_key_kind kind, struct vsc_span bytes)
{
	struct vsc_span mac_key = bytes;
	struct vsc_key *fresh;
	size_t row = 0;

	while (row < VSC_COUNT(symmetric) &&
	       (symmetric[row].kind != kind || symmetric[row].len != bytes.len))
		row++;
	if (row == VSC_COUNT(symmetric))
		return VSC_E_PARAM;
	/* ISO/IEC 9797-1 algorithm 3 has two keys: the first two of three */
	if (kind == VSC_KEY_3DES)
		mac_key = vsc_span_slice(bytes, 0, 16);
	if ((fresh = calloc(1, sizeof(*fresh))) == NULL)
		return VSC_E_NOMEM;
	fresh->kind = kind;
	fresh->private = true;
	if (vsc_blob_set(&fresh->secret, bytes) < 0 ||
	    vsc_cipher_new(&fresh->cipher, symmetric[row].suite, bytes, mac_key) < 0) {
		vsc_key_free(fresh);
		return VSC_E_CRYPTO;
	}
	*key = fresh;
	return 0;
}

/* Group arithmetic for key agreement: one table of operations for curves, one for residues. */
#include "crypto/group.h"

#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>

#include "crypto/auto.h"

/* What differs between curves and residues. */
struct ops {
	int (*alloc)(const struct vsc_group *group, struct vsc_elem *elem);
	int (*decode)(const struct vsc_group *group, struct vsc_span bytes, BN_CTX *ctx,
	    struct vsc_elem *elem);
	int (*encode)(const struct vsc_group *group, const struct vsc_elem *elem, BN_CTX *ctx,
	    struct vsc_out *out);
	int (*mul)(const struct vsc_group *group, const BIGNUM *scalar, const struct vsc_elem *base,
	    BN_CTX *ctx, struct vsc_elem *product);
	int (*add)(const struct vsc_group *group, const struct vsc_elem *other, BN_CTX *ctx,
	    struct vsc_elem *sum);
	bool (*is_identity)(const struct vsc_group *group, const struct vsc_elem *elem);
	int (*secret)(const struct vsc_group *group, const struct vsc_elem *elem, BN_CTX *ctx,
	    struct vsc_out *out);
};

struct vsc_group {
	enum vsc_group_kind kind;
	const struct ops *ops;
	int id;
	size_t field_len, order_len;
	BIGNUM *p, *q;
	EC_GROUP *ec;      /* curves */
	BIGNUM *g;         /* residues */
	BN_MONT_CTX *mont; /* of p; residues */
};

static int
ec_alloc(const struct vsc_group *group, struct vsc_elem *elem)
{
	if (elem->point == NULL)
		elem->point = EC_POINT_new(group->ec);
	return elem->point == NULL ? VSC_E_NOMEM : 0;
}

static int
ec_decode(const struct vsc_group *group, struct vsc_span bytes, BN_CTX *ctx, struct vsc_elem *elem)
{
	/* TR-03110-3 A.2.2: uncompressed only. The length rules out the encoding of infinity. */
	if (bytes.len != 1 + 2 * group->field_len || bytes.ptr[0] != POINT_CONVERSION_UNCOMPRESSED)
		return VSC_E_FORMAT;
	/* checks x, y < p and the curve equation; all our curves have cofactor 1 */
	if (EC_POINT_oct2point(group->ec, elem->point, bytes.ptr, bytes.len, ctx) != 1)
		return VSC_E_PARAM;
	return 0;
}

static int
ec_encode(
    const struct vsc_group *group, const struct vsc_elem *elem, BN_CTX *ctx, struct vsc_out *out)
{
	size_t len = 1 + 2 * group->field_len;
	uint8_t *at = vsc_out_reserve(out, len);

	if (at == NULL)
		return VSC_E_SPACE;
	if (EC_POINT_point2oct(
		group->ec, elem->point, POINT_CONVERSION_UNCOMPRESSED, at, len, ctx) != len)
		return VSC_E_CRYPTO;
	return 0;
}

static int
ec_mul(const struct vsc_group *group, const BIGNUM *scalar, const struct vsc_elem *base,
    BN_CTX *ctx, struct vsc_elem *product)
{
	int ok;

	/* one scalar at a time: OpenSSL takes its constant time ladder only then */
	if (base == NULL)
		ok = EC_POINT_mul(group->ec, product->point, scalar, NULL, NULL, ctx);
	else
		ok = EC_POINT_mul(group->ec, product->point, NULL, base->point, scalar, ctx);
	return ok == 1 ? 0 : VSC_E_CRYPTO;
}

static int
ec_add(
    const struct vsc_group *group, const struct vsc_elem *other, BN_CTX *ctx, struct vsc_elem *sum)
{
	return EC_POINT_add(group->ec, sum->point, sum->point, other->point, ctx) == 1
		   ? 0
		   : VSC_E_CRYPTO;
}

static bool
ec_is_identity(const struct vsc_group *group, const struct vsc_elem *elem)
{
	return EC_POINT_is_at_infinity(group->ec, elem->point) == 1;
}

static int
ec_secret(
    const struct vsc_group *group, const struct vsc_elem *elem, BN_CTX *ctx, struct vsc_out *out)
{
	VSC_AUTO_BN_SECRET *x = BN_new();
	uint8_t *at = vsc_out_reserve(out, group->field_len);

	if (x == NULL || at == NULL)
		return VSC_E_NOMEM;
	if (EC_POINT_get_affine_coordinates(group->ec, elem->point, x, NULL, ctx) != 1 ||
	    BN_bn2binpad(x, at, (int)group->field_len) < 0)
		return VSC_E_CRYPTO;
	return 0;
}

static const struct ops ec_ops = { ec_alloc, ec_decode, ec_encode, ec_mul, ec_add, ec_is_identity,
	ec_secret };

static int
dh_alloc(const struct vsc_group *group, struct vsc_elem *elem)
{
	(void)group;
	if (elem->residue == NULL)
		elem->residue = BN_new();
	return elem->residue == NULL ? VSC_E_NOMEM : 0;
}

static int
dh_decode(const struct vsc_group *group, struct vsc_span bytes, BN_CTX *ctx, struct vsc_elem *elem)
{
	VSC_AUTO_BN *check = BN_new();

	if (check == NULL)
		return VSC_E_NOMEM;
	if (bytes.len == 0 || bytes.len > group->field_len + 1)
		return VSC_E_FORMAT;
	if (BN_bin2bn(bytes.ptr, (int)bytes.len, elem->residue) == NULL)
		return VSC_E_NOMEM;
	/* 2 <= y <= p - 2 */
	if (BN_is_zero(elem->residue) || BN_is_one(elem->residue) ||
	    BN_copy(check, group->p) == NULL || BN_sub_word(check, 1) != 1 ||
	    BN_cmp(elem->residue, check) >= 0)
		return VSC_E_PARAM;
	/* y^q = 1: nothing of small order. Everything here is public. */
	if (BN_mod_exp_mont(check, elem->residue, group->q, group->p, ctx, group->mont) != 1)
		return VSC_E_CRYPTO;
	return BN_is_one(check) ? 0 : VSC_E_PARAM;
}

static int
dh_encode(
    const struct vsc_group *group, const struct vsc_elem *elem, BN_CTX *ctx, struct vsc_out *out)
{
	uint8_t *at = vsc_out_reserve(out, (size_t)BN_num_bytes(elem->residue));

	(void)group;
	(void)ctx;
	if (at == NULL)
		return VSC_E_SPACE;
	BN_bn2bin(elem->residue, at);
	return 0;
}

static int
dh_mul(const struct vsc_group *group, const BIGNUM *scalar, const struct vsc_elem *base,
    BN_CTX *ctx, struct vsc_elem *product)
{
	const BIGNUM *from = base == NULL ? group->g : base->residue;

	return BN_mod_exp_mont_consttime(
		   product->residue, from, scalar, group->p, ctx, group->mont) == 1
		   ? 0
		   : VSC_E_CRYPTO;
}

static int
dh_add(
    const struct vsc_group *group, const struct vsc_elem *other, BN_CTX *ctx, struct vsc_elem *sum)
{
	return BN_mod_mul(sum->residue, sum->residue, other->residue, group->p, ctx) == 1
		   ? 0
		   : VSC_E_CRYPTO;
}

static bool
dh_is_identity(const struct vsc_group *group, const struct vsc_elem *elem)
{
	(void)group;
	return BN_is_one(elem->residue);
}

static int
dh_secret(
    const struct vsc_group *group, const struct vsc_elem *elem, BN_CTX *ctx, struct vsc_out *out)
{
	uint8_t *at = vsc_out_reserve(out, group->field_len);

	(void)ctx;
	if (at == NULL)
		return VSC_E_SPACE;
	return BN_bn2binpad(elem->residue, at, (int)group->field_len) < 0 ? VSC_E_CRYPTO : 0;
}

static const struct ops dh_ops = { dh_alloc, dh_decode, dh_encode, dh_mul, dh_add, dh_is_identity,
	dh_secret };

/* TR-03110-3 table 4 (Doc 9303-11 table 6): ids 3 to 7 and 19 to 31 are reserved */
static const struct {
	unsigned id;
	int nid;        /* of a curve, or */
	const char *dh; /* OpenSSL's name of a DH group */
} standard[] = {
	{ 0, NID_undef, "dh_1024_160" },
	{ 1, NID_undef, "dh_2048_224" },
	{ 2, NID_undef, "dh_2048_256" },
	{ 8, NID_X9_62_prime192v1, NULL },
	{ 9, NID_brainpoolP192r1, NULL },
	{ 10, NID_secp224r1, NULL },
	{ 11, NID_brainpoolP224r1, NULL },
	{ 12, NID_X9_62_prime256v1, NULL },
	{ 13, NID_brainpoolP256r1, NULL },
	{ 14, NID_brainpoolP320r1, NULL },
	{ 15, NID_secp384r1, NULL },
	{ 16, NID_brainpoolP384r1, NULL },
	{ 17, NID_brainpoolP512r1, NULL },
	{ 18, NID_secp521r1, NULL },
};

static size_t
bytes_of(const BIGNUM *n)
{
	return (size_t)BN_num_bytes(n);
}

int
vsc_group_new_curve(struct vsc_group **group, int nid)
{
	struct vsc_group *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return VSC_E_NOMEM;
	fresh->kind = VSC_GROUP_ECDH;
	fresh->ops = &ec_ops;
	fresh->id = -1;
	for (size_t i = 0; i < VSC_COUNT(standard); i++)
		if (standard[i].nid == nid && nid != NID_undef)
			fresh->id = (int)standard[i].id;
	fresh->ec = EC_GROUP_new_by_curve_name(nid);
	fresh->p = BN_new();
	if (fresh->ec == NULL || fresh->p == NULL ||
	    EC_GROUP_get_curve(fresh->ec, fresh->p, NULL, NULL, NULL) != 1 ||
	    (fresh->q = BN_dup(EC_GROUP_get0_order(fresh->ec))) == NULL ||
	    !BN_is_one(EC_GROUP_get0_cofactor(fresh->ec))) {
		vsc_group_free(fresh);
		return VSC_E_UNSUPPORTED;
	}
	fresh->field_len = bytes_of(fresh->p);
	fresh->order_len = bytes_of(fresh->q);
	*group = fresh;
	return 0;
}

/* Takes p, g and q, in every case. */
static int
new_dh(struct vsc_group **group, BIGNUM *p, BIGNUM *g, BIGNUM *q)
{
	VSC_AUTO_BN_CTX *ctx = BN_CTX_new();
	struct vsc_group *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL) {
		BN_free(p);
		BN_free(g);
		BN_free(q);
		return VSC_E_NOMEM;
	}
	*fresh = (struct vsc_group){
		.kind = VSC_GROUP_DH, .ops = &dh_ops, .id = -1, .p = p, .q = q, .g = g
	};
	fresh->mont = BN_MONT_CTX_new();
	if (ctx == NULL || p == NULL || g == NULL || q == NULL || fresh->mont == NULL ||
	    BN_MONT_CTX_set(fresh->mont, p, ctx) != 1) {
		vsc_group_free(fresh);
		return VSC_E_CRYPTO;
	}
	fresh->field_len = bytes_of(p);
	fresh->order_len = bytes_of(q);
	*group = fresh;
	return 0;
}

static int
new_standard_dh(struct vsc_group **group, const char *name)
{
	OSSL_PARAM params[2];
	VSC_AUTO_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DHX", NULL);
	VSC_AUTO_PKEY *key = NULL;
	BIGNUM *p = NULL, *g = NULL, *q = NULL;

	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)name, 0);
	params[1] = OSSL_PARAM_construct_end();
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS, params) != 1 ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &p) != 1 ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_G, &g) != 1 ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_Q, &q) != 1) {
		BN_free(p);
		BN_free(g);
		return VSC_E_CRYPTO;
	}
	return new_dh(group, p, g, q);
}

int
vsc_group_new(struct vsc_group **group, unsigned id)
{
	for (size_t i = 0; i < VSC_COUNT(standard); i++) {
		int err;

		if (standard[i].id != id)
			continue;
		if (standard[i].dh == NULL)
			return vsc_group_new_curve(group, standard[i].nid);
		err = new_standard_dh(group, standard[i].dh);
		if (err == 0)
			(*group)->id = (int)id;
		return err;
	}
	return VSC_E_UNSUPPORTED;
}

/* p and q prime, q divides p - 1, g has order q */
static bool
dh_params_sound(const struct vsc_group *group)
{
	VSC_AUTO_BN_CTX *ctx = BN_CTX_new();
	VSC_AUTO_BN *n = BN_new();

	if (ctx == NULL || n == NULL || BN_num_bits(group->p) < 1024 ||
	    BN_num_bits(group->p) > 8 * (int)VSC_ELEM_MAX || BN_num_bits(group->q) < 160)
		return false;
	if (BN_check_prime(group->p, ctx, NULL) != 1 || BN_check_prime(group->q, ctx, NULL) != 1)
		return false;
	if (BN_sub(n, group->p, BN_value_one()) != 1 || BN_mod(n, n, group->q, ctx) != 1 ||
	    !BN_is_zero(n))
		return false;
	if (BN_cmp(group->g, BN_value_one()) <= 0 || BN_cmp(group->g, group->p) >= 0)
		return false;
	return BN_mod_exp_mont(n, group->g, group->q, group->p, ctx, group->mont) == 1 &&
	       BN_is_one(n);
}

int
vsc_group_new_dh(struct vsc_group **group, struct vsc_span p, struct vsc_span g, struct vsc_span q)
{
	struct vsc_group *fresh;
	int err;

	if (p.len > VSC_ELEM_MAX + 1 || g.len > VSC_ELEM_MAX + 1 || q.len > VSC_ELEM_MAX + 1)
		return VSC_E_PARAM;
	/* Montgomery form needs an odd modulus */
	if (p.len == 0 || (p.ptr[p.len - 1] & 1) == 0)
		return VSC_E_PARAM;
	err = new_dh(&fresh, BN_bin2bn(p.ptr, (int)p.len, NULL), BN_bin2bn(g.ptr, (int)g.len, NULL),
	    BN_bin2bn(q.ptr, (int)q.len, NULL));
	if (err < 0)
		return err;
	if (!dh_params_sound(fresh)) {
		vsc_group_free(fresh);
		return VSC_E_PARAM;
	}
	*group = fresh;
	return 0;
}

void
vsc_group_free(struct vsc_group *group)
{
	if (group == NULL)
		return;
	EC_GROUP_free(group->ec);
	BN_MONT_CTX_free(group->mont);
	BN_free(group->p);
	BN_free(group->q);
	BN_free(group->g);
	free(group);
}

enum vsc_group_kind
vsc_group_kind(const struct vsc_group *group)
{
	return group->kind;
}

int
vsc_group_id(const struct vsc_group *group)
{
	return group->id;
}

const char *
vsc_group_curve(const struct vsc_group *group)
{
	return group->ec == NULL ? NULL : OBJ_nid2sn(EC_GROUP_get_curve_name(group->ec));
}

size_t
vsc_group_field_len(const struct vsc_group *group)
{
	return group->field_len;
}

size_t
vsc_group_order_len(const struct vsc_group *group)
{
	return group->order_len;
}

const EC_GROUP *
vsc_group_ec(const struct vsc_group *group)
{
	return group->ec;
}

const BIGNUM *
vsc_group_order(const struct vsc_group *group)
{
	return group->q;
}

const BIGNUM *
vsc_group_prime(const struct vsc_group *group)
{
	return group->p;
}

const BIGNUM *
vsc_group_generator(const struct vsc_group *group)
{
	return group->g;
}

bool
vsc_group_same(const struct vsc_group *a, const struct vsc_group *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind)
		return false;
	if (a->ec != NULL)
		return EC_GROUP_get_curve_name(a->ec) == EC_GROUP_get_curve_name(b->ec);
	return BN_cmp(a->p, b->p) == 0 && BN_cmp(a->g, b->g) == 0 && BN_cmp(a->q, b->q) == 0;
}

int
vsc_group_random(const struct vsc_group *group, const struct vsc_env *env, BIGNUM *scalar)
{
	uint8_t buf[VSC_SCALAR_MAX];
	unsigned excess = (unsigned)(8 * group->order_len) - (unsigned)BN_num_bits(group->q);
	int err = VSC_E_CRYPTO;

	/* A draw is in range with probability 1/2 or more; 128 misses mean a broken generator. */
	for (int tries = 0; tries < 128; tries++) {
		if (vsc_env_random(env, buf, group->order_len) < 0)
			break;
		buf[0] &= (uint8_t)(0xFF >> excess);
		if (BN_bin2bn(buf, (int)group->order_len, scalar) == NULL)
			break;
		if (BN_is_zero(scalar) || BN_cmp(scalar, group->q) >= 0)
			continue;
		BN_set_flags(scalar, BN_FLG_CONSTTIME);
		err = 0;
		break;
	}
	vsc_wipe(buf, sizeof(buf));
	return err;
}

int
vsc_group_scalar(const struct vsc_group *group, struct vsc_span bytes, BIGNUM *scalar)
{
	VSC_AUTO_BN_CTX *ctx = BN_CTX_new();

	if (bytes.len > VSC_SCALAR_MAX + 1)
		return VSC_E_PARAM;
	BN_set_flags(scalar, BN_FLG_CONSTTIME);
	if (ctx == NULL || BN_bin2bn(bytes.ptr, (int)bytes.len, scalar) == NULL ||
	    BN_nnmod(scalar, scalar, group->q, ctx) != 1)
		return VSC_E_CRYPTO;
	return BN_is_zero(scalar) ? VSC_E_PARAM : 0;
}

int
vsc_elem_decode(
    const struct vsc_group *group, struct vsc_span bytes, BN_CTX *ctx, struct vsc_elem *elem)
{
	if (group->ops->alloc(group, elem) < 0)
		return VSC_E_NOMEM;
	return group->ops->decode(group, bytes, ctx, elem);
}

int
vsc_elem_encode(
    const struct vsc_group *group, const struct vsc_elem *elem, BN_CTX *ctx, struct vsc_out *out)
{
	return group->ops->encode(group, elem, ctx, out);
}

int
vsc_elem_mul(const struct vsc_group *group, const BIGNUM *scalar, const struct vsc_elem *base,
    BN_CTX *ctx, struct vsc_elem *product)
{
	if (group->ops->alloc(group, product) < 0)
		return VSC_E_NOMEM;
	return group->ops->mul(group, scalar, base, ctx, product);
}

int
vsc_elem_mul_add(const struct vsc_group *group, const BIGNUM *scalar, const struct vsc_elem *elem,
    BN_CTX *ctx, struct vsc_elem *sum)
{
	int err = vsc_elem_mul(group, scalar, NULL, ctx, sum);

	return err < 0 ? err : group->ops->add(group, elem, ctx, sum);
}

bool
vsc_elem_is_identity(const struct vsc_group *group, const struct vsc_elem *elem)
{
	return group->ops->is_identity(group, elem);
}

int
vsc_elem_secret(const struct vsc_group *group, const struct vsc_elem *elem, BN_CTX *ctx,
    struct vsc_blob *secret)
{
	struct vsc_out out;

	if (vsc_blob_alloc(secret, group->field_len) < 0)
		return VSC_E_NOMEM;
	out = vsc_out_from(secret->ptr, secret->len);
	return group->ops->secret(group, elem, ctx, &out);
}

void
vsc_elem_free(struct vsc_elem *elem)
{
	EC_POINT_clear_free(elem->point);
	BN_clear_free(elem->residue);
	*elem = (struct vsc_elem){ NULL, NULL };
}

int
vsc_elem_compress(
    const struct vsc_group *group, struct vsc_span encoded, struct vsc_blob *compressed)
{
	uint8_t digest[20];

	if (group->kind == VSC_GROUP_ECDH) {
		if (encoded.len != 1 + 2 * group->field_len)
			return VSC_E_FORMAT;
		return vsc_blob_set(compressed, vsc_span_slice(encoded, 1, group->field_len));
	}
	if (encoded.len == 0 || encoded.len > group->field_len + 1)
		return VSC_E_FORMAT;
	while (encoded.len > 1 && encoded.ptr[0] == 0)
		encoded = vsc_span_slice(encoded, 1, encoded.len);
	if (EVP_Digest(encoded.ptr, encoded.len, digest, NULL, EVP_sha1(), NULL) != 1)
		return VSC_E_CRYPTO;
	return vsc_blob_set(compressed, VSC_SPAN_OF(digest));
}

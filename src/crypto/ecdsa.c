/* ECDSA with a k that is drawn from vsc_env and yet not its alone: RFC 6979 with additional data.
 */
#include <openssl/core_names.h>
#include <openssl/hmac.h>

#include "crypto/auto.h"
#include "crypto/sign_env.h"

#define EXTRA_LEN 32 /* drawn for each k */

/* --- k of ECDSA: RFC 6979 3.2, with what was drawn as additional data (3.6) --- */

/* So k is secret even if what was drawn is not, and another one for another message. */
struct generator {
	const EVP_MD *md;
	uint8_t k[EVP_MAX_MD_SIZE], v[EVP_MAX_MD_SIZE];
	size_t len;
};

static int
hmac(struct generator *g, struct vsc_span message, uint8_t out[EVP_MAX_MD_SIZE])
{
	return HMAC(g->md, g->k, (int)g->len, message.ptr, message.len, out, NULL) != NULL
		   ? 0
		   : VSC_E_CRYPTO;
}

/* K = HMAC(K, V || mark || seed), V = HMAC(K, V) */
static int
mix(struct generator *g, uint8_t mark, struct vsc_span seed)
{
	uint8_t buf[EVP_MAX_MD_SIZE + 1 + 2 * 66 + EXTRA_LEN];
	struct vsc_out message = vsc_out_from(buf, sizeof(buf));
	int err;

	vsc_out_put(&message, vsc_span_from(g->v, g->len));
	vsc_out_u8(&message, mark);
	vsc_out_put(&message, seed);
	err = message.full ? VSC_E_SPACE : hmac(g, vsc_out_span(&message), g->k);
	vsc_wipe(buf, sizeof(buf));
	return err < 0 ? err : hmac(g, vsc_span_from(g->v, g->len), g->v);
}

/* bits2int: the leftmost bits of order's length */
static int
leftmost(BIGNUM *number, struct vsc_span bytes, const BIGNUM *order)
{
	int extra = (int)bytes.len * 8 - BN_num_bits(order);

	if (BN_bin2bn(bytes.ptr, (int)bytes.len, number) == NULL ||
	    (extra > 0 && BN_rshift(number, number, extra) != 1))
		return VSC_E_NOMEM;
	return 0;
}

static int
next_candidate(struct generator *g, const BIGNUM *order, BIGNUM *k)
{
	uint8_t buf[66 + EVP_MAX_MD_SIZE];
	struct vsc_out bits = vsc_out_from(buf, sizeof(buf));
	int err = 0;

	while (err == 0 && 8 * bits.len < (size_t)BN_num_bits(order)) {
		err = hmac(g, vsc_span_from(g->v, g->len), g->v);
		vsc_out_put(&bits, vsc_span_from(g->v, g->len));
	}
	if (err == 0)
		err = leftmost(k, vsc_out_span(&bits), order);
	vsc_wipe(buf, sizeof(buf));
	return err;
}

static int
start_generator(struct generator *g, enum vsc_hash hash, struct vsc_span seed)
{
	int err;

	g->md = EVP_get_digestbyname(vsc_hash_info(hash)->name);
	g->len = vsc_hash_len(hash);
	for (size_t i = 0; i < g->len; i++) {
		g->k[i] = 0;
		g->v[i] = 1;
	}
	if ((err = mix(g, 0x00, seed)) < 0)
		return err;
	return mix(g, 0x01, seed);
}

/* --- ECDSA --- */

struct ecdsa {
	EC_GROUP *group;
	const BIGNUM *order;
	BIGNUM *d, *e, *k; /* private key, digest, nonce */
	BN_CTX *bn;
	size_t len; /* bytes of the order */
};

static void
ecdsa_free(struct ecdsa *sign)
{
	EC_GROUP_free(sign->group);
	BN_clear_free(sign->d);
	BN_free(sign->e);
	BN_clear_free(sign->k);
	BN_CTX_free(sign->bn);
}

static int
ecdsa_open(struct ecdsa *sign, EVP_PKEY *key, struct vsc_span digest)
{
	VSC_AUTO_PARAM *params = NULL;

	*sign = (struct ecdsa){
		.d = BN_secure_new(), .e = BN_new(), .k = BN_secure_new(), .bn = BN_CTX_secure_new()
	};
	if (sign->d == NULL || sign->e == NULL || sign->k == NULL || sign->bn == NULL)
		return VSC_E_NOMEM;
	if (EVP_PKEY_todata(key, EVP_PKEY_KEY_PARAMETERS, &params) != 1 ||
	    (sign->group = EC_GROUP_new_from_params(params, NULL, NULL)) == NULL ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &sign->d) != 1)
		return VSC_E_PARAM;
	sign->order = EC_GROUP_get0_order(sign->group);
	sign->len = ((size_t)BN_num_bits(sign->order) + 7) / 8;
	BN_set_flags(sign->d, BN_FLG_CONSTTIME);
	BN_set_flags(sign->k, BN_FLG_CONSTTIME);
	return leftmost(sign->e, digest, sign->order);
}

/* Private key, digest modulo the order, and what was drawn. */
static int
put_seed(const struct ecdsa *sign, const struct vsc_env *env, struct vsc_out *seed)
{
	VSC_AUTO_BN *h = BN_new();
	uint8_t *d = vsc_out_reserve(seed, sign->len), *e = vsc_out_reserve(seed, sign->len);
	uint8_t *extra = vsc_out_reserve(seed, EXTRA_LEN);
	int len = (int)sign->len;

	if (h == NULL || d == NULL || e == NULL || extra == NULL)
		return VSC_E_NOMEM;
	if (BN_nnmod(h, sign->e, sign->order, sign->bn) != 1 ||
	    BN_bn2binpad(sign->d, d, len) != len || BN_bn2binpad(h, e, len) != len)
		return VSC_E_CRYPTO;
	return vsc_env_random(env, extra, EXTRA_LEN) < 0 ? VSC_E_CRYPTO : 0;
}

/* r = x(k G) modulo the order; zero: another k is needed. */
static int
first_half(struct ecdsa *sign, BIGNUM *r)
{
	VSC_AUTO_EC_POINT *point = EC_POINT_new(sign->group);

	if (point == NULL)
		return VSC_E_NOMEM;
	if (EC_POINT_mul(sign->group, point, sign->k, NULL, NULL, sign->bn) != 1 ||
	    EC_POINT_get_affine_coordinates(sign->group, point, r, NULL, sign->bn) != 1 ||
	    BN_nnmod(r, r, sign->order, sign->bn) != 1)
		return VSC_E_CRYPTO;
	return 0;
}

/* s = (b e + b r d) / (b k): b, which is in every term, hides the private key from who measures. */
static int
second_half(struct ecdsa *sign, const BIGNUM *r, BIGNUM *s)
{
	const BIGNUM *n = sign->order;
	VSC_AUTO_BN_SECRET *b = BN_secure_new(), *t = BN_secure_new();

	if (b == NULL || t == NULL)
		return VSC_E_NOMEM;
	do {
		if (BN_priv_rand_range(b, n) != 1)
			return VSC_E_CRYPTO;
	} while (BN_is_zero(b));
	if (BN_mod_mul(s, b, sign->d, n, sign->bn) != 1 || BN_mod_mul(s, s, r, n, sign->bn) != 1 ||
	    BN_mod_mul(t, b, sign->e, n, sign->bn) != 1 || BN_mod_add(s, s, t, n, sign->bn) != 1 ||
	    BN_mod_mul(t, b, sign->k, n, sign->bn) != 1 ||
	    BN_mod_inverse(t, t, n, sign->bn) == NULL || BN_mod_mul(s, s, t, n, sign->bn) != 1)
		return VSC_E_CRYPTO;
	return 0;
}

static int
put_halves(const struct ecdsa *sign, const BIGNUM *r, const BIGNUM *s, struct vsc_out *signature)
{
	uint8_t *to = vsc_out_reserve(signature, 2 * sign->len);
	int half = (int)sign->len;

	if (to == NULL)
		return VSC_E_SPACE;
	if (BN_bn2binpad(r, to, half) != half || BN_bn2binpad(s, to + half, half) != half)
		return VSC_E_CRYPTO;
	return 0;
}

static int
ecdsa_run(struct ecdsa *sign, struct generator *g, struct vsc_out *signature)
{
	VSC_AUTO_BN *r = BN_new(), *s = BN_new();
	int err = 0;

	if (r == NULL || s == NULL)
		return VSC_E_NOMEM;
	/* one try is enough but for one k in 2^32 or so, of groups whose order is not near a power
	 */
	for (int tries = 0; err == 0 && tries < 128; tries++) {
		if (tries > 0 && (err = mix(g, 0x00, VSC_SPAN_EMPTY)) < 0)
			break;
		if ((err = next_candidate(g, sign->order, sign->k)) < 0)
			break;
		if (BN_is_zero(sign->k) || BN_cmp(sign->k, sign->order) >= 0)
			continue;
		if ((err = first_half(sign, r)) < 0 || BN_is_zero(r) ||
		    (err = second_half(sign, r, s)) < 0 || BN_is_zero(s))
			continue;
		return put_halves(sign, r, s, signature);
	}
	return err < 0 ? err : VSC_E_CRYPTO;
}

int
vsc_sign_ecdsa(EVP_PKEY *key, enum vsc_hash hash, struct vsc_span digest, const struct vsc_env *env,
    struct vsc_out *signature)
{
	uint8_t buf[2 * 66 + EXTRA_LEN];
	struct vsc_out seed = vsc_out_from(buf, sizeof(buf));
	struct generator g = { .len = 0 };
	struct ecdsa sign;
	int err;

	if (hash == VSC_HASH_NONE || EVP_PKEY_is_a(key, "EC") != 1)
		return VSC_E_PARAM;
	if ((err = ecdsa_open(&sign, key, digest)) == 0 &&
	    (err = put_seed(&sign, env, &seed)) == 0 &&
	    (err = start_generator(&g, hash, vsc_out_span(&seed))) == 0)
		err = ecdsa_run(&sign, &g, signature);
	ecdsa_free(&sign);
	vsc_wipe(&g, sizeof(g));
	vsc_wipe(buf, sizeof(buf));
	return err;
}

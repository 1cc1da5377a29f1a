/* Integrated mapping: pseudo-random number, and encoding of a number as a group element. */
#include "crypto/pace_im.h"

#include "crypto/auto.h"

/* Doc 9303-11 4.4.3.3.2: the constants c0 and c1, for nonces of one and of two AES blocks */
static const uint8_t c0_128[] = { 0xA6, 0x68, 0x89, 0x2A, 0x7C, 0x41, 0xE3, 0xCA, 0x73, 0x9F, 0x40,
	0xB0, 0x57, 0xD8, 0x59, 0x04 };
static const uint8_t c1_128[] = { 0xA4, 0xE1, 0x36, 0xAC, 0x72, 0x5F, 0x73, 0x8B, 0x01, 0xC1, 0xF6,
	0x02, 0x17, 0xC1, 0x88, 0xAD };
static const uint8_t c0_256[] = { 0xD4, 0x63, 0xD6, 0x52, 0x34, 0x12, 0x4E, 0xF7, 0x89, 0x70, 0x54,
	0x98, 0x6D, 0xCA, 0x0A, 0x17, 0x4E, 0x28, 0xDF, 0x75, 0x8C, 0xBA, 0xA0, 0x3F, 0x24, 0x06,
	0x16, 0x41, 0x4D, 0x5A, 0x16, 0x76 };
static const uint8_t c1_256[] = { 0x54, 0xBD, 0x72, 0x55, 0xF0, 0xAA, 0xF8, 0x31, 0xBE, 0xC3, 0x42,
	0x3F, 0xCF, 0x39, 0xD6, 0x9B, 0x6C, 0xBF, 0x06, 0x66, 0x77, 0xD0, 0xFA, 0xAE, 0x5A, 0xAD,
	0xD9, 0x9D, 0xF8, 0xE5, 0x35, 0x17 };

size_t
vsc_pace_im_nonce_len(const struct vsc_suite *suite)
{
	return suite->key_len > 16 ? 32 : 16;
}

/* CBC with IV zero under a key of the suite, appended to out */
static int
encrypt(const struct vsc_suite *suite, struct vsc_span key, struct vsc_span in, struct vsc_out *out)
{
	struct vsc_cipher *cipher = NULL;
	int err = vsc_cipher_new(&cipher, suite, key, VSC_SPAN_EMPTY);

	if (err == 0)
		err = vsc_cipher_encrypt(cipher, NULL, in, out);
	vsc_cipher_free(cipher);
	return err;
}

/* The cipher that t is a key of; NULL: of none. */
static const struct vsc_suite *
suite_of_nonce(const struct vsc_suite *suite, size_t len)
{
	if (len == suite->key_len)
		return suite;
	return suite == &vsc_suite_aes192 && len == vsc_suite_aes256.key_len ? &vsc_suite_aes256
									     : NULL;
}

int
vsc_pace_im_random(const struct vsc_suite *suite, const BIGNUM *p, struct vsc_span s,
    struct vsc_span t, BN_CTX *ctx, BIGNUM *r)
{
	size_t len = vsc_pace_im_nonce_len(suite), want = ((size_t)BN_num_bits(p) + 64 + 7) / 8;
	struct vsc_span c0 = len == 16 ? VSC_SPAN_OF(c0_128) : VSC_SPAN_OF(c0_256);
	struct vsc_span c1 = len == 16 ? VSC_SPAN_OF(c1_128) : VSC_SPAN_OF(c1_256);
	uint8_t chain[2][32], x[VSC_ELEM_MAX + 64];
	struct vsc_out next = vsc_out_from(chain[0], sizeof(chain[0]));
	struct vsc_out all = vsc_out_from(x, sizeof(x));
	int err;

	suite = suite_of_nonce(suite, t.len);
	if (s.len != len || suite == NULL)
		return VSC_E_FORMAT;
	err = encrypt(suite, t, s, &next);
	for (unsigned i = 0; err == 0 && all.len < want; i++) {
		struct vsc_span key = vsc_span_from(chain[i % 2], suite->key_len);

		err = encrypt(suite, key, c1, &all);
		next = vsc_out_from(chain[(i + 1) % 2], sizeof(chain[0]));
		if (err == 0)
			err = encrypt(suite, key, c0, &next);
	}
	if (err == 0 && (BN_bin2bn(x, (int)all.len, r) == NULL || BN_nnmod(r, r, p, ctx) != 1))
		err = VSC_E_CRYPTO;
	vsc_wipe(chain, sizeof(chain));
	vsc_wipe(x, sizeof(x));
	return err;
}

/* g' = r^((p - 1) / q) */
static int
map_residue(const struct vsc_group *group, const BIGNUM *r, BN_CTX *ctx, BIGNUM *generator)
{
	const BIGNUM *p = vsc_group_prime(group);
	VSC_AUTO_BN *a = BN_dup(p);

	if (a == NULL || BN_sub_word(a, 1) != 1 ||
	    BN_div(a, NULL, a, vsc_group_order(group), ctx) != 1 ||
	    BN_mod_exp_mont_consttime(generator, r, a, p, ctx, NULL) != 1)
		return VSC_E_CRYPTO;
	return BN_is_one(generator) || BN_is_zero(generator) ? VSC_E_PARAM : 0;
}

/* y2 = x^3 + a x + b */
static bool
curve_rhs(
    BIGNUM *y2, const BIGNUM *x, const BIGNUM *a, const BIGNUM *b, const BIGNUM *p, BN_CTX *ctx)
{
	return BN_mod_sqr(y2, x, p, ctx) == 1 && BN_mod_add(y2, y2, a, p, ctx) == 1 &&
	       BN_mod_mul(y2, y2, x, p, ctx) == 1 && BN_mod_add(y2, y2, b, p, ctx) == 1;
}

/*
 * Doc 9303-11 B.2 (affine coordinates): with alpha = -t^2 one of x2 = -b/a (1 + 1/(alpha +
 * alpha^2)) and x3 = alpha x2 is the abscissa of a point. Two field inversions, whatever t is.
 */
static int
map_point(const EC_GROUP *ec, const BIGNUM *p, const BIGNUM *t, BN_CTX *ctx, EC_POINT *generator)
{
	BIGNUM *a, *b, *alpha, *x2, *h2, *u, *root, *e;
	int err = VSC_E_CRYPTO;

	BN_CTX_start(ctx);
	a = BN_CTX_get(ctx);
	b = BN_CTX_get(ctx);
	alpha = BN_CTX_get(ctx);
	x2 = BN_CTX_get(ctx);
	h2 = BN_CTX_get(ctx);
	u = BN_CTX_get(ctx);
	root = BN_CTX_get(ctx);
	if ((e = BN_CTX_get(ctx)) == NULL || EC_GROUP_get_curve(ec, NULL, a, b, ctx) != 1)
		goto out;
	/* alpha = -t^2; e = alpha + alpha^2 */
	if (BN_mod_sqr(alpha, t, p, ctx) != 1 || BN_mod_sub(alpha, p, alpha, p, ctx) != 1 ||
	    BN_mod_sqr(e, alpha, p, ctx) != 1 || BN_mod_add(e, e, alpha, p, ctx) != 1)
		goto out;
	/* x2 = -b (1 + e) / (a e) */
	if (BN_mod_mul(u, a, e, p, ctx) != 1 || BN_mod_inverse(u, u, p, ctx) == NULL ||
	    BN_add_word(e, 1) != 1 || BN_mod_mul(x2, e, u, p, ctx) != 1 ||
	    BN_mod_mul(x2, x2, b, p, ctx) != 1 || BN_mod_sub(x2, p, x2, p, ctx) != 1)
		goto out;
	/* h2 = f(x2); u = t^3 h2 = alpha t h2 with the sign turned */
	if (!curve_rhs(h2, x2, a, b, p, ctx) || BN_mod_sqr(u, t, p, ctx) != 1 ||
	    BN_mod_mul(u, u, t, p, ctx) != 1 || BN_mod_mul(u, u, h2, p, ctx) != 1)
		goto out;
	/* root = h2^(p - 1 - (p + 1) / 4): then root^2 h2 = 1 exactly if h2 is a square */
	if (BN_copy(e, p) == NULL || BN_add_word(e, 1) != 1 || BN_rshift(e, e, 2) != 1 ||
	    BN_sub(e, p, e) != 1 || BN_sub_word(e, 1) != 1 ||
	    BN_mod_exp_mont_consttime(root, h2, e, p, ctx, NULL) != 1 ||
	    BN_mod_sqr(e, root, p, ctx) != 1 || BN_mod_mul(e, e, h2, p, ctx) != 1)
		goto out;
	if (BN_is_one(e)) {
		if (BN_mod_mul(u, root, h2, p, ctx) != 1)
			goto out;
	} else {
		if (BN_mod_mul(x2, alpha, x2, p, ctx) != 1 || BN_mod_mul(u, root, u, p, ctx) != 1)
			goto out;
	}
	if (EC_POINT_set_affine_coordinates(ec, generator, x2, u, ctx) == 1)
		err = 0;
out:
	BN_CTX_end(ctx);
	return err;
}

int
vsc_pace_im_generator(
    const struct vsc_group *group, const BIGNUM *r, BN_CTX *ctx, struct vsc_elem *generator)
{
	if (vsc_group_kind(group) == VSC_GROUP_DH) {
		if (generator->residue == NULL && (generator->residue = BN_new()) == NULL)
			return VSC_E_NOMEM;
		return map_residue(group, r, ctx, generator->residue);
	}
	if (BN_mod_word(vsc_group_prime(group), 4) != 3)
		return VSC_E_UNSUPPORTED;
	if (generator->point == NULL &&
	    (generator->point = EC_POINT_new(vsc_group_ec(group))) == NULL)
		return VSC_E_NOMEM;
	return map_point(vsc_group_ec(group), vsc_group_prime(group), r, ctx, generator->point);
}

/* Signatures from given randomness: OpenSSL verifies them, and the same bytes give them again. */
#include "test.h"

#include "base/auto.h"
#include "crypto/key.h"
#include "crypto/sign_env.h"

/* Bytes 1, 2, 3 ... from a start. */
static int
count_up(void *ctx, uint8_t *buf, size_t len)
{
	uint8_t *next = ctx;

	for (size_t i = 0; i < len; i++)
		buf[i] = (*next)++;
	return 0;
}

typedef int sign_fn(struct evp_pkey_st *key, enum vsc_hash hash, struct vsc_span digest,
    const struct vsc_env *env, struct vsc_out *signature);

static struct vsc_span
sign(sign_fn *fn, struct vsc_key *key, enum vsc_hash hash, uint8_t message, uint8_t start,
    struct vsc_out *out)
{
	const struct vsc_env env = { .ctx = &start, .random = count_up };
	uint8_t buf[VSC_HASH_MAX];
	struct vsc_out digest = vsc_out_from(buf, sizeof(buf));

	assert_int_equal(vsc_hash_digest(hash, VSC_BYTES(message), &digest), 0);
	assert_int_equal(fn(vsc_key_pkey(key), hash, vsc_out_span(&digest), &env, out), 0);
	return vsc_out_span(out);
}

static void
check(sign_fn *fn, struct vsc_key *key, enum vsc_scheme scheme, enum vsc_hash hash)
{
	uint8_t bufs[4][VSC_KEY_BYTES_MAX], digest_buf[VSC_HASH_MAX];
	struct vsc_out outs[4], digest = vsc_out_from(digest_buf, sizeof(digest_buf));
	struct vsc_span first, same, other_message, other_random;

	for (size_t i = 0; i < VSC_COUNT(outs); i++)
		outs[i] = vsc_out_from(bufs[i], sizeof(bufs[i]));
	first = sign(fn, key, hash, 0x31, 7, &outs[0]);
	same = sign(fn, key, hash, 0x31, 7, &outs[1]);
	other_message = sign(fn, key, hash, 0x32, 7, &outs[2]);
	other_random = sign(fn, key, hash, 0x31, 8, &outs[3]);
	assert_span_equal(first, same);
	assert_false(vsc_span_eq(first, other_random));
	/* r of ECDSA: another message has another k, though what was drawn is the same */
	assert_false(vsc_span_eq(vsc_span_slice(first, 0, first.len / 2),
	    vsc_span_slice(other_message, 0, first.len / 2)));
	assert_int_equal(vsc_hash_digest(hash, VSC_BYTES(0x31), &digest), 0);
	assert_int_equal(vsc_key_verify(key, scheme, hash, vsc_out_span(&digest), first), 0);
	assert_int_equal(vsc_key_verify(key, scheme, hash, vsc_out_span(&digest), other_random), 0);
	assert_int_equal(
	    vsc_key_verify(key, scheme, hash, vsc_out_span(&digest), other_message), VSC_E_VERIFY);
}

static void
ecdsa_on_every_curve(void **state)
{
	const struct vsc_curve *curve;

	(void)state;
	for (size_t n = 0; (curve = vsc_curve_nth(n)) != NULL; n++) {
		struct vsc_key *key;

		if (curve->kind != VSC_CURVE_WEIERSTRASS)
			continue;
		print_message("%s\n", curve->name);
		assert_int_equal(vsc_key_generate_ec(&key, curve, NULL), 0);
		for (enum vsc_hash hash = VSC_HASH_SHA1; hash <= VSC_HASH_SHA512; hash++)
			check(vsc_sign_ecdsa, key, VSC_SCHEME_ECDSA, hash);
		vsc_key_free(key);
	}
}

static void
pss(void **state)
{
	static const unsigned sizes[] = { 1024, 1280, 2048 };

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(sizes); i++) {
		struct vsc_key *key;

		assert_int_equal(vsc_key_generate_rsa(&key, sizes[i], VSC_SPAN_EMPTY), 0);
		check(vsc_sign_pss, key, VSC_SCHEME_RSA_PSS, VSC_HASH_SHA256);
		check(vsc_sign_pss, key, VSC_SCHEME_RSA_PSS, VSC_HASH_SHA1);
		vsc_key_free(key);
	}
}

static int
broken(void *ctx, uint8_t *buf, size_t len)
{
	(void)ctx;
	(void)buf;
	(void)len;
	return VSC_E_IO;
}

static void
refused(void **state)
{
	const struct vsc_env env = { .random = broken }, none = { .ctx = NULL };
	uint8_t buf[VSC_KEY_BYTES_MAX], digest[64] = { 0 };
	struct vsc_out out = vsc_out_from(buf, sizeof(buf)), small = vsc_out_from(buf, 63);
	const struct vsc_span d = vsc_span_from(digest, 32), d512 = VSC_SPAN_OF(digest);
	struct vsc_key *ec, *rsa;
	struct evp_pkey_st *e, *r;

	(void)state;
	assert_int_equal(vsc_key_generate_ec(&ec, vsc_curve_by_name("prime256v1"), NULL), 0);
	assert_int_equal(vsc_key_generate_rsa(&rsa, 1024, VSC_SPAN_EMPTY), 0);
	e = vsc_key_pkey(ec);
	r = vsc_key_pkey(rsa);
	assert_int_equal(vsc_sign_ecdsa(r, VSC_HASH_SHA256, d, &none, &out), VSC_E_PARAM);
	assert_int_equal(vsc_sign_ecdsa(e, VSC_HASH_NONE, d, &none, &out), VSC_E_PARAM);
	assert_int_equal(vsc_sign_ecdsa(e, VSC_HASH_SHA256, d, &env, &out), VSC_E_CRYPTO);
	assert_int_equal(vsc_sign_ecdsa(e, VSC_HASH_SHA256, d, &none, &small), VSC_E_SPACE);
	assert_int_equal(vsc_sign_pss(e, VSC_HASH_SHA256, d, &none, &out), VSC_E_PARAM);
	assert_int_equal(vsc_sign_pss(r, VSC_HASH_SHA1, d, &none, &out), VSC_E_PARAM);
	assert_int_equal(vsc_sign_pss(r, VSC_HASH_SHA256, d, &env, &out), VSC_E_CRYPTO);
	/* 64 bytes of digest, 64 of salt and two more do not fit 128 */
	assert_int_equal(vsc_sign_pss(r, VSC_HASH_SHA512, d512, &none, &out), VSC_E_PARAM);
	assert_int_equal(out.len, 0);
	assert_true(vsc_sign_draws(e, false, &env));
	assert_false(vsc_sign_draws(e, false, &none));
	assert_false(vsc_sign_draws(r, false, &env));
	assert_true(vsc_sign_draws(r, true, &env));
	vsc_key_free(ec);
	vsc_key_free(rsa);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ecdsa_on_every_curve),
		cmocka_unit_test(pss),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

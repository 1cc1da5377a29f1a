#include "base/auto.h"
#include "crypto/aa.h"
#include "emrtd_vectors.h"
#include "script_env.h"

static void
published_representative(void **state)
{
	VSC_AUTO_BLOB m1 = vector("F", "M1"), challenge = vector("F", "RND_IFD");
	uint8_t buf[128];
	struct vsc_out f = vsc_out_from(buf, sizeof(buf));

	(void)state;
	assert_int_equal(m1.len, vsc_aa_m1_len(VSC_HASH_SHA1, 128));
	assert_int_equal(
	    vsc_aa_representative(VSC_HASH_SHA1, vsc_blob_span(&m1), vsc_blob_span(&challenge), &f),
	    0);
	assert_vector(vsc_out_span(&f), "F", "F");
}

/* What a reader does: recover F with the public key, take it apart, compare the hash. */
static void
rsa_signatures_open(void **state)
{
	static const struct {
		const char *name;
		unsigned bits;
		enum vsc_hash hash;
		struct {
			uint8_t bytes[2];
			size_t len;
		} trailer;
	} rows[] = {
		{ "1024 SHA-1", 1024, VSC_HASH_SHA1, { { 0xBC }, 1 } },
		{ "1024 SHA-256", 1024, VSC_HASH_SHA256, { { 0x34, 0xCC }, 2 } },
		{ "1280 SHA-224", 1280, VSC_HASH_SHA224, { { 0x38, 0xCC }, 2 } },
		{ "2048 SHA-384", 2048, VSC_HASH_SHA384, { { 0x36, 0xCC }, 2 } },
		{ "2048 SHA-512", 2048, VSC_HASH_SHA512, { { 0x35, 0xCC }, 2 } },
	};
	struct vsc_span challenge = VSC_BYTES(1, 2, 3, 4, 5, 6, 7, 8);

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		size_t hash_len = vsc_hash_len(rows[i].hash), m1_len;
		uint8_t sig[256], opened[256], message[300], digest[64];
		struct vsc_out out = vsc_out_from(sig, sizeof(sig));
		struct vsc_out f = vsc_out_from(opened, sizeof(opened));
		struct vsc_out m = vsc_out_from(message, sizeof(message));
		struct vsc_out d = vsc_out_from(digest, sizeof(digest));
		struct vsc_key *key;

		assert_int_equal(vsc_key_generate_rsa(&key, rows[i].bits, VSC_SPAN_EMPTY), 0);
		assert_int_equal(vsc_aa_sign(key, rows[i].hash, challenge, NULL, &out), 0);
		assert_int_equal(out.len, rows[i].bits / 8);
		assert_int_equal(vsc_key_encipher(key, VSC_SCHEME_RSA_RAW, VSC_HASH_NONE,
				     vsc_out_span(&out), &f),
		    0);
		assert_int_equal(f.len, rows[i].bits / 8);
		assert_int_equal(opened[0], 0x6A);
		assert_span_equal(vsc_span_slice(vsc_out_span(&f), f.len - rows[i].trailer.len, 2),
		    vsc_span_from(rows[i].trailer.bytes, rows[i].trailer.len));
		m1_len = f.len - 1 - hash_len - rows[i].trailer.len;
		vsc_out_put(&m, vsc_span_slice(vsc_out_span(&f), 1, m1_len));
		vsc_out_put(&m, challenge);
		assert_int_equal(vsc_hash_digest(rows[i].hash, vsc_out_span(&m), &d), 0);
		if (!vsc_span_eq(
			vsc_span_slice(vsc_out_span(&f), 1 + m1_len, hash_len), vsc_out_span(&d)))
			FAIL_ROW(&rows[i], "hash");
		vsc_key_free(key);
	}
}

static void
ecdsa_signatures_verify(void **state)
{
	static const struct {
		const char *name;
		enum vsc_hash hash;
		size_t len;
	} rows[] = {
		{ "P-256", VSC_HASH_SHA256, 64 },
		{ "brainpoolP256r1", VSC_HASH_SHA1, 64 },
		{ "brainpoolP384r1", VSC_HASH_SHA384, 96 },
		{ "P-521", VSC_HASH_SHA512, 132 },
	};
	struct vsc_span challenge = VSC_BYTES(8, 7, 6, 5, 4, 3, 2, 1);

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		uint8_t sig[140], digest[64];
		struct vsc_out out = vsc_out_from(sig, sizeof(sig));
		struct vsc_out d = vsc_out_from(digest, sizeof(digest));
		struct vsc_key *key;

		assert_int_equal(
		    vsc_key_generate_ec(&key, vsc_curve_by_name(rows[i].name), NULL), 0);
		assert_int_equal(vsc_aa_sign(key, rows[i].hash, challenge, NULL, &out), 0);
		assert_int_equal(out.len, rows[i].len);
		assert_int_equal(vsc_hash_digest(rows[i].hash, challenge, &d), 0);
		if (vsc_key_verify(key, VSC_SCHEME_ECDSA, rows[i].hash, vsc_out_span(&d),
			vsc_out_span(&out)) != 0)
			FAIL_ROW(&rows[i], "signature");
		vsc_key_free(key);
	}
}

static void
refusals(void **state)
{
	uint8_t sig[256];
	struct vsc_out out = vsc_out_from(sig, sizeof(sig));
	struct vsc_key *rsa, *des;

	(void)state;
	assert_int_equal(vsc_key_generate_rsa(&rsa, 1024, VSC_SPAN_EMPTY), 0);
	assert_int_equal(vsc_key_import_symmetric(&des, VSC_KEY_AES,
			     VSC_BYTES(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)),
	    0);
	assert_int_equal(
	    vsc_aa_sign(rsa, VSC_HASH_SHA1, VSC_BYTES(1, 2, 3), NULL, &out), VSC_E_FORMAT);
	assert_int_equal(vsc_aa_sign(rsa, VSC_HASH_SHA1, VSC_SPAN_EMPTY, NULL, &out), VSC_E_FORMAT);
	assert_int_equal(
	    vsc_aa_sign(rsa, VSC_HASH_NONE, VSC_BYTES(1, 2, 3, 4, 5, 6, 7, 8), NULL, &out),
	    VSC_E_PARAM);
	assert_int_equal(
	    vsc_aa_sign(des, VSC_HASH_SHA1, VSC_BYTES(1, 2, 3, 4, 5, 6, 7, 8), NULL, &out),
	    VSC_E_PARAM);
	assert_int_equal(vsc_aa_m1_len(VSC_HASH_SHA512, 64), 0);
	assert_int_equal(vsc_aa_m1_len(VSC_HASH_NONE, 128), 0);
	vsc_key_free(rsa);
	vsc_key_free(des);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_representative),
		cmocka_unit_test(rsa_signatures_open),
		cmocka_unit_test(ecdsa_signatures_verify),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

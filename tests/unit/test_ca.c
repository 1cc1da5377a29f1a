#include "crypto/ca.h"
#include "crypto/params.h"
#include "emrtd_vectors.h"
#include "script_env.h"

#include "base/auto.h"
#include "iso/tlv.h"

static void
published_run(const char *name, const char *alg, unsigned id)
{
	struct script script = { vector(name, "ca_nonce"), 0 };
	struct vsc_env env = script_env(&script);
	VSC_AUTO_BLOB secret = vector(name, "ca_picc_priv_key"), bound = { NULL, 0 };
	VSC_AUTO_BLOB terminal = vector(name, "ca_pcd_pub_key");
	struct vsc_ca_result result = { .nonce = { 0 } };
	struct vsc_agree_key key;
	struct vsc_group *group;

	assert_int_equal(vsc_group_new(&group, id), 0);
	assert_int_equal(vsc_agree_key_import(&key, group, vsc_blob_span(&secret)), 0);
	assert_vector(vsc_blob_span(&key.public), name, "ca_picc_pub_key");
	assert_int_equal(vsc_elem_compress(group, vsc_blob_span(&terminal), &bound), 0);
	assert_int_equal(vsc_ca_run_2(vsc_ca_alg_by_name(alg), &key, vsc_blob_span(&terminal),
			     vsc_blob_span(&bound), &env, &result),
	    0);
	assert_vector(vsc_blob_span(&result.keys.enc), name, "ca_k_enc");
	assert_vector(vsc_blob_span(&result.keys.mac), name, "ca_k_mac");
	assert_vector(VSC_SPAN_OF(result.token), name, "ca_picc_token");
	vsc_ca_result_free(&result);
	vsc_agree_key_free(&key);
	vsc_group_free(group);
	vsc_blob_free(&script.bytes);
}

static void
published_runs(void **state)
{
	(void)state;
	published_run("ECDH", "ECDH-AES-128", 13);
	published_run("DH", "DH-AES-128", 0);
}

/* Version 1 derives from the shared secret alone; the example's keys give these values. */
static void
version_1(void **state)
{
	static const struct {
		const char *name, *enc, *mac;
	} rows[] = {
		{ "ECDH-AES-128", "ca_v1_derived_KSEnc_aes128", "ca_v1_derived_KSMAC_aes128" },
		{ "ECDH-3DES", "ca_v1_derived_KSEnc_3des", "ca_v1_derived_KSMAC_3des" },
	};
	VSC_AUTO_BLOB secret = vector("ECDH", "ca_picc_priv_key");
	VSC_AUTO_BLOB terminal = vector("ECDH", "ca_pcd_pub_key");
	struct vsc_agree_key key;
	struct vsc_group *group;

	(void)state;
	assert_int_equal(vsc_group_new(&group, 13), 0);
	assert_int_equal(vsc_agree_key_import(&key, group, vsc_blob_span(&secret)), 0);
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct vsc_ca_result result = { .nonce = { 0 } };

		assert_int_equal(vsc_ca_run_1(vsc_ca_alg_by_name(rows[i].name), &key,
				     vsc_blob_span(&terminal), &result),
		    0);
		assert_vector(vsc_blob_span(&result.keys.enc), "ECDH", rows[i].enc);
		assert_vector(vsc_blob_span(&result.keys.mac), "ECDH", rows[i].mac);
		assert_span_equal(vsc_blob_span(&result.terminal_key),
		    vsc_span_slice(vsc_blob_span(&terminal), 1, 32));
		vsc_ca_result_free(&result);
	}
	vsc_agree_key_free(&key);
	vsc_group_free(group);
}

static void
refusals(void **state)
{
	struct vsc_ca_result result = { .nonce = { 0 } };
	struct vsc_agree_key key, terminal, other;
	struct vsc_group *group;
	const struct vsc_ca_alg *alg = vsc_ca_alg_by_name("ECDH-AES-256");
	struct vsc_span bound;
	uint8_t off_curve[65] = { 4 };

	(void)state;
	assert_int_equal(vsc_group_new(&group, 12), 0);
	assert_int_equal(vsc_agree_key_generate(&key, group, NULL), 0);
	assert_int_equal(vsc_agree_key_generate(&terminal, group, NULL), 0);
	assert_int_equal(vsc_agree_key_generate(&other, group, NULL), 0);
	bound = vsc_span_slice(vsc_blob_span(&terminal.public), 1, 32);
	/* not the key that terminal authentication was about */
	assert_int_equal(
	    vsc_ca_run_2(alg, &key, vsc_blob_span(&other.public), bound, NULL, &result),
	    VSC_E_VERIFY);
	assert_int_equal(
	    vsc_ca_run_2(alg, &key, vsc_blob_span(&terminal.public), VSC_SPAN_EMPTY, NULL, &result),
	    VSC_E_VERIFY);
	/* beside the curve; our own; cut; of the wrong kind */
	assert_int_equal(vsc_ca_run_2(alg, &key, VSC_SPAN_OF(off_curve),
			     vsc_span_from(off_curve + 1, 32), NULL, &result),
	    VSC_E_PARAM);
	assert_int_equal(vsc_ca_run_1(alg, &key, VSC_SPAN_OF(off_curve), &result), VSC_E_PARAM);
	assert_int_equal(vsc_ca_run_1(alg, &key, vsc_blob_span(&key.public), &result), VSC_E_PARAM);
	assert_int_equal(vsc_ca_run_1(alg, &key,
			     vsc_span_slice(vsc_blob_span(&terminal.public), 0, 64), &result),
	    VSC_E_FORMAT);
	assert_int_equal(vsc_ca_run_1(vsc_ca_alg_by_name("DH-AES-128"), &key,
			     vsc_blob_span(&terminal.public), &result),
	    VSC_E_PARAM);
	assert_int_equal(result.keys.enc.len, 0);
	/* and after all that it works */
	assert_int_equal(
	    vsc_ca_run_2(alg, &key, vsc_blob_span(&terminal.public), bound, NULL, &result), 0);
	vsc_ca_result_free(&result);
	vsc_agree_key_free(&key);
	vsc_agree_key_free(&terminal);
	vsc_agree_key_free(&other);
	vsc_group_free(group);
}

static const struct {
	const char *name;
	struct vsc_span data;
	int want;
} dynamic_data[] = {
	{ "a key", BYTES(0x7C, 0x03, 0x80, 0x01, 0x04), 0 },
	{ "nothing", BYTES(0x7C, 0x00), VSC_E_FORMAT },
	{ "another object", BYTES(0x7C, 0x03, 0x81, 0x01, 0x04), VSC_E_FORMAT },
	{ "two", BYTES(0x7C, 0x05, 0x80, 0x01, 0x04, 0x80, 0x00), VSC_E_FORMAT },
	{ "no template", BYTES(0x80, 0x01, 0x04), VSC_E_FORMAT },
};

static void
general_authenticate(void **state)
{
	struct vsc_ca_result result = { .nonce = { 1, 2, 3, 4, 5, 6, 7, 8 },
		.token = { 9, 9, 9, 9, 9, 9, 9, 9 } };
	uint8_t buf[40];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(dynamic_data); i++) {
		struct vsc_span key;

		if (vsc_ca_parse(dynamic_data[i].data, &key) != dynamic_data[i].want)
			FAIL_ROW(&dynamic_data[i], "parse");
	}
	vsc_ca_put(&out, &result);
	assert_span_equal(vsc_out_span(&out),
	    VSC_BYTES(0x7C, 20, 0x81, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x82, 8, 9, 9, 9, 9, 9, 9, 9, 9));
}

/* A SubjectPublicKeyInfo in each form says which group and which key. */
static void
public_keys_written_down(void **state)
{
	static const unsigned ids[] = { 0, 2, 8, 10, 13, 17, 18 };

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(ids); i++) {
		struct vsc_agree_key key;
		struct vsc_group *group;

		assert_int_equal(vsc_group_new(&group, ids[i]), 0);
		assert_int_equal(vsc_agree_key_generate(&key, group, NULL), 0);
		for (int explicit = 0; explicit < 2; explicit ++) {
			uint8_t buf[2000];
			struct vsc_out out = vsc_out_from(buf, sizeof(buf));
			struct vsc_group *read = NULL;
			VSC_AUTO_BLOB public = { NULL, 0 };

			assert_int_equal((explicit ? vsc_spki_put_explicit : vsc_spki_put_standard)(
					     &out, group, vsc_blob_span(&key.public)),
			    0);
			if (vsc_spki_parse(vsc_out_span(&out), &read, &public) != 0)
				fail_msg("parameters %u, explicit %d", ids[i], explicit);
			assert_true(vsc_group_same(read, group));
			assert_span_equal(vsc_blob_span(&public), vsc_blob_span(&key.public));
			vsc_group_free(read);
			for (size_t len = 0; len < out.len; len += 7)
				assert_true(
				    vsc_spki_parse(vsc_span_from(buf, len), &read, &public) < 0);
		}
		vsc_agree_key_free(&key);
		vsc_group_free(group);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_runs),
		cmocka_unit_test(version_1),
		cmocka_unit_test(refusals),
		cmocka_unit_test(general_authenticate),
		cmocka_unit_test(public_keys_written_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

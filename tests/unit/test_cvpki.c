#include "crypto/cvpki.h"
#include "crypto/ta.h"
#include "eac_pki.h"

static const uint8_t id_picc[] = { 1, 2, 3 }, comp[] = { 4, 5, 6 };

/* A whole terminal authentication with what the PKI holds. */
static void
authenticate(struct vsc_ta *ta, struct vsc_trust *trust, const struct vsc_cvpki *pki)
{
	const struct vsc_ta_setup setup = { .version = VSC_TA_2,
		.trust = trust,
		.chat = { pki->setup.type, VSC_CVC_TERMINAL, UINT64_MAX } };
	uint8_t challenge[8], data[14];
	struct vsc_out out = vsc_out_from(data, sizeof(data));
	VSC_AUTO_BLOB signature = { NULL, 0 };
	bool changed;

	vsc_ta_start(ta, &setup);
	assert_int_equal(vsc_ta_set_issuer(ta, vsc_span_str(pki->cvca.chr)), 0);
	assert_int_equal(vsc_ta_verify_certificate(ta, pki_body(&pki->dv.cert), &changed), 0);
	assert_int_equal(vsc_ta_set_issuer(ta, vsc_span_str(pki->dv.chr)), 0);
	assert_int_equal(vsc_ta_verify_certificate(ta, pki_body(&pki->terminal.cert), &changed), 0);
	assert_int_equal(vsc_ta_set_key(ta, pki->terminal.key.alg->oid,
			     vsc_span_str(pki->terminal.chr), VSC_SPAN_OF(comp), VSC_SPAN_EMPTY),
	    0);
	assert_int_equal(vsc_ta_challenge(ta, challenge), 0);
	vsc_out_put(&out, VSC_SPAN_OF(id_picc));
	vsc_out_put(&out, VSC_SPAN_OF(challenge));
	vsc_out_put(&out, VSC_SPAN_OF(comp));
	assert_int_equal(vsc_cv_sign(&pki->terminal.key, vsc_out_span(&out), &signature), 0);
	assert_int_equal(vsc_ta_authenticate(
			     ta, VSC_SPAN_OF(id_picc), VSC_SPAN_EMPTY, vsc_blob_span(&signature)),
	    0);
}

static void
chains_authenticate(void **state)
{
	static const enum vsc_cvc_type types[] = { VSC_CVC_IS, VSC_CVC_AT, VSC_CVC_ST };

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(types); i++) {
		const struct vsc_cvpki_setup setup = { .type = types[i],
			.today = 20260115,
			.curve = i == 0 ? "P-384" : NULL,
			.signature = i == 0 ? "ECDSA-SHA-384" : NULL };
		struct vsc_trust trust = { .today = 20260101 };
		struct vsc_ta ta = { .done = false };
		VSC_AUTO_BLOB link = { NULL, 0 };
		struct vsc_cvpki pki;
		bool changed;

		assert_int_equal(vsc_cvpki_generate(&pki, &setup, NULL), 0);
		assert_int_equal(vsc_trust_add(&trust, vsc_blob_span(&pki.cvca.cert), 0), 0);
		authenticate(&ta, &trust, &pki);
		assert_int_equal(vsc_ta_rights(&ta), vsc_chat_all_rights(types[i]));
		/* three years later, with the next CVCA */
		assert_int_equal(vsc_cvpki_renew(&pki, 20290201, NULL, &link), 0);
		{
			struct vsc_ta_setup again = ta.setup;

			vsc_ta_start(&ta, &again);
			assert_int_equal(
			    vsc_ta_set_issuer(&ta, vsc_trust_car(&trust, types[i], 0)), 0);
			assert_int_equal(
			    vsc_ta_verify_certificate(&ta, pki_body(&link), &changed), 0);
			assert_true(changed);
		}
		assert_int_equal(trust.today, 20290201);
		authenticate(&ta, &trust, &pki);
		vsc_ta_reset(&ta);
		vsc_trust_free(&trust);
		vsc_cvpki_free(&pki);
	}
}

static void
sectors_identify(void **state)
{
	struct vsc_trust trust = { .today = 20260101 };
	struct vsc_ta ta = { .done = false };
	struct vsc_agree_key chip;
	struct vsc_group *group;
	struct vsc_cvpki pki;
	uint8_t ids[2][32];

	(void)state;
	assert_int_equal(vsc_group_new(&group, 13), 0);
	assert_int_equal(vsc_agree_key_generate(&chip, group, NULL), 0);
	{
		const struct vsc_cvpki_setup setup = { .type = VSC_CVC_AT,
			.today = 20260115,
			.ri = vsc_ri_alg_by_name("ECDH-SHA-256"),
			.ri_group = group };

		assert_int_equal(vsc_cvpki_generate(&pki, &setup, NULL), 0);
	}
	assert_int_equal(vsc_trust_add(&trust, vsc_blob_span(&pki.cvca.cert), 0), 0);
	assert_int_equal(vsc_ta_sector(&ta, 0).len, 0);
	authenticate(&ta, &trust, &pki);
	for (unsigned i = 0; i < 2; i++) {
		struct vsc_out out = vsc_out_from(ids[i], sizeof(ids[i]));

		assert_int_equal(
		    vsc_ri_identify(pki.setup.ri, &chip, vsc_blob_span(&pki.sectors[i].object),
			vsc_ta_sector(&ta, i), &out),
		    0);
		assert_int_equal(
		    vsc_ri_identify(pki.setup.ri, &chip, vsc_blob_span(&pki.sectors[i].object),
			vsc_ta_sector(&ta, 1 - i), &out),
		    VSC_E_VERIFY);
	}
	assert_false(vsc_span_eq(VSC_SPAN_OF(ids[0]), VSC_SPAN_OF(ids[1])));
	vsc_ta_reset(&ta);
	vsc_trust_free(&trust);
	vsc_cvpki_free(&pki);
	vsc_agree_key_free(&chip);
	vsc_group_free(group);
}

/* The example's terminal keys are the ones in its certificates. */
static void
keys_from_files(void **state)
{
	static const struct {
		const char *name, *cert, *key;
	} rows[] = {
		{ "ecdh", "npa/ecdh/at.cvcert", "npa/ecdh/at_key.pkcs8" },
		{ "dh", "npa/dh/at.cvcert", "npa/dh/at_key.pkcs8" },
		{ "pki", "npa/pki/at.cvcert", "npa/pki/at.pkcs8" },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		VSC_AUTO_BLOB cert = test_file(rows[i].cert), file = test_file(rows[i].key);
		VSC_AUTO_BLOB signature = { NULL, 0 }, pkcs8 = { NULL, 0 };
		struct vsc_cv_key key, public, again;
		struct vsc_cvc cvc;

		assert_int_equal(vsc_cvc_parse_file(vsc_blob_span(&cert), &cvc), 0);
		if (vsc_cv_key_import(&key, vsc_blob_span(&file), cvc.fields.alg) != 0)
			FAIL_ROW(&rows[i], "key");
		assert_int_equal(vsc_cv_key_load(&public, &cvc.fields, key.nid), 0);
		assert_int_equal(vsc_cv_sign(&key, vsc_span_str("x"), &signature), 0);
		if (vsc_cv_verify(&public, vsc_span_str("x"), vsc_blob_span(&signature)) != 0)
			FAIL_ROW(&rows[i], "signature");
		assert_int_equal(vsc_cv_key_export(&key, &pkcs8), 0);
		assert_int_equal(vsc_cv_key_import(&again, vsc_blob_span(&pkcs8), key.alg), 0);
		vsc_cv_key_free(&again);
		vsc_cv_key_free(&public);
		vsc_cv_key_free(&key);
	}
}

/* --ca-key: the bare scalars of the examples, PKCS#8, and what is not one of them */
static void
agreement_keys_from_files(void **state)
{
	static const struct {
		const char *name, *file;
		unsigned id;
		int want;
	} rows[] = {
		{ "bare scalar", "npa/ecdh/npa_key", 13, 0 },
		{ "bare DH scalar", "npa/dh/npa_key", 0, 0 },
		{ "PKCS#8", "npa/pki/at.pkcs8", 13, 0 },
		{ "PKCS#8, another curve", "npa/pki/at.pkcs8", 12, VSC_E_PARAM },
		{ "PKCS#8, for DH", "npa/pki/at.pkcs8", 0, VSC_E_PARAM },
		{ "RSA", "npa/dh/at_key.pkcs8", 13, VSC_E_PARAM },
		{ "a certificate", "npa/pki/at.cvcert", 13, VSC_E_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		VSC_AUTO_BLOB file = test_file(rows[i].file);
		struct vsc_agree_key key;
		struct vsc_group *group;

		assert_int_equal(vsc_group_new(&group, rows[i].id), 0);
		if (vsc_agree_key_read(&key, group, vsc_blob_span(&file)) != rows[i].want)
			FAIL_ROW(&rows[i], "result");
		vsc_agree_key_free(&key);
		vsc_group_free(group);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_authenticate),
		cmocka_unit_test(sectors_identify),
		cmocka_unit_test(keys_from_files),
		cmocka_unit_test(agreement_keys_from_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

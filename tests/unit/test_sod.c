#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/auto.h"
#include "crypto/cms.h"
#include "crypto/signer.h"
#include "iso/tlv.h"
#include "script_env.h"

/* 2026-11-21 12:00 UTC, and OpenSSL's randomness */
static const struct vsc_env noon = { .now = script_now };

static const struct {
	const char *name;
	enum vsc_signer_kind kind;
	const char *curve;
	bool chain; /* OpenSSL builds it */
} flavours[] = {
	{ "RSA", VSC_SIGNER_RSA, NULL, true },
	{ "RSA-PSS", VSC_SIGNER_RSA_PSS, NULL, true },
	{ "EC named", VSC_SIGNER_EC_NAMED, NULL, true },
	{ "EC named P-384", VSC_SIGNER_EC_NAMED, "P-384", true },
	{ "EC explicit", VSC_SIGNER_EC_EXPLICIT, NULL, false },
};

static struct vsc_signer_setup
setup_of(enum vsc_signer_kind kind, const char *curve)
{
	return (struct vsc_signer_setup){
		.kind = kind, .curve = curve, .country = "UT", .issuer = "UTO", .document_type = "P"
	};
}

static const uint8_t hash_1[32] = { 1 }, hash_2[32] = { 2 };
static const struct vsc_dg_hash groups[] = {
	{ 1, { hash_1, sizeof(hash_1) } },
	{ 2, { hash_2, sizeof(hash_2) } },
};

static void
write_file(const char *folder, const char *name, struct vsc_span bytes)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_non_null(file = fopen(path, "wb"));
	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
	fclose(file);
}

/* The openssl program as a reader: the chain up to the CSCA and the signature. */
static int
openssl_verifies(struct vsc_span cms, struct vsc_span csca)
{
	char folder[] = "/tmp/vsc-sod-XXXXXX", command[1200];
	int status;

	assert_non_null(mkdtemp(folder));
	write_file(folder, "cms", cms);
	write_file(folder, "csca", csca);
	snprintf(command, sizeof(command),
	    "cd %s && openssl x509 -inform DER -in csca -out csca.pem && openssl cms -verify "
	    "-inform DER -in cms -CAfile csca.pem -purpose any -attime 1795262400 -binary -out "
	    "content >/dev/null 2>&1; status=$?; rm -rf %s; exit $status",
	    folder, folder);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
security_objects_verify(void **state)
{
	bool program = system("openssl version >/dev/null 2>&1") == 0;

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(flavours); i++) {
		struct vsc_signer_setup setup = setup_of(flavours[i].kind, flavours[i].curve);
		struct vsc_signer signer;
		VSC_AUTO_BLOB sod = { NULL, 0 }, csca = { NULL, 0 }, content = { NULL, 0 };
		uint8_t buf[300];
		struct vsc_out object = vsc_out_from(buf, sizeof(buf));
		struct vsc_span cms;

		assert_int_equal(vsc_signer_generate(&signer, &setup, &noon), 0);
		assert_int_equal(vsc_signer_export(&signer, &csca, NULL, NULL, NULL), 0);
		assert_int_equal(
		    vsc_sod_build(&signer, VSC_HASH_SHA256, groups, 2, &noon, &sod), 0);
		assert_int_equal(vsc_tlv_only(vsc_blob_span(&sod), 0x77, &cms), 0);
		if (vsc_cms_verify(cms, vsc_blob_span(&csca)) != 0)
			FAIL_ROW(&flavours[i], "signature");
		assert_int_equal(vsc_cms_content(cms, VSC_OID_LDS_OBJECT, &content), 0);
		assert_int_equal(vsc_lds_object_put(&object, VSC_HASH_SHA256, groups, 2), 0);
		assert_span_equal(vsc_blob_span(&content), vsc_out_span(&object));
		if (program &&
		    (openssl_verifies(cms, vsc_blob_span(&csca)) == 0) != flavours[i].chain)
			FAIL_ROW(&flavours[i], "openssl cms -verify");
		/* one byte of the content, and it is over */
		sod.ptr[vsc_span_find(vsc_blob_span(&sod), VSC_SPAN_OF(hash_2), 0)] ^= 1;
		assert_int_equal(vsc_cms_verify(cms, vsc_blob_span(&csca)), VSC_E_VERIFY);
		vsc_signer_free(&signer);
	}
}

/* Version 3, one signer, SHA-256, signed attributes with the time of the environment, one
 * certificate. */
static void
signed_data_has_the_prescribed_form(void **state)
{
	struct vsc_signer_setup setup = setup_of(VSC_SIGNER_EC_NAMED, NULL);
	struct vsc_signer signer;
	VSC_AUTO_BLOB der = { NULL, 0 };
	CMS_ContentInfo *cms;
	CMS_SignerInfo *info;
	STACK_OF(X509) * certs;
	const uint8_t *at;

	(void)state;
	assert_int_equal(vsc_signer_generate(&signer, &setup, &noon), 0);
	assert_int_equal(
	    vsc_cms_sign(&signer, VSC_OID_SECURITY_OBJECT, vsc_span_str("content"), &noon, &der),
	    0);
	/* ContentInfo { signedData, [0] { SignedData { version 3 */
	assert_true(vsc_span_find(vsc_blob_span(&der), VSC_BYTES(0x02, 0x01, 0x03, 0x31), 0) < 30);
	/* 261121120000Z */
	assert_true(vsc_span_find(vsc_blob_span(&der),
			vsc_span_str("\x17\x0d"
				     "261121120000Z"),
			0) != SIZE_MAX);
	at = der.ptr;
	assert_non_null(cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.len));
	assert_int_equal(sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)), 1);
	info = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	assert_int_equal(CMS_signed_get_attr_count(info), 3);
	assert_true(CMS_signed_get_attr_by_NID(info, NID_pkcs9_messageDigest, -1) >= 0);
	assert_true(CMS_signed_get_attr_by_NID(info, NID_pkcs9_contentType, -1) >= 0);
	assert_non_null(certs = CMS_get1_certs(cms));
	assert_int_equal(sk_X509_num(certs), 1);
	assert_int_equal(X509_cmp(sk_X509_value(certs, 0), signer.ds), 0);
	sk_X509_pop_free(certs, X509_free);
	CMS_ContentInfo_free(cms);
	vsc_signer_free(&signer);
}

/* Doc 9303-12 table 8, and which of them are critical (1), are not (0), must not be there (-1) */
static void
certificates_have_their_extensions(void **state)
{
	static const struct {
		const char *name;
		int nid, csca, ds;
	} rows[] = {
		{ "basicConstraints", NID_basic_constraints, 1, -1 },
		{ "keyUsage", NID_key_usage, 1, 1 },
		{ "subjectKeyIdentifier", NID_subject_key_identifier, 0, 0 },
		{ "authorityKeyIdentifier", NID_authority_key_identifier, 0, 0 },
		{ "privateKeyUsagePeriod", NID_private_key_usage_period, 0, 0 },
		{ "subjectAltName", NID_subject_alt_name, 0, 0 },
		{ "issuerAltName", NID_issuer_alt_name, 0, 0 },
		{ "CRLDistributionPoints", NID_crl_distribution_points, 0, 0 },
		{ "extKeyUsage", NID_ext_key_usage, -1, -1 },
	};
	struct vsc_signer_setup setup = setup_of(VSC_SIGNER_EC_NAMED, NULL);
	struct vsc_signer signer;
	VSC_AUTO_BLOB ds = { NULL, 0 }, csca = { NULL, 0 };

	(void)state;
	assert_int_equal(vsc_signer_generate(&signer, &setup, &noon), 0);
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		const int want[2] = { rows[i].csca, rows[i].ds };
		X509 *const certs[2] = { signer.csca, signer.ds };

		for (size_t k = 0; k < 2; k++) {
			int at = X509_get_ext_by_NID(certs[k], rows[i].nid, -1), got = -1;

			if (at >= 0)
				got = X509_EXTENSION_get_critical(X509_get_ext(certs[k], at));
			if (got != want[k])
				FAIL_ROW(&rows[i], k == 0 ? "CSCA" : "document signer");
		}
	}
	assert_int_equal(X509_get_pathlen(signer.csca), 0);
	assert_true((X509_get_extension_flags(signer.csca) & EXFLAG_CA) != 0);
	assert_int_equal(X509_get_key_usage(signer.csca), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	assert_int_equal(X509_get_key_usage(signer.ds), KU_DIGITAL_SIGNATURE);
	assert_int_equal(ASN1_STRING_cmp(X509_get0_authority_key_id(signer.ds),
			     X509_get0_subject_key_id(signer.csca)),
	    0);
	/* documentTypeList { 0, { "P" } } in the document signer's only */
	assert_int_equal(vsc_signer_export(&signer, &csca, &ds, NULL, NULL), 0);
	{
		struct vsc_span list = VSC_BYTES(0x30, 8, 0x02, 1, 0, 0x31, 3, 0x13, 1, 'P');

		assert_true(vsc_span_find(vsc_blob_span(&ds), list, 0) != SIZE_MAX);
		assert_true(vsc_span_find(vsc_blob_span(&csca), list, 0) == SIZE_MAX);
	}
	/* countryName in both, the same */
	assert_int_equal(
	    X509_NAME_cmp(X509_get_issuer_name(signer.ds), X509_get_subject_name(signer.csca)), 0);
	vsc_signer_free(&signer);
}

static void
an_expired_signer_is_expired(void **state)
{
	struct vsc_signer_setup setup = setup_of(VSC_SIGNER_EC_NAMED, NULL);
	struct vsc_signer signer;
	time_t now = (time_t)script_now(NULL);

	(void)state;
	assert_int_equal(vsc_signer_generate(&signer, &setup, &noon), 0);
	assert_true(X509_cmp_time(X509_get0_notBefore(signer.ds), &now) < 0);
	assert_true(X509_cmp_time(X509_get0_notAfter(signer.ds), &now) > 0);
	vsc_signer_free(&signer);
	setup.expired = true;
	assert_int_equal(vsc_signer_generate(&signer, &setup, &noon), 0);
	assert_true(X509_cmp_time(X509_get0_notAfter(signer.ds), &now) < 0);
	assert_true(X509_cmp_time(X509_get0_notAfter(signer.csca), &now) > 0);
	vsc_signer_free(&signer);
}

static void
given_signers(void **state)
{
	struct vsc_signer_setup setup = setup_of(VSC_SIGNER_RSA_PSS, NULL);
	struct vsc_signer a, b, read;
	VSC_AUTO_BLOB csca = { NULL, 0 }, ds = { NULL, 0 }, csca_key = { NULL, 0 },
		      ds_key = { NULL, 0 };
	VSC_AUTO_BLOB other = { NULL, 0 }, other_key = { NULL, 0 }, cms = { NULL, 0 };

	(void)state;
	assert_int_equal(vsc_signer_generate(&a, &setup, &noon), 0);
	assert_int_equal(vsc_signer_generate(&b, &setup, &noon), 0);
	assert_int_equal(vsc_signer_export(&a, &csca, &ds, &csca_key, &ds_key), 0);
	assert_int_equal(vsc_signer_export(&b, &other, NULL, NULL, &other_key), 0);
	assert_int_equal(vsc_signer_load(&read, vsc_blob_span(&csca), vsc_blob_span(&ds),
			     vsc_blob_span(&ds_key)),
	    0);
	assert_true(read.pss);
	assert_int_equal(
	    vsc_cms_sign(&read, VSC_OID_SECURITY_OBJECT, vsc_span_str("x"), &noon, &cms), 0);
	assert_int_equal(vsc_cms_verify(vsc_blob_span(&cms), vsc_blob_span(&csca)), 0);
	assert_int_equal(vsc_cms_verify(vsc_blob_span(&cms), vsc_blob_span(&other)), VSC_E_VERIFY);
	vsc_signer_free(&read);
	assert_int_equal(vsc_signer_load(&read, vsc_blob_span(&other), vsc_blob_span(&ds),
			     vsc_blob_span(&ds_key)),
	    VSC_E_VERIFY);
	assert_int_equal(vsc_signer_load(&read, vsc_blob_span(&csca), vsc_blob_span(&ds),
			     vsc_blob_span(&other_key)),
	    VSC_E_VERIFY);
	assert_int_equal(vsc_signer_load(&read, VSC_SPAN_EMPTY, vsc_span_str("nonsense"),
			     vsc_blob_span(&ds_key)),
	    VSC_E_FORMAT);
	assert_int_equal(
	    vsc_signer_issue(&read, vsc_blob_span(&csca), vsc_blob_span(&other_key), &setup, &noon),
	    VSC_E_VERIFY);
	assert_int_equal(
	    vsc_signer_issue(&read, vsc_blob_span(&csca), vsc_blob_span(&csca_key), &setup, &noon),
	    0);
	assert_int_equal(X509_verify(read.ds, X509_get0_pubkey(a.csca)), 1);
	vsc_signer_free(&read);
	vsc_signer_free(&a);
	vsc_signer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_objects_verify),
		cmocka_unit_test(signed_data_has_the_prescribed_form),
		cmocka_unit_test(certificates_have_their_extensions),
		cmocka_unit_test(an_expired_signer_is_expired),
		cmocka_unit_test(given_signers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

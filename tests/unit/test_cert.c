#include "test.h"

#include <string.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "crypto/auto.h"
#include "crypto/cert.h"

static int64_t
noon(void *ctx)
{
	(void)ctx;
	return 1795262400; /* 2026-11-21T12:00:00Z */
}

static const struct vsc_env fixed = { .now = noon };

static const struct vsc_cert_template person = {
	.subject = "/C=DE/O=A\\/B GmbH/CN=Erika Mustermann",
	.upn = "erika@example.org",
	.email = "erika@example.org",
	.use = VSC_CERT_SIGN | VSC_CERT_CLIENT_AUTH | VSC_CERT_SMARTCARD_LOGON,
	.days = 365,
};

static struct vsc_key *
curve_key(const char *curve)
{
	struct vsc_key *key;

	assert_int_equal(vsc_key_generate_ec(&key, vsc_curve_by_name(curve), NULL), 0);
	return key;
}

static X509 *
parse(struct vsc_span der)
{
	const unsigned char *at = der.ptr;
	X509 *cert = d2i_X509(NULL, &at, (long)der.len);

	assert_non_null(cert);
	return cert;
}

/* As a server does that was given the certificate as its own trust anchor. */
static void
assert_trusts_itself(X509 *cert)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();

	assert_int_equal(X509_STORE_add_cert(store, cert), 1);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, cert, NULL), 1);
	X509_STORE_CTX_set_time(ctx, 0, 1795262500);
	assert_int_equal(X509_verify_cert(ctx), 1);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
}

static void
self_signed(struct vsc_key *key)
{
	struct vsc_blob der = { NULL, 0 };
	struct vsc_why why = { { 0 } };
	char name[200];
	X509 *cert;

	if (vsc_cert_make(&der, &person, key, NULL, VSC_SPAN_EMPTY, &fixed, &why) < 0)
		fail_msg("%s", why.text);
	cert = parse(vsc_blob_span(&der));
	assert_int_equal(X509_verify(cert, X509_get0_pubkey(cert)), 1);
	assert_trusts_itself(cert);
	X509_NAME_oneline(X509_get_subject_name(cert), name, sizeof(name));
	assert_string_equal(name, "/C=DE/O=A\\/B GmbH/CN=Erika Mustermann");
	assert_int_equal(X509_cmp_time(X509_get0_notBefore(cert), &(time_t){ 1795262401 }), -1);
	assert_int_equal(X509_cmp_time(X509_get0_notBefore(cert), &(time_t){ 1795262399 }), 1);
	/* the principal name as Microsoft's othername 1.3.6.1.4.1.311.20.2.3, a UTF8String */
	assert_true(vsc_span_find(vsc_blob_span(&der),
			VSC_BYTES(0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x14, 0x02, 0x03, 0xA0,
			    0x13, 0x0C, 0x11, 'e', 'r', 'i', 'k', 'a'),
			0) != SIZE_MAX);
	assert_true(X509_check_purpose(cert, X509_PURPOSE_SSL_CLIENT, 0) == 1);
	assert_true(X509_check_purpose(cert, X509_PURPOSE_SSL_SERVER, 0) == 0);
	assert_int_equal(vsc_cert_matches(vsc_blob_span(&der), key), 0);
	X509_free(cert);
	vsc_blob_free(&der);
	vsc_key_free(key);
}

static void
self_signed_with_each_kind(void **state)
{
	struct vsc_key *rsa;

	(void)state;
	assert_int_equal(vsc_key_generate_rsa(&rsa, 2048, VSC_SPAN_EMPTY), 0);
	self_signed(rsa);
	self_signed(curve_key("P-256"));
	self_signed(curve_key("P-384"));
	self_signed(curve_key("ED25519"));
}

static void
issued(void **state)
{
	static const struct vsc_cert_template root = {
		.subject = "/CN=Attestation", .use = VSC_CERT_CA, .days = 9
	};
	const struct vsc_cert_extension serial = { "1.3.6.1.4.1.41482.3.7",
		VSC_BYTES(0x02, 0x01, 0x05) };
	const struct vsc_cert_template leaf = {
		.subject = "/CN=Slot 9a", .days = 3, .extensions = &serial, .nextensions = 1
	};
	struct vsc_key *ca = curve_key("P-256"), *key = curve_key("X25519");
	struct vsc_blob ca_der = { NULL, 0 }, der = { NULL, 0 };
	struct vsc_why why = { { 0 } };
	X509 *issuer, *cert;

	(void)state;
	assert_int_equal(vsc_cert_make(&ca_der, &root, ca, NULL, VSC_SPAN_EMPTY, NULL, &why), 0);
	assert_int_equal(
	    vsc_cert_make(&der, &leaf, key, ca, vsc_blob_span(&ca_der), NULL, &why), 0);
	issuer = parse(vsc_blob_span(&ca_der));
	cert = parse(vsc_blob_span(&der));
	assert_int_equal(X509_verify(cert, X509_get0_pubkey(issuer)), 1);
	assert_int_equal(X509_check_issued(issuer, cert), X509_V_OK);
	assert_int_equal(X509_check_ca(issuer), 1);
	assert_int_equal(X509_check_ca(cert), 0);
	assert_true(vsc_span_find(vsc_blob_span(&der),
			VSC_BYTES(0x82, 0xC4, 0x0A, 0x03, 0x07, 0x04, 0x03, 0x02, 0x01, 0x05),
			0) != SIZE_MAX);
	/* a key that agrees on secrets signs nothing, itself included */
	assert_int_equal(
	    vsc_cert_make(&der, &leaf, key, NULL, VSC_SPAN_EMPTY, NULL, &why), VSC_E_PARAM);
	assert_non_null(strstr(why.text, "cannot sign"));
	assert_int_equal(vsc_cert_matches(vsc_blob_span(&ca_der), key), VSC_E_VERIFY);
	assert_int_equal(vsc_cert_matches(VSC_BYTES(0x30, 0x00), key), VSC_E_FORMAT);
	X509_free(cert);
	X509_free(issuer);
	vsc_blob_free(&ca_der);
	vsc_blob_free(&der);
	vsc_key_free(ca);
	vsc_key_free(key);
}

static void
requested(void **state)
{
	struct vsc_key *key = curve_key("P-256");
	struct vsc_blob pem = { NULL, 0 };
	struct vsc_why why = { { 0 } };
	X509_REQ *request;
	BIO *bio;

	(void)state;
	assert_int_equal(vsc_cert_request(&pem, &person, key, &why), 0);
	bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	assert_non_null(request);
	assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
	X509_REQ_free(request);
	BIO_free(bio);
	vsc_blob_free(&pem);
	vsc_key_free(key);
}

static const struct subject_row {
	const char *name, *subject, *why;
} subject_rows[] = {
	{ "no slash", "CN=x", "write it as /CN=name" },
	{ "empty", "", "write it as /CN=name" },
	{ "only a slash", "/", "write it as /CN=name" },
	{ "no value", "/CN", "TYPE=value" },
	{ "no type", "/=x", "TYPE=value" },
	{ "unknown type", "/SHOE=46", "SHOE=46" },
	{ "country of three letters", "/C=DEU", "C=DEU" },
};

static void
subjects_that_are_none(void **state)
{
	struct vsc_key *key = curve_key("P-256");

	(void)state;
	for (const struct subject_row *row = subject_rows;
	     row < subject_rows + VSC_COUNT(subject_rows); row++) {
		const struct vsc_cert_template t = { .subject = row->subject, .days = 1 };
		struct vsc_blob der = { NULL, 0 };
		struct vsc_why why = { { 0 } };

		if (vsc_cert_make(&der, &t, key, NULL, VSC_SPAN_EMPTY, NULL, &why) != VSC_E_PARAM)
			FAIL_ROW(row, "accepted");
		if (strstr(why.text, row->why) == NULL)
			FAIL_ROW(row, why.text);
	}
	vsc_key_free(key);
}

/* --- Reading --- */

/* mac: its iterations; 0: as many as usual, -1: none. */
static struct vsc_blob
make_p12(const struct vsc_key *key, struct vsc_span der, const char *password, int mac)
{
	X509 *cert = parse(der);
	PKCS12 *p12 = PKCS12_create(password, "x", vsc_key_pkey(key), cert, NULL, 0, 0, 0, mac, 0);
	struct vsc_blob bytes = { NULL, 0 };
	unsigned char *out = NULL;
	int len;

	assert_non_null(p12);
	len = i2d_PKCS12(p12, &out);
	assert_int_equal(vsc_blob_set(&bytes, vsc_span_from(out, (size_t)len)), 0);
	OPENSSL_free(out);
	PKCS12_free(p12);
	X509_free(cert);
	return bytes;
}

/* Private key, encrypted if there is a password, and certificate. */
static struct vsc_blob
make_pem(const struct vsc_key *key, struct vsc_span der, const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct vsc_blob bytes = { NULL, 0 };
	X509 *cert = parse(der);
	char *at;
	long len;

	assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, vsc_key_pkey(key),
			     password == NULL ? NULL : EVP_aes_128_cbc(), password,
			     password == NULL ? 0 : (int)strlen(password), NULL, NULL),
	    1);
	len = BIO_get_mem_data(bio, &at);
	assert_int_equal(vsc_blob_set(&bytes, vsc_span_from(at, (size_t)len)), 0);
	X509_free(cert);
	BIO_free(bio);
	return bytes;
}

static void
assert_read(struct vsc_span file, const char *password, struct vsc_span der)
{
	struct vsc_blob cert;
	struct vsc_why why = { { 0 } };
	struct vsc_key *key;

	if (vsc_identity_read(&key, &cert, file, password, &why) < 0)
		fail_msg("%s", why.text);
	assert_non_null(key);
	assert_true(vsc_key_is_private(key));
	assert_span_equal(vsc_blob_span(&cert), der);
	assert_int_equal(vsc_cert_matches(vsc_blob_span(&cert), key), 0);
	vsc_key_free(key);
	vsc_blob_free(&cert);
}

static void
assert_not_read(struct vsc_span file, const char *password, int err, const char *text)
{
	struct vsc_blob cert;
	struct vsc_why why = { { 0 } };
	struct vsc_key *key;

	assert_int_equal(vsc_identity_read(&key, &cert, file, password, &why), err);
	assert_null(key);
	assert_int_equal(cert.len, 0);
	if (strstr(why.text, text) == NULL)
		fail_msg("%s", why.text);
}

static void
what_people_have(void **state)
{
	struct vsc_key *key = curve_key("P-256");
	struct vsc_blob der = { NULL, 0 }, file;
	struct vsc_why why = { { 0 } };

	(void)state;
	assert_int_equal(vsc_cert_make(&der, &person, key, NULL, VSC_SPAN_EMPTY, NULL, &why), 0);

	file = make_p12(key, vsc_blob_span(&der), "geheim", 0);
	assert_read(vsc_blob_span(&file), "geheim", vsc_blob_span(&der));
	assert_not_read(vsc_blob_span(&file), "falsch", VSC_E_VERIFY, "password is wrong");
	assert_not_read(vsc_blob_span(&file), NULL, VSC_E_VERIFY, "none is given");
	vsc_blob_free(&file);
	file = make_p12(key, vsc_blob_span(&der), "", 0);
	assert_read(vsc_blob_span(&file), NULL, vsc_blob_span(&der));
	vsc_blob_free(&file);
	file = make_p12(key, vsc_blob_span(&der), "geheim", -1);
	assert_read(vsc_blob_span(&file), "geheim", vsc_blob_span(&der));
	assert_not_read(vsc_blob_span(&file), "falsch", VSC_E_VERIFY, "no MAC");
	assert_not_read(vsc_blob_span(&file), NULL, VSC_E_VERIFY, "no MAC");
	vsc_blob_free(&file);

	file = make_pem(key, vsc_blob_span(&der), NULL);
	assert_read(vsc_blob_span(&file), NULL, vsc_blob_span(&der));
	vsc_blob_free(&file);
	file = make_pem(key, vsc_blob_span(&der), "geheim");
	assert_read(vsc_blob_span(&file), "geheim", vsc_blob_span(&der));
	assert_not_read(vsc_blob_span(&file), "falsch", VSC_E_VERIFY, "password is wrong");
	assert_not_read(vsc_blob_span(&file), NULL, VSC_E_VERIFY, "none is given");
	vsc_blob_free(&file);

	assert_not_read(vsc_span_str("hello"), NULL, VSC_E_FORMAT, "neither PKCS #12");
	assert_not_read(
	    vsc_span_str("-----BEGIN NOTHING-----\n"), NULL, VSC_E_FORMAT, "neither PKCS #12");
	assert_not_read(VSC_SPAN_EMPTY, NULL, VSC_E_FORMAT, "neither PKCS #12");
	vsc_blob_free(&der);
	vsc_key_free(key);
}

static struct vsc_blob
join(struct vsc_blob *a, struct vsc_blob *b)
{
	struct vsc_blob both = { NULL, 0 };
	struct vsc_out out;

	assert_int_equal(vsc_blob_alloc(&both, a->len + b->len), 0);
	out = vsc_out_from(both.ptr, both.len);
	vsc_out_put(&out, vsc_blob_span(a));
	vsc_out_put(&out, vsc_blob_span(b));
	return both;
}

/* A bundle with the chain first: the certificate is the key's. Two keys: which is meant? */
static void
several_in_one_file(void **state)
{
	struct vsc_key *keys[] = { curve_key("P-256"), curve_key("P-384") };
	struct vsc_blob ders[2] = { { NULL, 0 }, { NULL, 0 } }, pems[2], ca = { NULL, 0 }, file;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
		    vsc_cert_make(&ders[i], &person, keys[i], NULL, VSC_SPAN_EMPTY, NULL, NULL), 0);
		pems[i] = make_pem(keys[i], vsc_blob_span(&ders[i]), NULL);
	}
	assert_int_equal(vsc_cert_pem(&ca, vsc_blob_span(&ders[0])), 0);
	file = join(&ca, &pems[1]);
	assert_read(vsc_blob_span(&file), NULL, vsc_blob_span(&ders[1]));
	vsc_blob_free(&file);
	file = join(&pems[0], &pems[1]);
	assert_not_read(vsc_blob_span(&file), NULL, VSC_E_UNSUPPORTED, "several private keys");
	vsc_blob_free(&file);
	vsc_blob_free(&ca);
	for (size_t i = 0; i < 2; i++) {
		vsc_blob_free(&pems[i]);
		vsc_blob_free(&ders[i]);
		vsc_key_free(keys[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(self_signed_with_each_kind),
		cmocka_unit_test(issued),
		cmocka_unit_test(requested),
		cmocka_unit_test(subjects_that_are_none),
		cmocka_unit_test(what_people_have),
		cmocka_unit_test(several_in_one_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

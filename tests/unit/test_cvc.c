#include <openssl/obj_mac.h>

#include "eac_pki.h"

static const struct {
	const char *name;
	struct vsc_span value;
	int want;
	uint32_t date;
} dates_rows[] = {
	{ "a day", BYTES(2, 6, 1, 1, 2, 1), 0, 20261121 },
	{ "29 February", BYTES(2, 8, 0, 2, 2, 9), 0, 20280229 },
	{ "no 29 February", BYTES(2, 7, 0, 2, 2, 9), VSC_E_FORMAT, 0 },
	{ "month 13", BYTES(2, 6, 1, 3, 0, 1), VSC_E_FORMAT, 0 },
	{ "month 0", BYTES(2, 6, 0, 0, 0, 1), VSC_E_FORMAT, 0 },
	{ "day 0", BYTES(2, 6, 0, 1, 0, 0), VSC_E_FORMAT, 0 },
	{ "31 April", BYTES(2, 6, 0, 4, 3, 1), VSC_E_FORMAT, 0 },
	{ "digit 10", BYTES(2, 6, 0, 1, 0, 10), VSC_E_FORMAT, 0 },
	{ "ASCII digits", BYTES('2', '6', '0', '1', '0', '1'), VSC_E_FORMAT, 0 },
	{ "packed", BYTES(0x26, 0x01, 0x01), VSC_E_FORMAT, 0 },
	{ "eight digits", BYTES(2, 0, 2, 6, 0, 1, 0, 1), VSC_E_FORMAT, 0 },
	{ "nothing", { NULL, 0 }, VSC_E_FORMAT, 0 },
};

static void
dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(dates_rows); i++) {
		uint32_t date = 0;

		if (vsc_cvc_date_parse(dates_rows[i].value, &date) != dates_rows[i].want ||
		    (dates_rows[i].want == 0 && date != dates_rows[i].date))
			FAIL_ROW(&dates_rows[i], "date");
	}
	assert_int_equal(vsc_cvc_day_add(20261231, 1), 20270101);
	assert_int_equal(vsc_cvc_day_add(20280301, -1), 20280229);
	assert_int_equal(vsc_cvc_day(0), 19700101);
}

#define CHAT_OID(x) 0x06, 0x09, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, x

static const struct {
	const char *name;
	struct vsc_span value;
	int want;
	struct vsc_chat chat;
} chats_rows[] = {
	{ "AT", BYTES(CHAT_OID(2), 0x53, 5, 0x3E, 0x1F, 0xFF, 0xFF, 0xFF), 0,
	    { VSC_CVC_AT, VSC_CVC_TERMINAL, 0x3E1FFFFFFF } },
	{ "CVCA AT", BYTES(CHAT_OID(2), 0x53, 5, 0xFE, 0x1F, 0xFF, 0xFF, 0xFF), 0,
	    { VSC_CVC_AT, VSC_CVC_CVCA, 0x3E1FFFFFFF } },
	{ "DV IS", BYTES(CHAT_OID(1), 0x53, 1, 0x83), 0,
	    { VSC_CVC_IS, VSC_CVC_DV_DOMESTIC, 0x03 } },
	{ "foreign DV ST", BYTES(CHAT_OID(3), 0x53, 1, 0x42), 0,
	    { VSC_CVC_ST, VSC_CVC_DV_FOREIGN, 0x02 } },
	{ "type 4", BYTES(CHAT_OID(4), 0x53, 1, 0x42), VSC_E_UNSUPPORTED,
	    { VSC_CVC_AT, VSC_CVC_TERMINAL, 0 } },
	{ "AT with one byte", BYTES(CHAT_OID(2), 0x53, 1, 0x42), VSC_E_FORMAT,
	    { VSC_CVC_AT, VSC_CVC_TERMINAL, 0 } },
	{ "IS with five", BYTES(CHAT_OID(1), 0x53, 5, 0, 0, 0, 0, 0), VSC_E_FORMAT,
	    { VSC_CVC_AT, VSC_CVC_TERMINAL, 0 } },
	{ "no bits", BYTES(CHAT_OID(1)), VSC_E_FORMAT, { VSC_CVC_AT, VSC_CVC_TERMINAL, 0 } },
	{ "bits first", BYTES(0x53, 1, 0x42, CHAT_OID(1)), VSC_E_FORMAT,
	    { VSC_CVC_AT, VSC_CVC_TERMINAL, 0 } },
	{ "something behind", BYTES(CHAT_OID(1), 0x53, 1, 0, 0x80, 0), VSC_E_FORMAT,
	    { VSC_CVC_AT, VSC_CVC_TERMINAL, 0 } },
};

static void
chats(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(chats_rows); i++) {
		uint8_t buf[40];
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		struct vsc_chat chat;

		if (vsc_chat_parse(chats_rows[i].value, &chat) != chats_rows[i].want)
			FAIL_ROW(&chats_rows[i], "result");
		if (chats_rows[i].want < 0)
			continue;
		if (chat.type != chats_rows[i].chat.type || chat.role != chats_rows[i].chat.role ||
		    chat.rights != chats_rows[i].chat.rights)
			FAIL_ROW(&chats_rows[i], "content");
		vsc_chat_put(&out, &chat);
		assert_span_equal(vsc_span_slice(vsc_out_span(&out), 3, 40), chats_rows[i].value);
	}
}

/* Every published chain parses, and each certificate verifies with the one above it. */
static void
example_chains(void **state)
{
	static const struct {
		const char *name, *files[3];
		const char *alg;
	} rows[] = {
		{ "ecdh", { "npa/ecdh/cvca.cvcert", "npa/ecdh/dvca.cvcert", "npa/ecdh/at.cvcert" },
		    "ECDSA-SHA-512" },
		{ "dh", { "npa/dh/cvca.cvcert", "npa/dh/dvca.cvcert", "npa/dh/at.cvcert" },
		    "RSA-v1-5-SHA-1" },
		{ "pki", { "npa/pki/cvca.cvcert", "npa/pki/dv.cvcert", "npa/pki/at.cvcert" },
		    "ECDSA-SHA-256" },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct vsc_cv_key above = { .alg = NULL };
		struct vsc_cvc first;
		VSC_AUTO_BLOB root = test_file(rows[i].files[0]);

		assert_int_equal(vsc_cvc_parse_file(vsc_blob_span(&root), &first), 0);
		assert_int_equal(vsc_cv_key_load(&above, &first.fields, NID_undef), 0);
		for (size_t k = 0; k < 3; k++) {
			VSC_AUTO_BLOB file = test_file(rows[i].files[k]);
			struct vsc_cv_key key;
			struct vsc_cvc cvc;

			if (vsc_cvc_parse_file(vsc_blob_span(&file), &cvc) != 0)
				FAIL_ROW(&rows[i], rows[i].files[k]);
			assert_string_equal(cvc.fields.alg->name, rows[i].alg);
			if (vsc_cv_verify(&above, cvc.body, cvc.signature) != 0)
				FAIL_ROW(&rows[i], "signature");
			assert_int_equal(vsc_cv_key_load(&key, &cvc.fields, above.nid), 0);
			vsc_cv_key_free(&above);
			above = key;
		}
		vsc_cv_key_free(&above);
	}
}

/* Algorithms, both curves families, extensions: what we build we read, and it verifies. */
static void
build_and_read(void **state)
{
	static const struct {
		const char *name, *kind, *alg;
	} rows[] = {
		{ "P-224", "P-224", "ECDSA-SHA-224" },
		{ "P-256 SHA-1", "P-256", "ECDSA-SHA-1" },
		{ "P-384", "P-384", "ECDSA-SHA-384" },
		{ "P-521", "P-521", "ECDSA-SHA-512" },
		{ "brainpool 256", "brainpoolP256r1", "ECDSA-SHA-256" },
		{ "brainpool 320", "brainpoolP320r1", "ECDSA-SHA-256" },
		{ "brainpool 512", "brainpoolP512r1", "ECDSA-SHA-512" },
		{ "RSA 1.5", "RSA", "RSA-v1-5-SHA-256" },
		{ "RSA 1.5 512", "RSA", "RSA-v1-5-SHA-512" },
		{ "RSA PSS 1", "RSA", "RSA-PSS-SHA-1" },
		{ "RSA PSS 256", "RSA", "RSA-PSS-SHA-256" },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct vsc_cv_key key = pki_key(rows[i].kind, rows[i].alg), read;
		struct vsc_cvc_request request = pki_request(
		    "DECVCAAT00001", &key, "DECVCAAT00001", &key, VSC_CVC_AT, VSC_CVC_CVCA);
		struct vsc_cvc cvc;
		VSC_AUTO_BLOB cert = { NULL, 0 };

		request.extensions = VSC_BYTES(0x73, 0x0E, 0x06, 0x09, 0x04, 0x00, 0x7F, 0x00, 0x07,
		    0x03, 0x01, 0x03, 0x02, 0x80, 0x01, 0xAA);
		cert = pki_build(&request);
		if (vsc_cvc_parse_file(vsc_blob_span(&cert), &cvc) != 0)
			FAIL_ROW(&rows[i], "parse");
		assert_int_equal(vsc_cv_key_load(&read, &cvc.fields, NID_undef), 0);
		if (vsc_cv_verify(&read, cvc.body, cvc.signature) != 0)
			FAIL_ROW(&rows[i], "signature");
		assert_span_equal(cvc.chr, vsc_span_str("DECVCAAT00001"));
		assert_int_equal(cvc.effective, 20260101);
		assert_int_equal(cvc.expiration, 20271231);
		{
			struct vsc_span found;

			assert_int_equal(vsc_cvc_extension(&cvc, vsc_oid_cvc_sector, &found), 0);
			assert_span_equal(found, VSC_BYTES(0x80, 0x01, 0xAA));
			assert_int_equal(vsc_cvc_extension(&cvc, vsc_oid_cvc_description, &found),
			    VSC_E_NOT_FOUND);
		}
		vsc_cv_key_free(&read);
		vsc_cv_key_free(&key);
	}
}

/* Each byte that is changed makes the certificate unreadable or its signature wrong. */
static void
no_byte_may_change(void **state)
{
	VSC_AUTO_BLOB cert = test_file("npa/pki/cvca.cvcert");
	struct vsc_cv_key key;
	struct vsc_cvc cvc;

	(void)state;
	assert_int_equal(vsc_cvc_parse_file(vsc_blob_span(&cert), &cvc), 0);
	assert_int_equal(vsc_cv_key_load(&key, &cvc.fields, NID_undef), 0);
	for (size_t i = 0; i < cert.len; i++) {
		cert.ptr[i] ^= 0x01;
		if (vsc_cvc_parse_file(vsc_blob_span(&cert), &cvc) == 0 &&
		    vsc_cv_verify(&key, cvc.body, cvc.signature) == 0)
			fail_msg("byte %zu", i);
		cert.ptr[i] ^= 0x01;
	}
	for (size_t len = 0; len < cert.len; len++)
		assert_true(vsc_cvc_parse_file(vsc_span_from(cert.ptr, len), &cvc) < 0);
	vsc_cv_key_free(&key);
}

/* Replaces one run of bytes in a good certificate; lengths are the test's business. */
static const struct {
	const char *name;
	struct vsc_span find, put;
	int want;
} bad_encodings_rows[] = {
	{ "profile 1", BYTES(0x5F, 0x29, 0x01, 0x00), BYTES(0x5F, 0x29, 0x01, 0x01), VSC_E_FORMAT },
	{ "no CAR tag", BYTES(0x42, 0x0F), BYTES(0x43, 0x0F), VSC_E_FORMAT },
	{ "unknown algorithm", BYTES(0x02, 0x02, 0x02, 0x02, 0x03),
	    BYTES(0x02, 0x02, 0x02, 0x02, 0x06), VSC_E_UNSUPPORTED },
	{ "unknown terminal type", BYTES(0x03, 0x01, 0x02, 0x02), BYTES(0x03, 0x01, 0x02, 0x09),
	    VSC_E_UNSUPPORTED },
	{ "month 13", BYTES(0x5F, 0x25, 0x06, 2, 5, 0, 1), BYTES(0x5F, 0x25, 0x06, 2, 5, 1, 3),
	    VSC_E_FORMAT },
	{ "ends before it begins", BYTES(0x5F, 0x24, 0x06, 3), BYTES(0x5F, 0x24, 0x06, 1),
	    VSC_E_FORMAT },
	{ "dates exchanged", BYTES(0x5F, 0x25), BYTES(0x5F, 0x24), VSC_E_FORMAT },
	{ "key fields out of order", BYTES(0x81, 0x20), BYTES(0x88, 0x20), VSC_E_FORMAT },
	{ "cofactor missing", BYTES(0x87, 0x01, 0x01, 0x5F, 0x20),
	    BYTES(0x00, 0x00, 0x00, 0x5F, 0x20), VSC_E_FORMAT },
	{ "control character in the CHR", BYTES(0x5F, 0x20, 0x0F, 'D'),
	    BYTES(0x5F, 0x20, 0x0F, 0x07), VSC_E_FORMAT },
	{ "signature's tag", BYTES(0x5F, 0x37, 0x40), BYTES(0x5F, 0x36, 0x40), VSC_E_FORMAT },
};

static void
bad_encodings(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(bad_encodings_rows); i++) {
		VSC_AUTO_BLOB cert = test_file("npa/pki/cvca.cvcert");
		size_t at = vsc_span_find(vsc_blob_span(&cert), bad_encodings_rows[i].find, 0);
		struct vsc_cvc cvc;

		assert_true(at != SIZE_MAX);
		assert_int_equal(vsc_blob_write(&cert, at, bad_encodings_rows[i].put), 0);
		if (vsc_cvc_parse_file(vsc_blob_span(&cert), &cvc) != bad_encodings_rows[i].want)
			FAIL_ROW(&bad_encodings_rows[i], "result");
	}
}

/* Keys that must not be taken although they are well encoded. */
static void
bad_keys(void **state)
{
	VSC_AUTO_BLOB cert = test_file("npa/pki/cvca.cvcert");
	struct vsc_cv_key key;
	struct vsc_cvc cvc;
	size_t at;

	(void)state;
	assert_int_equal(vsc_cvc_parse_file(vsc_blob_span(&cert), &cvc), 0);
	/* without the parameters there is nothing to inherit from */
	cvc.fields.has_params = false;
	assert_int_equal(vsc_cv_key_load(&key, &cvc.fields, NID_undef), VSC_E_PARAM);
	assert_int_equal(vsc_cv_key_load(&key, &cvc.fields, NID_brainpoolP256r1), 0);
	vsc_cv_key_free(&key);
	assert_int_equal(vsc_cv_key_load(&key, &cvc.fields, NID_X9_62_prime256v1), VSC_E_PARAM);
	cvc.fields.has_params = true;
	/* a curve with another b */
	at = vsc_span_find(vsc_blob_span(&cert), VSC_BYTES(0x83, 0x20), 0);
	cert.ptr[at + 2] ^= 1;
	assert_int_equal(vsc_cv_key_load(&key, &cvc.fields, NID_undef), VSC_E_UNSUPPORTED);
	cert.ptr[at + 2] ^= 1;
	/* another generator, which would let the forger choose the key */
	at = vsc_span_find(vsc_blob_span(&cert), VSC_BYTES(0x84, 0x41), 0);
	cert.ptr[at + 10] ^= 1;
	assert_int_equal(vsc_cv_key_load(&key, &cvc.fields, NID_undef), VSC_E_UNSUPPORTED);
	cert.ptr[at + 10] ^= 1;
	/* a point beside the curve */
	at = vsc_span_find(vsc_blob_span(&cert), VSC_BYTES(0x86, 0x41), 0);
	cert.ptr[at + 10] ^= 1;
	assert_int_equal(vsc_cv_key_load(&key, &cvc.fields, NID_undef), VSC_E_PARAM);
}

/* A signature of zeros, of the order, too short, too long, empty */
static void
bad_signatures(void **state)
{
	VSC_AUTO_BLOB cert = test_file("npa/pki/cvca.cvcert");
	uint8_t zeros[80] = { 0 };
	struct vsc_cv_key key;
	struct vsc_cvc cvc;

	(void)state;
	assert_int_equal(vsc_cvc_parse_file(vsc_blob_span(&cert), &cvc), 0);
	assert_int_equal(vsc_cv_key_load(&key, &cvc.fields, NID_undef), 0);
	for (size_t len = 0; len <= sizeof(zeros); len += 8)
		assert_int_equal(
		    vsc_cv_verify(&key, cvc.body, vsc_span_from(zeros, len)), VSC_E_VERIFY);
	assert_int_equal(
	    vsc_cv_verify(&key, cvc.body, vsc_span_slice(cvc.signature, 0, 63)), VSC_E_VERIFY);
	assert_int_equal(vsc_cv_verify(&key, cvc.signature, cvc.signature), VSC_E_VERIFY);
	assert_int_equal(vsc_cv_verify(&key, cvc.body, cvc.signature), 0);
	vsc_cv_key_free(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),
		cmocka_unit_test(chats),
		cmocka_unit_test(example_chains),
		cmocka_unit_test(build_and_read),
		cmocka_unit_test(no_byte_may_change),
		cmocka_unit_test(bad_encodings),
		cmocka_unit_test(bad_keys),
		cmocka_unit_test(bad_signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

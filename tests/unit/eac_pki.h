/* A terminal PKI made on the spot: keys, and certificates in any combination, right or wrong. */
#ifndef VSC_TEST_EAC_PKI_H
#define VSC_TEST_EAC_PKI_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/auto.h"
#include "crypto/cvc.h"
#include "iso/tlv.h"
#include "test.h"

/* A fresh key: kind is a curve's name, or "RSA" (1024 bits). */
static inline struct vsc_cv_key
pki_key(const char *kind, const char *alg)
{
	struct vsc_cv_key key;
	VSC_AUTO_PKEY *pkey = strcmp(kind, "RSA") == 0 ? EVP_RSA_gen(1024u) : EVP_EC_gen(kind);

	assert_non_null(pkey);
	assert_int_equal(vsc_cv_key_wrap(&key, pkey, vsc_cv_alg_by_name(alg)), 0);
	return key;
}

/* What most certificates here have in common; change what the test is about. */
static inline struct vsc_cvc_request
pki_request(const char *car, const struct vsc_cv_key *issuer, const char *chr,
    const struct vsc_cv_key *subject, enum vsc_cvc_type type, enum vsc_cvc_role role)
{
	return (struct vsc_cvc_request){ .car = vsc_span_str(car),
		.chr = vsc_span_str(chr),
		.issuer = issuer,
		.subject = subject,
		.chat = { type, role, vsc_chat_all_rights(type) },
		.effective = 20260101,
		.expiration = 20271231,
		.with_params = role == VSC_CVC_CVCA };
}

static inline struct vsc_blob
pki_build(const struct vsc_cvc_request *request)
{
	struct vsc_blob cert = { NULL, 0 };

	assert_int_equal(vsc_cvc_build(request, &cert), 0);
	return cert;
}

/* 7F4E and 5F37 of a certificate, as PSO:VERIFY CERTIFICATE carries it */
static inline struct vsc_span
pki_body(const struct vsc_blob *cert)
{
	struct vsc_span body;

	assert_int_equal(vsc_tlv_only(vsc_blob_span(cert), 0x7F21, &body), 0);
	return body;
}

/* A file of tests/data; its folder is in the environment. */
static inline struct vsc_blob
test_file(const char *name)
{
	struct vsc_blob bytes = { NULL, 0 };
	char path[500];
	uint8_t buf[8192];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s",
	    getenv("VSC_TEST_DATA") == NULL ? "tests/data" : getenv("VSC_TEST_DATA"), name);
	if ((file = fopen(path, "rb")) == NULL)
		fail_msg("%s: cannot be opened", path);
	len = fread(buf, 1, sizeof(buf), file);
	fclose(file);
	assert_int_equal(vsc_blob_set(&bytes, vsc_span_from(buf, len)), 0);
	return bytes;
}

#endif

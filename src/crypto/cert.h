/*
 * X.509 certificates that a card brings with it: made for a key of its own (self-signed, signed by
 * a card's attestation key, or asked for in a PKCS #10 request), and read from what people have
 * (PEM, DER, PKCS #12).
 */
#ifndef VSC_CRYPTO_CERT_H
#define VSC_CRYPTO_CERT_H

#include "base/bytes.h"
#include "base/env.h"
#include "crypto/key.h"

enum vsc_cert_use {
	VSC_CERT_SIGN = 1 << 0, /* digitalSignature */
	VSC_CERT_NON_REPUDIATION = 1 << 1,
	VSC_CERT_ENCIPHER = 1 << 2,        /* keyEncipherment, or keyAgreement for a curve */
	VSC_CERT_CLIENT_AUTH = 1 << 3,     /* extended: TLS client */
	VSC_CERT_EMAIL = 1 << 4,           /* extended: S/MIME */
	VSC_CERT_SMARTCARD_LOGON = 1 << 5, /* extended: 1.3.6.1.4.1.311.20.2.2 */
	VSC_CERT_CA = 1 << 6,              /* basic constraints CA, keyCertSign */
	VSC_CERT_PIV_CONTENT = 1 << 7,     /* extended: id-PIV-content-signing (FIPS 201) */
};

/* A private extension: DER inside, not critical. */
struct vsc_cert_extension {
	const char *oid; /* dotted */
	struct vsc_span value;
};

struct vsc_cert_template {
	const char *subject; /* "/C=DE/CN=Erika Mustermann"; a slash in a value is written \/ */
	const char *upn;     /* Microsoft user principal name in subjectAltName, or NULL */
	const char *email;   /* rfc822Name in subjectAltName, or NULL */
	unsigned use;        /* enum vsc_cert_use */
	int days;            /* valid from now on */
	const struct vsc_cert_extension *extensions;
	size_t nextensions;
};

/*
 * A certificate for `key` signed by `issuer_key` under the issuer's certificate, or by the key
 * itself where both are NULL. The serial number comes from env's randomness, the validity from its
 * clock. VSC_E_PARAM and *why: a subject that cannot be read, a key that cannot sign.
 */
VSC_MUST_CHECK int vsc_cert_make(struct vsc_blob *der, const struct vsc_cert_template *t,
    const struct vsc_key *key, const struct vsc_key *issuer_key, struct vsc_span issuer_der,
    const struct vsc_env *env, struct vsc_why *why);

/* A PKCS #10 request in PEM, signed by the key. */
VSC_MUST_CHECK int vsc_cert_request(struct vsc_blob *pem, const struct vsc_cert_template *t,
    const struct vsc_key *key, struct vsc_why *why);

/* A certificate's public key is that of `key`. VSC_E_VERIFY if not, VSC_E_FORMAT if it is no
 * certificate. */
VSC_MUST_CHECK int vsc_cert_matches(struct vsc_span der, const struct vsc_key *key);

/* Its subject key identifier; without one, SHA-1 of the public key (RFC 5280 4.2.1.2). */
VSC_MUST_CHECK int vsc_cert_key_id(struct vsc_span der, struct vsc_out *id);

VSC_MUST_CHECK int vsc_cert_pem(struct vsc_blob *pem, struct vsc_span der);

/*
 * What is in a file: PKCS #12, PEM (private key and certificates, in any order, one may be missing)
 * or DER (a certificate or a private key). Of several certificates it is that of the key; if none
 * is, the first. *key is NULL and *cert empty for what is not there; both are the caller's.
 * password NULL: none. VSC_E_VERIFY: wrong password; VSC_E_UNSUPPORTED: a kind of key no card
 * holds; VSC_E_FORMAT; each with *why.
 */
VSC_MUST_CHECK int vsc_identity_read(struct vsc_key **key, struct vsc_blob *cert,
    struct vsc_span file, const char *password, struct vsc_why *why);

#endif

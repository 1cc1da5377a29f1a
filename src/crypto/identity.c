/* Reading what people have: PKCS #12, PEM, DER. The interface is in cert.h. */
#include "crypto/cert.h"

#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "crypto/auto.h"
#include "crypto/pem.h"

VSC_DEFINE_CLEANUP(auto_p12, PKCS12, PKCS12_free)
#define AUTO_P12 VSC_CLEANUP(auto_p12) PKCS12

static void
auto_stack(STACK_OF(X509) * *stack)
{
	sk_X509_pop_free(*stack, X509_free);
}
#define AUTO_STACK VSC_CLEANUP(auto_stack) STACK_OF(X509)

static int
take_key(struct vsc_key **key, EVP_PKEY *pkey, struct vsc_why *why)
{
	int err;

	if (pkey == NULL)
		return 0;
	if ((err = vsc_key_from_pkey(key, pkey, true)) < 0)
		return vsc_why_set(why, err == VSC_E_NOMEM ? err : VSC_E_UNSUPPORTED,
		    "the private key is of the kind %s, which no card here holds",
		    EVP_PKEY_get0_type_name(pkey));
	return 0;
}

static int
take_cert(struct vsc_blob *cert, X509 *x509)
{
	unsigned char *der = NULL;
	int len, err;

	if (x509 == NULL)
		return 0;
	if ((len = i2d_X509(x509, &der)) < 0)
		return VSC_E_CRYPTO;
	err = vsc_blob_set(cert, vsc_span_from(der, (size_t)len));
	OPENSSL_free(der);
	return err;
}

/*
 * The MAC tells whether the password is right. Some programs write none; PKCS12_parse of OpenSSL
 * 3.0 wants one where there is a password, so it gets one that goes with this.
 */
static int
check_password(PKCS12 *p12, const char *password, struct vsc_why *why)
{
	if (!PKCS12_mac_present(p12)) {
		if (password != NULL && PKCS12_set_mac(p12, password, -1, NULL, 0, 1, NULL) != 1)
			return vsc_why_set(why, VSC_E_FORMAT, "PKCS #12: it cannot be read");
		return 0;
	}
	if (PKCS12_verify_mac(p12, password == NULL ? "" : password, -1) == 1 ||
	    (password == NULL && PKCS12_verify_mac(p12, NULL, 0) == 1))
		return 0;
	return vsc_why_set(why, VSC_E_VERIFY, "PKCS #12: %s",
	    password == NULL ? "it has a password and none is given" : "the password is wrong");
}

static int
open_pkcs12(PKCS12 *p12, const char *password, EVP_PKEY **pkey, X509 **x509,
    STACK_OF(X509) * *others, struct vsc_why *why)
{
	bool checked = PKCS12_mac_present(p12) == 1;
	int err = check_password(p12, password, why);

	if (err < 0)
		return err;
	if (PKCS12_parse(p12, password, pkey, x509, others) == 1)
		return 0;
	if (!checked)
		return vsc_why_set(why, VSC_E_VERIFY,
		    "PKCS #12: it cannot be deciphered, and has no MAC; is the password right?");
	return vsc_why_set(why, VSC_E_UNSUPPORTED,
	    "PKCS #12: its encryption is not supported by OpenSSL's default provider (RC2, "
	    "40 bit?)");
}

/* 1: it was PKCS #12 and is taken; 0: it is something else */
static int
try_pkcs12(struct vsc_key **key, struct vsc_blob *cert, struct vsc_span file, const char *password,
    struct vsc_why *why)
{
	const unsigned char *at = file.ptr;
	AUTO_P12 *p12 = d2i_PKCS12(NULL, &at, (long)file.len);
	VSC_AUTO_PKEY *pkey = NULL;
	VSC_AUTO_X509 *x509 = NULL;
	AUTO_STACK *others = NULL;
	int err;

	if (p12 == NULL)
		return 0;
	if ((err = open_pkcs12(p12, password, &pkey, &x509, &others, why)) < 0)
		return err;
	if (pkey == NULL && sk_X509_num(others) <= 0)
		return vsc_why_set(
		    why, VSC_E_FORMAT, "PKCS #12: neither a private key nor a certificate in it");
	/* none that belongs to the key: the caller gets the first, and finds out */
	if ((err = take_key(key, pkey, why)) < 0 ||
	    (err = take_cert(cert, x509 != NULL ? x509 : sk_X509_value(others, 0))) < 0)
		return err;
	return 1;
}

static int
read_pem(struct vsc_key **key, struct vsc_blob *cert, struct vsc_span file, const char *password,
    struct vsc_why *why)
{
	bool asked;
	VSC_AUTO_PKEY *pkey = vsc_pem_key_with(file, password, &asked);
	VSC_AUTO_X509 *x509 = vsc_pem_certificate_of(file, pkey);
	int err;

	if (vsc_pem_count_keys(file) > 1)
		return vsc_why_set(why, VSC_E_UNSUPPORTED,
		    "several private keys in one file; give each a file of its own");
	if (pkey == NULL && asked)
		return vsc_why_set(why, VSC_E_VERIFY, "private key: %s",
		    password == NULL ? "it has a password and none is given"
				     : "the password is wrong");
	if (pkey == NULL && x509 == NULL)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "neither PKCS #12 nor a private key or a certificate in PEM or DER");
	if ((err = take_key(key, pkey, why)) < 0)
		return err;
	return take_cert(cert, x509);
}

int
vsc_identity_read(struct vsc_key **key, struct vsc_blob *cert, struct vsc_span file,
    const char *password, struct vsc_why *why)
{
	int err;

	*key = NULL;
	*cert = (struct vsc_blob){ NULL, 0 };
	if (file.len > INT_MAX)
		return vsc_why_set(why, VSC_E_SPACE, "too long");
	ERR_set_mark();
	if ((err = try_pkcs12(key, cert, file, password, why)) == 0)
		err = read_pem(key, cert, file, password, why);
	ERR_pop_to_mark();
	if (err < 0) {
		vsc_key_free(*key);
		*key = NULL;
		vsc_blob_free(cert);
		return err;
	}
	return 0;
}

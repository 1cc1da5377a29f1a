/*
 * X.509 certificates and PKCS #10 requests made with OpenSSL from a template: subject, extensions,
 * serial number, signature.
 */
#include "crypto/cert.h"

#include <string.h>

#include <openssl/pem.h>

#include "crypto/auto.h"

#define DAY 86400

VSC_DEFINE_CLEANUP(auto_req, X509_REQ, X509_REQ_free)
VSC_DEFINE_CLEANUP(auto_san, GENERAL_NAMES, GENERAL_NAMES_free)
#define AUTO_REQ VSC_CLEANUP(auto_req) X509_REQ
#define AUTO_SAN VSC_CLEANUP(auto_san) GENERAL_NAMES

/* Extended key usages and the bit that asks for each. */
static const struct {
	unsigned use;
	const char *oid;
} purposes[] = {
	{ VSC_CERT_CLIENT_AUTH, "1.3.6.1.5.5.7.3.2" },
	{ VSC_CERT_EMAIL, "1.3.6.1.5.5.7.3.4" },
	{ VSC_CERT_SMARTCARD_LOGON, "1.3.6.1.4.1.311.20.2.2" },
	{ VSC_CERT_PIV_CONTENT, "2.16.840.1.101.3.6.7" },
};

/* --- Subject --- */

/* Up to the next unescaped slash, escapes removed. */
static int
next_part(struct vsc_in *in, struct vsc_out *out)
{
	out->len = 0;
	while (vsc_in_left(in) > 0 && *in->cur != '/') {
		uint8_t c = *in->cur++;

		if (c == '\\' && vsc_in_left(in) > 0)
			c = *in->cur++;
		vsc_out_u8(out, c);
	}
	vsc_out_u8(out, '\0');
	return out->full ? VSC_E_SPACE : 0;
}

static int
add_attribute(X509_NAME *name, char *part, struct vsc_why *why)
{
	char *value = strchr(part, '=');

	if (value == NULL || value == part)
		return vsc_why_set(why, VSC_E_PARAM, "subject: '%s': TYPE=value expected", part);
	*value++ = '\0';
	if (X509_NAME_add_entry_by_txt(
		name, part, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0) != 1)
		return vsc_why_set(why, VSC_E_PARAM,
		    "subject: %s=%s: unknown type, or a value that it cannot have", part, value);
	return 0;
}

static int
read_subject(X509_NAME *name, const char *subject, struct vsc_why *why)
{
	struct vsc_in in = vsc_in_from(vsc_span_str(subject));
	char buf[512];
	struct vsc_out part = vsc_out_from(buf, sizeof(buf));

	if (subject[0] != '/' || subject[1] == '\0')
		return vsc_why_set(
		    why, VSC_E_PARAM, "subject: '%s': write it as /CN=name", subject);
	while (vsc_in_left(&in) > 0) {
		if (vsc_in_skip(&in, 1) < 0 || next_part(&in, &part) < 0)
			return vsc_why_set(why, VSC_E_PARAM, "subject: a part is too long");
		if (add_attribute(name, buf, why) < 0)
			return VSC_E_PARAM;
	}
	return 0;
}

/* --- Extensions --- */

static int
add_by_conf(STACK_OF(X509_EXTENSION) * list, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, ctx, nid, value);

	if (extension == NULL)
		return VSC_E_CRYPTO;
	if (sk_X509_EXTENSION_push(list, extension) == 0) {
		X509_EXTENSION_free(extension);
		return VSC_E_NOMEM;
	}
	return 0;
}

static int
add_key_usage(STACK_OF(X509_EXTENSION) * list, unsigned use, bool curve)
{
	char text[128];
	struct vsc_out out = vsc_out_from(text, sizeof(text));

	vsc_out_str(&out, "critical");
	if ((use & VSC_CERT_SIGN) != 0)
		vsc_out_str(&out, ",digitalSignature");
	if ((use & VSC_CERT_NON_REPUDIATION) != 0)
		vsc_out_str(&out, ",nonRepudiation");
	if ((use & VSC_CERT_ENCIPHER) != 0)
		vsc_out_str(&out, curve ? ",keyAgreement" : ",keyEncipherment");
	if ((use & VSC_CERT_CA) != 0)
		vsc_out_str(&out, ",keyCertSign,cRLSign");
	vsc_out_u8(&out, '\0');
	if (strcmp(text, "critical") == 0)
		return 0;
	return add_by_conf(list, NULL, NID_key_usage, text);
}

static int
add_purposes(STACK_OF(X509_EXTENSION) * list, unsigned use)
{
	char text[128];
	struct vsc_out out = vsc_out_from(text, sizeof(text));

	for (size_t i = 0; i < VSC_COUNT(purposes); i++) {
		if ((use & purposes[i].use) == 0)
			continue;
		if (out.len > 0)
			vsc_out_str(&out, ",");
		vsc_out_str(&out, purposes[i].oid);
	}
	vsc_out_u8(&out, '\0');
	return out.len == 1 ? 0 : add_by_conf(list, NULL, NID_ext_key_usage, text);
}

static int
add_upn(GENERAL_NAMES *names, const char *upn)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_OBJECT *oid = OBJ_nid2obj(NID_ms_upn);
	ASN1_TYPE *value = ASN1_TYPE_new();
	ASN1_UTF8STRING *text = ASN1_UTF8STRING_new();

	if (name == NULL || value == NULL || text == NULL || ASN1_STRING_set(text, upn, -1) != 1)
		goto fail;
	ASN1_TYPE_set(value, V_ASN1_UTF8STRING, text);
	text = NULL;
	if (GENERAL_NAME_set0_othername(name, oid, value) != 1)
		goto fail;
	value = NULL;
	if (sk_GENERAL_NAME_push(names, name) != 0)
		return 0;
fail:
	GENERAL_NAME_free(name);
	ASN1_TYPE_free(value);
	ASN1_UTF8STRING_free(text);
	return VSC_E_NOMEM;
}

static int
add_email(GENERAL_NAMES *names, const char *email)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	if (name == NULL || text == NULL || ASN1_STRING_set(text, email, -1) != 1) {
		GENERAL_NAME_free(name);
		ASN1_IA5STRING_free(text);
		return VSC_E_NOMEM;
	}
	GENERAL_NAME_set0_value(name, GEN_EMAIL, text);
	if (sk_GENERAL_NAME_push(names, name) != 0)
		return 0;
	GENERAL_NAME_free(name);
	return VSC_E_NOMEM;
}

static int
add_alternative_names(STACK_OF(X509_EXTENSION) * list, const struct vsc_cert_template *t)
{
	AUTO_SAN *names = sk_GENERAL_NAME_new_null();

	if (names == NULL)
		return VSC_E_NOMEM;
	if ((t->upn != NULL && add_upn(names, t->upn) < 0) ||
	    (t->email != NULL && add_email(names, t->email) < 0))
		return VSC_E_NOMEM;
	if (sk_GENERAL_NAME_num(names) == 0)
		return 0;
	return X509V3_add1_i2d(&list, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1
		   ? 0
		   : VSC_E_CRYPTO;
}

static int
add_private(STACK_OF(X509_EXTENSION) * list, const struct vsc_cert_extension *extension)
{
	VSC_AUTO_ASN1_OBJECT *oid = OBJ_txt2obj(extension->oid, 1);
	VSC_AUTO_ASN1_OCTETS *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *made;

	if (oid == NULL || value == NULL ||
	    ASN1_OCTET_STRING_set(value, extension->value.ptr, (int)extension->value.len) != 1 ||
	    (made = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value)) == NULL)
		return VSC_E_CRYPTO;
	if (sk_X509_EXTENSION_push(list, made) != 0)
		return 0;
	X509_EXTENSION_free(made);
	return VSC_E_NOMEM;
}

/* What certificates and requests have in common. */
static int
add_common(
    STACK_OF(X509_EXTENSION) * list, const struct vsc_cert_template *t, const struct vsc_key *key)
{
	const char *constraints =
	    (t->use & VSC_CERT_CA) != 0 ? "critical,CA:TRUE" : "critical,CA:FALSE";

	if (add_by_conf(list, NULL, NID_basic_constraints, constraints) < 0 ||
	    add_key_usage(list, t->use, vsc_key_curve(key) != NULL) < 0 ||
	    add_purposes(list, t->use) < 0 || add_alternative_names(list, t) < 0)
		return VSC_E_CRYPTO;
	for (size_t i = 0; i < t->nextensions; i++)
		if (add_private(list, &t->extensions[i]) < 0)
			return VSC_E_CRYPTO;
	return 0;
}

static void
free_extensions(STACK_OF(X509_EXTENSION) * *list)
{
	sk_X509_EXTENSION_pop_free(*list, X509_EXTENSION_free);
}

#define AUTO_EXTENSIONS VSC_CLEANUP(free_extensions) STACK_OF(X509_EXTENSION)

static int
add_extensions(
    X509 *cert, X509 *issuer, const struct vsc_cert_template *t, const struct vsc_key *key)
{
	AUTO_EXTENSIONS *list = sk_X509_EXTENSION_new_null();
	X509V3_CTX ctx;

	if (list == NULL)
		return VSC_E_NOMEM;
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	if (add_common(list, t, key) < 0 ||
	    add_by_conf(list, &ctx, NID_subject_key_identifier, "hash") < 0)
		return VSC_E_CRYPTO;
	for (int i = 0; i < sk_X509_EXTENSION_num(list); i++)
		if (X509_add_ext(cert, sk_X509_EXTENSION_value(list, i), -1) != 1)
			return VSC_E_CRYPTO;
	/* RFC 5280 4.2.1.1: a self-signed certificate needs none, and OpenSSL would make an empty
	 * one */
	if (issuer == cert)
		return 0;
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	if ((list = sk_X509_EXTENSION_new_null()) == NULL)
		return VSC_E_NOMEM;
	if (add_by_conf(list, &ctx, NID_authority_key_identifier, "keyid") < 0 ||
	    X509_add_ext(cert, sk_X509_EXTENSION_value(list, 0), -1) != 1)
		return VSC_E_CRYPTO;
	return 0;
}

/* --- Certificates --- */

static int
set_serial(X509 *cert, const struct vsc_env *env)
{
	VSC_AUTO_BN *number = NULL;
	uint8_t bytes[16];

	if (vsc_env_random(env, bytes, sizeof(bytes)) < 0)
		return VSC_E_CRYPTO;
	bytes[0] = (bytes[0] & 0x3F) | 0x40; /* RFC 5280 4.1.2.2: positive */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	return number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL
		   ? 0
		   : VSC_E_CRYPTO;
}

/* Ed25519 hashes by itself; everything else with SHA-256, or as long as its curve wants. */
static const EVP_MD *
signing_digest(const struct vsc_key *key)
{
	const struct vsc_curve *curve = vsc_key_curve(key);

	if (vsc_key_kind(key) == VSC_KEY_ED25519)
		return NULL;
	if (curve == NULL || curve->field_len <= 32)
		return EVP_sha256();
	return curve->field_len <= 48 ? EVP_sha384() : EVP_sha512();
}

static int
export_der(X509 *cert, struct vsc_blob *der)
{
	unsigned char *bytes = NULL;
	int len = i2d_X509(cert, &bytes), err;

	if (len < 0)
		return VSC_E_CRYPTO;
	err = vsc_blob_set(der, vsc_span_from(bytes, (size_t)len));
	OPENSSL_free(bytes);
	return err;
}

static X509 *
parse_der(struct vsc_span der)
{
	const unsigned char *at = der.ptr;
	X509 *cert = d2i_X509(NULL, &at, (long)der.len);

	if (cert != NULL && at != der.ptr + der.len) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

static int
check_signer(const struct vsc_key *signer, struct vsc_why *why)
{
	char text[64];

	if (vsc_key_is_private(signer) && !vsc_key_is_symmetric(signer) &&
	    vsc_key_kind(signer) != VSC_KEY_X25519)
		return 0;
	return vsc_why_set(why, VSC_E_PARAM, "a key of the kind %s cannot sign a certificate",
	    vsc_key_text(signer, text, sizeof(text)));
}

static int
fill_in(X509 *cert, X509 *issuer, const struct vsc_cert_template *t, const struct vsc_key *key,
    const struct vsc_env *env, struct vsc_why *why)
{
	const time_t now = (time_t)vsc_env_now(env);
	X509_NAME *subject = X509_get_subject_name(cert);

	if (read_subject(subject, t->subject, why) < 0)
		return VSC_E_PARAM;
	if (X509_set_version(cert, X509_VERSION_3) != 1 || set_serial(cert, env) < 0 ||
	    X509_set_issuer_name(cert, issuer == cert ? subject : X509_get_subject_name(issuer)) !=
		1 ||
	    ASN1_TIME_set(X509_getm_notBefore(cert), now) == NULL ||
	    ASN1_TIME_set(X509_getm_notAfter(cert), now + (time_t)t->days * DAY) == NULL ||
	    X509_set_pubkey(cert, vsc_key_pkey(key)) != 1)
		return vsc_why_set(why, VSC_E_CRYPTO, "the certificate cannot be filled in");
	if (add_extensions(cert, issuer, t, key) < 0)
		return vsc_why_set(
		    why, VSC_E_CRYPTO, "the certificate's extensions cannot be made");
	return 0;
}

int
vsc_cert_make(struct vsc_blob *der, const struct vsc_cert_template *t, const struct vsc_key *key,
    const struct vsc_key *issuer_key, struct vsc_span issuer_der, const struct vsc_env *env,
    struct vsc_why *why)
{
	const struct vsc_key *signer = issuer_key != NULL ? issuer_key : key;
	VSC_AUTO_X509 *cert = X509_new();
	VSC_AUTO_X509 *issuer = issuer_key != NULL ? parse_der(issuer_der) : NULL;
	int err;

	if (cert == NULL)
		return VSC_E_NOMEM;
	if (issuer_key != NULL && issuer == NULL)
		return vsc_why_set(why, VSC_E_FORMAT, "the issuer's certificate cannot be read");
	if ((err = check_signer(signer, why)) < 0 ||
	    (err = fill_in(cert, issuer != NULL ? issuer : cert, t, key, env, why)) < 0)
		return err;
	if (X509_sign(cert, vsc_key_pkey(signer), signing_digest(signer)) == 0)
		return vsc_why_set(why, VSC_E_CRYPTO, "the certificate cannot be signed");
	return export_der(cert, der);
}

static int
read_bio(BIO *bio, struct vsc_blob *bytes)
{
	char *at = NULL;
	long len = BIO_get_mem_data(bio, &at);

	return len < 0 ? VSC_E_CRYPTO : vsc_blob_set(bytes, vsc_span_from(at, (size_t)len));
}

int
vsc_cert_request(struct vsc_blob *pem, const struct vsc_cert_template *t, const struct vsc_key *key,
    struct vsc_why *why)
{
	AUTO_EXTENSIONS *list = sk_X509_EXTENSION_new_null();
	AUTO_REQ *request = X509_REQ_new();
	VSC_AUTO_BIO *bio = BIO_new(BIO_s_mem());
	int err;

	if (list == NULL || request == NULL || bio == NULL)
		return VSC_E_NOMEM;
	if ((err = check_signer(key, why)) < 0 ||
	    (err = read_subject(X509_REQ_get_subject_name(request), t->subject, why)) < 0)
		return err;
	if (add_common(list, t, key) < 0 ||
	    X509_REQ_set_version(request, X509_REQ_VERSION_1) != 1 ||
	    X509_REQ_set_pubkey(request, vsc_key_pkey(key)) != 1 ||
	    X509_REQ_add_extensions(request, list) != 1 ||
	    X509_REQ_sign(request, vsc_key_pkey(key), signing_digest(key)) == 0 ||
	    PEM_write_bio_X509_REQ(bio, request) != 1)
		return vsc_why_set(why, VSC_E_CRYPTO, "the request cannot be made");
	return read_bio(bio, pem);
}

int
vsc_cert_key_id(struct vsc_span der, struct vsc_out *id)
{
	VSC_AUTO_X509 *cert = parse_der(der);
	const ASN1_OCTET_STRING *given;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len;

	if (cert == NULL)
		return VSC_E_FORMAT;
	given = X509_get0_subject_key_id(cert);
	if (given != NULL) {
		vsc_out_put(id,
		    vsc_span_from(ASN1_STRING_get0_data(given), (size_t)ASN1_STRING_length(given)));
	} else {
		if (X509_pubkey_digest(cert, EVP_sha1(), digest, &len) != 1)
			return VSC_E_CRYPTO;
		vsc_out_put(id, vsc_span_from(digest, len));
	}
	return id->full ? VSC_E_SPACE : 0;
}

int
vsc_cert_matches(struct vsc_span der, const struct vsc_key *key)
{
	VSC_AUTO_X509 *cert = parse_der(der);

	if (cert == NULL)
		return VSC_E_FORMAT;
	return EVP_PKEY_eq(X509_get0_pubkey(cert), vsc_key_pkey(key)) == 1 ? 0 : VSC_E_VERIFY;
}

int
vsc_cert_pem(struct vsc_blob *pem, struct vsc_span der)
{
	VSC_AUTO_X509 *cert = parse_der(der);
	VSC_AUTO_BIO *bio = BIO_new(BIO_s_mem());

	if (cert == NULL)
		return VSC_E_FORMAT;
	if (bio == NULL || PEM_write_bio_X509(bio, cert) != 1)
		return VSC_E_CRYPTO;
	return read_bio(bio, pem);
}

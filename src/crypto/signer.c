/* Country signing CA and document signer. */
#include "crypto/signer.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "crypto/auto.h"
#include "crypto/key.h"
#include "crypto/pem.h"
#include "crypto/rsa_make.h"
#include "crypto/sign_env.h"
#include "iso/tlv.h"

#define DAY      86400
#define YEAR     ((int64_t)365 * DAY)
#define RSA_BITS 2048u

/* 2.23.136.1.1.6.2 documentTypeList */
#define OID_DOCUMENT_TYPES "2.23.136.1.1.6.2"

VSC_DEFINE_CLEANUP(auto_names, GENERAL_NAMES, GENERAL_NAMES_free)
VSC_DEFINE_CLEANUP(auto_usage, PKEY_USAGE_PERIOD, PKEY_USAGE_PERIOD_free)

/* What one certificate is to say. */
struct profile {
	const struct vsc_signer_setup *setup;
	const char *common_name;
	EVP_PKEY *subject;
	X509 *issuer; /* NULL: self-signed */
	int64_t from, until, sign_until;
	bool ca;
};

static const char *
curve_of(const struct vsc_signer_setup *setup)
{
	return setup->curve == NULL ? "brainpoolP256r1" : setup->curve;
}

static bool
is_rsa(const struct vsc_signer_setup *setup)
{
	return setup->kind == VSC_SIGNER_RSA || setup->kind == VSC_SIGNER_RSA_PSS;
}

static int
make_key(const struct vsc_signer_setup *setup, const struct vsc_env *env, EVP_PKEY **pkey)
{
	const struct vsc_curve *curve = vsc_curve_by_name(curve_of(setup));
	struct vsc_key *key;
	int err;

	if (!is_rsa(setup) && (curve == NULL || curve->kind != VSC_CURVE_WEIERSTRASS))
		return VSC_E_PARAM;
	err = is_rsa(setup) ? vsc_key_make_rsa(&key, RSA_BITS, env)
			    : vsc_key_generate_ec(&key, curve, env);
	if (err < 0)
		return err;
	*pkey = vsc_key_pkey(key);
	if (EVP_PKEY_up_ref(*pkey) != 1 ||
	    (setup->kind == VSC_SIGNER_EC_EXPLICIT &&
		EVP_PKEY_set_utf8_string_param(
		    *pkey, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT) != 1))
		err = VSC_E_CRYPTO;
	vsc_key_free(key);
	return err;
}

static int
set_serial(X509 *cert, const struct vsc_env *env)
{
	VSC_AUTO_BN *number = NULL;
	uint8_t bytes[8];

	if (vsc_env_random(env, bytes, sizeof(bytes)) < 0)
		return VSC_E_CRYPTO;
	bytes[0] &= 0x7F;
	bytes[7] |= 1;
	if ((number = BN_bin2bn(bytes, sizeof(bytes), NULL)) == NULL ||
	    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) == NULL)
		return VSC_E_CRYPTO;
	return 0;
}

/* Doc 9303-12 7.1.1: countryName in upper case PrintableString, organisation and common name */
static int
set_subject(X509 *cert, const struct profile *profile)
{
	const struct {
		const char *field, *value;
		int type;
	} parts[] = {
		{ "C", profile->setup->country, V_ASN1_PRINTABLESTRING },
		{ "O", "Specimen", V_ASN1_UTF8STRING },
		{ "CN", profile->common_name, V_ASN1_UTF8STRING },
	};
	X509_NAME *name = X509_get_subject_name(cert);

	for (size_t i = 0; i < VSC_COUNT(parts); i++)
		if (X509_NAME_add_entry_by_txt(name, parts[i].field, parts[i].type,
			(const unsigned char *)parts[i].value, -1, -1, 0) != 1)
			return VSC_E_CRYPTO;
	return 0;
}

static int
add_text(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
	VSC_AUTO_X509_EXT *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);

	return ext != NULL && X509_add_ext(cert, ext, -1) == 1 ? 0 : VSC_E_CRYPTO;
}

/* Doc 9303-12 7.1.1 table 8: a directoryName whose locality is the state as the MRZ writes it */
static int
add_alt_name(X509 *cert, int nid, const char *issuer)
{
	VSC_CLEANUP(auto_names) GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *general = GENERAL_NAME_new();
	X509_NAME *name = X509_NAME_new();

	if (names == NULL || general == NULL || name == NULL ||
	    X509_NAME_add_entry_by_txt(
		name, "L", V_ASN1_PRINTABLESTRING, (const unsigned char *)issuer, -1, -1, 0) != 1 ||
	    sk_GENERAL_NAME_push(names, general) <= 0) {
		X509_NAME_free(name);
		GENERAL_NAME_free(general);
		return VSC_E_CRYPTO;
	}
	GENERAL_NAME_set0_value(general, GEN_DIRNAME, name);
	return X509_add1_ext_i2d(cert, nid, names, 0, 0) == 1 ? 0 : VSC_E_CRYPTO;
}

static int
add_usage_period(X509 *cert, int64_t from, int64_t until)
{
	VSC_CLEANUP(auto_usage) PKEY_USAGE_PERIOD *period = PKEY_USAGE_PERIOD_new();

	if (period == NULL ||
	    (period->notBefore = ASN1_GENERALIZEDTIME_set(NULL, (time_t)from)) == NULL ||
	    (period->notAfter = ASN1_GENERALIZEDTIME_set(NULL, (time_t)until)) == NULL)
		return VSC_E_CRYPTO;
	return X509_add1_ext_i2d(cert, NID_private_key_usage_period, period, 0, 0) == 1
		   ? 0
		   : VSC_E_CRYPTO;
}

/* Doc 9303-12 7.1.1: SEQUENCE { INTEGER 0, SET OF PrintableString } */
static int
add_document_types(X509 *cert, const char *type)
{
	uint8_t buf[32];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_tlv_mark all = vsc_tlv_begin(&out, 0x30), set;
	VSC_AUTO_ASN1_OBJECT *oid = OBJ_txt2obj(OID_DOCUMENT_TYPES, 1);
	VSC_AUTO_ASN1_OCTETS *value = ASN1_OCTET_STRING_new();
	VSC_AUTO_X509_EXT *ext = NULL;

	vsc_tlv_put_u8(&out, 0x02, 0);
	set = vsc_tlv_begin(&out, 0x31);
	vsc_tlv_put(&out, 0x13, vsc_span_str(type));
	vsc_tlv_end(&out, set);
	vsc_tlv_end(&out, all);
	if (out.full || oid == NULL || value == NULL ||
	    ASN1_OCTET_STRING_set(value, buf, (int)out.len) != 1 ||
	    (ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value)) == NULL ||
	    X509_add_ext(cert, ext, -1) != 1)
		return VSC_E_CRYPTO;
	return 0;
}

/* The issuer's own identifier; a CSCA that somebody else made may lack it. */
static int
add_authority(X509 *cert, X509V3_CTX *ctx)
{
	if (X509_get_ext_by_NID(ctx->issuer_cert, NID_subject_key_identifier, -1) < 0)
		return 0;
	return add_text(cert, ctx, NID_authority_key_identifier, "keyid:always");
}

static int
add_extensions(X509 *cert, const struct profile *profile)
{
	const struct vsc_signer_setup *setup = profile->setup;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, profile->issuer == NULL ? cert : profile->issuer, cert, NULL, NULL, 0);
	if (profile->ca &&
	    (add_text(cert, &ctx, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") < 0 ||
		add_text(cert, &ctx, NID_key_usage, "critical,keyCertSign,cRLSign") < 0))
		return VSC_E_CRYPTO;
	if (!profile->ca && add_text(cert, &ctx, NID_key_usage, "critical,digitalSignature") < 0)
		return VSC_E_CRYPTO;
	if (add_text(cert, &ctx, NID_subject_key_identifier, "hash") < 0 ||
	    add_authority(cert, &ctx) < 0 ||
	    add_usage_period(cert, profile->from, profile->sign_until) < 0 ||
	    add_alt_name(cert, NID_subject_alt_name, setup->issuer) < 0 ||
	    add_alt_name(cert, NID_issuer_alt_name, setup->issuer) < 0 ||
	    add_text(
		cert, &ctx, NID_crl_distribution_points, "URI:http://csca.example.org/crl.der") < 0)
		return VSC_E_CRYPTO;
	if (!profile->ca && setup->document_type != NULL)
		return add_document_types(cert, setup->document_type);
	return 0;
}

static int
sign_cert(X509 *cert, EVP_PKEY *key, bool pss)
{
	VSC_AUTO_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;

	if (ctx == NULL || EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL, key) != 1)
		return VSC_E_CRYPTO;
	if (pss && (EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) != 1 ||
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) != 1))
		return VSC_E_CRYPTO;
	return X509_sign_ctx(cert, ctx) > 0 ? 0 : VSC_E_CRYPTO;
}

/* *cert is NULL on failure. */
static int
make_cert(const struct profile *profile, EVP_PKEY *signing_key, bool pss, const struct vsc_env *env,
    X509 **cert)
{
	X509 *fresh = X509_new();
	X509_NAME *issuer;
	int err = VSC_E_CRYPTO;

	*cert = NULL;
	if (fresh == NULL || X509_set_version(fresh, X509_VERSION_3) != 1 ||
	    set_subject(fresh, profile) < 0 || set_serial(fresh, env) < 0)
		goto fail;
	issuer = X509_get_subject_name(profile->issuer == NULL ? fresh : profile->issuer);
	if (X509_set_issuer_name(fresh, issuer) != 1 ||
	    ASN1_TIME_set(X509_getm_notBefore(fresh), (time_t)profile->from) == NULL ||
	    ASN1_TIME_set(X509_getm_notAfter(fresh), (time_t)profile->until) == NULL ||
	    X509_set_pubkey(fresh, profile->subject) != 1 || add_extensions(fresh, profile) < 0)
		goto fail;
	if ((err = sign_cert(fresh, signing_key, pss)) < 0 ||
	    (err = vsc_sign_cert_again(&fresh, signing_key, pss, env)) < 0)
		goto fail;
	*cert = fresh;
	return 0;
fail:
	X509_free(fresh);
	return err;
}

/* The day of issue and today, as they follow each other; how long a document is good. */
struct era {
	int64_t first, last, life;
};

static struct era
era_of(const struct vsc_signer_setup *setup, const struct vsc_env *env)
{
	int64_t now = vsc_env_now(env), issued = setup->issued == 0 ? now : setup->issued;

	return (struct era){ .first = issued < now ? issued : now,
		.last = issued > now ? issued : now,
		.life = (setup->years == 0 ? 10 : setup->years) * YEAR };
}

/* The document signer's key and certificate, under signer->csca. */
static int
issue_ds(struct vsc_signer *signer, const struct vsc_signer_setup *setup, const struct vsc_env *env)
{
	/* Doc 9303-12 table 2: signs for at most three months, valid as long as the documents */
	const struct era era = era_of(setup, env);
	int64_t now = vsc_env_now(env);
	int64_t from = setup->expired ? now - era.life - YEAR : era.first - 30 * DAY;
	int64_t until = setup->expired ? now - YEAR : era.last + 60 * DAY + era.life;
	struct profile profile = { .setup = setup,
		.common_name = "Document Signer",
		.issuer = signer->csca,
		.from = from,
		.until = until,
		.sign_until = from + 90 * DAY };
	int err = make_key(setup, env, &signer->ds_key);

	if (err < 0)
		return err;
	signer->signs_at = setup->expired || setup->issued != 0 ? from + 30 * DAY : 0;
	profile.subject = signer->ds_key;
	return make_cert(&profile, signer->csca_key, signer->pss, env, &signer->ds);
}

int
vsc_signer_generate(
    struct vsc_signer *signer, const struct vsc_signer_setup *setup, const struct vsc_env *env)
{
	const struct era era = era_of(setup, env);
	int64_t now = vsc_env_now(env), old = now - era.life - 2 * YEAR;
	int64_t from = era.first - YEAR;
	struct profile profile = { .setup = setup,
		.common_name = "Country Signing CA",
		.from = setup->expired && old < from ? old : from,
		.until = era.last + 5 * YEAR + era.life,
		.sign_until = now + 4 * YEAR,
		.ca = true };
	int err;

	*signer = (struct vsc_signer){ .pss = setup->kind == VSC_SIGNER_RSA_PSS };
	err = make_key(setup, env, &signer->csca_key);
	profile.subject = signer->csca_key;
	if (err == 0)
		err = make_cert(&profile, signer->csca_key, signer->pss, env, &signer->csca);
	if (err == 0)
		err = issue_ds(signer, setup, env);
	if (err < 0)
		vsc_signer_free(signer);
	return err;
}

/* A certificate says by its own signature whether PSS is the custom of the house. */
static bool
signed_with_pss(const X509 *cert)
{
	return X509_get_signature_nid(cert) == NID_rsassaPss;
}

int
vsc_signer_load(
    struct vsc_signer *signer, struct vsc_span csca, struct vsc_span ds, struct vsc_span ds_key)
{
	int err = 0;

	*signer =
	    (struct vsc_signer){ .ds = vsc_pem_certificate(ds), .ds_key = vsc_pem_key(ds_key) };
	if (csca.len > 0)
		signer->csca = vsc_pem_certificate(csca);
	if (signer->ds == NULL || signer->ds_key == NULL || (csca.len > 0 && signer->csca == NULL))
		err = VSC_E_FORMAT;
	else if (X509_check_private_key(signer->ds, signer->ds_key) != 1)
		err = VSC_E_VERIFY;
	else if (signer->csca != NULL &&
		 X509_verify(signer->ds, X509_get0_pubkey(signer->csca)) != 1)
		err = VSC_E_VERIFY;
	if (err < 0) {
		vsc_signer_free(signer);
		return err;
	}
	signer->pss = signed_with_pss(signer->ds);
	return 0;
}

/* Doc 9303-12 7.1.1: a document signer is of its CSCA's country. One that does not say its own: as
 * the setup has it. */
static int
issue_under(struct vsc_signer *signer, struct vsc_signer_setup setup, const struct vsc_env *env)
{
	char country[3];

	if (X509_NAME_get_text_by_NID(X509_get_subject_name(signer->csca), NID_countryName, country,
		sizeof(country)) == 2)
		setup.country = country;
	return issue_ds(signer, &setup, env);
}

int
vsc_signer_issue(struct vsc_signer *signer, struct vsc_span csca, struct vsc_span csca_key,
    const struct vsc_signer_setup *setup, const struct vsc_env *env)
{
	int err;

	*signer = (struct vsc_signer){ .csca = vsc_pem_certificate(csca),
		.csca_key = vsc_pem_key(csca_key) };
	if (signer->csca == NULL || signer->csca_key == NULL)
		err = VSC_E_FORMAT;
	else if (X509_check_private_key(signer->csca, signer->csca_key) != 1)
		err = VSC_E_VERIFY;
	else {
		signer->pss = setup->kind == VSC_SIGNER_RSA_PSS &&
			      EVP_PKEY_is_a(signer->csca_key, "RSA") == 1;
		err = issue_under(signer, *setup, env);
	}
	if (err < 0)
		vsc_signer_free(signer);
	return err;
}

/* Takes der, which may be NULL after a failure. */
static int
take_der(struct vsc_blob *blob, uint8_t *der, int len)
{
	int err = VSC_E_CRYPTO;

	if (der != NULL && len > 0)
		err = vsc_blob_set(blob, vsc_span_from(der, (size_t)len));
	OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
	return err;
}

static int
export_cert(const X509 *cert, struct vsc_blob *blob)
{
	uint8_t *der = NULL;
	int len;

	if (blob == NULL)
		return 0;
	if (cert == NULL)
		return VSC_E_NOT_FOUND;
	len = i2d_X509(cert, &der);
	return take_der(blob, der, len);
}

static int
export_key(const EVP_PKEY *key, struct vsc_blob *blob)
{
	VSC_AUTO_PKCS8 *info = NULL;
	uint8_t *der = NULL;
	int len;

	if (blob == NULL)
		return 0;
	if (key == NULL)
		return VSC_E_NOT_FOUND;
	if ((info = EVP_PKEY2PKCS8(key)) == NULL)
		return VSC_E_CRYPTO;
	len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	return take_der(blob, der, len);
}

int
vsc_signer_export(const struct vsc_signer *signer, struct vsc_blob *csca, struct vsc_blob *ds,
    struct vsc_blob *csca_key, struct vsc_blob *ds_key)
{
	int err = export_cert(signer->csca, csca);

	if (err == 0)
		err = export_cert(signer->ds, ds);
	if (err == 0)
		err = export_key(signer->csca_key, csca_key);
	if (err == 0)
		err = export_key(signer->ds_key, ds_key);
	return err;
}

void
vsc_signer_free(struct vsc_signer *signer)
{
	X509_free(signer->csca);
	X509_free(signer->ds);
	EVP_PKEY_free(signer->csca_key);
	EVP_PKEY_free(signer->ds_key);
	*signer = (struct vsc_signer){ .pss = false };
}

/*
 * A country signing CA and a document signer, made for one card or read from files (Doc
 * 9303-12 7.1).
 */
#ifndef VSC_CRYPTO_SIGNER_H
#define VSC_CRYPTO_SIGNER_H

#include "base/bytes.h"
#include "base/env.h"

enum vsc_signer_kind {
	VSC_SIGNER_RSA, /* PKCS#1 v1.5 */
	VSC_SIGNER_RSA_PSS,
	VSC_SIGNER_EC_NAMED,
	VSC_SIGNER_EC_EXPLICIT, /* what Doc 9303 asks for; OpenSSL 3 does not build such a chain */
};

struct vsc_signer_setup {
	enum vsc_signer_kind kind;
	const char *country;       /* two letters */
	const char *issuer;        /* three letters as in the MRZ, for the alternative names */
	const char *document_type; /* "P"; NULL: no list of document types */
	const char *curve;         /* NULL: brainpoolP256r1 */
	int years;                 /* the document is valid so long; 0: ten */
	int64_t issued;            /* the day that it must have been valid on; 0: now */
	bool expired;              /* the document signer's certificate ended a year ago */
};

struct evp_pkey_st;
struct x509_st;

/* Zeroed is empty. The CSCA's key is there only after generate. */
struct vsc_signer {
	bool pss;
	int64_t signs_at; /* 0: now; else when the document signer could */
	struct x509_st *csca, *ds;
	struct evp_pkey_st *csca_key, *ds_key;
};

/* Serial numbers, keys and what is random in signatures come from env's randomness. */
VSC_MUST_CHECK int vsc_signer_generate(
    struct vsc_signer *signer, const struct vsc_signer_setup *setup, const struct vsc_env *env);

/* From files, DER or PEM; csca may be empty. VSC_E_VERIFY: key and certificate do not belong
 * together, or the CSCA did not sign the document signer's certificate. */
VSC_MUST_CHECK int vsc_signer_load(
    struct vsc_signer *signer, struct vsc_span csca, struct vsc_span ds, struct vsc_span ds_key);

/* With a CSCA from files: its key makes a document signer as vsc_signer_generate would. */
VSC_MUST_CHECK int vsc_signer_issue(struct vsc_signer *signer, struct vsc_span csca,
    struct vsc_span csca_key, const struct vsc_signer_setup *setup, const struct vsc_env *env);

/* Certificates in DER, keys in PKCS#8. A blob that is NULL is not wanted. */
VSC_MUST_CHECK int vsc_signer_export(const struct vsc_signer *signer, struct vsc_blob *csca,
    struct vsc_blob *ds, struct vsc_blob *csca_key, struct vsc_blob *ds_key);

void vsc_signer_free(struct vsc_signer *signer);

#endif

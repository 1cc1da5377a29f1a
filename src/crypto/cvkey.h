/*
 * Keys and signatures as card verifiable certificates know them (TR-03110-3 C.3, A.6.2): the object
 * 7F49 with its algorithm, domain parameters and key, and signatures in plain format.
 */
#ifndef VSC_CRYPTO_CVKEY_H
#define VSC_CRYPTO_CVKEY_H

#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/env.h"

enum vsc_cv_family { VSC_CV_RSA, VSC_CV_ECDSA };

/* One row of the table of id-TA-RSA-* and id-TA-ECDSA-*. */
struct vsc_cv_alg {
	struct vsc_span oid; /* the value of a DO'06' */
	const char *name;    /* "ECDSA-SHA-256" */
	const char *hash;    /* OpenSSL's name */
	enum vsc_cv_family family;
	bool pss;
};

/* NULL: not one of them. */
const struct vsc_cv_alg *vsc_cv_alg_find(struct vsc_span oid);
const struct vsc_cv_alg *vsc_cv_alg_by_name(const char *name);

/* The fields of a 7F49 as they stand there; all borrow from the input. */
struct vsc_cv_fields {
	const struct vsc_cv_alg *alg;
	struct vsc_span field[8]; /* 81 to 87 at [1] to [7]; empty ones were not there */
	bool has_params;          /* curve parameters, complete */
};

/* A key ready for use. Zeroed is empty. */
struct vsc_cv_key {
	const struct vsc_cv_alg *alg;
	EVP_PKEY *pkey;
	int nid; /* the curve, which certificates below may inherit; NID_undef for RSA */
};

/* value: the content of the 7F49. DER, fields in order; curve parameters all or none. */
VSC_MUST_CHECK int vsc_cv_fields_parse(struct vsc_span value, struct vsc_cv_fields *fields);

/*
 * Make the key usable. Explicit parameters must be those of a curve we know (NIST, Brainpool), else
 * VSC_E_UNSUPPORTED; without them the curve is inherited from nid. VSC_E_PARAM: no curve, a point
 * off the curve, or an RSA key that is too short (below 1024 bits) or has an even exponent.
 */
VSC_MUST_CHECK int vsc_cv_key_load(
    struct vsc_cv_key *key, const struct vsc_cv_fields *fields, int nid);
void vsc_cv_key_free(struct vsc_cv_key *key);

/* A private key with the algorithm it will sign with. Takes a reference of pkey. */
VSC_MUST_CHECK int vsc_cv_key_wrap(
    struct vsc_cv_key *key, EVP_PKEY *pkey, const struct vsc_cv_alg *alg);

/* 0; VSC_E_VERIFY: the signature is wrong or not even one in shape. */
VSC_MUST_CHECK int vsc_cv_verify(
    const struct vsc_cv_key *key, struct vsc_span data, struct vsc_span signature);
VSC_MUST_CHECK int vsc_cv_sign(
    const struct vsc_cv_key *key, struct vsc_span data, struct vsc_blob *signature);

/* r || s of an ECDSA signature in DER and back; len: bytes of r, or of s. */
VSC_MUST_CHECK int vsc_ecdsa_to_plain(struct vsc_span der, size_t len, struct vsc_blob *plain);
VSC_MUST_CHECK int vsc_ecdsa_from_plain(struct vsc_span plain, size_t len, struct vsc_blob *der);

/* The object 7F49 of the public half. with_params: include the curve's parameters. */
VSC_MUST_CHECK int vsc_cv_key_put(
    struct vsc_out *out, const struct vsc_cv_key *key, bool with_params);

#endif

/*
 * A terminal PKI for tests: CVCA, document verifier and terminal with their keys, and the sectors
 * that the terminal's certificate names for restricted identification.
 */
#ifndef VSC_CRYPTO_CVPKI_H
#define VSC_CRYPTO_CVPKI_H

#include "crypto/cvc.h"
#include "crypto/agree.h"
#include "crypto/ri.h"

struct vsc_cvpki_member {
	char chr[VSC_CVC_REF_MAX + 1];
	struct vsc_cv_key key;
	struct vsc_blob cert; /* 7F21 */
};

struct vsc_cvpki_sector {
	struct vsc_agree_key key;
	struct vsc_blob object; /* content of the 7F49 that goes into GENERAL AUTHENTICATE */
};

struct vsc_cvpki_setup {
	enum vsc_cvc_type type;
	const char *curve;           /* NULL: brainpoolP256r1 */
	const char *signature;       /* NULL: ECDSA-SHA-256 */
	uint32_t today;              /* everything is valid from here on */
	const struct vsc_ri_alg *ri; /* with the group: two sectors; NULL: none */
	const struct vsc_group *ri_group;
};

/* Zeroed is empty. */
struct vsc_cvpki {
	struct vsc_cvpki_setup setup;
	struct vsc_cvpki_member cvca, dv, terminal;
	struct vsc_cvpki_sector sectors[2];
};

/* All rights of the type everywhere; CVCA three years, DV one, terminal three months. */
VSC_MUST_CHECK int vsc_cvpki_generate(
    struct vsc_cvpki *pki, const struct vsc_cvpki_setup *setup, const struct vsc_env *env);

/* A next CVCA key: its link certificate, signed by the present one, which it then replaces; with a
 * DV and terminal of its own. link gets the certificate. */
VSC_MUST_CHECK int vsc_cvpki_renew(
    struct vsc_cvpki *pki, uint32_t today, const struct vsc_env *env, struct vsc_blob *link);

void vsc_cvpki_free(struct vsc_cvpki *pki);

/* A private key in PKCS#8 and back (any form OpenSSL reads, DER or PEM). */
VSC_MUST_CHECK int vsc_cv_key_export(const struct vsc_cv_key *key, struct vsc_blob *pkcs8);
VSC_MUST_CHECK int vsc_cv_key_import(
    struct vsc_cv_key *key, struct vsc_span file, const struct vsc_cv_alg *alg);

#endif

/*
 * Signatures whose random parts come from struct vsc_env: the k of ECDSA and the salt of PSS. With
 * randomness of its own, an environment gets the same signatures again from the same bytes; without
 * one there is nothing to be repeated, and OpenSSL's own signatures are taken.
 */
#ifndef VSC_CRYPTO_SIGN_ENV_H
#define VSC_CRYPTO_SIGN_ENV_H

#include "base/env.h"
#include "crypto/alg.h"

struct evp_pkey_st;
struct x509_st;

/* Has env randomness of its own, and would a signature with this key draw from it? */
bool vsc_sign_draws(const struct evp_pkey_st *key, bool pss, const struct vsc_env *env);

/*
 * Appended, over a digest. ECDSA: r || s, as long as the order each. PSS: MGF1 with the same hash,
 * salt as long as the digest. VSC_E_PARAM: not such a key, or too short.
 */
VSC_MUST_CHECK int vsc_sign_ecdsa(struct evp_pkey_st *key, enum vsc_hash hash,
    struct vsc_span digest, const struct vsc_env *env, struct vsc_out *signature);
VSC_MUST_CHECK int vsc_sign_pss(struct evp_pkey_st *key, enum vsc_hash hash, struct vsc_span digest,
    const struct vsc_env *env, struct vsc_out *signature);

/*
 * Both do nothing unless vsc_sign_draws. der ends, `depth` levels down, in a signature (5: a CMS
 * object of one signer), which is replaced by one over message in the form that it has there. A
 * certificate knows what its signature is over.
 */
VSC_MUST_CHECK int vsc_sign_again(struct vsc_blob *der, unsigned depth, struct evp_pkey_st *key,
    bool pss, struct vsc_span message, const struct vsc_env *env);
VSC_MUST_CHECK int vsc_sign_cert_again(
    struct x509_st **cert, struct evp_pkey_st *key, bool pss, const struct vsc_env *env);

#endif

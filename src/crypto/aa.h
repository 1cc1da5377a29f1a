/*
 * Active authentication, the chip's side (Doc 9303-11 6.1): RSA with ISO/IEC 9796-2 digital
 * signature scheme 1 and message recovery, or ECDSA in plain format.
 */
#ifndef VSC_CRYPTO_AA_H
#define VSC_CRYPTO_AA_H

#include "base/env.h"
#include "crypto/alg.h"
#include "crypto/key.h"

#define VSC_AA_CHALLENGE_LEN 8

/* The answer to INTERNAL AUTHENTICATE, appended. hash: for ECDSA what ActiveAuthenticationInfo
 * says. VSC_E_FORMAT: the challenge has not eight bytes; VSC_E_PARAM: a key that is neither, or too
 * short. */
VSC_MUST_CHECK int vsc_aa_sign(struct vsc_key *key, enum vsc_hash hash, struct vsc_span challenge,
    const struct vsc_env *env, struct vsc_out *signature);

/* Bytes of M1 that fit a modulus of so many bytes; 0: none do. */
size_t vsc_aa_m1_len(enum vsc_hash hash, size_t modulus_len);

/* F = 6A || M1 || H(M1 || challenge) || trailer, appended. */
VSC_MUST_CHECK int vsc_aa_representative(
    enum vsc_hash hash, struct vsc_span m1, struct vsc_span challenge, struct vsc_out *f);

#endif

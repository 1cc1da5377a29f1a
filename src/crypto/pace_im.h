/* Integrated mapping (Doc 9303-11 4.4.3.3.2): two nonces to a generator. */
#ifndef VSC_CRYPTO_PACE_IM_H
#define VSC_CRYPTO_PACE_IM_H

#include "crypto/group.h"
#include "crypto/suite.h"

/*
 * Bytes of the chip's nonce s; those of the terminal's nonce t are the suite's key length. With
 * AES-192 t may be as long as s, as JMRTD sends it: it is a key of AES-256 then, and so are those
 * that follow from it.
 */
size_t vsc_pace_im_nonce_len(const struct vsc_suite *suite);

/* R_p(s, t) as a number modulo p. VSC_E_FORMAT: t has the wrong length. */
VSC_MUST_CHECK int vsc_pace_im_random(const struct vsc_suite *suite, const BIGNUM *p,
    struct vsc_span s, struct vsc_span t, BN_CTX *ctx, BIGNUM *r);

/* f_G(r): the new generator. VSC_E_UNSUPPORTED: the curve's p is 1 modulo 4. */
VSC_MUST_CHECK int vsc_pace_im_generator(
    const struct vsc_group *group, const BIGNUM *r, BN_CTX *ctx, struct vsc_elem *generator);

#endif

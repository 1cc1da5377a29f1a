/* Basic access control, the chip's side (Doc 9303-11 4.3). */
#ifndef VSC_CRYPTO_BAC_H
#define VSC_CRYPTO_BAC_H

#include "base/env.h"
#include "crypto/kdf.h"

#define VSC_BAC_CHALLENGE_LEN  8
#define VSC_BAC_CRYPTOGRAM_LEN 40 /* 32 encrypted bytes and the MAC, both ways */

/* The document basic access keys, made once from the MRZ. */
struct vsc_bac {
	struct vsc_cipher *cipher;
};

/* mrz_information: document number, birth date and expiry, each with its check digit. */
VSC_MUST_CHECK int vsc_bac_init(struct vsc_bac *bac, struct vsc_span mrz_information);
void vsc_bac_free(struct vsc_bac *bac);

struct vsc_bac_session {
	struct vsc_session_keys keys;
	uint8_t ssc[8];
};
void vsc_bac_session_free(struct vsc_bac_session *session);

/*
 * The terminal's cryptogram against the challenge that it was given, and our answer to it
 * (appended, 40 bytes). VSC_E_FORMAT: not 40 bytes; VSC_E_VERIFY: MAC or challenge wrong. The
 * caller forgets the challenge in every case.
 */
VSC_MUST_CHECK int vsc_bac_answer(struct vsc_bac *bac,
    const uint8_t challenge[VSC_BAC_CHALLENGE_LEN], struct vsc_span cryptogram,
    const struct vsc_env *env, struct vsc_out *answer, struct vsc_bac_session *session);

#endif

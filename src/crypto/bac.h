/*
 * Basic access control, the chip's side (Doc 9303-11 4.3), and the same protocol with AES keys, as
 * ISO/IEC 18013-3 has it for driving licences: more keying material, a counter of both challenges.
 */
#ifndef VSC_CRYPTO_BAC_H
#define VSC_CRYPTO_BAC_H

#include "base/env.h"
#include "crypto/kdf.h"

#define VSC_BAC_CHALLENGE_LEN  8
#define VSC_BAC_CRYPTOGRAM_LEN 40 /* 3DES, AES-128: 32 encrypted bytes and the MAC, both ways */

/* The document basic access keys, made once from the MRZ. */
struct vsc_bac {
	struct vsc_cipher *cipher;
};

/* mrz_information: document number, birth date and expiry, each with its check digit. */
VSC_MUST_CHECK int vsc_bac_init(struct vsc_bac *bac, struct vsc_span mrz_information);
/* The same from a secret, for any suite. */
VSC_MUST_CHECK int vsc_bac_init_secret(
    struct vsc_bac *bac, const struct vsc_suite *suite, struct vsc_span secret);
void vsc_bac_free(struct vsc_bac *bac);

struct vsc_bac_session {
	struct vsc_session_keys keys;
	uint8_t ssc[VSC_SUITE_BLOCK_MAX]; /* as much of it as the suite's block */
};
static inline struct vsc_span
vsc_bac_session_ssc(const struct vsc_bac_session *session)
{
	return vsc_span_from(session->ssc, session->keys.suite->block_len);
}
void vsc_bac_session_free(struct vsc_bac_session *session);

/*
 * The terminal's cryptogram against the challenge that it was given, and our answer to it
 * (appended): two challenges and keying material, enciphered, and their MAC. The keying material is
 * 16 bytes, with AES-192 and AES-256 32, so that each has 40 bytes or 56. VSC_E_FORMAT: another
 * length; VSC_E_VERIFY: MAC or challenge wrong. The caller forgets the challenge in every case.
 */
VSC_MUST_CHECK int vsc_bac_answer(struct vsc_bac *bac,
    const uint8_t challenge[VSC_BAC_CHALLENGE_LEN], struct vsc_span cryptogram,
    const struct vsc_env *env, struct vsc_out *answer, struct vsc_bac_session *session);

#endif

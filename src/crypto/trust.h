/*
 * What a chip trusts and believes between sessions: its date, and for every type of terminal the
 * current and the previous CVCA key (TR-03110-3 2.5, TR-03110-2 2.3). It is part of a saved card.
 */
#ifndef VSC_CRYPTO_TRUST_H
#define VSC_CRYPTO_TRUST_H

#include "crypto/cvc.h"

struct vsc_trust_point {
	struct vsc_blob chr;
	struct vsc_chat chat;
	uint32_t effective, expiration;
	struct vsc_blob key; /* content of the 7F49 */
	int nid;             /* its curve, perhaps inherited */
	struct vsc_cv_key loaded;
};

struct vsc_trust {
	uint32_t today; /* the chip's approximation: it only moves forward */
	struct vsc_trust_point points[VSC_CVC_TYPES][2]; /* [type - 1][0 current, 1 previous] */
};

/* Zeroed is an empty store; `today` is the day of personalisation. */
void vsc_trust_free(struct vsc_trust *trust);

/*
 * Personalisation: a self-signed CVCA certificate (7F21) for its own type of terminal (type 0), or
 * for another one: then with all of that type's rights. (In the examples of TR-03110 a CVCA for
 * inspection systems stands above authentication terminals; a chip that checks would refuse that.)
 * A second one of a type takes its place by effective date; a third is VSC_E_SPACE. VSC_E_VERIFY:
 * the signature is not its own, or it is no CVCA certificate; VSC_E_EXISTS: its reference is known
 * already.
 */
VSC_MUST_CHECK int vsc_trust_add(struct vsc_trust *trust, struct vsc_span cert, unsigned type);

/* A link certificate that was verified with the trust point `issuer`: it becomes current, unless it
 * is known. VSC_E_VERIFY: its reference is that of another key, or the issuer is not current. */
VSC_MUST_CHECK int vsc_trust_follow(struct vsc_trust *trust, const struct vsc_cvc *link,
    const struct vsc_trust_point *issuer, struct vsc_cv_key *key);

/* By the reference of its key; NULL: unknown. */
const struct vsc_trust_point *vsc_trust_find(
    const struct vsc_trust *trust, enum vsc_cvc_type type, struct vsc_span car);

/* Lent; empty if there is none. which: 0 current, 1 previous. */
struct vsc_span vsc_trust_car(
    const struct vsc_trust *trust, enum vsc_cvc_type type, unsigned which);

/* As bytes and back. VSC_E_CORRUPT: not what save wrote. */
VSC_MUST_CHECK int vsc_trust_save(const struct vsc_trust *trust, struct vsc_blob *bytes);
VSC_MUST_CHECK int vsc_trust_load(struct vsc_trust *trust, struct vsc_span bytes);

#endif

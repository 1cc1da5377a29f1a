/* Proving that one has a key, over a challenge: both sides, and the tries of a key. */
#ifndef VSC_CARD_AUTH_PROOF_H
#define VSC_CARD_AUTH_PROOF_H

#include "card/operation.h"

/* The card's proof, appended. VSC_E_PARAM: key, algorithm and challenge do not go together. */
VSC_MUST_CHECK int vsc_proof_make(
    const struct vsc_operation *op, struct vsc_span challenge, struct vsc_out *out);
/* The terminal's. VSC_E_VERIFY. */
VSC_MUST_CHECK int vsc_proof_check(
    const struct vsc_operation *op, struct vsc_span challenge, struct vsc_span proof);

/* A try of the key, if it counts them, is spent and saved before anything is judged; 6983. */
vsc_sw vsc_proof_spend(struct vsc_card *card, struct vsc_slot *slot);
/* 0: proven on this channel, tries full again. Else 63CX, 6300, or 6A80 for VSC_E_PARAM. */
vsc_sw vsc_proof_judge(struct vsc_card *card, struct vsc_slot *slot, int rc);

#endif

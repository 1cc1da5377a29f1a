/*
 * The operations of PERFORM SECURITY OPERATION that have files of their own; cmd_pso.c has the
 * table of all.
 */
#ifndef VSC_CARD_PSO_H
#define VSC_CARD_PSO_H

#include "card/card.h"

/* As a command's handler. */
typedef vsc_sw vsc_pso_fn(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out);

/* An object whose value must be there: 6A80. */
vsc_sw vsc_pso_need(
    struct vsc_card *card, struct vsc_span data, uint32_t tag, struct vsc_span *value);

/* cmd_pso_hash.c: 90 80, 90 A0 */
vsc_pso_fn vsc_pso_hash_plain, vsc_pso_hash_template;

/* cmd_pso_sign.c: 9E 9A, 9E AC, 9E BC, 00 A8 */
vsc_pso_fn vsc_pso_sign_value, vsc_pso_sign_values, vsc_pso_sign_objects;
vsc_pso_fn vsc_pso_verify_signature;

/* cmd_pso_cert.c: 00 BE, 00 AE, 00 92 */
vsc_pso_fn vsc_pso_verify_template, vsc_pso_verify_values, vsc_pso_verify_certificate;

#endif

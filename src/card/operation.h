/*
 * From a control reference template to a key that may be used: what PSO, the AUTHENTICATE commands
 * and GENERATE ASYMMETRIC KEY PAIR have in common.
 */
#ifndef VSC_CARD_OPERATION_H
#define VSC_CARD_OPERATION_H

#include "card/keystore.h"
#include "card/se.h"
#include "crypto/suite.h"

/* A key, found and allowed, and how to use it. */
struct vsc_operation {
	struct vsc_slot *slot;
	struct vsc_key *key;
	enum vsc_scheme scheme;
	enum vsc_hash hash;
	struct vsc_span iv; /* of the template; may be empty */
};

/* The place that a template's reference or name means; 6A88. */
vsc_sw vsc_operation_slot(
    struct vsc_card *card, enum vsc_crt_kind kind, enum vsc_crt_role role, struct vsc_slot **slot);

/*
 * The current environment's key for this use. Algorithm: the template's, else the key's only one,
 * else what suits the key: RSA PKCS #1 v1.5, ECDSA, Ed25519, ECDH, CBC, a MAC. 6A88 none, and what
 * vsc_slot_use says.
 */
vsc_sw vsc_operation_prepare(struct vsc_card *card, enum vsc_crt_kind kind, enum vsc_crt_role role,
    enum vsc_usage usage, struct vsc_operation *op);
/* The same by reference and algorithm id in P2 and P1; 0: the environment's. */
vsc_sw vsc_operation_by_p1p2(struct vsc_card *card, const struct vsc_apdu *cmd,
    enum vsc_crt_kind kind, enum vsc_crt_role role, enum vsc_usage usage, struct vsc_operation *op);

/* What a failed key operation means to the terminal: 6A80 input, 6300 wrong, 6F00. */
vsc_sw vsc_operation_sw(struct vsc_card *card, int err);

/* The public half as 7F49 (81 modulus, 82 exponent; 86 point). 6985: a symmetric key. */
vsc_sw vsc_operation_put_public(const struct vsc_key *key, struct vsc_out *out);

/* The secure messaging ciphers that a stored key is for: two-key 3DES, AES; NULL for others. */
const struct vsc_suite *vsc_operation_suite(const struct vsc_key *key);

/* A session with the keys of the environment's CCT and CT for secure messaging, if it has them. */
vsc_sw vsc_operation_start_sm(struct vsc_card *card);

#endif

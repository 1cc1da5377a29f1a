/*
 * Public keys and domain parameters as they are written down: SubjectPublicKeyInfo with
 * standardised (TR-03110-3 A.2.1.1), named or explicit parameters, and the card's public key object
 * 7F49.
 */
#ifndef VSC_CRYPTO_PARAMS_H
#define VSC_CRYPTO_PARAMS_H

#include "crypto/group.h"

/* standardizedDomainParameters 0.4.0.127.0.7.1.2 */
extern const struct vsc_span vsc_oid_standard_params;

/* SEQUENCE { standardizedDomainParameters, INTEGER id } */
void vsc_params_put(struct vsc_out *out, unsigned id);

/* SubjectPublicKeyInfo with these parameters; public is an encoded element. DH keys are INTEGERs in
 * the BIT STRING. VSC_E_PARAM: the group is not a standardised one. */
VSC_MUST_CHECK int vsc_spki_put_standard(
    struct vsc_out *out, const struct vsc_group *group, struct vsc_span public);

/* SubjectPublicKeyInfo with all parameters written out (ECParameters of RFC 3279, or X9.42 DH), as
 * passports have it in DG14. */
VSC_MUST_CHECK int vsc_spki_put_explicit(
    struct vsc_out *out, const struct vsc_group *group, struct vsc_span public);

/*
 * A SubjectPublicKeyInfo (the whole SEQUENCE) in any of these forms, for key agreement: a new
 * group, and the encoded key, checked. VSC_E_UNSUPPORTED: a curve or algorithm that we do not have.
 */
VSC_MUST_CHECK int vsc_spki_parse(
    struct vsc_span spki, struct vsc_group **group, struct vsc_blob *public);

/* An AlgorithmIdentifier with standardised or explicit parameters: a new group. */
VSC_MUST_CHECK int vsc_params_parse(struct vsc_span algorithm, struct vsc_group **group);

/*
 * A key agreement key in a public key object: value is the content of the 7F49. Its OID must be
 * oid, its domain parameters complete and those of group. public borrows.
 */
VSC_MUST_CHECK int vsc_params_object_key(const struct vsc_group *group, struct vsc_span oid,
    struct vsc_span value, struct vsc_span *public);

/* The content of such an object. */
VSC_MUST_CHECK int vsc_params_object_put(struct vsc_out *out, const struct vsc_group *group,
    struct vsc_span oid, struct vsc_span public);

#endif

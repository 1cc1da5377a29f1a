/*
 * The groups that PACE, chip authentication and restricted identification compute in: an elliptic
 * curve, or a prime order subgroup of the residues modulo p. A group is prepared once, never
 * changes afterwards and may be shared by threads; what depends on a session is a scalar or an
 * element.
 */
#ifndef VSC_CRYPTO_GROUP_H
#define VSC_CRYPTO_GROUP_H

#include <openssl/bn.h>
#include <openssl/ec.h>

#include "base/bytes.h"
#include "base/env.h"

/* The largest encoded element: a residue of 4096 bits, or two coordinates of P-521. */
#define VSC_ELEM_MAX 512u
/* The longest scalar: a residue class modulo the subgroup order of an explicit DH group. */
#define VSC_SCALAR_MAX 512u

enum vsc_group_kind { VSC_GROUP_DH, VSC_GROUP_ECDH };

struct vsc_group;

/* A point or a residue of one group; zeroed is empty. Only the group that made it may use it. */
struct vsc_elem {
	EC_POINT *point;
	BIGNUM *residue;
};

/* Standardised domain parameters: id 0 to 2 (RFC 5114), 8 to 18 (NIST, Brainpool); TR-03110-3
 * A.2.1.1. VSC_E_UNSUPPORTED: no such id. */
VSC_MUST_CHECK int vsc_group_new(struct vsc_group **group, unsigned id);

/* A named curve by OpenSSL's nid; the standardised id is set where there is one. */
VSC_MUST_CHECK int vsc_group_new_curve(struct vsc_group **group, int nid);

/* Explicit DH parameters. VSC_E_PARAM unless p and q are prime, q divides p - 1 and g has order q.
 */
VSC_MUST_CHECK int vsc_group_new_dh(
    struct vsc_group **group, struct vsc_span p, struct vsc_span g, struct vsc_span q);

void vsc_group_free(struct vsc_group *group);

enum vsc_group_kind vsc_group_kind(const struct vsc_group *group);

/* The standardised id, or -1. */
int vsc_group_id(const struct vsc_group *group);

/* OpenSSL's name of the curve; NULL for DH. */
const char *vsc_group_curve(const struct vsc_group *group);

/* Bytes of a coordinate or residue, and of a scalar. */
size_t vsc_group_field_len(const struct vsc_group *group);
size_t vsc_group_order_len(const struct vsc_group *group);

const EC_GROUP *vsc_group_ec(const struct vsc_group *group); /* NULL for DH */
const BIGNUM *vsc_group_order(const struct vsc_group *group);
const BIGNUM *vsc_group_prime(const struct vsc_group *group);
const BIGNUM *vsc_group_generator(const struct vsc_group *group); /* NULL for a curve */

bool vsc_group_same(const struct vsc_group *a, const struct vsc_group *b);

/* A secret scalar, uniform in [1, order - 1]; draws order_len bytes from env until they are in
 * range. */
VSC_MUST_CHECK int vsc_group_random(
    const struct vsc_group *group, const struct vsc_env *env, BIGNUM *scalar);

/* A secret scalar from stored bytes; VSC_E_PARAM when it is 0. One that is larger than the order
 * (some DH keys are) is reduced: the generator does not see the difference. */
VSC_MUST_CHECK int vsc_group_scalar(
    const struct vsc_group *group, struct vsc_span bytes, BIGNUM *scalar);

/*
 * An element that the other side sent, with all checks: an uncompressed point on the curve and not
 * infinity; a residue in [2, p - 2] with order q. VSC_E_FORMAT when it is not encoded like one,
 * VSC_E_PARAM when it is not in the group.
 */
VSC_MUST_CHECK int vsc_elem_decode(
    const struct vsc_group *group, struct vsc_span bytes, BN_CTX *ctx, struct vsc_elem *elem);

/* As TR-03110-3 D.3.3 and D.3.4 put it on the wire: 04 x y, or the residue without leading zeros.
 */
VSC_MUST_CHECK int vsc_elem_encode(
    const struct vsc_group *group, const struct vsc_elem *elem, BN_CTX *ctx, struct vsc_out *out);

/* product = scalar * base; base NULL is the group's generator. Constant time in the scalar. product
 * must not be base. */
VSC_MUST_CHECK int vsc_elem_mul(const struct vsc_group *group, const BIGNUM *scalar,
    const struct vsc_elem *base, BN_CTX *ctx, struct vsc_elem *product);

/* sum = scalar * generator + elem: the generic mapping */
VSC_MUST_CHECK int vsc_elem_mul_add(const struct vsc_group *group, const BIGNUM *scalar,
    const struct vsc_elem *elem, BN_CTX *ctx, struct vsc_elem *sum);

/* The point at infinity, or 1. */
bool vsc_elem_is_identity(const struct vsc_group *group, const struct vsc_elem *elem);

/* The shared secret of a key agreement: the x coordinate, or the residue, in field_len bytes (PKCS
 * #3 8.3: leading zeros stay; OpenPACE drops them, so that one DH run in 256 with it fails). */
VSC_MUST_CHECK int vsc_elem_secret(const struct vsc_group *group, const struct vsc_elem *elem,
    BN_CTX *ctx, struct vsc_blob *secret);

void vsc_elem_free(struct vsc_elem *elem);

/*
 * Comp() of TR-03110-3 A.2.2.3 on an encoded element: the x coordinate, or SHA-1 of the residue.
 * VSC_E_FORMAT for an encoding of the wrong length.
 */
VSC_MUST_CHECK int vsc_elem_compress(
    const struct vsc_group *group, struct vsc_span encoded, struct vsc_blob *compressed);

#endif

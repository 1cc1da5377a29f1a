/*
 * A hash that somebody else began: the chaining value after whole blocks and how many bits they
 * were (ISO/IEC 7816-8, PSO HASH with an intermediate hash code), continued here to its end.
 */
#ifndef VSC_CRYPTO_HASH_STATE_H
#define VSC_CRYPTO_HASH_STATE_H

#include "crypto/alg.h"

/* Is it as long as a state of this hash function: the chaining value (20 bytes for SHA-1, 32 up to
 * SHA-256, 64 above), then the number of bits in 8 bytes, or in 16 for a value of 64? */
bool vsc_hash_is_state(enum vsc_hash hash, struct vsc_span state);

/* Appends the digest of what led to the state and of `rest` after it. VSC_E_FORMAT: not a state, or
 * its number of bits is not one of whole blocks. */
VSC_MUST_CHECK int vsc_hash_resume(
    enum vsc_hash hash, struct vsc_span state, struct vsc_span rest, struct vsc_out *digest);

#endif

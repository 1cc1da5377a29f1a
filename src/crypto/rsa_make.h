/* RSA keys from the environment's randomness, so that a card can be made again from a seed. */
#ifndef VSC_CRYPTO_RSA_MAKE_H
#define VSC_CRYPTO_RSA_MAKE_H

#include "crypto/key.h"

/* As vsc_key_generate_rsa with exponent 65537; where env has randomness of its own, the primes are
 * the first ones at or after numbers drawn from it. Slow. */
VSC_MUST_CHECK int vsc_key_make_rsa(struct vsc_key **key, unsigned bits, const struct vsc_env *env);

#endif

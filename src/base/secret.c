/* Secrets: constant-time comparison and randomness. In a file of their own so that programs which
 * only move bytes (the PC/SC library) do not load libcrypto. */
#include "base/bytes.h"
#include "base/env.h"

#include <limits.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

bool
vsc_span_eq_ct(struct vsc_span a, struct vsc_span b)
{
	return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}

int
vsc_env_random(const struct vsc_env *env, uint8_t *buf, size_t len)
{
	if (env != NULL && env->random != NULL)
		return env->random(env->ctx, buf, len);
	if (len > INT_MAX || RAND_bytes(buf, (int)len) != 1)
		return VSC_E_CRYPTO;
	return 0;
}

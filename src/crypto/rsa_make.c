/*
 * RSA key generation from randomness that is given: each prime is the first one at or after a drawn
 * number.
 */
#include "crypto/rsa_make.h"

#include "base/auto.h"
#include <openssl/rsa.h>

#include "crypto/auto.h"

/* FIPS 186-5 A.1.1: the two highest bits are set, so that n has all of its bits; e = 65537 is prime
 * and must not divide p - 1. */
static int
draw_prime(const struct vsc_env *env, size_t len, BN_CTX *bn, struct vsc_blob *prime)
{
	VSC_AUTO_BN_SECRET *p = BN_secure_new();
	VSC_AUTO_BLOB start = { NULL, 0 };
	int rc, is_prime = 0;

	if (p == NULL)
		return VSC_E_NOMEM;
	if ((rc = vsc_blob_alloc(&start, len)) < 0 ||
	    (rc = vsc_env_random(env, start.ptr, start.len)) < 0)
		return rc;
	start.ptr[0] |= 0xC0;
	start.ptr[len - 1] |= 1;
	if (BN_bin2bn(start.ptr, (int)start.len, p) == NULL)
		return VSC_E_NOMEM;
	while (BN_mod_word(p, RSA_F4) == 1 || (is_prime = BN_check_prime(p, bn, NULL)) == 0)
		if (BN_add_word(p, 2) != 1)
			return VSC_E_NOMEM;
	if (is_prime < 0)
		return VSC_E_CRYPTO;
	if ((rc = vsc_blob_alloc(prime, len)) < 0)
		return rc;
	/* a prime that has grown past its length: the next draw is as good */
	return BN_bn2binpad(p, prime->ptr, (int)len) == (int)len ? 0 : VSC_E_CRYPTO;
}

int
vsc_key_make_rsa(struct vsc_key **key, unsigned bits, const struct vsc_env *env)
{
	VSC_AUTO_BLOB p = { NULL, 0 }, q = { NULL, 0 };
	VSC_AUTO_BN_CTX *bn = BN_CTX_secure_new();
	struct vsc_rsa_parts parts = { .e = VSC_BYTES(1, 0, 1) };
	int rc;

	if (env == NULL || env->random == NULL)
		return vsc_key_generate_rsa(key, bits, VSC_SPAN_EMPTY);
	if (bits < 512 || bits > 8 * VSC_KEY_BYTES_MAX || bits % 256 != 0)
		return VSC_E_PARAM;
	if (bn == NULL)
		return VSC_E_NOMEM;
	if ((rc = draw_prime(env, bits / 16, bn, &p)) < 0 ||
	    (rc = draw_prime(env, bits / 16, bn, &q)) < 0)
		return rc;
	parts.p = vsc_blob_span(&p);
	parts.q = vsc_blob_span(&q);
	return vsc_key_import_rsa(key, &parts);
}

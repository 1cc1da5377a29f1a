/*
 * Key derivation of BAC, PACE and chip authentication (Doc 9303-11 9.7.1, TR-03110-3 A.2.3): a key
 * for a suite is the hash of secret, nonce and counter, as much of it as the cipher takes.
 */
#ifndef VSC_CRYPTO_KDF_H
#define VSC_CRYPTO_KDF_H

#include "crypto/alg.h"
#include "crypto/suite.h"

enum vsc_kdf_counter { VSC_KDF_ENC = 1, VSC_KDF_MAC = 2, VSC_KDF_PI = 3 };

/* SHA-1 for 3DES and AES-128, else SHA-256. */
enum vsc_hash vsc_kdf_hash(const struct vsc_suite *suite);

/* nonce may be empty. 3DES keys get odd parity. */
VSC_MUST_CHECK int vsc_kdf(const struct vsc_suite *suite, struct vsc_span secret,
    struct vsc_span nonce, enum vsc_kdf_counter counter, struct vsc_blob *key);

/* The two session keys from one shared secret; `keys` is wiped by vsc_session_keys_free. */
struct vsc_session_keys {
	const struct vsc_suite *suite;
	struct vsc_blob enc, mac;
};
VSC_MUST_CHECK int vsc_session_keys_derive(struct vsc_session_keys *keys,
    const struct vsc_suite *suite, struct vsc_span secret, struct vsc_span nonce);
void vsc_session_keys_free(struct vsc_session_keys *keys);

/*
 * The concatenation KDF (SP 800-56A 5.8.1, SP 800-56C 4.1 option 1): hashes of counter, secret and
 * info, one after another, as much as len asks for. Appended to out.
 */
VSC_MUST_CHECK int vsc_kdf_concat(enum vsc_hash hash, struct vsc_span secret, struct vsc_span info,
    size_t len, struct vsc_out *out);

/* The suites in the order of the last byte of PACE's and CA's object identifiers: 1 3DES, 2 to 4
 * AES; NULL for others. */
const struct vsc_suite *vsc_suite_by_oid_byte(uint8_t y);

#endif

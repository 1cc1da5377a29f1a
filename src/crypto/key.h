/*
 * A key that a card holds: RSA, EC, Ed25519/X25519 (private, or public only) or symmetric 3DES/AES.
 * Contexts for the last operation are kept in it, so that signing again costs the arithmetic only.
 * A key is used by one thread at a time. Every function returns 0 or < 0.
 */
#ifndef VSC_CRYPTO_KEY_H
#define VSC_CRYPTO_KEY_H

#include "base/bytes.h"
#include "base/env.h"
#include "crypto/alg.h"

struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

enum vsc_key_kind {
	VSC_KEY_RSA,
	VSC_KEY_EC,
	VSC_KEY_ED25519,
	VSC_KEY_X25519,
	VSC_KEY_3DES,
	VSC_KEY_AES,
};

#define VSC_KEY_BYTES_MAX 512 /* of any one result: RSA 4096 */

struct vsc_key;

void vsc_key_free(struct vsc_key *key);
enum vsc_key_kind vsc_key_kind(const struct vsc_key *key);
bool vsc_key_is_private(const struct vsc_key *key);
bool vsc_key_is_symmetric(const struct vsc_key *key);
/* RSA: of the modulus; EC: of the field; symmetric: of the key as stored (3DES 128 or 192). */
unsigned vsc_key_bits(const struct vsc_key *key);
/* RSA: bytes of the modulus; EC: of the order; 3DES and AES: of a block. */
size_t vsc_key_len(const struct vsc_key *key);
/* NULL unless the key is on a curve. */
const struct vsc_curve *vsc_key_curve(const struct vsc_key *key);
/* Lent; NULL for a symmetric key. */
struct evp_pkey_st *vsc_key_pkey(const struct vsc_key *key);
/* For people: "RSA 2048", "EC brainpoolP256r1", "AES 128". Returns text. */
char *vsc_key_text(const struct vsc_key *key, char *text, size_t cap);

/* --- Making --- */

/* 512 (older cards have them) to 4096 bits, a multiple of 256; exponent empty for 65537. Slow. */
VSC_MUST_CHECK int vsc_key_generate_rsa(
    struct vsc_key **key, unsigned bits, struct vsc_span exponent);
/* Any curve of the table; env (may be NULL) supplies the randomness. */
VSC_MUST_CHECK int vsc_key_generate_ec(
    struct vsc_key **key, const struct vsc_curve *curve, const struct vsc_env *env);

/* Big-endian numbers; leading zeros are fine. Empty: not given. */
struct vsc_rsa_parts {
	struct vsc_span n, e, d, p, q, dp, dq, qinv;
};
/* From (p, q, and e, d or dp), (n, e, d, with or without factors) or (n, e): a public key. What can
 * be computed is; what is given twice must agree (VSC_E_PARAM). */
VSC_MUST_CHECK int vsc_key_import_rsa(struct vsc_key **key, const struct vsc_rsa_parts *parts);
/* secret or point may be empty. A private key's point is computed; given, it must agree. Points:
 * 04 || x || y, or 32 bytes for Ed25519 and X25519. */
VSC_MUST_CHECK int vsc_key_import_ec(struct vsc_key **key, const struct vsc_curve *curve,
    struct vsc_span secret, struct vsc_span point);
/* 3DES: 16 or 24 bytes; AES: 16, 24 or 32. */
VSC_MUST_CHECK int vsc_key_import_symmetric(
    struct vsc_key **key, enum vsc_key_kind kind, struct vsc_span bytes);
/* Takes a reference of its own. is_private: it has the private half. */
VSC_MUST_CHECK int vsc_key_from_pkey(
    struct vsc_key **key, struct evp_pkey_st *pkey, bool is_private);

/* What is stored: PKCS #8 for a private key, SubjectPublicKeyInfo for a public one, the bytes of a
 * symmetric key. load takes all three and tells DER by itself when kind is an asymmetric one. */
VSC_MUST_CHECK int vsc_key_save(const struct vsc_key *key, struct vsc_blob *bytes);
VSC_MUST_CHECK int vsc_key_load(
    struct vsc_key **key, enum vsc_key_kind kind, bool is_private, struct vsc_span bytes);

/* --- Public half --- */

/* SubjectPublicKeyInfo, also of a private key. VSC_E_PARAM: symmetric. */
VSC_MUST_CHECK int vsc_key_save_public(const struct vsc_key *key, struct vsc_blob *bytes);
/* RSA: modulus and exponent without leading zeros, replaced in the blobs. */
VSC_MUST_CHECK int vsc_key_rsa_public(
    const struct vsc_key *key, struct vsc_blob *n, struct vsc_blob *e);
enum vsc_rsa_number { VSC_RSA_P, VSC_RSA_Q, VSC_RSA_DP, VSC_RSA_DQ, VSC_RSA_QINV };
/* Appends one number of a private RSA key as len big-endian bytes, for cards that show their keys
 * in files. VSC_E_SPACE: it is longer. */
VSC_MUST_CHECK int vsc_key_rsa_number(
    const struct vsc_key *key, enum vsc_rsa_number which, size_t len, struct vsc_out *out);
/* Appends 04 || x || y, or 32 bytes. */
VSC_MUST_CHECK int vsc_key_point(const struct vsc_key *key, struct vsc_out *out);

/* --- Use --- */

/*
 * Sign: input is the digest (of `hash`, if that is not NONE); for EDDSA the message, for RSA_PKCS1
 * without a hash the DigestInfo, for RSA_RAW the block of the modulus' length. ECDSA takes digests
 * of any length. VSC_E_PARAM: key, scheme and input do not go together.
 */
VSC_MUST_CHECK int vsc_key_sign(struct vsc_key *key, enum vsc_scheme scheme, enum vsc_hash hash,
    struct vsc_span input, struct vsc_out *signature);
/* VSC_E_VERIFY: it is wrong. */
VSC_MUST_CHECK int vsc_key_verify(struct vsc_key *key, enum vsc_scheme scheme, enum vsc_hash hash,
    struct vsc_span input, struct vsc_span signature);

/* RSA_RAW, RSA_PKCS1, RSA_OAEP. VSC_E_VERIFY: the padding is wrong. */
VSC_MUST_CHECK int vsc_key_decipher(struct vsc_key *key, enum vsc_scheme scheme, enum vsc_hash hash,
    struct vsc_span cryptogram, struct vsc_out *plain);
VSC_MUST_CHECK int vsc_key_encipher(struct vsc_key *key, enum vsc_scheme scheme, enum vsc_hash hash,
    struct vsc_span plain, struct vsc_out *cryptogram);

/* The shared secret: x coordinate, or X25519's result. VSC_E_PARAM: not a point of the curve. */
VSC_MUST_CHECK int vsc_key_agree(
    struct vsc_key *key, struct vsc_span point, struct vsc_out *secret);

/* Symmetric, whole blocks: ECB, or CBC from iv (one block; NULL is zero). */
VSC_MUST_CHECK int vsc_key_encrypt_blocks(struct vsc_key *key, enum vsc_scheme scheme,
    const uint8_t *iv, struct vsc_span in, struct vsc_out *out);
VSC_MUST_CHECK int vsc_key_decrypt_blocks(struct vsc_key *key, enum vsc_scheme scheme,
    const uint8_t *iv, struct vsc_span in, struct vsc_out *out);
/* Eight bytes: see VSC_SCHEME_MAC. */
VSC_MUST_CHECK int vsc_key_mac(struct vsc_key *key, struct vsc_span message, uint8_t mac[8]);
/* The symmetric key itself, for key derivation; empty for others. */
struct vsc_span vsc_key_secret(const struct vsc_key *key);

#endif

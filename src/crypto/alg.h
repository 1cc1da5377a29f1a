/*
 * Algorithms: hash functions, named curves, and the one table of the algorithm references that our
 * ISO card's commands carry (MSE DO'80', P1 of GENERAL AUTHENTICATE, GENERATE DO'80').
 */
#ifndef VSC_CRYPTO_ALG_H
#define VSC_CRYPTO_ALG_H

#include "base/bytes.h"

/* --- Hash functions --- */

enum vsc_hash {
	VSC_HASH_NONE,
	VSC_HASH_SHA1,
	VSC_HASH_SHA224,
	VSC_HASH_SHA256,
	VSC_HASH_SHA384,
	VSC_HASH_SHA512,
};
#define VSC_HASH_MAX 64 /* bytes of the longest digest */

struct vsc_hash_info {
	enum vsc_hash hash;
	const char *name; /* OpenSSL's: "SHA256" */
	size_t len;
	struct vsc_span oid; /* content bytes of the object identifier */
};

/* NULL for VSC_HASH_NONE. */
const struct vsc_hash_info *vsc_hash_info(enum vsc_hash hash);
/* VSC_HASH_NONE if it is not ours. */
enum vsc_hash vsc_hash_by_oid(struct vsc_span oid);
enum vsc_hash vsc_hash_by_len(size_t len);
/* Bytes of a digest; 0 for VSC_HASH_NONE. */
size_t vsc_hash_len(enum vsc_hash hash);
/* Appends the digest of data. */
VSC_MUST_CHECK int vsc_hash_digest(enum vsc_hash hash, struct vsc_span data, struct vsc_out *out);

/* --- Elliptic curves --- */

enum vsc_curve_kind { VSC_CURVE_WEIERSTRASS, VSC_CURVE_EDWARDS, VSC_CURVE_MONTGOMERY };

struct vsc_curve {
	uint8_t id;          /* algorithm reference in key generation */
	const char *name;    /* OpenSSL's group or key type: "prime256v1", "ED25519" */
	int nid;             /* OpenSSL's */
	size_t field_len;    /* bytes of a coordinate, and of a private key */
	struct vsc_span oid; /* content bytes of the object identifier */
	enum vsc_curve_kind kind;
};

/* All return NULL if there is no such curve. */
const struct vsc_curve *vsc_curve_by_id(uint8_t id);
const struct vsc_curve *vsc_curve_by_nid(int nid);
const struct vsc_curve *vsc_curve_by_oid(struct vsc_span oid);
/* OpenSSL's name, or NIST's: "P-256"; not case-sensitive. */
const struct vsc_curve *vsc_curve_by_name(const char *name);
const struct vsc_curve *vsc_curve_nth(size_t n);

/* --- Algorithm references of the ISO card --- */

enum vsc_scheme {
	VSC_SCHEME_HASH,      /* a hash function alone (template HT) */
	VSC_SCHEME_RSA_RAW,   /* modular exponentiation; input of the modulus' length */
	VSC_SCHEME_RSA_PKCS1, /* PKCS #1 v1.5; without a hash the input is the DigestInfo */
	VSC_SCHEME_RSA_PSS,   /* salt as long as the hash, MGF1 with the same hash */
	VSC_SCHEME_RSA_OAEP,  /* empty label, MGF1 with the same hash */
	VSC_SCHEME_ECDSA,     /* signature is r || s, each of the order's length */
	VSC_SCHEME_ECDSA_DER, /* signature is SEQUENCE { r, s } */
	VSC_SCHEME_ECDH,      /* the x coordinate; X25519's 32 bytes */
	VSC_SCHEME_EDDSA,     /* pure Ed25519: the input is the message */
	VSC_SCHEME_ECB,       /* whole blocks, no chaining; 3DES or AES as the key is */
	VSC_SCHEME_CBC,       /* padded by ISO/IEC 7816-4 (80 00..), IV zero */
	VSC_SCHEME_MAC,       /* 3DES: ISO/IEC 9797-1 algorithm 3, padding 2; AES: CMAC; 8 bytes */
	VSC_SCHEME_RSA_KEY,   /* key generation only */
	VSC_SCHEME_EC_KEY,    /* key generation only */
};

/*
 * id: high digit the scheme, low digit the hash (0 none, 1 SHA-1, 2 SHA-224, 3 SHA-256, 4 SHA-384,
 * 5 SHA-512). A0..A3 and B0.. are sizes and curves for key generation.
 */
struct vsc_alg {
	uint8_t id;
	enum vsc_scheme scheme;
	enum vsc_hash hash;
	unsigned bits; /* of an RSA key to be generated, else 0 */
	const char *name;
};

/* NULL if there is no such algorithm. */
const struct vsc_alg *vsc_alg_by_id(uint8_t id);
/* The reference that stands for scheme and hash; NULL if there is none. */
const struct vsc_alg *vsc_alg_by_scheme(enum vsc_scheme scheme, enum vsc_hash hash);
const struct vsc_alg *vsc_alg_nth(size_t n);

#endif

/* Hash functions, curves and algorithm references: three tables and how to look into them. */
#include "crypto/alg.h"

#include <strings.h>

#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#define OID(...)                                                                           \
	{                                                                                  \
		(const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }) \
	}

static const struct vsc_hash_info hashes[] = {
	/* 1.3.14.3.2.26, then 2.16.840.1.101.3.4.2.x */
	{ VSC_HASH_SHA1, "SHA1", 20, OID(0x2B, 0x0E, 0x03, 0x02, 0x1A) },
	{ VSC_HASH_SHA224, "SHA224", 28,
	    OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04) },
	{ VSC_HASH_SHA256, "SHA256", 32,
	    OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01) },
	{ VSC_HASH_SHA384, "SHA384", 48,
	    OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02) },
	{ VSC_HASH_SHA512, "SHA512", 64,
	    OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03) },
};

/* 1.2.840.10045.3.1.x, 1.3.132.0.x, 1.3.36.3.3.2.8.1.1.x (RFC 5639), 1.3.101.x (RFC 8410) */
#define ANSI(last)      OID(0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, last)
#define CERTICOM(last)  OID(0x2B, 0x81, 0x04, 0x00, last)
#define BRAINPOOL(last) OID(0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, last)
#define RFC8410(last)   OID(0x2B, 0x65, last)

static const struct vsc_curve curves[] = {
	{ 0xB0, "prime192v1", NID_X9_62_prime192v1, 24, ANSI(0x01), VSC_CURVE_WEIERSTRASS },
	{ 0xB1, "secp224r1", NID_secp224r1, 28, CERTICOM(0x21), VSC_CURVE_WEIERSTRASS },
	{ 0xB2, "prime256v1", NID_X9_62_prime256v1, 32, ANSI(0x07), VSC_CURVE_WEIERSTRASS },
	{ 0xB3, "secp384r1", NID_secp384r1, 48, CERTICOM(0x22), VSC_CURVE_WEIERSTRASS },
	{ 0xB4, "secp521r1", NID_secp521r1, 66, CERTICOM(0x23), VSC_CURVE_WEIERSTRASS },
	{ 0xB5, "brainpoolP160r1", NID_brainpoolP160r1, 20, BRAINPOOL(0x01),
	    VSC_CURVE_WEIERSTRASS },
	{ 0xB6, "brainpoolP192r1", NID_brainpoolP192r1, 24, BRAINPOOL(0x03),
	    VSC_CURVE_WEIERSTRASS },
	{ 0xB7, "brainpoolP224r1", NID_brainpoolP224r1, 28, BRAINPOOL(0x05),
	    VSC_CURVE_WEIERSTRASS },
	{ 0xB8, "brainpoolP256r1", NID_brainpoolP256r1, 32, BRAINPOOL(0x07),
	    VSC_CURVE_WEIERSTRASS },
	{ 0xB9, "brainpoolP320r1", NID_brainpoolP320r1, 40, BRAINPOOL(0x09),
	    VSC_CURVE_WEIERSTRASS },
	{ 0xBA, "brainpoolP384r1", NID_brainpoolP384r1, 48, BRAINPOOL(0x0B),
	    VSC_CURVE_WEIERSTRASS },
	{ 0xBB, "brainpoolP512r1", NID_brainpoolP512r1, 64, BRAINPOOL(0x0D),
	    VSC_CURVE_WEIERSTRASS },
	{ 0xBC, "ED25519", NID_ED25519, 32, RFC8410(0x70), VSC_CURVE_EDWARDS },
	{ 0xBD, "X25519", NID_X25519, 32, RFC8410(0x6E), VSC_CURVE_MONTGOMERY },
};

static const struct {
	const char *name, *curve;
} nist_names[] = {
	{ "P-192", "prime192v1" },
	{ "P-224", "secp224r1" },
	{ "P-256", "prime256v1" },
	{ "P-384", "secp384r1" },
	{ "P-521", "secp521r1" },
	{ "secp192r1", "prime192v1" },
	{ "secp256r1", "prime256v1" },
};

/* One line per scheme and hash: the name is what --show prints. */
#define HASHED(high, scheme, text)                                       \
	{ (high) | 1, scheme, VSC_HASH_SHA1, 0, text " SHA-1" },         \
	    { (high) | 2, scheme, VSC_HASH_SHA224, 0, text " SHA-224" }, \
	    { (high) | 3, scheme, VSC_HASH_SHA256, 0, text " SHA-256" }, \
	    { (high) | 4, scheme, VSC_HASH_SHA384, 0, text " SHA-384" }, \
	{                                                                \
		(high) | 5, scheme, VSC_HASH_SHA512, 0, text " SHA-512"  \
	}

static const struct vsc_alg algs[] = {
	HASHED(0x00, VSC_SCHEME_HASH, "hash"),
	{ 0x10, VSC_SCHEME_RSA_RAW, VSC_HASH_NONE, 0, "RSA raw" },
	{ 0x20, VSC_SCHEME_RSA_PKCS1, VSC_HASH_NONE, 0, "RSA PKCS#1 v1.5" },
	HASHED(0x20, VSC_SCHEME_RSA_PKCS1, "RSA PKCS#1 v1.5"),
	HASHED(0x30, VSC_SCHEME_RSA_PSS, "RSA PSS"),
	HASHED(0x40, VSC_SCHEME_RSA_OAEP, "RSA OAEP"),
	{ 0x50, VSC_SCHEME_ECDSA, VSC_HASH_NONE, 0, "ECDSA" },
	HASHED(0x50, VSC_SCHEME_ECDSA, "ECDSA"),
	{ 0x58, VSC_SCHEME_ECDSA_DER, VSC_HASH_NONE, 0, "ECDSA (DER)" },
	{ 0x60, VSC_SCHEME_ECDH, VSC_HASH_NONE, 0, "ECDH" },
	{ 0x70, VSC_SCHEME_EDDSA, VSC_HASH_NONE, 0, "Ed25519" },
	{ 0x80, VSC_SCHEME_ECB, VSC_HASH_NONE, 0, "block cipher, ECB" },
	{ 0x81, VSC_SCHEME_CBC, VSC_HASH_NONE, 0, "block cipher, CBC" },
	{ 0x82, VSC_SCHEME_MAC, VSC_HASH_NONE, 0, "MAC" },
	{ 0xA0, VSC_SCHEME_RSA_KEY, VSC_HASH_NONE, 1024, "RSA 1024" },
	{ 0xA1, VSC_SCHEME_RSA_KEY, VSC_HASH_NONE, 1536, "RSA 1536" },
	{ 0xA2, VSC_SCHEME_RSA_KEY, VSC_HASH_NONE, 2048, "RSA 2048" },
	{ 0xA3, VSC_SCHEME_RSA_KEY, VSC_HASH_NONE, 3072, "RSA 3072" },
	{ 0xA4, VSC_SCHEME_RSA_KEY, VSC_HASH_NONE, 4096, "RSA 4096" },
	/* the curve has the same id in its own table */
	{ 0xB0, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "EC P-192" },
	{ 0xB1, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "EC P-224" },
	{ 0xB2, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "EC P-256" },
	{ 0xB3, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "EC P-384" },
	{ 0xB4, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "EC P-521" },
	{ 0xB5, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "EC brainpoolP160r1" },
	{ 0xB6, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "EC brainpoolP192r1" },
	{ 0xB7, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "EC brainpoolP224r1" },
	{ 0xB8, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "EC brainpoolP256r1" },
	{ 0xB9, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "EC brainpoolP320r1" },
	{ 0xBA, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "EC brainpoolP384r1" },
	{ 0xBB, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "EC brainpoolP512r1" },
	{ 0xBC, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "Ed25519" },
	{ 0xBD, VSC_SCHEME_EC_KEY, VSC_HASH_NONE, 0, "X25519" },
};

const struct vsc_hash_info *
vsc_hash_info(enum vsc_hash hash)
{
	for (size_t i = 0; i < VSC_COUNT(hashes); i++)
		if (hashes[i].hash == hash)
			return &hashes[i];
	return NULL;
}

enum vsc_hash
vsc_hash_by_oid(struct vsc_span oid)
{
	for (size_t i = 0; i < VSC_COUNT(hashes); i++)
		if (vsc_span_eq(hashes[i].oid, oid))
			return hashes[i].hash;
	return VSC_HASH_NONE;
}

enum vsc_hash
vsc_hash_by_len(size_t len)
{
	for (size_t i = 0; i < VSC_COUNT(hashes); i++)
		if (hashes[i].len == len)
			return hashes[i].hash;
	return VSC_HASH_NONE;
}

size_t
vsc_hash_len(enum vsc_hash hash)
{
	const struct vsc_hash_info *info = vsc_hash_info(hash);

	return info == NULL ? 0 : info->len;
}

int
vsc_hash_digest(enum vsc_hash hash, struct vsc_span data, struct vsc_out *out)
{
	const struct vsc_hash_info *info = vsc_hash_info(hash);
	uint8_t digest[VSC_HASH_MAX];
	size_t len;

	if (info == NULL)
		return VSC_E_PARAM;
	if (EVP_Q_digest(NULL, info->name, NULL, data.ptr, data.len, digest, &len) != 1)
		return VSC_E_CRYPTO;
	vsc_out_put(out, vsc_span_from(digest, len));
	vsc_wipe(digest, sizeof(digest));
	return out->full ? VSC_E_SPACE : 0;
}

const struct vsc_curve *
vsc_curve_by_id(uint8_t id)
{
	for (size_t i = 0; i < VSC_COUNT(curves); i++)
		if (curves[i].id == id)
			return &curves[i];
	return NULL;
}

const struct vsc_curve *
vsc_curve_by_nid(int nid)
{
	for (size_t i = 0; i < VSC_COUNT(curves); i++)
		if (curves[i].nid == nid)
			return &curves[i];
	return NULL;
}

const struct vsc_curve *
vsc_curve_by_oid(struct vsc_span oid)
{
	for (size_t i = 0; i < VSC_COUNT(curves); i++)
		if (vsc_span_eq(curves[i].oid, oid))
			return &curves[i];
	return NULL;
}

const struct vsc_curve *
vsc_curve_by_name(const char *name)
{
	for (size_t i = 0; i < VSC_COUNT(nist_names); i++)
		if (strcasecmp(nist_names[i].name, name) == 0)
			name = nist_names[i].curve;
	for (size_t i = 0; i < VSC_COUNT(curves); i++)
		if (strcasecmp(curves[i].name, name) == 0)
			return &curves[i];
	return NULL;
}

const struct vsc_curve *
vsc_curve_nth(size_t n)
{
	return n < VSC_COUNT(curves) ? &curves[n] : NULL;
}

const struct vsc_alg *
vsc_alg_by_id(uint8_t id)
{
	for (size_t i = 0; i < VSC_COUNT(algs); i++)
		if (algs[i].id == id)
			return &algs[i];
	return NULL;
}

const struct vsc_alg *
vsc_alg_by_scheme(enum vsc_scheme scheme, enum vsc_hash hash)
{
	for (size_t i = 0; i < VSC_COUNT(algs); i++)
		if (algs[i].scheme == scheme && algs[i].hash == hash)
			return &algs[i];
	return NULL;
}

const struct vsc_alg *
vsc_alg_nth(size_t n)
{
	return n < VSC_COUNT(algs) ? &algs[n] : NULL;
}

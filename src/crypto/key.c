/* A key as an object: what it is, how it is stored, its public half. */
#include "crypto/key_impl.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "crypto/auto.h"

void
vsc_key_free(struct vsc_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_CTX_free(key->ctx);
	EVP_PKEY_CTX_free(key->agree);
	EVP_PKEY_free(key->pkey);
	vsc_cipher_free(key->cipher);
	vsc_blob_free(&key->secret);
	free(key);
}

enum vsc_key_kind
vsc_key_kind(const struct vsc_key *key)
{
	return key->kind;
}

bool
vsc_key_is_private(const struct vsc_key *key)
{
	return key->private;
}

bool
vsc_key_is_symmetric(const struct vsc_key *key)
{
	return key->pkey == NULL;
}

unsigned
vsc_key_bits(const struct vsc_key *key)
{
	if (key->pkey == NULL)
		return (unsigned)key->secret.len * 8;
	return (unsigned)EVP_PKEY_get_bits(key->pkey);
}

size_t
vsc_key_len(const struct vsc_key *key)
{
	if (key->pkey == NULL)
		return vsc_cipher_suite(key->cipher)->block_len;
	return key->curve == NULL ? (size_t)EVP_PKEY_get_size(key->pkey) : key->order_len;
}

const struct vsc_curve *
vsc_key_curve(const struct vsc_key *key)
{
	return key->curve;
}

struct evp_pkey_st *
vsc_key_pkey(const struct vsc_key *key)
{
	return key->pkey;
}

struct vsc_span
vsc_key_secret(const struct vsc_key *key)
{
	return vsc_blob_span(&key->secret);
}

char *
vsc_key_text(const struct vsc_key *key, char *text, size_t cap)
{
	static const char *const names[] = {
		[VSC_KEY_RSA] = "RSA", [VSC_KEY_3DES] = "3DES", [VSC_KEY_AES] = "AES"
	};

	if (key->curve == NULL)
		snprintf(text, cap, "%s %u", names[key->kind], vsc_key_bits(key));
	else
		snprintf(text, cap, "%s%s", key->kind == VSC_KEY_EC ? "EC " : "", key->curve->name);
	return text;
}

/* The kind, curve and sizes of key->pkey; VSC_E_UNSUPPORTED if it is none of ours. */
static int
classify(struct vsc_key *key)
{
	static const struct {
		const char *name;
		enum vsc_key_kind kind;
		int nid; /* of a curve with a key type of its own */
	} types[] = {
		{ "RSA", VSC_KEY_RSA, NID_undef },
		{ "EC", VSC_KEY_EC, NID_undef },
		{ "ED25519", VSC_KEY_ED25519, NID_ED25519 },
		{ "X25519", VSC_KEY_X25519, NID_X25519 },
	};
	char group[64];
	size_t len, type = 0;

	while (type < VSC_COUNT(types) && EVP_PKEY_is_a(key->pkey, types[type].name) != 1)
		type++;
	if (type == VSC_COUNT(types))
		return VSC_E_UNSUPPORTED;
	key->kind = types[type].kind;
	if (key->kind == VSC_KEY_RSA) {
		int bits = EVP_PKEY_get_bits(key->pkey);

		return bits < 512 || bits > 8 * VSC_KEY_BYTES_MAX ? VSC_E_UNSUPPORTED : 0;
	}
	if (key->kind == VSC_KEY_EC) {
		if (EVP_PKEY_get_group_name(key->pkey, group, sizeof(group), &len) != 1)
			return VSC_E_UNSUPPORTED;
		key->curve = vsc_curve_by_nid(OBJ_txt2nid(group));
		/* security bits and size of OpenSSL speak of the order */
		key->order_len = ((size_t)EVP_PKEY_get_bits(key->pkey) + 7) / 8;
	} else {
		key->curve = vsc_curve_by_nid(types[type].nid);
		key->order_len = 32;
	}
	return key->curve == NULL ? VSC_E_UNSUPPORTED : 0;
}

int
vsc_key_wrap(struct vsc_key **key, EVP_PKEY *pkey, bool private)
{
	struct vsc_key *fresh = calloc(1, sizeof(*fresh));
	int rc;

	if (fresh == NULL || pkey == NULL) {
		EVP_PKEY_free(pkey);
		free(fresh);
		return VSC_E_NOMEM;
	}
	fresh->pkey = pkey;
	fresh->private = private;
	if ((rc = classify(fresh)) < 0) {
		vsc_key_free(fresh);
		return rc;
	}
	*key = fresh;
	return 0;
}

int
vsc_key_from_pkey(struct vsc_key **key, struct evp_pkey_st *pkey, bool is_private)
{
	if (EVP_PKEY_up_ref(pkey) != 1)
		return VSC_E_NOMEM;
	return vsc_key_wrap(key, pkey, is_private);
}

/* Bytes that OpenSSL allocated, into a blob. */
static int
take_der(struct vsc_blob *bytes, unsigned char *der, int len)
{
	int rc;

	if (len <= 0)
		return VSC_E_CRYPTO;
	rc = vsc_blob_set(bytes, vsc_span_from(der, (size_t)len));
	OPENSSL_clear_free(der, (size_t)len);
	return rc;
}

int
vsc_key_save(const struct vsc_key *key, struct vsc_blob *bytes)
{
	VSC_AUTO_PKCS8 *pkcs8 = NULL;
	unsigned char *der = NULL;
	int len;

	if (key->pkey == NULL)
		return vsc_blob_set(bytes, vsc_blob_span(&key->secret));
	if (!key->private) {
		len = i2d_PUBKEY(key->pkey, &der);
	} else {
		if ((pkcs8 = EVP_PKEY2PKCS8(key->pkey)) == NULL)
			return VSC_E_CRYPTO;
		len = i2d_PKCS8_PRIV_KEY_INFO(pkcs8, &der);
	}
	return take_der(bytes, der, len);
}

int
vsc_key_save_public(const struct vsc_key *key, struct vsc_blob *bytes)
{
	unsigned char *der = NULL;
	int len;

	if (key->pkey == NULL)
		return VSC_E_PARAM;
	len = i2d_PUBKEY(key->pkey, &der);
	return take_der(bytes, der, len);
}

static EVP_PKEY *
load_private(struct vsc_span bytes)
{
	const unsigned char *at = bytes.ptr;
	VSC_AUTO_PKCS8 *pkcs8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)bytes.len);

	if (pkcs8 == NULL || at != bytes.ptr + bytes.len)
		return NULL;
	return EVP_PKCS82PKEY(pkcs8);
}

static EVP_PKEY *
load_public(struct vsc_span bytes)
{
	const unsigned char *at = bytes.ptr;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)bytes.len);

	if (pkey != NULL && at != bytes.ptr + bytes.len) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	return pkey;
}

int
vsc_key_load(struct vsc_key **key, enum vsc_key_kind kind, bool is_private, struct vsc_span bytes)
{
	EVP_PKEY *pkey;
	int rc;

	if (kind == VSC_KEY_3DES || kind == VSC_KEY_AES)
		return vsc_key_import_symmetric(key, kind, bytes);
	if (bytes.len == 0 || bytes.len > INT_MAX)
		return VSC_E_CORRUPT;
	pkey = is_private ? load_private(bytes) : load_public(bytes);
	if (pkey == NULL) {
		ERR_clear_error();
		return VSC_E_CORRUPT;
	}
	if ((rc = vsc_key_wrap(key, pkey, is_private)) < 0)
		return rc;
	if ((*key)->kind == kind)
		return 0;
	vsc_key_free(*key);
	*key = NULL;
	return VSC_E_CORRUPT;
}

static int
number_of(const struct vsc_key *key, const char *name, struct vsc_blob *bytes)
{
	BIGNUM *number = NULL;
	int rc;

	if (EVP_PKEY_get_bn_param(key->pkey, name, &number) != 1)
		return VSC_E_CRYPTO;
	rc = vsc_blob_alloc(bytes, (size_t)BN_num_bytes(number));
	if (rc == 0)
		BN_bn2bin(number, bytes->ptr);
	BN_clear_free(number);
	return rc;
}

int
vsc_key_rsa_public(const struct vsc_key *key, struct vsc_blob *n, struct vsc_blob *e)
{
	int rc;

	if (key->kind != VSC_KEY_RSA)
		return VSC_E_PARAM;
	if ((rc = number_of(key, OSSL_PKEY_PARAM_RSA_N, n)) < 0)
		return rc;
	return number_of(key, OSSL_PKEY_PARAM_RSA_E, e);
}

int
vsc_key_rsa_number(
    const struct vsc_key *key, enum vsc_rsa_number which, size_t len, struct vsc_out *out)
{
	static const char *const names[] = {
		[VSC_RSA_P] = OSSL_PKEY_PARAM_RSA_FACTOR1,
		[VSC_RSA_Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,
		[VSC_RSA_DP] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
		[VSC_RSA_DQ] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
		[VSC_RSA_QINV] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
	};
	VSC_AUTO_BLOB number = { NULL, 0 };
	int rc;

	if (key->kind != VSC_KEY_RSA || !key->private)
		return VSC_E_PARAM;
	if ((rc = number_of(key, names[which], &number)) < 0)
		return rc;
	if (number.len > len)
		return VSC_E_SPACE;
	vsc_out_fill(out, 0, len - number.len);
	vsc_out_put(out, vsc_blob_span(&number));
	return out->full ? VSC_E_SPACE : 0;
}

static int
raw_point(const struct vsc_key *key, struct vsc_out *out)
{
	size_t len = key->curve->field_len;
	uint8_t *to = vsc_out_reserve(out, len);

	if (to == NULL)
		return VSC_E_SPACE;
	return EVP_PKEY_get_raw_public_key(key->pkey, to, &len) == 1 ? 0 : VSC_E_CRYPTO;
}

int
vsc_key_point(const struct vsc_key *key, struct vsc_out *out)
{
	unsigned char *point = NULL;
	size_t len;

	if (key->curve == NULL)
		return VSC_E_PARAM;
	if (key->curve->kind != VSC_CURVE_WEIERSTRASS)
		return raw_point(key, out);
	len = EVP_PKEY_get1_encoded_public_key(key->pkey, &point);
	if (len == 0)
		return VSC_E_CRYPTO;
	vsc_out_put(out, vsc_span_from(point, len));
	OPENSSL_free(point);
	return out->full ? VSC_E_SPACE : 0;
}

/* What can be done with a key: signatures, encipherment, key agreement, block ciphers. */
#include "crypto/key_impl.h"

#include <limits.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "crypto/auto.h"

#define SIGN    (1u << VSC_OP_SIGN | 1u << VSC_OP_VERIFY)
#define ENCRYPT (1u << VSC_OP_ENCIPHER | 1u << VSC_OP_DECIPHER)

/* Which scheme goes with which key and operation. */
static const struct scheme {
	enum vsc_scheme scheme;
	enum vsc_key_kind kind;
	unsigned ops;
	int padding; /* OpenSSL's, 0 where it has none */
	bool needs_hash;
} schemes[] = {
	{ VSC_SCHEME_RSA_RAW, VSC_KEY_RSA, SIGN | ENCRYPT, RSA_NO_PADDING, false },
	{ VSC_SCHEME_RSA_PKCS1, VSC_KEY_RSA, SIGN | ENCRYPT, RSA_PKCS1_PADDING, false },
	{ VSC_SCHEME_RSA_PSS, VSC_KEY_RSA, SIGN, RSA_PKCS1_PSS_PADDING, true },
	{ VSC_SCHEME_RSA_OAEP, VSC_KEY_RSA, ENCRYPT, RSA_PKCS1_OAEP_PADDING, true },
	{ VSC_SCHEME_ECDSA, VSC_KEY_EC, SIGN, 0, false },
	{ VSC_SCHEME_ECDSA_DER, VSC_KEY_EC, SIGN, 0, false },
};

static int
fail(int rc)
{
	ERR_clear_error();
	return rc;
}

static const struct scheme *
find_scheme(const struct vsc_key *key, enum vsc_key_op op, enum vsc_scheme scheme)
{
	for (size_t i = 0; i < VSC_COUNT(schemes); i++)
		if (schemes[i].scheme == scheme && schemes[i].kind == key->kind &&
		    (schemes[i].ops & 1u << op) != 0)
			return &schemes[i];
	return NULL;
}

static int
start(EVP_PKEY_CTX *ctx, enum vsc_key_op op)
{
	static int (*const inits[])(EVP_PKEY_CTX *) = {
		[VSC_OP_SIGN] = EVP_PKEY_sign_init,
		[VSC_OP_VERIFY] = EVP_PKEY_verify_init,
		[VSC_OP_ENCIPHER] = EVP_PKEY_encrypt_init,
		[VSC_OP_DECIPHER] = EVP_PKEY_decrypt_init,
	};

	return inits[op](ctx);
}

/*
 * From 3.2 on OpenSSL gives random bytes for a damaged PKCS #1 v1.5 block unless told not to. A
 * card says that it is damaged, whatever OpenSSL it runs on; older ones do not know the parameter,
 * and pass over it.
 */
static int
report_damage(EVP_PKEY_CTX *ctx)
{
	unsigned int no = 0;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint("implicit-rejection", &no),
		OSSL_PARAM_construct_end(),
	};

	return EVP_PKEY_CTX_set_params(ctx, params);
}

/* Parameters of the scheme; 1 or not, as OpenSSL has it. */
static int
configure(EVP_PKEY_CTX *ctx, enum vsc_key_op op, const struct scheme *scheme, enum vsc_hash hash)
{
	const struct vsc_hash_info *info = vsc_hash_info(hash);
	const EVP_MD *md = info == NULL ? NULL : EVP_get_digestbyname(info->name);

	if (scheme->kind != VSC_KEY_RSA)
		return 1;
	if (EVP_PKEY_CTX_set_rsa_padding(ctx, scheme->padding) != 1)
		return 0;
	if (op == VSC_OP_DECIPHER && scheme->padding == RSA_PKCS1_PADDING)
		return report_damage(ctx);
	if (md == NULL)
		return 1;
	if (scheme->padding == RSA_PKCS1_OAEP_PADDING)
		return EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) == 1 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1;
	if ((1u << op & SIGN) == 0)
		return 1;
	if (EVP_PKEY_CTX_set_signature_md(ctx, md) != 1)
		return 0;
	if (scheme->padding == RSA_PKCS1_PSS_PADDING)
		return EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1;
	return 1;
}

/* A context for this operation: the one of last time, or a new one. */
static int
prepare(struct vsc_key *key, enum vsc_key_op op, enum vsc_scheme scheme, enum vsc_hash hash)
{
	const struct scheme *row = find_scheme(key, op, scheme);

	if (row == NULL || (row->needs_hash && hash == VSC_HASH_NONE))
		return VSC_E_PARAM;
	if (!key->private && (op == VSC_OP_SIGN || op == VSC_OP_DECIPHER))
		return VSC_E_PARAM;
	if (key->ctx != NULL && key->op == op && key->scheme == scheme && key->hash == hash)
		return 0;
	EVP_PKEY_CTX_free(key->ctx);
	if ((key->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL)) == NULL)
		return VSC_E_NOMEM;
	if (start(key->ctx, op) != 1 || configure(key->ctx, op, row, hash) != 1) {
		EVP_PKEY_CTX_free(key->ctx);
		key->ctx = NULL;
		return fail(VSC_E_CRYPTO);
	}
	key->op = op;
	key->scheme = scheme;
	key->hash = hash;
	return 0;
}

/* Is the input of a signature one that the scheme takes? */
static bool
input_fits(
    const struct vsc_key *key, enum vsc_scheme scheme, enum vsc_hash hash, struct vsc_span input)
{
	if (hash != VSC_HASH_NONE && input.len != vsc_hash_len(hash))
		return false;
	if (scheme == VSC_SCHEME_RSA_RAW)
		return input.len == vsc_key_len(key);
	if (scheme == VSC_SCHEME_RSA_PKCS1 && hash == VSC_HASH_NONE)
		return input.len + 11 <= vsc_key_len(key);
	/* RFC 8017 9.1.1: digest, salt of the same length, two bytes more */
	if (scheme == VSC_SCHEME_RSA_PSS && 2 * input.len + 2 > vsc_key_len(key))
		return false;
	return input.len > 0;
}

/* SEQUENCE { r, s } to r || s of the order's length each. */
static int
ecdsa_to_plain(const struct vsc_key *key, struct vsc_span der, struct vsc_out *out)
{
	const unsigned char *at = der.ptr;
	VSC_AUTO_ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
	int half = (int)key->order_len;
	uint8_t *to = vsc_out_reserve(out, 2 * key->order_len);

	if (to == NULL)
		return VSC_E_SPACE;
	if (sig == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(sig), to, half) != half ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), to + half, half) != half)
		return fail(VSC_E_CRYPTO);
	return 0;
}

static int
ecdsa_from_plain(const struct vsc_key *key, struct vsc_span plain, struct vsc_out *out)
{
	VSC_AUTO_ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r, *s;
	unsigned char *to = out->buf;
	int len;

	if (plain.len != 2 * key->order_len)
		return VSC_E_VERIFY;
	r = BN_bin2bn(plain.ptr, (int)key->order_len, NULL);
	s = BN_bin2bn(plain.ptr + key->order_len, (int)key->order_len, NULL);
	if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return VSC_E_NOMEM;
	}
	len = i2d_ECDSA_SIG(sig, NULL);
	if (len <= 0 || (size_t)len > out->cap || i2d_ECDSA_SIG(sig, &to) != len)
		return VSC_E_SPACE;
	out->len = (size_t)len;
	return 0;
}

static int
sign_eddsa(struct vsc_key *key, struct vsc_span message, struct vsc_out *signature)
{
	VSC_AUTO_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t *to = vsc_out_reserve(signature, 64);
	size_t len = 64;

	if (ctx == NULL)
		return VSC_E_NOMEM;
	if (to == NULL)
		return VSC_E_SPACE;
	if (EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, key->pkey, NULL) != 1 ||
	    EVP_DigestSign(ctx, to, &len, message.ptr, message.len) != 1)
		return fail(VSC_E_CRYPTO);
	return 0;
}

int
vsc_key_sign(struct vsc_key *key, enum vsc_scheme scheme, enum vsc_hash hash, struct vsc_span input,
    struct vsc_out *signature)
{
	uint8_t buf[VSC_KEY_BYTES_MAX];
	size_t len = sizeof(buf);
	int rc;

	if (scheme == VSC_SCHEME_EDDSA) {
		if (key->kind != VSC_KEY_ED25519 || !key->private)
			return VSC_E_PARAM;
		return sign_eddsa(key, input, signature);
	}
	if ((rc = prepare(key, VSC_OP_SIGN, scheme, hash)) < 0)
		return rc;
	if (!input_fits(key, scheme, hash, input))
		return VSC_E_PARAM;
	/* the length is right, so raw RSA fails only for a number not below the modulus */
	if (EVP_PKEY_sign(key->ctx, buf, &len, input.ptr, input.len) != 1)
		return fail(scheme == VSC_SCHEME_RSA_RAW ? VSC_E_PARAM : VSC_E_CRYPTO);
	if (scheme == VSC_SCHEME_ECDSA)
		return ecdsa_to_plain(key, vsc_span_from(buf, len), signature);
	vsc_out_put(signature, vsc_span_from(buf, len));
	return signature->full ? VSC_E_SPACE : 0;
}

static int
verify_eddsa(struct vsc_key *key, struct vsc_span message, struct vsc_span signature)
{
	VSC_AUTO_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL)
		return VSC_E_NOMEM;
	if (EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, key->pkey, NULL) != 1)
		return fail(VSC_E_CRYPTO);
	if (EVP_DigestVerify(ctx, signature.ptr, signature.len, message.ptr, message.len) != 1)
		return fail(VSC_E_VERIFY);
	return 0;
}

int
vsc_key_verify(struct vsc_key *key, enum vsc_scheme scheme, enum vsc_hash hash,
    struct vsc_span input, struct vsc_span signature)
{
	uint8_t der[160]; /* SEQUENCE of two numbers of 521 bits */
	struct vsc_out out = vsc_out_from(der, sizeof(der));
	int rc;

	if (scheme == VSC_SCHEME_EDDSA)
		return key->kind == VSC_KEY_ED25519 ? verify_eddsa(key, input, signature)
						    : VSC_E_PARAM;
	if ((rc = prepare(key, VSC_OP_VERIFY, scheme, hash)) < 0)
		return rc;
	if (!input_fits(key, scheme, hash, input))
		return VSC_E_PARAM;
	if (scheme == VSC_SCHEME_ECDSA) {
		if ((rc = ecdsa_from_plain(key, signature, &out)) < 0)
			return rc;
		signature = vsc_out_span(&out);
	}
	if (signature.len == 0 ||
	    EVP_PKEY_verify(key->ctx, signature.ptr, signature.len, input.ptr, input.len) != 1)
		return fail(VSC_E_VERIFY);
	return 0;
}

int
vsc_key_decipher(struct vsc_key *key, enum vsc_scheme scheme, enum vsc_hash hash,
    struct vsc_span cryptogram, struct vsc_out *plain)
{
	uint8_t buf[VSC_KEY_BYTES_MAX];
	size_t len = sizeof(buf);
	int rc, ok;

	if ((rc = prepare(key, VSC_OP_DECIPHER, scheme, hash)) < 0)
		return rc;
	if (cryptogram.len != vsc_key_len(key))
		return VSC_E_PARAM;
	ok = EVP_PKEY_decrypt(key->ctx, buf, &len, cryptogram.ptr, cryptogram.len);
	if (ok == 1)
		vsc_out_put(plain, vsc_span_from(buf, len));
	vsc_wipe(buf, sizeof(buf));
	if (ok != 1)
		return fail(scheme == VSC_SCHEME_RSA_RAW ? VSC_E_PARAM : VSC_E_VERIFY);
	return plain->full ? VSC_E_SPACE : 0;
}

int
vsc_key_encipher(struct vsc_key *key, enum vsc_scheme scheme, enum vsc_hash hash,
    struct vsc_span plain, struct vsc_out *cryptogram)
{
	uint8_t buf[VSC_KEY_BYTES_MAX];
	size_t len = sizeof(buf);
	int rc;

	if ((rc = prepare(key, VSC_OP_ENCIPHER, scheme, hash)) < 0)
		return rc;
	if (scheme == VSC_SCHEME_RSA_RAW && plain.len != vsc_key_len(key))
		return VSC_E_PARAM;
	if (EVP_PKEY_encrypt(key->ctx, buf, &len, plain.ptr, plain.len) != 1)
		return fail(VSC_E_PARAM);
	vsc_out_put(cryptogram, vsc_span_from(buf, len));
	return cryptogram->full ? VSC_E_SPACE : 0;
}

/* The other side's key, its point checked to be on our curve. */
static EVP_PKEY *
peer_key(const struct vsc_key *key, struct vsc_span point)
{
	EVP_PKEY *peer;

	if (key->kind == VSC_KEY_X25519)
		return EVP_PKEY_new_raw_public_key_ex(
		    NULL, key->curve->name, NULL, point.ptr, point.len);
	/* the length rules infinity out, whose encoding is one byte */
	if (point.len != 1 + 2 * key->curve->field_len || point.ptr[0] != 0x04)
		return NULL;
	if ((peer = EVP_PKEY_new()) == NULL)
		return NULL;
	if (EVP_PKEY_copy_parameters(peer, key->pkey) == 1 &&
	    EVP_PKEY_set1_encoded_public_key(peer, point.ptr, point.len) == 1)
		return peer;
	EVP_PKEY_free(peer);
	return NULL;
}

int
vsc_key_agree(struct vsc_key *key, struct vsc_span point, struct vsc_out *secret)
{
	VSC_AUTO_PKEY *peer = NULL;
	size_t len;
	uint8_t *to;

	if (!key->private || (key->kind != VSC_KEY_EC && key->kind != VSC_KEY_X25519))
		return VSC_E_PARAM;
	if ((peer = peer_key(key, point)) == NULL)
		return fail(VSC_E_PARAM);
	if (key->agree == NULL) {
		key->agree = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
		if (key->agree == NULL || EVP_PKEY_derive_init(key->agree) != 1)
			return fail(VSC_E_CRYPTO);
	}
	len = key->curve->field_len;
	if ((to = vsc_out_reserve(secret, len)) == NULL)
		return VSC_E_SPACE;
	/* the point was checked when it was decoded, and all our curves have cofactor 1 */
	if (EVP_PKEY_derive_set_peer_ex(key->agree, peer, 0) != 1 ||
	    EVP_PKEY_derive(key->agree, to, &len) != 1) {
		vsc_out_truncate(secret, secret->len - key->curve->field_len);
		return fail(VSC_E_PARAM);
	}
	return 0;
}

typedef int cipher_fn(
    struct vsc_cipher *cipher, const uint8_t *iv, struct vsc_span in, struct vsc_out *out);

static int
blocks(struct vsc_key *key, enum vsc_scheme scheme, const uint8_t *iv, struct vsc_span in,
    struct vsc_out *out, cipher_fn *run)
{
	size_t block;
	int rc;

	if (key->cipher == NULL || (scheme != VSC_SCHEME_ECB && scheme != VSC_SCHEME_CBC))
		return VSC_E_PARAM;
	block = vsc_cipher_suite(key->cipher)->block_len;
	if (in.len % block != 0)
		return VSC_E_PARAM;
	if (scheme == VSC_SCHEME_CBC)
		return run(key->cipher, iv, in, out);
	for (size_t at = 0; at < in.len; at += block)
		if ((rc = run(key->cipher, NULL, vsc_span_slice(in, at, block), out)) < 0)
			return rc;
	return 0;
}

int
vsc_key_encrypt_blocks(struct vsc_key *key, enum vsc_scheme scheme, const uint8_t *iv,
    struct vsc_span in, struct vsc_out *out)
{
	return blocks(key, scheme, iv, in, out, vsc_cipher_encrypt);
}

int
vsc_key_decrypt_blocks(struct vsc_key *key, enum vsc_scheme scheme, const uint8_t *iv,
    struct vsc_span in, struct vsc_out *out)
{
	return blocks(key, scheme, iv, in, out, vsc_cipher_decrypt);
}

int
vsc_key_mac(struct vsc_key *key, struct vsc_span message, uint8_t mac[8])
{
	return key->cipher == NULL ? VSC_E_PARAM : vsc_cipher_mac(key->cipher, message, mac);
}

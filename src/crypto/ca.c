/* Chip authentication, the chip's side. */
#include "crypto/ca.h"

#include <openssl/evp.h>
#include <string.h>

#include "crypto/auto.h"
#include "crypto/pace.h"
#include "iso/tlv.h"

/* 0.4.0.127.0.7.2.2.3 is id-CA; .1.y DH, .2.y ECDH */
#define ID_CA(x, y)                                                                           \
	{                                                                                     \
		(const uint8_t[]){ 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, x, y }, 10 \
	}

static const struct vsc_ca_alg algs[] = {
	{ ID_CA(1, 1), "DH-3DES", VSC_GROUP_DH, &vsc_suite_3des },
	{ ID_CA(1, 2), "DH-AES-128", VSC_GROUP_DH, &vsc_suite_aes128 },
	{ ID_CA(1, 3), "DH-AES-192", VSC_GROUP_DH, &vsc_suite_aes192 },
	{ ID_CA(1, 4), "DH-AES-256", VSC_GROUP_DH, &vsc_suite_aes256 },
	{ ID_CA(2, 1), "ECDH-3DES", VSC_GROUP_ECDH, &vsc_suite_3des },
	{ ID_CA(2, 2), "ECDH-AES-128", VSC_GROUP_ECDH, &vsc_suite_aes128 },
	{ ID_CA(2, 3), "ECDH-AES-192", VSC_GROUP_ECDH, &vsc_suite_aes192 },
	{ ID_CA(2, 4), "ECDH-AES-256", VSC_GROUP_ECDH, &vsc_suite_aes256 },
};

const struct vsc_ca_alg *
vsc_ca_alg_nth(size_t n)
{
	return n < VSC_COUNT(algs) ? &algs[n] : NULL;
}

const struct vsc_ca_alg *
vsc_ca_alg_find(struct vsc_span oid)
{
	for (size_t i = 0; i < VSC_COUNT(algs); i++)
		if (vsc_span_eq(algs[i].oid, oid))
			return &algs[i];
	return NULL;
}

const struct vsc_ca_alg *
vsc_ca_alg_by_name(const char *name)
{
	for (size_t i = 0; i < VSC_COUNT(algs); i++)
		if (strcmp(algs[i].name, name) == 0)
			return &algs[i];
	return NULL;
}

void
vsc_ca_result_free(struct vsc_ca_result *result)
{
	vsc_session_keys_free(&result->keys);
	vsc_blob_free(&result->terminal_key);
	vsc_blob_free(&result->as_sent);
	vsc_wipe(result->nonce, sizeof(result->nonce));
	vsc_wipe(result->token, sizeof(result->token));
}

/* The session keys; canonical is the terminal's key as tokens have it. */
static int
derive(const struct vsc_ca_alg *alg, const struct vsc_agree_key *key, struct vsc_span terminal_key,
    struct vsc_span nonce, struct vsc_out *canonical, struct vsc_session_keys *keys)
{
	VSC_AUTO_BLOB secret = { NULL, 0 };
	VSC_AUTO_BN_CTX *ctx = BN_CTX_new();
	int err;

	if (ctx == NULL)
		return VSC_E_NOMEM;
	err = vsc_agree(key, terminal_key, ctx, canonical, &secret);
	if (err < 0)
		return err;
	return vsc_session_keys_derive(keys, alg->suite, vsc_blob_span(&secret), nonce);
}

/*
 * Comp() hashes the unsigned integer without leading zeros (TR-03110-3 D.3.4). Terminals that send
 * their DH key with zeros in front (JMRTD: for the sign) hash it with them.
 */
static int
hash_as_sent(struct vsc_span sent, struct vsc_blob *hash)
{
	uint8_t digest[20];

	if (sent.len == 0 || sent.ptr[0] != 0)
		return 0;
	if (EVP_Digest(sent.ptr, sent.len, digest, NULL, EVP_sha1(), NULL) != 1)
		return VSC_E_CRYPTO;
	return vsc_blob_set(hash, VSC_SPAN_OF(digest));
}

int
vsc_ca_run_1(const struct vsc_ca_alg *alg, const struct vsc_agree_key *key,
    struct vsc_span terminal_key, struct vsc_ca_result *result)
{
	uint8_t buf[VSC_ELEM_MAX];
	struct vsc_out canonical = vsc_out_from(buf, sizeof(buf));
	int err;

	if (alg->kind != vsc_group_kind(key->group))
		return VSC_E_PARAM;
	err = derive(alg, key, terminal_key, VSC_SPAN_EMPTY, &canonical, &result->keys);
	if (err == 0)
		err =
		    vsc_elem_compress(key->group, vsc_out_span(&canonical), &result->terminal_key);
	if (err == 0 && alg->kind == VSC_GROUP_DH)
		err = hash_as_sent(terminal_key, &result->as_sent);
	if (err < 0)
		vsc_ca_result_free(result);
	return err;
}

int
vsc_ca_run_2(const struct vsc_ca_alg *alg, const struct vsc_agree_key *key,
    struct vsc_span terminal_key, struct vsc_span bound, const struct vsc_env *env,
    struct vsc_ca_result *result)
{
	uint8_t buf[VSC_ELEM_MAX];
	struct vsc_out canonical = vsc_out_from(buf, sizeof(buf));
	int err;

	if (alg->kind != vsc_group_kind(key->group))
		return VSC_E_PARAM;
	if ((err = vsc_elem_compress(key->group, terminal_key, &result->terminal_key)) < 0)
		return err;
	if (!vsc_span_eq(vsc_blob_span(&result->terminal_key), bound))
		return VSC_E_VERIFY;
	if (vsc_env_random(env, result->nonce, sizeof(result->nonce)) < 0)
		return VSC_E_CRYPTO;
	err = derive(alg, key, terminal_key, VSC_SPAN_OF(result->nonce), &canonical, &result->keys);
	if (err == 0)
		err = vsc_eac_token(
		    &result->keys, alg->oid, alg->kind, vsc_out_span(&canonical), result->token);
	if (err < 0)
		vsc_ca_result_free(result);
	return err;
}

int
vsc_ca_parse(struct vsc_span data, struct vsc_span *terminal_key)
{
	struct vsc_span dynamic;

	if (vsc_tlv_only(data, 0x7C, &dynamic) < 0 || vsc_tlv_only(dynamic, 0x80, terminal_key) < 0)
		return VSC_E_FORMAT;
	return 0;
}

void
vsc_ca_put(struct vsc_out *out, const struct vsc_ca_result *result)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x7C);

	vsc_tlv_put(out, 0x81, VSC_SPAN_OF(result->nonce));
	vsc_tlv_put(out, 0x82, VSC_SPAN_OF(result->token));
	vsc_tlv_end(out, mark);
}

/* Restricted identification, the chip's side. */
#include "crypto/ri.h"

#include <string.h>

#include "crypto/auto.h"
#include "crypto/params.h"
#include "iso/tlv.h"

/* 0.4.0.127.0.7.2.2.5 is id-RI; .1.y DH, .2.y ECDH */
#define ID_RI(x, y)                                                                           \
	{                                                                                     \
		(const uint8_t[]){ 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x05, x, y }, 10 \
	}

static const struct vsc_ri_alg algs[] = {
	{ ID_RI(1, 1), "DH-SHA-1", VSC_GROUP_DH, VSC_HASH_SHA1 },
	{ ID_RI(1, 2), "DH-SHA-224", VSC_GROUP_DH, VSC_HASH_SHA224 },
	{ ID_RI(1, 3), "DH-SHA-256", VSC_GROUP_DH, VSC_HASH_SHA256 },
	{ ID_RI(1, 4), "DH-SHA-384", VSC_GROUP_DH, VSC_HASH_SHA384 },
	{ ID_RI(1, 5), "DH-SHA-512", VSC_GROUP_DH, VSC_HASH_SHA512 },
	{ ID_RI(2, 1), "ECDH-SHA-1", VSC_GROUP_ECDH, VSC_HASH_SHA1 },
	{ ID_RI(2, 2), "ECDH-SHA-224", VSC_GROUP_ECDH, VSC_HASH_SHA224 },
	{ ID_RI(2, 3), "ECDH-SHA-256", VSC_GROUP_ECDH, VSC_HASH_SHA256 },
	{ ID_RI(2, 4), "ECDH-SHA-384", VSC_GROUP_ECDH, VSC_HASH_SHA384 },
	{ ID_RI(2, 5), "ECDH-SHA-512", VSC_GROUP_ECDH, VSC_HASH_SHA512 },
};

const struct vsc_ri_alg *
vsc_ri_alg_find(struct vsc_span oid)
{
	for (size_t i = 0; i < VSC_COUNT(algs); i++)
		if (vsc_span_eq(algs[i].oid, oid))
			return &algs[i];
	return NULL;
}

const struct vsc_ri_alg *
vsc_ri_alg_by_name(const char *name)
{
	for (size_t i = 0; i < VSC_COUNT(algs); i++)
		if (strcmp(algs[i].name, name) == 0)
			return &algs[i];
	return NULL;
}

static bool
hash_is(struct vsc_span data, struct vsc_span want)
{
	uint8_t digest[VSC_HASH_MAX];
	struct vsc_out out = vsc_out_from(digest, sizeof(digest));

	return vsc_hash_digest(vsc_hash_by_len(want.len), data, &out) == 0 &&
	       vsc_span_eq(vsc_out_span(&out), want);
}

/*
 * TR-03110-3 C.3.2.2: the hash is over the public key data object. Certificates exist with the
 * object's tag and length in the hash and without; both name one key only, so both are taken.
 */
static bool
is_sector(struct vsc_span sector_key, struct vsc_span hash)
{
	uint8_t buf[4 * VSC_ELEM_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	if (vsc_hash_by_len(hash.len) == VSC_HASH_NONE)
		return false;
	vsc_tlv_put(&out, 0x7F49, sector_key);
	return (!out.full && hash_is(vsc_out_span(&out), hash)) || hash_is(sector_key, hash);
}

int
vsc_ri_identify(const struct vsc_ri_alg *alg, const struct vsc_agree_key *key,
    struct vsc_span sector_key, struct vsc_span sector_hash, struct vsc_out *identifier)
{
	VSC_AUTO_BLOB secret = { NULL, 0 };
	VSC_AUTO_BN_CTX *ctx = BN_CTX_new();
	struct vsc_span public;
	int err;

	if (ctx == NULL)
		return VSC_E_NOMEM;
	if (!is_sector(sector_key, sector_hash))
		return VSC_E_VERIFY;
	if (alg->kind != vsc_group_kind(key->group))
		return VSC_E_PARAM;
	err = vsc_params_object_key(key->group, alg->oid, sector_key, &public);
	if (err == 0)
		err = vsc_agree(key, public, ctx, NULL, &secret);
	if (err == 0)
		err = vsc_hash_digest(alg->hash, vsc_blob_span(&secret), identifier);
	return err;
}

int
vsc_ri_parse(struct vsc_span data, struct vsc_span *sector_key, bool *second)
{
	struct vsc_span dynamic;

	if (vsc_tlv_only(data, 0x7C, &dynamic) < 0)
		return VSC_E_FORMAT;
	*second = vsc_tlv_only(dynamic, 0xA2, sector_key) == 0;
	if (!*second && vsc_tlv_only(dynamic, 0xA0, sector_key) < 0)
		return VSC_E_FORMAT;
	return 0;
}

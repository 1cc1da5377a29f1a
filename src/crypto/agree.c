/* Static key agreement keys. */
#include "crypto/agree.h"

#include <openssl/core_names.h>
#include <openssl/objects.h>

#include "crypto/auto.h"
#include "crypto/pem.h"

/* The public key of key->secret. */
static int
complete_key(struct vsc_agree_key *key)
{
	VSC_AUTO_BN_CTX *ctx = BN_CTX_new();
	struct vsc_elem point = { NULL, NULL };
	uint8_t buf[VSC_ELEM_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	int err;

	if (ctx == NULL)
		return VSC_E_NOMEM;
	err = vsc_elem_mul(key->group, key->secret, NULL, ctx, &point);
	if (err == 0)
		err = vsc_elem_encode(key->group, &point, ctx, &out);
	if (err == 0)
		err = vsc_blob_set(&key->public, vsc_out_span(&out));
	vsc_elem_free(&point);
	return err;
}

int
vsc_agree_key_generate(
    struct vsc_agree_key *key, const struct vsc_group *group, const struct vsc_env *env)
{
	int err;

	*key = (struct vsc_agree_key){ .group = group, .secret = BN_new() };
	if (key->secret == NULL)
		return VSC_E_NOMEM;
	err = vsc_group_random(group, env, key->secret);
	if (err == 0)
		err = complete_key(key);
	if (err < 0)
		vsc_agree_key_free(key);
	return err;
}

int
vsc_agree_key_import(
    struct vsc_agree_key *key, const struct vsc_group *group, struct vsc_span secret)
{
	int err;

	*key = (struct vsc_agree_key){ .group = group, .secret = BN_new() };
	if (key->secret == NULL)
		return VSC_E_NOMEM;
	err = vsc_group_scalar(group, secret, key->secret);
	if (err == 0)
		err = complete_key(key);
	if (err < 0)
		vsc_agree_key_free(key);
	return err;
}

static bool
pkey_in_group(const EVP_PKEY *pkey, const struct vsc_group *group)
{
	BIGNUM *p = NULL;
	char name[64];
	size_t len;
	bool same;

	if (vsc_group_kind(group) == VSC_GROUP_ECDH)
		return EVP_PKEY_is_a(pkey, "EC") == 1 &&
		       EVP_PKEY_get_group_name(pkey, name, sizeof(name), &len) == 1 &&
		       OBJ_txt2nid(name) == EC_GROUP_get_curve_name(vsc_group_ec(group));
	same = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_P, &p) == 1 &&
	       BN_cmp(p, vsc_group_prime(group)) == 0;
	BN_free(p);
	return same;
}

int
vsc_agree_key_read(struct vsc_agree_key *key, const struct vsc_group *group, struct vsc_span file)
{
	VSC_AUTO_PKEY *pkey = vsc_pem_key(file);
	BIGNUM *secret = NULL;
	uint8_t buf[VSC_SCALAR_MAX];
	int len, err = VSC_E_FORMAT;

	*key = (struct vsc_agree_key){ .group = NULL };
	if (pkey == NULL) {
		/* a bare scalar may have a zero byte in front, as an INTEGER has */
		if (file.len == 0 || file.len > vsc_group_field_len(group) + 1)
			return VSC_E_FORMAT;
		return vsc_agree_key_import(key, group, file);
	}
	if (!pkey_in_group(pkey, group))
		return VSC_E_PARAM;
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &secret) == 1 &&
	    (len = BN_bn2binpad(secret, buf, BN_num_bytes(secret))) > 0)
		err = vsc_agree_key_import(key, group, vsc_span_from(buf, (size_t)len));
	BN_clear_free(secret);
	vsc_wipe(buf, sizeof(buf));
	return err;
}

int
vsc_agree_key_export(const struct vsc_agree_key *key, struct vsc_blob *secret)
{
	if (vsc_blob_alloc(secret, vsc_group_order_len(key->group)) < 0)
		return VSC_E_NOMEM;
	return BN_bn2binpad(key->secret, secret->ptr, (int)secret->len) < 0 ? VSC_E_CRYPTO : 0;
}

int
vsc_agree(const struct vsc_agree_key *key, struct vsc_span peer, BN_CTX *ctx,
    struct vsc_out *canonical, struct vsc_blob *secret)
{
	uint8_t buf[VSC_ELEM_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_elem theirs = { NULL, NULL }, shared = { NULL, NULL };
	int err = vsc_elem_decode(key->group, peer, ctx, &theirs);

	if (err == 0)
		err = vsc_elem_encode(key->group, &theirs, ctx, &out);
	if (err == 0 && vsc_span_eq(vsc_out_span(&out), vsc_blob_span(&key->public)))
		err = VSC_E_PARAM;
	if (err == 0)
		err = vsc_elem_mul(key->group, key->secret, &theirs, ctx, &shared);
	if (err == 0 && vsc_elem_is_identity(key->group, &shared))
		err = VSC_E_PARAM;
	if (err == 0)
		err = vsc_elem_secret(key->group, &shared, ctx, secret);
	vsc_elem_free(&theirs);
	vsc_elem_free(&shared);
	if (err == 0 && canonical != NULL) {
		vsc_out_put(canonical, vsc_out_span(&out));
		err = canonical->full ? VSC_E_SPACE : 0;
	}
	return err;
}

void
vsc_agree_key_free(struct vsc_agree_key *key)
{
	BN_clear_free(key->secret);
	vsc_blob_free(&key->public);
	*key = (struct vsc_agree_key){ .group = NULL };
}

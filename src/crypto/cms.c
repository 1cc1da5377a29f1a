/* CMS SignedData of a document: EF.CardSecurity, EF.SOD. */
#include "crypto/cms.h"

#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "base/auto.h"
#include "crypto/auto.h"
#include "crypto/sign_env.h"
#include "crypto/signer.h"
#include "iso/tlv.h"

/* OpenSSL writes version 3 by itself, because the content type is not id-data (RFC 5652 5.1). */
#define FLAGS (CMS_BINARY | CMS_NOSMIMECAP | CMS_PARTIAL)

VSC_DEFINE_CLEANUP(auto_time, ASN1_TIME, ASN1_TIME_free)

static int
add_signer(CMS_ContentInfo *cms, const struct vsc_signer *signer, const struct vsc_env *env)
{
	CMS_SignerInfo *info = CMS_add1_signer(cms, signer->ds, signer->ds_key, EVP_sha256(),
	    FLAGS | (signer->pss ? CMS_KEY_PARAM : 0));
	const int64_t now = signer->signs_at != 0 ? signer->signs_at : vsc_env_now(env);
	VSC_CLEANUP(auto_time) ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)now);
	EVP_PKEY_CTX *ctx;

	if (info == NULL || when == NULL)
		return VSC_E_CRYPTO;
	if (signer->pss && ((ctx = CMS_SignerInfo_get0_pkey_ctx(info)) == NULL ||
			       EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1 ||
			       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) != 1))
		return VSC_E_CRYPTO;
	/* without this one OpenSSL would add the host's time */
	return CMS_signed_add1_attr_by_NID(info, NID_pkcs9_signingTime, when->type, when, -1) == 1
		   ? 0
		   : VSC_E_CRYPTO;
}

static int
to_der(const CMS_ContentInfo *cms, struct vsc_blob *der)
{
	uint8_t *bytes = NULL;
	int len = i2d_CMS_ContentInfo(cms, &bytes), err;

	if (len <= 0)
		return VSC_E_CRYPTO;
	err = vsc_blob_set(der, vsc_span_from(bytes, (size_t)len));
	OPENSSL_free(bytes);
	return err;
}

/* The value of the last of some objects */
static int
last_of(struct vsc_span objects, struct vsc_span *value)
{
	struct vsc_in in = vsc_in_from(objects);
	struct vsc_tlv tlv;
	int more, found = VSC_E_FORMAT;

	while ((more = vsc_tlv_next(&in, &tlv)) == 1) {
		*value = tlv.value;
		found = 0;
	}
	return more < 0 ? more : found;
}

/* RFC 5652 5.4: what is signed is the attributes with the tag of a SET. */
static int
signed_attributes(struct vsc_span cms, struct vsc_blob *message)
{
	/* ContentInfo, [0], SignedData, signerInfos, SignerInfo */
	struct vsc_span at = cms;
	struct vsc_span attributes;
	struct vsc_out out;
	int rc;

	for (int level = 0; level < 5; level++)
		if ((rc = last_of(at, &at)) < 0)
			return rc;
	if ((rc = vsc_tlv_find(at, 0xA0, &attributes)) < 0 ||
	    (rc = vsc_blob_alloc(message, vsc_tlv_size(0x31, attributes.len))) < 0)
		return rc;
	out = vsc_out_from(message->ptr, message->len);
	vsc_tlv_put(&out, 0x31, attributes);
	return 0;
}

/* Once more with env's randomness, if it has any of its own. */
static int
sign_again(const struct vsc_signer *signer, const struct vsc_env *env, struct vsc_blob *cms)
{
	VSC_AUTO_BLOB message = { NULL, 0 };

	if (!vsc_sign_draws(signer->ds_key, signer->pss, env))
		return 0;
	if (signed_attributes(vsc_blob_span(cms), &message) < 0)
		return VSC_E_CRYPTO;
	return vsc_sign_again(cms, 5, signer->ds_key, signer->pss, vsc_blob_span(&message), env);
}

int
vsc_cms_sign(const struct vsc_signer *signer, const char *content_type, struct vsc_span content,
    const struct vsc_env *env, struct vsc_blob *cms)
{
	VSC_AUTO_CMS *info = CMS_sign(NULL, NULL, NULL, NULL, FLAGS);
	VSC_AUTO_ASN1_OBJECT *type = OBJ_txt2obj(content_type, 1);
	VSC_AUTO_BIO *data = BIO_new_mem_buf(content.ptr, (int)content.len);
	int err;

	if (info == NULL || type == NULL || data == NULL ||
	    CMS_set1_eContentType(info, type) != 1 || add_signer(info, signer, env) < 0 ||
	    CMS_final(info, data, NULL, FLAGS) != 1)
		return VSC_E_CRYPTO;
	if ((err = to_der(info, cms)) < 0)
		return err;
	return sign_again(signer, env, cms);
}

/* NULL unless the input is one SignedData of this content type and nothing else */
static CMS_ContentInfo *
parse(struct vsc_span cms, const char *content_type)
{
	const uint8_t *at = cms.ptr;
	CMS_ContentInfo *info = d2i_CMS_ContentInfo(NULL, &at, (long)cms.len);
	VSC_AUTO_ASN1_OBJECT *type = content_type == NULL ? NULL : OBJ_txt2obj(content_type, 1);

	if (info == NULL)
		return NULL;
	if (at != cms.ptr + cms.len || OBJ_obj2nid(CMS_get0_type(info)) != NID_pkcs7_signed ||
	    (type != NULL && OBJ_cmp(type, CMS_get0_eContentType(info)) != 0)) {
		CMS_ContentInfo_free(info);
		return NULL;
	}
	return info;
}

int
vsc_cms_content(struct vsc_span cms, const char *content_type, struct vsc_blob *content)
{
	VSC_AUTO_CMS *info = parse(cms, content_type);
	ASN1_OCTET_STRING **octets = info == NULL ? NULL : CMS_get0_content(info);

	if (octets == NULL || *octets == NULL)
		return VSC_E_FORMAT;
	return vsc_blob_set(content,
	    vsc_span_from(ASN1_STRING_get0_data(*octets), (size_t)ASN1_STRING_length(*octets)));
}

/* Every certificate inside is signed by the CSCA; then the object by one of those. */
int
vsc_cms_verify(struct vsc_span cms, struct vsc_span csca)
{
	VSC_AUTO_CMS *info = parse(cms, NULL);
	const uint8_t *at = csca.ptr;
	VSC_AUTO_X509 *root = d2i_X509(NULL, &at, (long)csca.len);
	STACK_OF(X509) * certs;
	int ok;

	if (info == NULL || root == NULL)
		return VSC_E_FORMAT;
	certs = CMS_get1_certs(info);
	ok = certs != NULL && sk_X509_num(certs) > 0;
	for (int i = 0; ok && i < sk_X509_num(certs); i++)
		ok = X509_verify(sk_X509_value(certs, i), X509_get0_pubkey(root)) == 1;
	ok = ok && CMS_verify(info, certs, NULL, NULL, NULL,
		       CMS_NO_SIGNER_CERT_VERIFY | CMS_NOINTERN | CMS_BINARY) == 1;
	sk_X509_pop_free(certs, X509_free);
	return ok ? 0 : VSC_E_VERIFY;
}

void
vsc_dg_hashes_put(struct vsc_out *out, const struct vsc_dg_hash *groups, size_t count)
{
	struct vsc_tlv_mark list = vsc_tlv_begin(out, 0x30);

	for (size_t i = 0; i < count; i++) {
		struct vsc_tlv_mark group = vsc_tlv_begin(out, 0x30);

		vsc_tlv_put_u8(out, 0x02, (uint8_t)groups[i].number);
		vsc_tlv_put(out, 0x04, groups[i].hash);
		vsc_tlv_end(out, group);
	}
	vsc_tlv_end(out, list);
}

int
vsc_lds_object_put(
    struct vsc_out *out, enum vsc_hash hash, const struct vsc_dg_hash *groups, size_t count)
{
	struct vsc_tlv_mark object = vsc_tlv_begin(out, 0x30), algorithm;

	if (hash == VSC_HASH_NONE)
		return VSC_E_PARAM;
	vsc_tlv_put_u8(out, 0x02, 0);
	algorithm = vsc_tlv_begin(out, 0x30);
	vsc_tlv_put(out, 0x06, vsc_hash_info(hash)->oid);
	vsc_tlv_end(out, algorithm);
	vsc_dg_hashes_put(out, groups, count);
	vsc_tlv_end(out, object);
	return out->full ? VSC_E_SPACE : 0;
}

int
vsc_sod_build(const struct vsc_signer *signer, enum vsc_hash hash, const struct vsc_dg_hash *groups,
    size_t count, const struct vsc_env *env, struct vsc_blob *sod)
{
	uint8_t buf[2048];
	struct vsc_out object = vsc_out_from(buf, sizeof(buf)), out;
	VSC_AUTO_BLOB cms = { NULL, 0 };
	int err = vsc_lds_object_put(&object, hash, groups, count);

	if (err == 0)
		err = vsc_cms_sign(signer, VSC_OID_LDS_OBJECT, vsc_out_span(&object), env, &cms);
	if (err == 0)
		err = vsc_blob_alloc(sod, vsc_tlv_size(0x77, cms.len));
	if (err < 0)
		return err;
	out = vsc_out_from(sod->ptr, sod->len);
	vsc_tlv_put(&out, 0x77, vsc_blob_span(&cms));
	return 0;
}

/*
 * Signed objects of a document: EF.CardSecurity and EF.SOD as CMS SignedData version 3 (RFC 5652,
 * Doc 9303-10 4.6.2, TR-03110-3 A.1.2.5), by a document signer that is made for the card
 * (signer.h).
 */
#ifndef VSC_CRYPTO_CMS_H
#define VSC_CRYPTO_CMS_H

#include "base/bytes.h"
#include "base/env.h"
#include "crypto/alg.h"

struct vsc_signer;

#define VSC_OID_SECURITY_OBJECT "0.4.0.127.0.7.3.2.1" /* eContentType of EF.CardSecurity */
#define VSC_OID_LDS_OBJECT      "2.23.136.1.1.1"      /* eContentType of EF.SOD */

/* content signed with SHA-256 or what fits the key; the document signer's certificate inside, one
 * SignerInfo with signed attributes, the signing time of env's clock. cms: the whole ContentInfo.
 */
VSC_MUST_CHECK int vsc_cms_sign(const struct vsc_signer *signer, const char *content_type,
    struct vsc_span content, const struct vsc_env *env, struct vsc_blob *cms);

/* What a SignedData carries; no signature is checked. VSC_E_FORMAT: not one of this content type.
 */
VSC_MUST_CHECK int vsc_cms_content(
    struct vsc_span cms, const char *content_type, struct vsc_blob *content);

/* Both signatures, the object's and the document signer's, up to the CSCA certificate (DER). No
 * dates are looked at. VSC_E_VERIFY. */
VSC_MUST_CHECK int vsc_cms_verify(struct vsc_span cms, struct vsc_span csca);

struct vsc_dg_hash {
	unsigned number;
	struct vsc_span hash;
};

/* SEQUENCE OF SEQUENCE { number, hash } */
void vsc_dg_hashes_put(struct vsc_out *out, const struct vsc_dg_hash *groups, size_t count);

/* LDSSecurityObject version 0: the content of a SOD. */
VSC_MUST_CHECK int vsc_lds_object_put(
    struct vsc_out *out, enum vsc_hash hash, const struct vsc_dg_hash *groups, size_t count);

/* EF.SOD: 77 { ContentInfo }. */
VSC_MUST_CHECK int vsc_sod_build(const struct vsc_signer *signer, enum vsc_hash hash,
    const struct vsc_dg_hash *groups, size_t count, const struct vsc_env *env,
    struct vsc_blob *sod);

#endif

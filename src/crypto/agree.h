/*
 * Static key agreement keys: of chip authentication, restricted identification and chip
 * authentication mapping.
 */
#ifndef VSC_CRYPTO_AGREE_H
#define VSC_CRYPTO_AGREE_H

#include "crypto/group.h"

/* A key pair of the chip that lives longer than a session. */
struct vsc_agree_key {
	const struct vsc_group *group; /* borrowed */
	BIGNUM *secret;
	struct vsc_blob public; /* encoded */
};

VSC_MUST_CHECK int vsc_agree_key_generate(
    struct vsc_agree_key *key, const struct vsc_group *group, const struct vsc_env *env);
VSC_MUST_CHECK int vsc_agree_key_import(
    struct vsc_agree_key *key, const struct vsc_group *group, struct vsc_span secret);

/*
 * From a file: a private key in PKCS#8 or another OpenSSL form (DER or PEM), or the bare scalar.
 * VSC_E_PARAM: the key is in another group; VSC_E_FORMAT: nothing of the kind.
 */
VSC_MUST_CHECK int vsc_agree_key_read(
    struct vsc_agree_key *key, const struct vsc_group *group, struct vsc_span file);

/* The scalar in order_len bytes, for saving. */
VSC_MUST_CHECK int vsc_agree_key_export(const struct vsc_agree_key *key, struct vsc_blob *secret);

/*
 * Key agreement with a key that came in: checked as vsc_elem_decode does, and not our own
 * (VSC_E_PARAM). canonical (may be NULL) gets its one encoding.
 */
VSC_MUST_CHECK int vsc_agree(const struct vsc_agree_key *key, struct vsc_span peer, BN_CTX *ctx,
    struct vsc_out *canonical, struct vsc_blob *secret);
void vsc_agree_key_free(struct vsc_agree_key *key);

#endif

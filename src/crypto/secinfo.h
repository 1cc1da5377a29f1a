/*
 * SecurityInfos (TR-03110-3 A.1, Doc 9303-11 9.2): the sets in EF.CardAccess, EF.CardSecurity,
 * EF.ChipSecurity and DG14 that tell a terminal what the chip can do. Write one, read one.
 */
#ifndef VSC_CRYPTO_SECINFO_H
#define VSC_CRYPTO_SECINFO_H

#include "crypto/ca.h"
#include "crypto/cms.h"
#include "crypto/pace.h"
#include "crypto/ri.h"

#define VSC_SECINFO_NONE (-1) /* a key or parameter id that is not there */

/* --- Writing: each appends one SecurityInfo --- */

/* PACEInfo, version 2. */
void vsc_secinfo_put_pace(struct vsc_out *out, const struct vsc_pace_alg *alg, int param_id);
/* PACEDomainParameterInfo for the mapping and kind of alg; algorithm is an AlgorithmIdentifier. */
void vsc_secinfo_put_pace_params(
    struct vsc_out *out, const struct vsc_pace_alg *alg, struct vsc_span algorithm, int param_id);
void vsc_secinfo_put_ca(
    struct vsc_out *out, const struct vsc_ca_alg *alg, unsigned version, int key_id);
/* ChipAuthenticationDomainParameterInfo with standardised parameters. */
void vsc_secinfo_put_ca_params(
    struct vsc_out *out, enum vsc_group_kind kind, unsigned param_id, int key_id);
/* spki: the whole SubjectPublicKeyInfo */
void vsc_secinfo_put_ca_public(
    struct vsc_out *out, enum vsc_group_kind kind, struct vsc_span spki, int key_id);
void vsc_secinfo_put_ta(struct vsc_out *out, unsigned version);
/* Version 1 of the protocol; authorized_only: the terminal needs the right to use this key. */
void vsc_secinfo_put_ri(
    struct vsc_out *out, const struct vsc_ri_alg *alg, unsigned key_id, bool authorized_only);
void vsc_secinfo_put_ri_params(struct vsc_out *out, enum vsc_group_kind kind, unsigned param_id);
void vsc_secinfo_put_locator(struct vsc_out *out, const char *url);
/* infos: the elements of the inner set, concatenated and in DER order */
void vsc_secinfo_put_privileged(struct vsc_out *out, struct vsc_span infos);
/*
 * The elements of a set once more, with `keys` (ChipAuthenticationPublicKeyInfos of privileged
 * keys) inside of its PrivilegedTerminalInfo (A.1.2.3).
 */
VSC_MUST_CHECK int vsc_secinfos_put_with_privileged(
    struct vsc_out *out, struct vsc_span elements, struct vsc_span keys);
/* eIDSecurityInfo: hashes of data groups */
void vsc_secinfo_put_eid(
    struct vsc_out *out, enum vsc_hash hash, const struct vsc_dg_hash *groups, size_t count);
/* ActiveAuthenticationInfo: ECDSA, plain format (0.4.0.127.0.7.1.1.4.1.x) */
void vsc_secinfo_put_aa(struct vsc_out *out, enum vsc_hash hash);

/* The elements written so far become a SET in DER: ordered by their encoding. */
VSC_MUST_CHECK int vsc_secinfos_finish(struct vsc_span elements, struct vsc_blob *set);

/* --- Reading --- */

enum vsc_secinfo_kind {
	VSC_SECINFO_OTHER, /* an OID we do not know */
	VSC_SECINFO_PACE,
	VSC_SECINFO_PACE_PARAMS,
	VSC_SECINFO_CA,
	VSC_SECINFO_CA_PARAMS,
	VSC_SECINFO_CA_PUBLIC,
	VSC_SECINFO_TA,
	VSC_SECINFO_RI,
	VSC_SECINFO_RI_PARAMS,
	VSC_SECINFO_LOCATOR,
	VSC_SECINFO_EID,
	VSC_SECINFO_AA,
};

struct vsc_secinfo {
	enum vsc_secinfo_kind kind;
	bool privileged;               /* inside a PrivilegedTerminalInfo */
	struct vsc_span oid, required; /* borrowed; required: the whole second element */
	int version;                   /* of PACE, CA, TA, AA; else 0 */
	int id;                        /* key or parameter id, VSC_SECINFO_NONE */
	const struct vsc_pace_alg *pace;
	const struct vsc_ca_alg *ca;
	const struct vsc_ri_alg *ri;
};

#define VSC_SECINFOS_MAX 40u

struct vsc_secinfos {
	struct vsc_secinfo list[VSC_SECINFOS_MAX];
	size_t count;
};

/* set: the whole SET. VSC_E_FORMAT, VSC_E_SPACE (too many). Order is not checked: real files
 * differ. */
VSC_MUST_CHECK int vsc_secinfos_parse(struct vsc_span set, struct vsc_secinfos *infos);

/* The first of a kind with this id (VSC_SECINFO_NONE: any); NULL. */
const struct vsc_secinfo *vsc_secinfos_find(
    const struct vsc_secinfos *infos, enum vsc_secinfo_kind kind, int id);

#endif

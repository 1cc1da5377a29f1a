/*
 * Restricted identification, the chip's side (TR-03110-2 3.5, -3 B.4): a sector's key and the
 * chip's secret give an identifier that only this sector can recognise.
 */
#ifndef VSC_CRYPTO_RI_H
#define VSC_CRYPTO_RI_H

#include "crypto/agree.h"
#include "crypto/kdf.h"

/* One row of the table of id-RI-*. */
struct vsc_ri_alg {
	struct vsc_span oid; /* value of a DO'06' */
	const char *name;    /* "ECDH-SHA-256" */
	enum vsc_group_kind kind;
	enum vsc_hash hash;
};

/* NULL: no such protocol. */
const struct vsc_ri_alg *vsc_ri_alg_find(struct vsc_span oid);
const struct vsc_ri_alg *vsc_ri_alg_by_name(const char *name);

/*
 * sector_key: the public key object of the sector, without its tag 7F49: 06 and 81 to 87 with
 * domain parameters that must be those of our key. sector_hash: what the terminal's certificate
 * says about it. The identifier is appended. VSC_E_VERIFY: the hash is of another key;
 * VSC_E_FORMAT, VSC_E_PARAM: not a key for us.
 */
VSC_MUST_CHECK int vsc_ri_identify(const struct vsc_ri_alg *alg, const struct vsc_agree_key *key,
    struct vsc_span sector_key, struct vsc_span sector_hash, struct vsc_out *identifier);

/* The data field of GENERAL AUTHENTICATE: 7C { A0 first or A2 second sector key }. second tells
 * which. */
VSC_MUST_CHECK int vsc_ri_parse(struct vsc_span data, struct vsc_span *sector_key, bool *second);

#endif

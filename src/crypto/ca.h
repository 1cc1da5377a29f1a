/*
 * Chip authentication versions 1 and 2, the chip's side (TR-03110-1 3.3, -2 3.4, -3 B.2): a key
 * agreement between the chip's static key and a key of the terminal, which gives new session keys.
 */
#ifndef VSC_CRYPTO_CA_H
#define VSC_CRYPTO_CA_H

#include "crypto/agree.h"
#include "crypto/kdf.h"

#define VSC_CA_NONCE_LEN 8

/* One row of the table of id-CA-*. */
struct vsc_ca_alg {
	struct vsc_span oid; /* value of a DO'06' */
	const char *name;    /* "ECDH-AES-128" */
	enum vsc_group_kind kind;
	const struct vsc_suite *suite;
};

/* NULL: no such protocol. */
const struct vsc_ca_alg *vsc_ca_alg_find(struct vsc_span oid);
const struct vsc_ca_alg *vsc_ca_alg_by_name(const char *name);
const struct vsc_ca_alg *vsc_ca_alg_nth(size_t n);

/* What came out; zeroed before the first use. */
struct vsc_ca_result {
	struct vsc_session_keys keys;
	struct vsc_blob terminal_key; /* Comp(the terminal's key): version 1 signs it in TA */
	struct vsc_blob as_sent; /* version 1, DH: the hash of what came in, if that is another */
	uint8_t nonce[VSC_CA_NONCE_LEN], token[VSC_SUITE_MAC_LEN]; /* version 2 */
};
void vsc_ca_result_free(struct vsc_ca_result *result);

/* Version 1: no nonce, no token. VSC_E_FORMAT or VSC_E_PARAM: not a key of the group. */
VSC_MUST_CHECK int vsc_ca_run_1(const struct vsc_ca_alg *alg, const struct vsc_agree_key *key,
    struct vsc_span terminal_key, struct vsc_ca_result *result);

/* Version 2. bound: Comp(key) from terminal authentication. VSC_E_VERIFY: this key is another. */
VSC_MUST_CHECK int vsc_ca_run_2(const struct vsc_ca_alg *alg, const struct vsc_agree_key *key,
    struct vsc_span terminal_key, struct vsc_span bound, const struct vsc_env *env,
    struct vsc_ca_result *result);

/* The data field of GENERAL AUTHENTICATE: 7C { 80 key }. */
VSC_MUST_CHECK int vsc_ca_parse(struct vsc_span data, struct vsc_span *terminal_key);
/* Its answer: 7C { 81 nonce, 82 token } in version 2. */
void vsc_ca_put(struct vsc_out *out, const struct vsc_ca_result *result);

#endif

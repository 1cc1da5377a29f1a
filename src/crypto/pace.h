/*
 * PACE version 2, the chip's side (Doc 9303-11 4.4, TR-03110-2 3.2 and -3 B.1): a state machine
 * over values. Four steps in this order, nonce, mapping, key agreement, token; a failure ends the
 * run and wipes it. Randomness comes from the environment in this order: nonce, mapping key,
 * agreement key.
 */
#ifndef VSC_CRYPTO_PACE_H
#define VSC_CRYPTO_PACE_H

#include "crypto/agree.h"
#include "crypto/kdf.h"

enum vsc_pace_mapping { VSC_PACE_GM, VSC_PACE_IM, VSC_PACE_CAM };

/* One row of the table of id-PACE-*. */
struct vsc_pace_alg {
	struct vsc_span oid; /* value of a DO'06' */
	const char *name;    /* "ECDH-GM-AES-128" */
	enum vsc_group_kind kind;
	enum vsc_pace_mapping mapping;
	const struct vsc_suite *suite;
};

/* NULL: no such protocol. */
const struct vsc_pace_alg *vsc_pace_alg_find(struct vsc_span oid);
const struct vsc_pace_alg *vsc_pace_alg_by_name(const char *name);
const struct vsc_pace_alg *vsc_pace_alg_nth(size_t n);

/* f(MRZ): SHA-1 of document number, birth date and expiry, each with its check digit. The other
 * passwords' f() is the identity. */
VSC_MUST_CHECK int vsc_pace_mrz_secret(struct vsc_span mrz_information, struct vsc_blob *secret);

/* Can this protocol run on this group? The kinds must fit, and integrated mapping needs p = 3
 * mod 4. */
bool vsc_pace_possible(const struct vsc_pace_alg *alg, const struct vsc_group *group);

struct vsc_pace_setup {
	const struct vsc_pace_alg *alg;
	const struct vsc_group *group; /* must outlive the run */
	struct vsc_span password;      /* f(password) */
	const struct vsc_agree_key
	    *cam_key; /* chip authentication mapping only; must outlive the run */
	struct vsc_span car,
	    previous_car; /* trust points to name in the last answer; may be empty */
};

struct vsc_pace;

VSC_MUST_CHECK int vsc_pace_new(
    struct vsc_pace **pace, const struct vsc_pace_setup *setup, const struct vsc_env *env);
void vsc_pace_free(struct vsc_pace *pace);

/*
 * One GENERAL AUTHENTICATE: data is its data field, 7C and nothing else; the answer's 7C goes to
 * out. VSC_E_FORMAT: not decodable (6A80); VSC_E_PARAM: a key that is not in the group, or our own
 * (6A80); VSC_E_STATE: not this step's turn; VSC_E_VERIFY: wrong token, which means a wrong
 * password (6300).
 */
VSC_MUST_CHECK int vsc_pace_step(struct vsc_pace *pace, struct vsc_span data, struct vsc_out *out);

/* The token is the only step whose command does not announce another one by its class byte. */
bool vsc_pace_expects_token(const struct vsc_pace *pace);
bool vsc_pace_done(const struct vsc_pace *pace);

/* After the end: session keys, and ID_PICC = Comp(the chip's agreement key). Lent; empty before. */
const struct vsc_session_keys *vsc_pace_keys(const struct vsc_pace *pace);
struct vsc_span vsc_pace_id_picc(const struct vsc_pace *pace);

/* The steps as values, for those who do not speak TLV. */
VSC_MUST_CHECK int vsc_pace_nonce(struct vsc_pace *pace, struct vsc_out *z);
/* GM and CAM: peer is a key and own gets one; IM: peer is a nonce and own gets nothing. */
VSC_MUST_CHECK int vsc_pace_map(struct vsc_pace *pace, struct vsc_span peer, struct vsc_out *own);
VSC_MUST_CHECK int vsc_pace_agree(struct vsc_pace *pace, struct vsc_span peer, struct vsc_out *own);
/* token gets 8 bytes; cam (may be NULL unless CAM) the encrypted chip authentication data. */
VSC_MUST_CHECK int vsc_pace_token(
    struct vsc_pace *pace, struct vsc_span peer, struct vsc_out *token, struct vsc_out *cam);

/* MAC over 7F49 { 06 oid, 86 or 84 key }, as PACE and chip authentication 2 both use it. */
VSC_MUST_CHECK int vsc_eac_token(const struct vsc_session_keys *keys, struct vsc_span oid,
    enum vsc_group_kind kind, struct vsc_span key, uint8_t token[VSC_SUITE_MAC_LEN]);

#endif

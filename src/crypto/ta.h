/*
 * Terminal authentication versions 1 and 2, the chip's side (TR-03110-1 3.4, -2 3.3, -3 2 and B.3):
 * which certificate may follow which, what rights remain, and whether the terminal has the key.
 */
#ifndef VSC_CRYPTO_TA_H
#define VSC_CRYPTO_TA_H

#include "crypto/trust.h"

#define VSC_TA_CHALLENGE_LEN   8
#define VSC_TA_FINGERPRINT_LEN 32

enum vsc_ta_version { VSC_TA_1 = 1, VSC_TA_2 = 2 };

struct vsc_ta_setup {
	enum vsc_ta_version version;
	struct vsc_trust *trust; /* changes when certificates are verified: then save it */
	const struct vsc_env *env;
	struct vsc_chat chat;    /* of PACE, version 2; version 1: type IS and all rights */
	bool ignore_dates;       /* --disable-ta-checks: expiry is not looked at, all else is */
	struct vsc_span as_sent; /* version 1: another Comp(PK_IFD) to accept, or none. Borrowed */
};

/* A verified certificate of this session. */
struct vsc_ta_cert {
	struct vsc_blob chr;
	struct vsc_chat chat;
	bool domestic; /* below a domestic DV, or one */
	uint32_t expiration;
	struct vsc_cv_key key;
	struct vsc_blob extensions;
	uint8_t
	    fingerprint[VSC_TA_FINGERPRINT_LEN]; /* SHA-256 of the public key object's content */
};

/* One session. Treat as opaque; set up by vsc_ta_start, zeroed is idle. */
struct vsc_ta {
	struct vsc_ta_setup setup;
	const struct vsc_trust_point *anchor; /* issuer selected by reference: this, */
	bool issuer_is_cert;                  /* or the certificate verified last */
	struct vsc_ta_cert cert;
	uint64_t rights; /* of the chain so far */
	bool key_set, challenged, done;
	struct vsc_blob terminal_key; /* Comp(ephemeral key), version 2 */
	struct vsc_blob aux;          /* the object 67 as received */
	uint8_t challenge[VSC_TA_CHALLENGE_LEN];
};

void vsc_ta_start(struct vsc_ta *ta, const struct vsc_ta_setup *setup);
/* Everything of the session is forgotten and wiped. */
void vsc_ta_reset(struct vsc_ta *ta);

/* MSE:Set DST. VSC_E_NOT_FOUND: neither a trust point nor the certificate verified last (6A88). */
VSC_MUST_CHECK int vsc_ta_set_issuer(struct vsc_ta *ta, struct vsc_span car);

/*
 * PSO:VERIFY CERTIFICATE. VSC_E_STATE: no issuer was selected (6985); VSC_E_FORMAT, _UNSUPPORTED:
 * not a certificate we read; VSC_E_NOT_FOUND: its CAR is not the selected issuer (6A88);
 * VSC_E_VERIFY: signature, role, type or date. The trust store has changed if vsc_ta_trust_changed
 * says so.
 */
VSC_MUST_CHECK int vsc_ta_verify_certificate(
    struct vsc_ta *ta, struct vsc_span data, bool *trust_changed);

/*
 * MSE:Set AT. oid may be empty in version 1; then so are terminal_key and aux (the whole object 67,
 * or empty). VSC_E_NOT_FOUND: chr is not the verified terminal's (6A88); VSC_E_PARAM: oid is not
 * its key's algorithm; VSC_E_FORMAT: aux or key malformed. What an earlier call set is forgotten.
 */
VSC_MUST_CHECK int vsc_ta_set_key(struct vsc_ta *ta, struct vsc_span oid, struct vsc_span chr,
    struct vsc_span terminal_key, struct vsc_span aux);

/* GET CHALLENGE: a new one, good for one attempt. */
VSC_MUST_CHECK int vsc_ta_challenge(struct vsc_ta *ta, uint8_t challenge[VSC_TA_CHALLENGE_LEN]);

/*
 * EXTERNAL AUTHENTICATE. terminal_key: version 1 gives Comp(PK_IFD) of chip authentication here,
 * version 2 nothing. VSC_E_STATE: no key, no challenge, or done already; VSC_E_VERIFY. The
 * challenge is used up in every case.
 */
VSC_MUST_CHECK int vsc_ta_authenticate(struct vsc_ta *ta, struct vsc_span id_picc,
    struct vsc_span terminal_key, struct vsc_span signature);

bool vsc_ta_done(const struct vsc_ta *ta);
/* Effective rights; none until done. */
uint64_t vsc_ta_rights(const struct vsc_ta *ta);
/* Comp(ephemeral key) that chip authentication must see, after version 2. */
struct vsc_span vsc_ta_terminal_key(const struct vsc_ta *ta);
/* What tells the key of the certificate verified last from others. */
struct vsc_span vsc_ta_fingerprint(const struct vsc_ta *ta);
/* The data of the auxiliary object with this OID, once done. VSC_E_NOT_FOUND. */
VSC_MUST_CHECK int vsc_ta_aux_find(
    const struct vsc_ta *ta, struct vsc_span oid, struct vsc_span *value);
/* Hash of the first (0) or second (1) sector key in the terminal's certificate; empty if none. */
struct vsc_span vsc_ta_sector(const struct vsc_ta *ta, unsigned which);

#endif

/*
 * Extended access control as a card's commands speak it, for the types that have it: PACE, terminal
 * authentication and chip authentication in both versions, restricted identification (TR-03110-3 B
 * and C, Doc 9303-11 4.4 and 6.2). What a type can do stands in struct vsc_eac_setup, what a
 * session has reached in struct vsc_eac; the type's rows call the handlers below. One session per
 * card, on the basic logical channel.
 */
#ifndef VSC_CARDS_EAC_EAC_H
#define VSC_CARDS_EAC_EAC_H

#include "card/card.h"
#include "crypto/ca.h"
#include "crypto/pace.h"
#include "crypto/ri.h"
#include "crypto/ta.h"

/* TR-03110-3 B.11.1: DO'83' of MSE:Set AT; 0 in struct vsc_eac: no PACE in this session. */
enum vsc_eac_password {
	VSC_EAC_MRZ = 1,
	VSC_EAC_CAN = 2,
	VSC_EAC_PIN = 3,
	VSC_EAC_PUK = 4,
};

/* Passwords that never block (Doc 9303-11 4.3.3, 4.4.3; TR-03110-2 2.2): who fails is made to wait,
 * as --auth-delay says. */
struct vsc_eac_delay {
	unsigned ms;       /* for each failed attempt */
	unsigned failures; /* one after the other */
};

/* The option; VSC_E_PARAM is logged. */
VSC_MUST_CHECK int vsc_eac_delay_read(
    struct vsc_card *card, const struct vsc_params *params, struct vsc_eac_delay *delay);
/* Before an attempt. The command's row needs VSC_CMD_SLOW. */
void vsc_eac_delay_wait(struct vsc_card *card, const struct vsc_eac_delay *delay);
/* 9000 or 6300. Who takes the card's power away must not wait the less: with a delay, the count is
 * saved with the card before the answer. */
vsc_sw vsc_eac_delay_judge(struct vsc_card *card, struct vsc_eac_delay *delay, bool right);
/* What a saved card has counted. */
VSC_MUST_CHECK int vsc_eac_delay_load(struct vsc_card *card, struct vsc_eac_delay *delay);

/* One PACEInfo with its domain parameters. */
struct vsc_eac_pace {
	const struct vsc_pace_alg *alg;
	const struct vsc_group *group;
	int param_id;
	const struct vsc_agree_key *cam_key; /* chip authentication mapping only */
};

/* One ChipAuthenticationInfo: a key may stand in several, with other algorithms. */
struct vsc_eac_ca {
	const struct vsc_ca_alg *alg;
	const struct vsc_agree_key *key;
	int key_id;      /* VSC_SECINFO_NONE (-1): the only one, without an identifier */
	bool privileged; /* for terminals with the privileged bit of an AT, or inspection systems */
};

/* One RestrictedIdentificationInfo. */
struct vsc_eac_ri {
	const struct vsc_ri_alg *alg;
	const struct vsc_agree_key *key;
	int key_id;
	bool authorized_only; /* the terminal needs the right "restricted identification" */
};

/* What the type decides. Every member but secret may be NULL. */
struct vsc_eac_hooks {
	/* f(password) into value. VSC_E_NOT_FOUND: this card has no such password (6A88). */
	int (*secret)(struct vsc_card *card, unsigned password, struct vsc_blob *value);
	/* MSE:Set AT named this password; chat is NULL if it had none. 9000, 63CX or 6283: PACE may
	 * go on; anything else refuses. */
	vsc_sw (*may_open)(struct vsc_card *card, unsigned password, const struct vsc_chat *chat);
	/* Before the first GENERAL AUTHENTICATE: can the password be used now? 9000 or the refusal.
	 */
	vsc_sw (*may_try)(struct vsc_card *card, unsigned password);
	/* The token is here and will be judged next: spend a try, saved. 9000 or the refusal. */
	vsc_sw (*spend)(struct vsc_card *card, unsigned password);
	/* It was judged. Wrong: the status word (6300, 63CX). Right: 9000. */
	vsc_sw (*judged)(struct vsc_card *card, unsigned password, bool right);
	/* The trust points or the chip's date have changed: save them. */
	int (*trust_changed)(struct vsc_card *card);
};

struct vsc_eac_setup {
	const struct vsc_eac_hooks *hooks;
	const struct vsc_eac_pace *pace;
	size_t npace;
	const struct vsc_eac_ca *ca;
	size_t nca;
	const struct vsc_eac_ri *ri;
	size_t nri;
	struct vsc_trust *trust;     /* NULL: no terminal authentication */
	enum vsc_ta_version version; /* 2: PACE, TA, CA (identity cards); 1: CA, TA (passports) */
	bool ignore_dates;
	bool plain_ca;     /* chip authentication may open the first session: no access control */
	unsigned sm_flags; /* enum vsc_sm_flags, of every session started here */
};

/* Session contexts (TR-03110-3 B.11): 0 is that of PACE, the terminal gives numbers to those of
 * chip authentication, or none: then there is no way back to them. */
#define VSC_EAC_DEFAULT  0
#define VSC_EAC_VOLATILE (-1)
#define VSC_EAC_CONTEXTS 8u /* numbers 0 to 7: maxSCNo is 7 */

enum vsc_eac_selected { VSC_EAC_NONE, VSC_EAC_PACE, VSC_EAC_CA, VSC_EAC_RI };

/* Zeroed is idle. Read what you need; write through the functions. */
struct vsc_eac {
	struct vsc_eac_setup setup;

	/* what the last MSE:Set AT chose, and a PACE under way */
	enum vsc_eac_selected selected;
	const struct vsc_eac_pace *pace_row;
	const struct vsc_eac_ca *ca_row;
	const struct vsc_eac_ri *ri_row;
	unsigned wanted; /* the password of the PACE under way */
	bool wanted_has_chat;
	struct vsc_chat wanted_chat;
	struct vsc_pace *pace;
	struct vsc_blob chained; /* parts of a chained GENERAL AUTHENTICATE that is not PACE */

	/* what the session context has proven; all of it goes with secure messaging */
	unsigned password; /* that opened PACE, 0: none */
	bool has_chat;
	struct vsc_chat chat;
	struct vsc_blob id_picc;  /* for terminal authentication */
	struct vsc_blob terminal; /* version 1: Comp(key) of chip authentication, */
	struct vsc_blob as_sent;  /* and the hash of a DH key with its leading zeros */
	struct vsc_ta ta;
	bool ca_done;
	bool privileged; /* chip authentication was done with a privileged terminals' key */

	/* of all contexts of the session */
	int context;                   /* number of this one: VSC_EAC_DEFAULT after PACE */
	int next_context;              /* that the last MSE:Set AT gave chip authentication */
	struct vsc_eac_contexts *left; /* contexts to come back to; NULL: none yet */
};

/* setup's arrays and objects are borrowed and must outlive the card's use. Idle afterwards. */
void vsc_eac_init(struct vsc_eac *eac, const struct vsc_eac_setup *setup);
/* Everything is forgotten, the setup stays: reset, and sm_lost. */
void vsc_eac_reset(struct vsc_eac *eac);
/* Anything but GENERAL AUTHENTICATE comes (the type's `before` calls this): a chain of PACE that is
 * under way is broken off with 6883 (ISO/IEC 7816-4:2020 5.3.3), else 9000. */
vsc_sw vsc_eac_interrupt(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd);

/* Effective rights after TA; none before. With PACE alone: none. */
uint64_t vsc_eac_rights(const struct vsc_eac *eac);
/* Effective rights, if the terminal is of this type; else none. */
uint64_t vsc_eac_rights_of(const struct vsc_eac *eac, enum vsc_cvc_type type);

/* Version 1 without PACE: what BAC gives terminal authentication as ID_PICC, the document number
 * with its check digit. */
VSC_MUST_CHECK int vsc_eac_set_id_picc(struct vsc_eac *eac, struct vsc_span id);

/*
 * The commands. MSE: C1A4 (PACE), 41A4 (CA, RI), 41A6 (CA version 1 with 3DES), 81B6 and 81A4 (TA),
 * 01A4 (back to another session context, version 2);
 * *mine is false if P1-P2 are others: then nothing was done. GENERAL AUTHENTICATE's row needs
 * VSC_CMD_CHAINED. GET CHALLENGE and EXTERNAL AUTHENTICATE: *mine is false where no terminal
 * authentication is possible now (a passport's BAC).
 */
vsc_sw vsc_eac_mse(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd,
    struct vsc_out *out, bool *mine);
vsc_sw vsc_eac_general_authenticate(
    struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd, struct vsc_out *out);
vsc_sw vsc_eac_verify_certificate(
    struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd);
vsc_sw vsc_eac_get_challenge(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd,
    struct vsc_out *out, bool *mine);
vsc_sw vsc_eac_external_authenticate(
    struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd, bool *mine);

#endif

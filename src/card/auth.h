/*
 * PINs, and what has been proven. A PIN is one plain struct with an id that is never reused, so
 * that an image can save it; what a channel has proven is a set of ids, gone with the channel.
 */
#ifndef VSC_CARD_AUTH_H
#define VSC_CARD_AUTH_H

#include "card/card.h"

/* --- PINs --- */

#define VSC_USED_UP UINT32_MAX /* a usage counter that has come to its end */

enum vsc_pin_format {
	VSC_PIN_ANY,     /* bytes */
	VSC_PIN_DIGITS,  /* ASCII digits */
	VSC_PIN_BCD,     /* two digits a byte, F fills up */
	VSC_PIN_FORMAT2, /* ISO 9564-1 format 2: 2n dd .. FF, eight bytes */
};

enum vsc_pin_flags {
	VSC_PIN_ENABLED = 1 << 0,     /* else: verification is not required, the status is given */
	VSC_PIN_MAY_DISABLE = 1 << 1, /* DISABLE VERIFICATION REQUIREMENT works */
	VSC_PIN_PADDED = 1 << 2,      /* comes filled up with `pad` to max_len; pad is cut off */
	VSC_PIN_TRANSPORT = 1 << 3,   /* must be changed first: VERIFY is 6984, CHANGE works */
};

struct vsc_pin {
	uint32_t id;    /* never given twice on one card; the image's key */
	uint32_t df;    /* id of the DF whose PIN it is; 0: the card's */
	uint8_t ref;    /* as in P2: bit 8 means specific to the DF */
	uint8_t format; /* enum vsc_pin_format */
	uint8_t flags;  /* enum vsc_pin_flags */
	uint8_t pad;
	uint8_t min_len, max_len;           /* of the value without padding; max_len 0: any */
	uint8_t tries, max_tries;           /* max_tries 0: never blocks */
	uint8_t unblock_tries, unblock_max; /* of the unblock code (PUK) */
	uint8_t admin_pin, admin_key; /* references of who may reset it without a code; 0: nobody */
	uint32_t uses;                /* successful verifications left; 0: no limit; VSC_USED_UP */
	struct vsc_blob value, unblock; /* without padding; unblock may be empty: none */
	bool dirty, deleted; /* for the store; a deleted one stays until it has been told */
	struct vsc_pin *next;
};

/* What a PIN is made from: the values are copied. id 0 is a new PIN: it gets the next free id and
 * all its tries; any other id is a saved one, taken as it is. VSC_E_EXISTS. */
VSC_MUST_CHECK int vsc_pin_add(
    struct vsc_card *card, const struct vsc_pin *spec, struct vsc_pin **pin);
void vsc_pin_delete(struct vsc_card *card, struct vsc_pin *pin);

/* That P2 means here: specific ones in the current DF or above it, nearest first; P2 00 (no
 * information) means the card's first PIN. NULL if there is none. */
struct vsc_pin *vsc_pin_find(struct vsc_card *card, uint8_t p2);
struct vsc_pin *vsc_pin_by_id(struct vsc_card *card, uint32_t id);
struct vsc_pin *vsc_pin_first(struct vsc_card *card);
/* The next that is not deleted; NULL at the end. */
struct vsc_pin *vsc_pin_next(struct vsc_pin *pin);

/*
 * The only place where a PIN is compared: a try is spent and committed, then judged. VSC_SW_OK
 * gives the tries back and the channel its proof. 63CX, 6983 blocked, 6984 not usable, 6581.
 */
vsc_sw vsc_pin_verify(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span given);
/* The same for CHANGE REFERENCE DATA, which a transport PIN takes. */
vsc_sw vsc_pin_verify_old(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span given);

/* As VERIFY without data: 9000 proven or not required, 63CX, 6983, 6984. */
vsc_sw vsc_pin_status(struct vsc_card *card, const struct vsc_pin *pin);

/* A new value, tries full again; proof is dropped on all channels. 6A80: length or characters. */
vsc_sw vsc_pin_set(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span given);

/* Spend a try of the unblock code and compare; VSC_SW_OK gives the code's tries back, and leaves
 * the PIN as it is. */
vsc_sw vsc_pin_verify_code(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span code);

/* Give all tries back to whom the code or an administrator's proof has given the right. */
void vsc_pin_reset_tries(struct vsc_card *card, struct vsc_pin *pin);
/* Turn the requirement on or off; no check. */
void vsc_pin_set_enabled(struct vsc_card *card, struct vsc_pin *pin, bool enabled);
/* Something of *pin was changed by hand: mark it for the store. */
void vsc_pin_touch(struct vsc_card *card, struct vsc_pin *pin);

/* The value inside what came: padding cut, format undone. VSC_E_FORMAT: not of this PIN's form. */
VSC_MUST_CHECK int vsc_pin_parse(
    const struct vsc_pin *pin, struct vsc_span given, struct vsc_blob *value);

/* --- What a channel has proven --- */

#define VSC_PROVEN_MAX 16

struct vsc_rights {
	uint32_t pins[VSC_PROVEN_MAX], keys[VSC_PROVEN_MAX]; /* ids; 0 is empty */
	uint32_t sm_mac, sm_enc; /* the stored keys of the session; 0: not such a one */
	uint32_t session;        /* the key whose proof opened the secure messaging session, or 0 */
	uint32_t fresh; /* the PIN verified since a key with policy ALWAYS was used, or 0 */
};

/* Of the channel of the command under way. */
struct vsc_rights *vsc_card_rights(struct vsc_card *card);

/* Proven, or not required. */
bool vsc_pin_proven(struct vsc_card *card, const struct vsc_pin *pin);
void vsc_pin_forget(struct vsc_card *card, const struct vsc_pin *pin); /* on this channel */
/* Without a verification: a card type that proves it otherwise (PACE). */
void vsc_pin_prove(struct vsc_card *card, const struct vsc_pin *pin);

bool vsc_key_proven(struct vsc_card *card, uint32_t id);
void vsc_key_prove(struct vsc_card *card, uint32_t id);
void vsc_key_forget(struct vsc_card *card, uint32_t id);

/* Another DF has become current: what is specific to a DF that we left is forgotten
 * (ISO/IEC 7816-4:2020 9.2). The engine calls it. */
void vsc_rights_enter(struct vsc_card *card);
/* Secure messaging begins with keys that this one has proven. */
void vsc_rights_session(struct vsc_card *card, uint32_t id);
/* Secure messaging has ended: what opened it is no longer proven. */
void vsc_rights_sm_lost(struct vsc_card *card);
void vsc_rights_clear(struct vsc_rights *rights);
void vsc_rights_drop_pin(struct vsc_rights *rights, uint32_t id);

/* Steps from the current DF up to this one; past the MF for 0, the card; UINT32_MAX: not there. */
uint32_t vsc_security_distance(struct vsc_card *card, uint32_t df);
/* The id to give a PIN, key or environment: the next, or the one that was saved. */
uint32_t vsc_security_id(struct vsc_card *card, uint32_t id);

/*
 * May PINs, keys and environments of this DF be made and removed now? While it is being made
 * (creation state, it or a DF above it); then by a rule for creating EFs in it, which must be
 * there: unlike a file's content they are not free for all without one.
 */
vsc_sw vsc_security_manage(struct vsc_card *card, const struct vsc_file *df);

/* How file rules (card/rule.h) are judged: conditions.c. */
struct vsc_conditions;
extern const struct vsc_conditions vsc_auth_conditions;

/* For the engine and the store. */
void vsc_pins_free(struct vsc_card *card);
void vsc_pins_clean(struct vsc_card *card);

#endif

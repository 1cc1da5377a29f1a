/*
 * The keys of a card: what a key is for, who may use it, how often. The key itself is
 * crypto/key.h's.
 */
#ifndef VSC_CARD_KEYSTORE_H
#define VSC_CARD_KEYSTORE_H

#include "card/auth.h"
#include "crypto/key.h"

enum vsc_usage {
	VSC_USE_SIGN = 1 << 0,   /* COMPUTE DIGITAL SIGNATURE */
	VSC_USE_VERIFY = 1 << 1, /* VERIFY DIGITAL SIGNATURE */
	VSC_USE_DECIPHER = 1 << 2,
	VSC_USE_ENCIPHER = 1 << 3,
	VSC_USE_AGREE = 1 << 4,       /* key agreement */
	VSC_USE_INTERNAL = 1 << 5,    /* INTERNAL AUTHENTICATE: the card proves it */
	VSC_USE_EXTERNAL = 1 << 6,    /* EXTERNAL AUTHENTICATE: the terminal proves it */
	VSC_USE_CHECKSUM = 1 << 7,    /* COMPUTE, VERIFY CRYPTOGRAPHIC CHECKSUM */
	VSC_USE_SM = 1 << 8,          /* secure messaging */
	VSC_USE_CERTIFICATE = 1 << 9, /* VERIFY CERTIFICATE */
	VSC_USE_GENERATE = 1 << 10,   /* GENERATE ASYMMETRIC KEY PAIR may replace it */
	VSC_USE_IMPORT = 1 << 11,     /* PUT DATA may replace it */
	VSC_USE_ALL = 0x0FFF,
};

enum vsc_pin_policy {
	VSC_PIN_NEVER,  /* no PIN is asked for */
	VSC_PIN_ONCE,   /* proven in this session */
	VSC_PIN_ALWAYS, /* proven again before every use */
};

struct vsc_slot {
	uint32_t id;    /* never given twice on one card; the image's key */
	uint32_t df;    /* id of the DF whose key it is; 0: the card's */
	uint8_t ref;    /* as in P2 and DO'83'/'84': bit 8 means specific to the DF */
	uint8_t makes;  /* reference of what GENERATE makes: A0.., B0..; C0 3DES, C1 AES */
	uint8_t alg;    /* the one algorithm (crypto/alg.h, or the type's own); 0: any that fits */
	uint8_t policy; /* enum vsc_pin_policy */
	uint8_t pin;    /* reference of the PIN that policy asks for */
	uint8_t touch;  /* PIV: touch policy */
	uint8_t tries, max_tries; /* failed EXTERNAL AUTHENTICATEs; max_tries 0: never blocks */
	bool generated;           /* made on this card, its private half has never been outside */
	uint16_t usage;           /* enum vsc_usage */
	uint32_t uses;            /* private operations left; 0: no limit; VSC_USED_UP */
	uint64_t counter;      /* private operations done; saved with the next change of this key */
	struct vsc_key *key;   /* owned; NULL: a place for one */
	struct vsc_blob name;  /* of a public key: CHR, what a CAR or DO'83' names; may be empty */
	struct vsc_blob extra; /* the card type's own */
	bool dirty, deleted;   /* for the store; a deleted one stays until it has been told */
	struct vsc_slot *next;
};

/* spec's blobs are copied, its key is taken over (also on failure). id 0: the next free one.
 * VSC_E_EXISTS: this reference is taken in this DF. */
VSC_MUST_CHECK int vsc_slot_add(
    struct vsc_card *card, const struct vsc_slot *spec, struct vsc_slot **slot);
void vsc_slot_delete(struct vsc_card *card, struct vsc_slot *slot);
/* Takes key over; NULL empties the place. */
void vsc_slot_set_key(struct vsc_card *card, struct vsc_slot *slot, struct vsc_key *key);
void vsc_slot_touch(struct vsc_card *card, struct vsc_slot *slot);

/* That a reference means here: the current DF's or one above it, nearest first, then the card's.
 * NULL if there is none. */
struct vsc_slot *vsc_slot_find(struct vsc_card *card, uint8_t ref);
struct vsc_slot *vsc_slot_by_id(struct vsc_card *card, uint32_t id);
struct vsc_slot *vsc_slot_by_name(struct vsc_card *card, struct vsc_span name);
struct vsc_slot *vsc_slot_first(struct vsc_card *card);
struct vsc_slot *vsc_slot_next(struct vsc_slot *slot);

/*
 * May this key be used so now? 6A88 no key in it, 6982 PIN policy, 6983 blocked, 6984 usage or
 * algorithm does not fit, 6985 used up. Counts a use when usage is a private operation. alg 0: not
 * said.
 */
vsc_sw vsc_slot_use(
    struct vsc_card *card, struct vsc_slot *slot, enum vsc_usage usage, uint8_t alg);

/* A DF is about to go: so do its PINs, keys and environments, and those below it. The engine calls
 * it. */
void vsc_security_df_gone(struct vsc_card *card, const struct vsc_file *df);

/* For the engine and the store. */
void vsc_slots_free(struct vsc_card *card);
void vsc_slots_clean(struct vsc_card *card);

#endif

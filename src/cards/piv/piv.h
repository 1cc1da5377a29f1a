/*
 * What the files of the PIV card share: keys and their algorithms, data objects, the state of one
 * card. "SP 800-73-4" is NIST SP 800-73-4 part 2 unless part 1 (the data model) is said.
 */
#ifndef VSC_CARDS_PIV_PIV_H
#define VSC_CARDS_PIV_PIV_H

#include "card/auth.h"
#include "card/card.h"
#include "card/keystore.h"

/* Key references (SP 800-73-4 part 1 table 4b) and Yubico's F9 */
#define PIV_AUTHENTICATION 0x9Au
#define PIV_ADMIN          0x9Bu /* the card management key: symmetric */
#define PIV_SIGNATURE      0x9Cu
#define PIV_MANAGEMENT     0x9Du
#define PIV_CARD_AUTH      0x9Eu
#define PIV_RETIRED_FIRST  0x82u
#define PIV_RETIRED_LAST   0x95u
#define PIV_ATTESTATION    0xF9u
#define PIV_PIN            0x80u
#define PIV_PUK            0x81u

#define PIV_PIN_LEN 8 /* with padding */

/* Data objects (part 1 table 3) */
#define PIV_OBJECT_DISCOVERY 0x7Eu
#define PIV_OBJECT_CHUID     0x5FC102u
#define PIV_OBJECT_CCC       0x5FC107u
#define PIV_OBJECT_HISTORY   0x5FC10Cu

/* --- Algorithms (SP 800-78-4 table 6-2, and Yubico's) --- */

struct piv_alg {
	uint8_t id;
	const char *name, *alias; /* as --generate takes them; alias may be NULL */
	enum vsc_key_kind kind;
	unsigned bits;     /* RSA and symmetric keys */
	const char *curve; /* else; in crypto/alg.h's table */
};

/* NULL if there is none. */
const struct piv_alg *piv_alg_by_id(uint8_t id);
const struct piv_alg *piv_alg_by_name(const char *name);
const struct piv_alg *piv_alg_of(const struct vsc_key *key);
bool piv_alg_is_symmetric(const struct piv_alg *alg);

/* --- Keys --- */

/* What may be said of a new key besides its algorithm (Yubico: AA and AB). */
struct piv_policies {
	uint8_t pin;   /* 0: as the reference demands; 1 never, 2 once, 3 always */
	uint8_t touch; /* 0: never; 1 never, 2 always, 3 once in 15 seconds */
};

/* Is this the reference of an asymmetric key? */
bool piv_is_key_ref(uint8_t ref);
/* A reference as text ("9a"); -1: none. */
int piv_key_ref_parse(const char *text, size_t len);
/* The object that holds the certificate of this key. */
uint32_t piv_cert_object(uint8_t ref);
/* In place of what was there; takes the key over, also on failure. */
VSC_MUST_CHECK int piv_key_put(struct vsc_card *card, uint8_t ref, struct vsc_key *key,
    bool generated, const struct piv_policies *policies);
VSC_MUST_CHECK int piv_key_make(
    struct vsc_key **key, const struct piv_alg *alg, const struct vsc_env *env);
/* AA and AB as Yubico's metadata has them. */
struct piv_policies piv_key_policies(const struct vsc_slot *slot);
/* The card management key, whatever its kind; takes it over. */
VSC_MUST_CHECK int piv_admin_put(struct vsc_card *card, struct vsc_key *key, uint8_t touch);
/* Has the terminal shown the card management key? 6982 */
vsc_sw piv_admin_proven(struct vsc_card *card);

/* --- PIN and PUK --- */

VSC_MUST_CHECK int piv_pin_put(
    struct vsc_card *card, uint8_t ref, struct vsc_span value, uint8_t tries);
/* 6982 */
vsc_sw piv_pin_proven(struct vsc_card *card);

/* --- Data objects --- */

/* What is inside of 53; borrows until changed. VSC_E_NOT_FOUND */
VSC_MUST_CHECK int piv_object_get(
    const struct vsc_card *card, uint32_t tag, struct vsc_span *value);
/* Empty: removes it. */
VSC_MUST_CHECK int piv_object_put(struct vsc_card *card, uint32_t tag, struct vsc_span value);
VSC_MUST_CHECK int piv_cert_put(struct vsc_card *card, uint8_t ref, struct vsc_span der);
/* VSC_E_NOT_FOUND: none, or not DER (compressed). */
VSC_MUST_CHECK int piv_cert_get(const struct vsc_card *card, uint8_t ref, struct vsc_span *der);
/* Remove all that the terminal can write, but for the certificate of the attestation key. */
void piv_objects_clear(struct vsc_card *card);
/* CHUID and CCC with fresh identifiers. */
VSC_MUST_CHECK int piv_identify(struct vsc_card *card);
/* Name of an object for people; NULL if it has none. */
const char *piv_object_name(uint32_t tag);
/* The n-th object there may be; 0 past the last. */
uint32_t piv_object_nth(size_t n);

/* --- State of one card that is not saved --- */

enum piv_step { PIV_NOTHING, PIV_WITNESS, PIV_CHALLENGE };

struct piv {
	enum piv_step step; /* what 9B's next command may answer */
	uint8_t secret[16];
	size_t secret_len;
	const char *touch; /* --touch; NULL: given */
	int64_t touched;   /* when, for policy "cached"; 0: not */
};

extern const struct vsc_card_type vsc_card_piv;

static inline struct piv *
piv_state(const struct vsc_card *card)
{
	return vsc_card_state(card, &vsc_card_piv);
}

/* Is the key touched now, as its policy asks? 6982 */
vsc_sw piv_touch(struct vsc_card *card, const struct vsc_slot *slot);

/* A new card as its options say; make.c. */
VSC_MUST_CHECK int piv_personalise(struct vsc_card *card, const struct vsc_params *params);
/* A saved card: certificates for its keys may come with --import; make.c. */
VSC_MUST_CHECK int piv_load(struct vsc_card *card, const struct vsc_params *params);
/* The saved attributes "version" (three bytes) and "serial" (four). */
struct vsc_span piv_attr(const struct vsc_card *card, const char *name);
/* Keys, PINs and objects as a new card without options has them (RESET). */
VSC_MUST_CHECK int piv_set_defaults(struct vsc_card *card);
bool piv_is_default(uint8_t ref, struct vsc_span value);

/* --- Commands --- */

vsc_cmd_fn piv_get_data, piv_put_data;
vsc_cmd_fn piv_verify, piv_change_reference, piv_reset_retry, piv_set_tries;
vsc_cmd_fn piv_general_authenticate;
vsc_cmd_fn piv_generate, piv_import, piv_move_key;
vsc_cmd_fn piv_version, piv_serial, piv_metadata, piv_attest, piv_set_admin, piv_reset_card;

#endif

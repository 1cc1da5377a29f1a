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
#define PIV_SECURE         0x04u /* secure messaging key */
#define PIV_AUTHENTICATION 0x9Au
#define PIV_ADMIN          0x9Bu /* the card management key: symmetric */
#define PIV_SIGNATURE      0x9Cu
#define PIV_MANAGEMENT     0x9Du
#define PIV_CARD_AUTH      0x9Eu
#define PIV_RETIRED_FIRST  0x82u
#define PIV_RETIRED_LAST   0x95u
#define PIV_ATTESTATION    0xF9u
#define PIV_GLOBAL         0x00u /* global PIN */
#define PIV_PIN            0x80u
#define PIV_PUK            0x81u
#define PIV_PAIRING        0x98u

#define PIV_PIN_LEN 8 /* with padding */

/* Data objects (part 1 table 3) */
#define PIV_OBJECT_DISCOVERY 0x7Eu
#define PIV_OBJECT_CHUID     0x5FC102u
#define PIV_OBJECT_CCC       0x5FC107u
#define PIV_OBJECT_HISTORY   0x5FC10Cu
#define PIV_OBJECT_SM_SIGNER 0x5FC122u
#define PIV_OBJECT_PAIRING   0x5FC123u

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
/* In the place of this reference, instead of what is there; takes spec's key over. */
VSC_MUST_CHECK int piv_slot_put(struct vsc_card *card, const struct vsc_slot *spec);
/* AA and AB as Yubico's metadata has them. */
struct piv_policies piv_key_policies(const struct vsc_slot *slot);
/* DES keys that encipher twice to the same (FIPS 74), in one of a 3DES key's three: 3DES is single
 * DES then, or nothing. */
bool piv_admin_is_weak(const struct piv_alg *alg, struct vsc_span bytes);
/* The card management key, whatever its kind; takes it over. */
VSC_MUST_CHECK int piv_admin_put(struct vsc_card *card, struct vsc_key *key, uint8_t touch);
/* Has the terminal shown the card management key? 6982 */
vsc_sw piv_admin_proven(struct vsc_card *card);

/* --- PIN and PUK --- */

VSC_MUST_CHECK int piv_pin_put(
    struct vsc_card *card, uint8_t ref, struct vsc_span value, uint8_t tries);
/* The PIN, or the global one instead. 6982 */
vsc_sw piv_pin_proven(struct vsc_card *card);
/* Which of the two a key is used with now: the global PIN, where it can stand in. */
uint8_t piv_pin_for(struct vsc_card *card, const struct vsc_slot *slot);

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
	bool contactless;  /* --contactless */
	bool paired;       /* the pairing code was verified in this session */
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

/* --- Secure messaging and the virtual contact interface; secure.c, secure_make.c, access.c --- */

/* A cipher suite of key 04 (SP 800-73-4 table 14). */
struct piv_suite {
	uint8_t id; /* P1: 27, 2E */
	const char *name, *curve;
	enum vsc_hash hash;
	const struct vsc_suite *cipher;
	uint8_t nonce_len;
	uint8_t kdf_id; /* stands for the cipher in the key derivation */
};

/* NULL: no such suite. */
const struct piv_suite *piv_suite_by_id(uint8_t id);
const struct piv_suite *piv_suite_by_name(const char *name);
/* That of the card's key; NULL: it has none. */
const struct piv_suite *piv_suite_of(struct vsc_card *card);
/* Who signs the certificate of that key: key and X.509 certificate. */
struct piv_signer {
	struct vsc_key *key;
	struct vsc_blob cert;
};
/*
 * A key for secure messaging with its card verifiable certificate; the signer's certificate goes to
 * 5FC122. signer NULL: made for this, and forgotten. VSC_E_UNSUPPORTED: its key cannot sign one.
 */
VSC_MUST_CHECK int piv_secure_make(
    struct vsc_card *card, const struct piv_suite *suite, const struct piv_signer *signer);
/* A session that is open has ended; and what is said when there is none. */
void piv_secure_reset(struct vsc_card *card);

enum piv_vci { PIV_VCI_NONE, PIV_VCI_PAIRING, PIV_VCI_FREE }; /* FREE: without a pairing code */

enum piv_vci piv_vci_policy(const struct vsc_card *card);
/* code NULL: without one. */
VSC_MUST_CHECK int piv_vci_set(struct vsc_card *card, enum piv_vci policy, const char *code);
/* Did this command come over the contact interface, or the virtual one? 6982 */
vsc_sw piv_contact(struct vsc_card *card);
/* VERIFY 98 */
vsc_sw piv_verify_pairing(struct vsc_card *card, const struct vsc_apdu *cmd);
/* Commands that there are on the contact interface only: 6A81. The type's `before`. */
vsc_sw piv_before(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_cmd *row);

/* --- Commands --- */

vsc_cmd_fn piv_get_data, piv_put_data;
vsc_cmd_fn piv_verify, piv_change_reference, piv_reset_retry, piv_set_tries;
vsc_cmd_fn piv_general_authenticate, piv_establish;
vsc_cmd_fn piv_generate, piv_import, piv_move_key;
vsc_cmd_fn piv_version, piv_serial, piv_metadata, piv_attest, piv_set_admin, piv_reset_card;

#endif

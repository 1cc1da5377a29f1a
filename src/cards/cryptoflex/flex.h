/*
 * Inside of the Cryptoflex card type: what its files share. docs/cards/cryptoflex.md describes the
 * card; each .c says which of its commands it holds.
 */
#ifndef VSC_CARDS_CRYPTOFLEX_FLEX_H
#define VSC_CARDS_CRYPTOFLEX_FLEX_H

#include "card/card.h"
#include "card/fs.h"
#include "crypto/key.h"

#define FLEX_FID_CHV1     0x0000u
#define FLEX_FID_CHV2     0x0100u
#define FLEX_FID_DES_KEYS 0x0001u
#define FLEX_FID_SERIAL   0x0002u
#define FLEX_FID_AUT_KEYS 0x0011u
#define FLEX_FID_PRIVATE  0x0012u
#define FLEX_FID_PUBLIC   0x1012u

#define FLEX_SW_UNDEFINED 0x6981u /* there is no such CHV or key */

/* --- State of a card that has power --- */

/* A CHV (number 0) or a key that was presented: the file that holds it, and which of those in it.
 * File ids are never used twice, so a proof does not outlive its file. */
struct flex_proof {
	uint32_t file;
	uint8_t number;
};

#define FLEX_PROOFS 16

struct flex_state {
	struct flex_proof proofs[FLEX_PROOFS]; /* newest first; file 0 is empty */
	struct flex_proof noted[FLEX_PROOFS];  /* the same before the command under way */
	uint32_t shielded;     /* protected mode: the file that the command under way may change */
	uint32_t listed;       /* DIR NEXT: how many files of the current DF it has told of */
	struct vsc_blob block; /* the private key block last used, */
	struct vsc_key *key;   /* and the key made of it */
};

struct flex_state *flex_state(const struct vsc_card *card);

/* --- files.c: what CREATE FILE gave a file beside the ISO card's attributes --- */

struct flex_attributes {
	uint8_t flags;   /* what the card says after the type byte */
	uint8_t ac[3];   /* six access conditions, a nibble each */
	uint8_t keys[3]; /* the key numbers that go with them */
};

/* As an object to keep with the file (vsc_file_spec.extra). */
void flex_attributes_put(struct vsc_out *out, const struct flex_attributes *attributes);
/* A file without them lets nobody do anything. */
struct flex_attributes flex_attributes_of(const struct vsc_file *file);

/* Bytes of a DF that are still free: every file in it takes its size and a header. */
size_t flex_free_bytes(const struct vsc_file *df);

vsc_cmd_fn flex_select, flex_dir_next, flex_get_ac_keys, flex_create_file, flex_delete_file;

/* --- rights.c: access conditions, and what was presented --- */

/* The nibbles of the access conditions, in their order. */
enum flex_right {
	FLEX_LIST = 0, /* of a DF */
	FLEX_DELETE = 2,
	FLEX_CREATE = 3,
	FLEX_READ = 0, /* of an EF */
	FLEX_UPDATE = 1,
	FLEX_DECREASE = 2,
	FLEX_INCREASE = 3,
	FLEX_REHABILITATE = 4, /* of both */
	FLEX_INVALIDATE = 5,
};

/* What must be presented for this, in words. */
void flex_condition_put(struct vsc_out *text, const struct vsc_file *file, enum flex_right right);
/* Does this ask for protected mode, and with which key? */
bool flex_is_shielded(const struct vsc_file *file, enum flex_right right, uint8_t *key);
/* VSC_SW_OK or 6982. */
vsc_sw flex_may(struct vsc_card *card, const struct vsc_file *file, enum flex_right right);
/* CHV n of this DF: the nearest one from here up was presented. */
bool flex_chv_proven(struct vsc_card *card, const struct vsc_file *df, uint8_t n);

/* The type's operation of that name. */
vsc_sw flex_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access);

void flex_prove(struct vsc_card *card, struct flex_proof proof);
void flex_unprove(struct vsc_card *card, struct flex_proof proof);

/* Before a command, and after one that could not be saved: the type's operation of that name. */
void flex_note_proofs(struct vsc_card *card);
void flex_undone(struct vsc_card *card);

vsc_cmd_fn flex_logout;

/* --- shield.c: protected mode --- */

/* Every command that can be asked for in protected mode: sees to that, then calls the handler that
 * is meant. */
vsc_cmd_fn flex_shielded;

/* --- secret.c: CHVs and keys lie in files, each followed by its tries --- */

/* value | tries in all | tries left, somewhere in a file. file NULL: there is none. */
struct flex_secret {
	struct vsc_file *file;
	size_t at, len;
};

/* The value; borrows from the file. */
struct vsc_span flex_secret_value(const struct flex_secret *secret);
uint8_t flex_secret_left(const struct flex_secret *secret);
uint8_t flex_secret_max(const struct flex_secret *secret);
bool flex_secret_is_blocked(const struct flex_secret *secret);
/* Spend a try and save that, then compare what came with what it must be; equal gives all tries
 * back. 6300, 6983. */
vsc_sw flex_secret_judge(struct vsc_card *card, const struct flex_secret *secret,
    struct vsc_span given, struct vsc_span expected);
/* A new value with all its tries. */
vsc_sw flex_secret_set(
    struct vsc_card *card, const struct flex_secret *secret, struct vsc_span value);

/* --- chv.c --- */

/* The PIN or the unblock code of CHV n (1 or 2) that counts in this DF: of the nearest file from
 * here up. */
struct flex_secret flex_chv_pin(struct vsc_card *card, const struct vsc_file *df, uint8_t n);
struct flex_secret flex_chv_puk(struct vsc_card *card, const struct vsc_file *df, uint8_t n);

vsc_cmd_fn flex_verify_chv, flex_change_chv, flex_unblock_chv;

/* --- aut.c --- */

#define FLEX_DES_LEN        8u
#define FLEX_CRYPTOGRAM_LEN 6u /* of the eight bytes that DES gives */

/* The key of this number in EF `fid` that counts in this DF. */
struct flex_secret flex_des_key(
    struct vsc_card *card, const struct vsc_file *df, uint16_t fid, uint8_t number);
/* As flex_secret_judge: are these the first bytes of the last challenge, encrypted? It must have 8
 * bytes, and serves once. */
vsc_sw flex_judge_cryptogram(
    struct vsc_card *card, const struct flex_secret *key, struct vsc_span cryptogram);

vsc_cmd_fn flex_verify_key, flex_external_authenticate, flex_get_challenge;
/* INTERNAL AUTHENTICATE with 8 bytes. */
vsc_cmd_fn flex_des_authenticate;

/* --- rsa.c --- */

vsc_cmd_fn flex_internal_authenticate, flex_generate_key;

/* Of the modulus of the private key of this number in this DF; 0: there is none. */
size_t flex_key_bits(struct vsc_card *card, const struct vsc_file *df, uint8_t number);

/* --- show.c --- */

/* The type's operation of that name. */
void flex_show(struct vsc_card *card, struct vsc_out *text);

/* --- record.c --- */

vsc_cmd_fn flex_read_record, flex_update_record, flex_seek;

/* --- value.c --- */

vsc_cmd_fn flex_increase, flex_decrease;

#endif

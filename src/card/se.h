/*
 * Security environments (ISO/IEC 7816-4:2020 10.3.3, MSE 11.6.11): control reference templates that
 * say which key and algorithm the next operations use. One is current per channel; numbered ones
 * are saved with the card.
 */
#ifndef VSC_CARD_SE_H
#define VSC_CARD_SE_H

#include "card/card.h"
#include "crypto/alg.h"

enum vsc_crt_kind {
	VSC_CRT_AT,  /* A4 authentication */
	VSC_CRT_KAT, /* A6 key agreement */
	VSC_CRT_HT,  /* AA hash */
	VSC_CRT_CCT, /* B4 cryptographic checksum */
	VSC_CRT_DST, /* B6 digital signature */
	VSC_CRT_CT,  /* B8 confidentiality */
	VSC_CRT_KINDS,
};

enum vsc_crt_role {
	VSC_ROLE_COMPUTE, /* P1 bit 7: compute, decipher, internal authentication, key agreement */
	VSC_ROLE_VERIFY,  /* P1 bit 8: verify, encipher, external authentication */
	VSC_ROLE_SM_COMMAND, /* P1 bit 5: secure messaging in the command data field */
	VSC_ROLE_SM_ANSWER,  /* P1 bit 6: in the response data field */
	VSC_CRT_ROLES,
};

struct vsc_crt {
	bool set;
	uint8_t alg;  /* 80; 0: not said */
	bool has_key; /* 83 or 84 with one byte */
	uint8_t key;
	uint8_t usage;        /* 95, usage qualifier; not said: what the role stands for */
	struct vsc_blob name; /* 83 or 84 with more: name of a key (CHR, CAR) */
	struct vsc_blob oid;  /* 80 with more: an object identifier */
	struct vsc_blob iv;   /* 87: initial value */
	struct vsc_blob all;  /* the template as given, for types that look for more */
};

struct vsc_se {
	uint8_t number; /* 0: none was restored */
	struct vsc_crt crt[VSC_CRT_KINDS][VSC_CRT_ROLES];
	/* what PSO HASH left for a signature */
	enum vsc_hash hash;
	struct vsc_blob digest;
	struct vsc_blob hash_state; /* an intermediate hash code that HASH is to continue */
};

/* A numbered environment. */
struct vsc_saved_se {
	uint32_t id; /* never given twice on one card; the image's key */
	uint32_t df; /* id of the DF it was stored in */
	uint8_t number;
	struct vsc_blob crts; /* BER-TLV: a role in 80 before each template */
	bool dirty, deleted;
	struct vsc_saved_se *next;
};

/* Of the channel of the command under way. */
struct vsc_se *vsc_card_se(struct vsc_card *card);
void vsc_se_clear(struct vsc_se *se);

/* The kind that a template's tag means (A4, B6, ...); VSC_CRT_KINDS if none. */
enum vsc_crt_kind vsc_crt_kind(uint8_t tag);
uint8_t vsc_crt_tag(enum vsc_crt_kind kind);

/* Replace one template by these objects. VSC_E_FORMAT. */
VSC_MUST_CHECK int vsc_se_set(
    struct vsc_se *se, enum vsc_crt_kind kind, enum vsc_crt_role role, struct vsc_span objects);

void vsc_se_unset(struct vsc_se *se, enum vsc_crt_kind kind, enum vsc_crt_role role);

/* Numbered environments of the current DF or above it. NULL if there is none. */
struct vsc_saved_se *vsc_saved_se_find(struct vsc_card *card, uint8_t number);
struct vsc_saved_se *vsc_saved_se_first(struct vsc_card *card);
struct vsc_saved_se *vsc_saved_se_next(struct vsc_saved_se *se);
VSC_MUST_CHECK int vsc_saved_se_store(struct vsc_card *card, uint8_t number);
/* For the store, and for personalisation. crts is copied; id 0: the next free one. */
VSC_MUST_CHECK int vsc_saved_se_add(struct vsc_card *card, const struct vsc_saved_se *spec);
VSC_MUST_CHECK int vsc_saved_se_restore(struct vsc_card *card, const struct vsc_saved_se *saved);
void vsc_saved_se_delete(struct vsc_card *card, struct vsc_saved_se *saved);

/* For the engine and the store. */
void vsc_saved_ses_free(struct vsc_card *card);
void vsc_saved_ses_clean(struct vsc_card *card);

#endif

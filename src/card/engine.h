/*
 * Inside of a card: what the engine's own files (src/card/) share and outsiders do not see. A
 * card type uses card.h, fs.h, auth.h and their like instead.
 */
#ifndef VSC_CARD_ENGINE_H
#define VSC_CARD_ENGINE_H

#include <pthread.h>

#include "card/auth.h"
#include "card/card.h"
#include "card/chain.h"
#include "card/dispatch.h"
#include "card/fs.h"
#include "card/keystore.h"
#include "card/rule.h"
#include "card/se.h"
#include "card/sm.h"

#define VSC_TYPE_DEPTH 8 /* a type and its bases */

/* One logical channel (ISO/IEC 7816-4:2020 5.4.2): what it has selected and what is under way. */
struct vsc_channel {
	bool open;
	struct vsc_position position; /* use vsc_card_position */
	struct vsc_chain chain, envelope;
	struct vsc_pending pending;
	struct vsc_sm sm;
	struct vsc_rights rights;
	struct vsc_se se;
	struct vsc_blob challenge; /* the last GET CHALLENGE, until it is used */
	struct vsc_blob witness;   /* that GENERAL AUTHENTICATE gave enciphered, until it is used */
};

/* A saved value of vsc_card_attr_set. */
struct vsc_attr {
	char *name;
	struct vsc_blob value; /* empty, and deleted is set, until the image has forgotten it */
	bool deleted, dirty;
	struct vsc_attr *next;
};

/*
 * Where a card is saved. load fills the files, PINs, keys and attributes of a card that init has
 * run for, and again into an emptied one after a commit has failed; NULL: neither. One that is_new
 * is personalised at first. commit writes everything marked dirty, or fails and changes nothing on
 * disk; it is called only if something changed, and when it succeeds the engine clears the marks.
 * Files: the list card->fs.dirty, card->fs.deleted; attributes: dirty in each.
 */
struct vsc_store {
	void *ctx;
	bool is_new;
	int (*load)(void *ctx, struct vsc_card *card);
	int (*commit)(void *ctx, struct vsc_card *card);
	void (*close)(void *ctx);
};

struct vsc_card {
	const struct vsc_card_type *type;
	const struct vsc_env *env;
	const struct vsc_card_type *types[VSC_TYPE_DEPTH]; /* the type, its base, ... */
	void *states[VSC_TYPE_DEPTH];
	size_t depth;
	size_t ready;             /* how many of them, from the base, have been initialised */
	struct vsc_card_type ops; /* each operation from the nearest type that has it */
	struct vsc_dispatch dispatch;

	struct vsc_fs fs;
	/* made when first opened (NULL until then: most cards use the basic one only), kept until
	 * the card is freed */
	struct vsc_channel *channels[VSC_CHANNELS];
	unsigned nchannels; /* none from this number on was ever opened */
	struct vsc_attr *attrs;
	struct vsc_pin *pins;
	struct vsc_slot *slots;
	struct vsc_saved_se *ses;
	uint32_t last_security_id; /* of a PIN, key or environment */
	struct vsc_store store;
	bool changed; /* something is not in the store yet */
	bool refused; /* a commit failed during the command under way */
	bool held;    /* being made: nothing is saved until it is complete */
	bool powered;

	pthread_mutex_t presence_lock;
	vsc_presence_fn *on_presence;
	void *presence_ctx;

	/* the command under way */
	unsigned channel;
	enum vsc_sm_kind sm_kind;
	const struct vsc_cmd *row;
	const struct vsc_apdu *cmd;              /* NULL outside of a handler */
	const struct vsc_conditions *conditions; /* set by auth.c; NULL: none can be met */
};

/*
 * As vsc_card_new, with a place to save it, which the card closes (on failure too), and with what
 * completes a new card (--init) before it is saved for the first time; each may be NULL.
 */
VSC_MUST_CHECK int vsc_card_create(struct vsc_card **card, const struct vsc_card_type *type,
    const struct vsc_params *params, const struct vsc_env *env, const struct vsc_store *store,
    const struct vsc_card_setup *setup);

/* Something that is saved has changed. */
void vsc_card_touch(struct vsc_card *card);

/* The store has everything: no marks any more. */
void vsc_card_saved(struct vsc_card *card);

/* The channel of the command under way. */
static inline struct vsc_channel *
vsc_card_current(struct vsc_card *card)
{
	return card->channels[card->channel];
}

/* A command from its class byte on, as transmit does: for ENVELOPE. Changes channel, sm_kind and
 * row. */
vsc_sw vsc_card_process(struct vsc_card *card, struct vsc_apdu *cmd, struct vsc_out *body);

static inline bool
vsc_channel_is_open(const struct vsc_card *card, unsigned number)
{
	return card->channels[number] != NULL && card->channels[number]->open;
}

/* Nothing is selected on it yet. VSC_E_NOMEM */
VSC_MUST_CHECK int vsc_channel_open(struct vsc_card *card, unsigned number);

/* Close a channel: forget what it has selected and what is under way. */
void vsc_channel_close(struct vsc_card *card, unsigned number);

/* The session of the channel of the command under way has ended: what was proven in it goes. */
void vsc_card_sm_lost(struct vsc_card *card);

/* For the store's load: a value, without marking it dirty. */
VSC_MUST_CHECK int vsc_card_attr_load(
    struct vsc_card *card, const char *name, struct vsc_span value);

void vsc_attrs_free(struct vsc_card *card);
void vsc_attrs_clean(struct vsc_card *card);

/* One line at DEBUG for a command and its answer. */
void vsc_card_log_command(
    const struct vsc_card *card, const struct vsc_apdu *cmd, size_t body, vsc_sw sw);

#endif

/*
 * One reader of the manager: what is in it, who has a handle on it and who holds the transaction.
 * Everything here is guarded by the manager's lock, which the functions expect to be held; those
 * that say so give it up while the card works.
 */
#ifndef VSC_PCSC_SLOT_H
#define VSC_PCSC_SLOT_H

#include <pthread.h>

#include "pcsc/call.h"
#include "pcsc/ids.h"
#include "reader/reader.h"

struct vsc_manager;

struct vsc_context {
	uint32_t id;
	uint32_t canceled; /* counts SCardCancel */
	bool aborted;
	struct vsc_handle *handles;
};

struct vsc_handle {
	uint32_t id;
	struct vsc_context *context;
	struct vsc_slot *slot;
	LONG event; /* SCARD_S_SUCCESS, SCARD_W_RESET_CARD or SCARD_W_REMOVED_CARD, until
		       reconnected */
	struct vsc_handle *next_in_context, *next_in_slot;
};

struct vsc_slot {
	struct vsc_manager *manager;
	struct vsc_reader *reader;
	struct vsc_rm_state state;
	uint64_t generation; /* the card that `state` is about */
	bool powered;        /* it has been given power */
	bool powering;       /* a thread is about to change that */
	int64_t idle_until;  /* wire/clock.h: then an unused card loses power */
	uint32_t lock_id;    /* handle whose transaction it is, or 0 */
	unsigned lock_count; /* nested transactions; one more for an exclusive handle */
	struct vsc_handle *handles;
	pthread_cond_t freed; /* a transaction ended, a handle or a card left, power is stable */
};

struct vsc_manager {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* sequence moved, or a wait was cancelled */
	uint32_t sequence;      /* counts changes of what states show */
	bool stopped;
	struct vsc_ids contexts, handles;
	struct vsc_slot *slots;
	size_t nslots;
	const struct vsc_env *env;
};

/* pcscd takes power from a card nobody has used for so long; we do so when it is used again. */
#define VSC_SLOT_IDLE_MS 5000

/* Takes note of cards that came or went since. */
void vsc_slot_refresh(struct vsc_slot *slot);

/* The state has changed in a way SCardGetStatusChange shows. */
void vsc_slot_changed(struct vsc_slot *slot);

/* Sets the event of every handle on the slot. */
void vsc_slot_notify(struct vsc_slot *slot, LONG event);

/*
 * Power or reset; the lock is given up meanwhile, and others who want power wait. Brings `state` up
 * to date. off_first: a cold reset. SCARD_S_SUCCESS, SCARD_E_NO_SMARTCARD or
 * SCARD_W_UNRESPONSIVE_CARD.
 */
LONG vsc_slot_power(struct vsc_slot *slot, enum vsc_reader_power action, bool off_first);

/*
 * Sleeps until something about the slot changes. SCARD_E_CANCELLED if the context was released or
 * aborted meanwhile: neither it nor its handles may be used then.
 */
LONG vsc_slot_wait(struct vsc_slot *slot, uint32_t context);

/* Agrees on a protocol with the card, or checks the one agreed on. */
LONG vsc_slot_negotiate(struct vsc_slot *slot, uint32_t share, uint32_t protocols);

#endif

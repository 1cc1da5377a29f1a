/*
 * Inside of a reader, shared by reader.c (the calls) and watcher.c (its thread).
 *
 * Who touches what: the watcher's thread accepts, judges and installs cards, and alone closes
 * links. A call takes its turn (busy), talks on the link itself without a hop through the thread,
 * and gives the turn back. A link that went bad under a call is parked in `retired` until that
 * call has left it.
 */
#ifndef VSC_READER_SLOT_H
#define VSC_READER_SLOT_H

#include <pthread.h>
#include <stdatomic.h>

#include "reader/candidates.h"
#include "reader/reader.h"
#include "wire/link.h"

struct vsc_reader {
	struct vsc_reader_config config; /* no member changes after open */
	char name[128];
	pthread_t thread;
	int wake[2];          /* a byte here gets the thread out of poll */
	atomic_bool refusing; /* the process ends: nobody is let in */

	pthread_mutex_t lock;
	pthread_cond_t changed; /* generation, settled, woken, canceled, inside */
	pthread_cond_t turn;    /* busy */
	/* under lock */
	uint64_t generation;
	struct vsc_link *link;    /* the card's, or NULL; read and written by whoever is busy */
	struct vsc_link *working; /* whose call is under way, or NULL; may be retired meanwhile */
	struct vsc_link *retired; /* to be closed when nobody works with it */
	uint8_t atr[VSC_ATR_MAX];
	size_t atr_len;
	unsigned inside; /* calls under way */
	bool busy;
	bool woken;    /* vsc_reader_wake not yet seen */
	bool canceled; /* for good */
	bool settled;  /* connecting mode: the first attempt is over */
	vsc_reader_event_fn *event;
	void *event_ctx;
	bool event_is_new;

	/* the thread's own */
	struct vsc_listener listener;
	struct vsc_candidates candidates;
	uint64_t told;     /* generation the event function knows */
	int64_t retry_at;  /* next attempt to connect, or to accept after an error */
	int backoff;       /* ms */
	bool host_unknown; /* and the log says so */

	struct vsc_out scratch; /* of the call that is busy */
	uint8_t room[VSC_FRAME_HEADER + VSC_FRAME_MAX];
};

/* The thread's main function; arg is the reader. Ends when canceled, with all links closed. */
void *vsc_watcher_run(void *arg);

/* Gets the thread to look at the reader again. Any thread. */
void vsc_watcher_wake(struct vsc_reader *r);

/* Under lock: the card is gone. Its link is parked in retired if a call has it, else returned for
 * the thread to close. */
struct vsc_link *vsc_slot_remove(struct vsc_reader *r);

#endif

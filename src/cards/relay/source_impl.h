/*
 * The inside of a source, shared by source.c (life, what is known of the card), watch.c (a thread
 * that sees the card come and go) and work.c (what is done with it).
 */
#ifndef VSC_CARDS_RELAY_SOURCE_IMPL_H
#define VSC_CARDS_RELAY_SOURCE_IMPL_H

#include <pthread.h>

#include "cards/relay/pcsc.h"
#include "cards/relay/source.h"

struct vsc_source {
	struct vsc_card *card;
	struct vsc_pcsc pcsc;
	char reader[MAX_READERNAME + 1];
	pthread_t watcher, hand;
	bool watched, handed; /* the threads run */

	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under the lock, which is never held while PC/SC works */
	bool stop, ended; /* the watcher is to end, has ended */
	bool off;         /* power is to be taken */
	bool present;
	bool swapped;  /* it was away since somebody asked last */
	bool watching; /* watch_context is valid */
	SCARDCONTEXT watch_context;
	uint8_t atr[MAX_ATR_SIZE];
	size_t atr_len;
	char told[160]; /* the last complaint */

	/* held while PC/SC works on the card; taken before the lock */
	pthread_mutex_t working;
	SCARDCONTEXT context;
	SCARDHANDLE handle;
	bool has_context, connected;
	DWORD share, protocol;
};

/* Each complaint once, until another one comes or all is well. */
void vsc_source_complain(struct vsc_source *s, const char *what, LONG rv);
void vsc_source_set_atr(struct vsc_source *s, struct vsc_span atr);
/* What the watcher saw; swapped: it was away in between. */
void vsc_source_set_present(struct vsc_source *s, bool present, bool swapped);

/* The main function of a thread; ctx is the source. */
void *vsc_source_watch(void *ctx);
/* Until that thread has ended; `stop` is set. */
void vsc_source_end_watch(struct vsc_source *s);
/* The main function of the thread that takes power from the card, so that nobody waits for it. */
void *vsc_source_hand(void *ctx);

/* With `working` held, or no thread running. */
VSC_MUST_CHECK LONG vsc_source_need_context(struct vsc_source *s);
void vsc_source_drop_context(struct vsc_source *s);
void vsc_source_drop_card(struct vsc_source *s, DWORD disposition);

#endif

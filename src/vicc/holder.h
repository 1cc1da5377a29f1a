/*
 * One card made from its options, with what is around it while it lives: its number in messages,
 * its trace, and the environment it sees, which records randomness and clock for the trace.
 */
#ifndef VSC_VICC_HOLDER_H
#define VSC_VICC_HOLDER_H

#include "vicc/args.h"
#include "vicc/trace.h"

struct vsc_holder {
	struct vsc_card *card;
	struct vsc_trace *trace;    /* or NULL */
	struct vsc_env env;         /* what the card asks; ctx is this holder, so do not move it */
	const struct vsc_env *base; /* what answers */
	unsigned number;            /* shown in messages; 0: it is the only card */
};

/*
 * index: 0 to args->count - 1, which of the cards that --count makes; number: for messages. base
 * must outlive the holder. Errors are logged to base.
 */
VSC_MUST_CHECK int vsc_holder_open(struct vsc_holder *holder, const struct vsc_card_args *args,
    unsigned index, unsigned number, const struct vsc_env *base);
void vsc_holder_close(struct vsc_holder *holder);

#endif

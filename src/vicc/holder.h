/*
 * One card made from its options, with what is around it while it lives: its number in messages,
 * its trace, the man in the middle, and the environment it sees, which records randomness and clock
 * for the trace.
 */
#ifndef VSC_VICC_HOLDER_H
#define VSC_VICC_HOLDER_H

#include <stdatomic.h>

#include "card/middle.h"
#include "vicc/args.h"
#include "vicc/touch.h"
#include "vicc/trace.h"
#include "wire/loop.h"

struct vsc_script_world;

struct vsc_holder {
	struct vsc_card *card;
	struct vsc_middle *middle;  /* or NULL; between reader and card */
	struct vsc_trace *trace;    /* or NULL */
	struct vsc_env env;         /* what the card asks; ctx is this holder, so do not move it */
	const struct vsc_env *base; /* what answers */
	struct vsc_script_world *world; /* before base, while a script makes the card; or NULL */
	bool records;                   /* randomness and clock into the trace */
	unsigned number;                /* shown in messages; 0: it is the only card */
	atomic_bool complained;         /* an error was logged, by whatever thread */
	/* set when the card is there; NULL is fine */
	struct vsc_loop *loop;   /* whose worker the card may run on */
	struct vsc_touch *touch; /* who may touch it */
};

/*
 * index: 0 to args->count - 1, which of the cards that --count makes; number: for messages. base
 * must outlive the holder. Errors are logged to base.
 */
VSC_MUST_CHECK int vsc_holder_open(struct vsc_holder *holder, const struct vsc_card_args *args,
    unsigned index, unsigned number, const struct vsc_env *base);
void vsc_holder_close(struct vsc_holder *holder);

/* As the functions of the card, through the middle and into the trace. */
void vsc_holder_power(struct vsc_holder *holder, enum vsc_reset how);
void vsc_holder_atr(struct vsc_holder *holder, struct vsc_out *out);
VSC_MUST_CHECK int vsc_holder_transmit(
    struct vsc_holder *holder, struct vsc_span command, struct vsc_out *out);
bool vsc_holder_is_slow(const struct vsc_holder *holder, struct vsc_span frame);
/* Is every command? */
bool vsc_holder_blocks(const struct vsc_holder *holder);

#endif

/*
 * A command whose changes could not be saved has not happened: the card is again what its store
 * has, and each channel is where it was, with the rights that it had.
 */
#ifndef VSC_CARD_UNDO_H
#define VSC_CARD_UNDO_H

#include "card/engine.h"

/* A channel before a command. */
struct vsc_undo_channel {
	bool open, protected;
	struct vsc_kept_position position;
	struct vsc_rights rights;
};

struct vsc_undo {
	struct vsc_undo_channel channels[VSC_CHANNELS];
	unsigned count; /* of those that were ever opened */
};

/* Can this card be undone: has it a store that can be asked again? */
static inline bool
vsc_undo_possible(const struct vsc_card *card)
{
	return card->store.commit != NULL && card->store.load != NULL;
}

/* Before a command. */
void vsc_undo_note(struct vsc_undo *undo, const struct vsc_card *card);

/* After it. < 0, and the card stays as the command left it: what the store has could not be read.
 */
VSC_MUST_CHECK int vsc_undo_run(const struct vsc_undo *undo, struct vsc_card *card);

#endif

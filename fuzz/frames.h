/* What fuzz_card and fuzz_personalised share: an input is frames for a card, one after the other.
 */
#ifndef VSC_FUZZ_FRAMES_H
#define VSC_FUZZ_FRAMES_H

#include "fuzz.h"

#include "card/card.h"

/* The same every time, and never the same twice within one input; ctx is a uint8_t. */
int fuzz_count_up(void *ctx, uint8_t *buf, size_t len);
int64_t fuzz_noon(void *ctx);

/* Switches the card on and feeds it; each command must have one answer with a status word in it. */
void fuzz_frames(struct vsc_card *card, struct vsc_span input);

#endif

/*
 * Personalisation is APDUs (--init): a transcript is played to a new card, each answer checked.
 * Lines: commands, answers, on, off, reset, atr; `@ type` and `@ option` must agree with the card
 * that is there or are left to whoever made it.
 */
#ifndef VSC_CARD_SCRIPT_H
#define VSC_CARD_SCRIPT_H

#include "card/card.h"

/*
 * VSC_E_FORMAT: not a script, VSC_E_VERIFY: the card answered something else; *why: "line 7: ...".
 * The card is left without power.
 */
VSC_MUST_CHECK int vsc_script_run(struct vsc_card *card, struct vsc_span text, struct vsc_why *why);

#endif

/*
 * How a protected command says that it is protected (ISO/IEC 7816-4:2020 10.3): the number of the
 * security environment (95), control reference templates (B5, B9), and what the answer is to have
 * in it (BB). The session is as the environment says; a command may only say the same.
 */
#ifndef VSC_CARD_SM_CONTROLS_H
#define VSC_CARD_SM_CONTROLS_H

#include "card/card.h"

/* The data field of a command that vsc_sm_unwrap has opened. 6988, and the session has ended. */
vsc_sw vsc_sm_controls_check(struct vsc_card *card, struct vsc_span data);

#endif

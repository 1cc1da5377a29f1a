/*
 * The interindustry commands' handlers, for the command tables of card types. Each is in the
 * cmd_*.c that its group is named after, and says there which clause it follows.
 */
#ifndef VSC_CARD_CMD_H
#define VSC_CARD_CMD_H

#include "card/card.h"

/* cmd_challenge.c */
vsc_cmd_fn vsc_cmd_get_challenge;

#endif

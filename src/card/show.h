/* A card as a person wants to see it (--show): files and rights, PINs, keys; never a secret. */
#ifndef VSC_CARD_SHOW_H
#define VSC_CARD_SHOW_H

#include <stdio.h>

#include "card/card.h"

void vsc_card_show(struct vsc_card *card, FILE *to);

/* The same as one JSON object: {"type", "files": [...], "pins": [...], "keys": [...],
 * "description"} */
void vsc_card_show_json(struct vsc_card *card, FILE *to);

#endif

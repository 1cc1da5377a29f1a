/* Numbered security environments in words, for --show. */
#ifndef VSC_CARD_SHOW_SE_H
#define VSC_CARD_SHOW_SE_H

#include "card/se.h"

/* The n-th template of an environment: what it is for, and what it says. false past the last. */
bool vsc_saved_se_line_nth(
    const struct vsc_saved_se *saved, size_t n, struct vsc_out *what, struct vsc_out *words);

#endif

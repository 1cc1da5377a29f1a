/*
 * Saved cards: a card in one SQLite file. Every change is in it before the terminal sees the
 * answer; whatever happens to the process or the power, the file holds each answered change and no
 * half of one.
 */
#ifndef VSC_CARD_IMAGE_H
#define VSC_CARD_IMAGE_H

#include "card/card.h"

struct vsc_image;

/*
 * Opens the saved card, or prepares a file for a new one. The file belongs to this process until
 * the image is closed. *why tells what is wrong: VSC_E_BUSY: another process (named) has it;
 * VSC_E_CORRUPT: damaged, or no saved card; VSC_E_ABI: saved by a newer version; VSC_E_IO: the
 * system's reason. Nothing is changed then.
 */
VSC_MUST_CHECK int vsc_image_open(struct vsc_image **image, const char *path, struct vsc_why *why);

/* For looking only (--show): must exist, is not written to. */
VSC_MUST_CHECK int vsc_image_open_readonly(
    struct vsc_image **image, const char *path, struct vsc_why *why);

/* A file that was prepared for a new card, and got none, is removed. NULL is fine. */
void vsc_image_close(struct vsc_image *image);

/* The saved card's type; NULL if it is new. */
const char *vsc_image_type(const struct vsc_image *image);

/*
 * The card in the image, or a new one of this type that is saved in it. Takes the image over, also
 * on failure. VSC_E_PARAM: the image holds a card of another type.
 */
VSC_MUST_CHECK int vsc_card_open(struct vsc_card **card, struct vsc_image *image,
    const struct vsc_card_type *type, const struct vsc_params *params, const struct vsc_env *env,
    const struct vsc_card_setup *setup, struct vsc_why *why);

#endif

/* PINs, keys and security environments in a saved card's tables. */
#ifndef VSC_CARD_IMAGE_OBJECTS_H
#define VSC_CARD_IMAGE_OBJECTS_H

#include "card/image_rows.h"

VSC_MUST_CHECK int vsc_image_objects_load(struct vsc_image_rows *rows, struct vsc_card *card);
VSC_MUST_CHECK int vsc_image_objects_save(struct vsc_image_rows *rows, struct vsc_card *card);

#endif

/* What a picture file is and how large: JPEG (ITU-T T.81) and JPEG 2000 (ITU-T T.800), told by
 * content. */
#ifndef VSC_CARDS_EPASS_PORTRAIT_H
#define VSC_CARDS_EPASS_PORTRAIT_H

#include "base/bytes.h"

enum vsc_image_kind { VSC_IMAGE_JPEG, VSC_IMAGE_JPEG2000 };

struct vsc_picture {
	enum vsc_image_kind kind;
	uint16_t width, height;
	bool grey;
	struct vsc_span bytes; /* borrows */
};

/* VSC_E_UNSUPPORTED: neither kind; VSC_E_FORMAT: one of them, but broken or too large for a
 * passport's 16-bit sizes. */
VSC_MUST_CHECK int vsc_picture_parse(struct vsc_picture *picture, struct vsc_span bytes);

/* The built-in portrait: a drawing of nobody. */
struct vsc_span vsc_portrait_specimen(void);

#endif

/* Fingers and irises: data groups 3 and 4 around a picture (Doc 9303-10 4.7.3 and 4.7.4). */
#ifndef VSC_CARDS_EPASS_BIOMETRIC_H
#define VSC_CARDS_EPASS_BIOMETRIC_H

#include "base/bytes.h"

/*
 * DG3 or DG4 from what a file holds: the data group itself, or one picture, which is put into a
 * record of ISO/IEC 19794-4 or -6. Fingers: JPEG, JPEG 2000 or WSQ; irises: JPEG or JPEG 2000.
 * VSC_E_UNSUPPORTED: something else; VSC_E_FORMAT: broken.
 */
VSC_MUST_CHECK int vsc_biometric_group(struct vsc_blob *group, unsigned dg, struct vsc_span file);

#endif

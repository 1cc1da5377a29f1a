/* QR codes on a terminal, drawn with UTF-8 half blocks, so that a phone's camera reads them from a
 * dark or light screen. */
#ifndef VSC_VICC_QR_H
#define VSC_VICC_QR_H

#include "base/bytes.h"

enum vsc_qr_style {
	VSC_QR_COLOR, /* black on white by escape sequences: right on every terminal */
	VSC_QR_DARK,  /* no escapes; for light text on a dark ground */
	VSC_QR_LIGHT, /* no escapes; for dark text on a light ground */
};

/* Built without libqrencode there are no codes: show the text instead. */
bool vsc_qr_available(void);

/* Lines of text for the code of `content`, quiet zone included. VSC_E_UNSUPPORTED, VSC_E_SPACE,
 * VSC_E_NOMEM. */
VSC_MUST_CHECK int vsc_qr_draw(struct vsc_out *out, const char *content, enum vsc_qr_style style);

#endif

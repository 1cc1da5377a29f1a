/*
 * libqrencode's modules as half blocks, two rows a line, with the quiet zone around; or nothing,
 * when built without.
 */
#include "vicc/qr.h"

#ifdef VSC_HAVE_QRENCODE
#include <qrencode.h>

#define QUIET 4 /* modules around the code, ISO/IEC 18004 6.3.8 */

bool
vsc_qr_available(void)
{
	return true;
}

static bool
is_dark(const QRcode *code, int x, int y)
{
	x -= QUIET;
	y -= QUIET;
	return x >= 0 && y >= 0 && x < code->width && y < code->width &&
	       (code->data[y * code->width + x] & 1) != 0;
}

/* Two modules above each other are one character: the upper and the lower half of a block, painted
 * or not. */
static void
draw_line(struct vsc_out *out, const QRcode *code, int y, bool paint_dark)
{
	static const char *const blocks[2][2] = { { " ", "▄" }, { "▀", "█" } };

	for (int x = 0; x < code->width + 2 * QUIET; x++)
		vsc_out_str(out, blocks[is_dark(code, x, y) == paint_dark]
				       [is_dark(code, x, y + 1) == paint_dark]);
}

int
vsc_qr_draw(struct vsc_out *out, const char *content, enum vsc_qr_style style)
{
	QRcode *code = QRcode_encodeString(content, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	const bool paint_dark = style != VSC_QR_DARK;

	if (code == NULL)
		return VSC_E_NOMEM;
	for (int y = 0; y < code->width + 2 * QUIET; y += 2) {
		if (style == VSC_QR_COLOR)
			vsc_out_str(out, "\033[30;107m"); /* black on bright white */
		draw_line(out, code, y, paint_dark);
		if (style == VSC_QR_COLOR)
			vsc_out_str(out, "\033[0m");
		vsc_out_u8(out, '\n');
	}
	QRcode_free(code);
	return out->full ? VSC_E_SPACE : 0;
}

#else

bool
vsc_qr_available(void)
{
	return false;
}

int
vsc_qr_draw(struct vsc_out *out, const char *content, enum vsc_qr_style style)
{
	(void)out;
	(void)content;
	(void)style;
	return VSC_E_UNSUPPORTED;
}

#endif

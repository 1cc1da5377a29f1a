/* Bytes to hexadecimal text and back; the reader takes blanks anywhere between bytes. */
#include "base/hex.h"

char *
vsc_hex_text(char *text, size_t cap, struct vsc_span bytes, char separator)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t at = 0;

	if (cap == 0)
		return text;
	for (size_t i = 0; i < bytes.len; i++) {
		const bool separated = separator != '\0' && i > 0;

		if (at + 2 + separated >= cap)
			break;
		if (separated)
			text[at++] = separator;
		text[at++] = digits[bytes.ptr[i] >> 4];
		text[at++] = digits[bytes.ptr[i] & 0x0F];
	}
	text[at] = '\0';
	return text;
}

int
vsc_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return VSC_E_FORMAT;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int
vsc_hex_parse(struct vsc_span text, struct vsc_blob *bytes)
{
	struct vsc_blob fresh = { NULL, 0 };
	size_t count = 0;

	if (vsc_blob_alloc(&fresh, text.len / 2) < 0)
		return VSC_E_NOMEM;
	for (size_t i = 0; i < text.len; i++) {
		int high, low;

		if (is_blank(text.ptr[i]))
			continue;
		if (i + 1 == text.len || (high = vsc_hex_digit((char)text.ptr[i])) < 0 ||
		    (low = vsc_hex_digit((char)text.ptr[i + 1])) < 0) {
			vsc_blob_free(&fresh);
			return VSC_E_FORMAT;
		}
		fresh.ptr[count++] = (uint8_t)(high << 4 | low);
		i++;
	}
	if (vsc_blob_resize(&fresh, count) < 0) {
		vsc_blob_free(&fresh);
		return VSC_E_NOMEM;
	}
	vsc_blob_free(bytes);
	*bytes = fresh;
	return 0;
}

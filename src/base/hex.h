/* Hexadecimal text, for traces, transcripts and options. */
#ifndef VSC_BASE_HEX_H
#define VSC_BASE_HEX_H

#include "base/bytes.h"

/* "00 A4 04 0C": separator ' ' or 0 for none. Cut at cap, always terminated if cap > 0. Returns
 * text. */
char *vsc_hex_text(char *text, size_t cap, struct vsc_span bytes, char separator);

/* Upper or lower case, blanks and tabs anywhere between bytes. VSC_E_FORMAT: a foreign character or
 * half a byte. */
VSC_MUST_CHECK int vsc_hex_parse(struct vsc_span text, struct vsc_blob *bytes);

/* 0 to 15, or < 0 */
int vsc_hex_digit(char c);

#endif

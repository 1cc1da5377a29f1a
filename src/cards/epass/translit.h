/*
 * Names in the machine readable zone: national characters to A-Z and the filler (ICAO Doc 9303-3,
 * section 6, tables for Latin, Cyrillic and Arabic letters), punctuation (Doc 9303-3 4.6).
 */
#ifndef VSC_CARDS_EPASS_TRANSLIT_H
#define VSC_CARDS_EPASS_TRANSLIT_H

#include "base/bytes.h"

/*
 * UTF-8 text to A-Z and '<': letters by the tables, blanks and hyphens as one filler, apostrophes
 * and full stops dropped. The result is terminated. VSC_E_FORMAT: not UTF-8; VSC_E_UNSUPPORTED: a
 * character without a rule, whose bytes are then in *bad; VSC_E_SPACE.
 */
VSC_MUST_CHECK int vsc_translit(char *text, size_t cap, struct vsc_span name, struct vsc_span *bad);

/* arabic.c: one letter or sign, NULL if it is none. */
const char *vsc_translit_arabic(uint32_t code);

#endif

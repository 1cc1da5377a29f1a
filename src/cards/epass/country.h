/* Codes of states and organisations in travel documents (ICAO Doc 9303-3 section 5; ISO 3166-1). */
#ifndef VSC_CARDS_EPASS_COUNTRY_H
#define VSC_CARDS_EPASS_COUNTRY_H

/* The two-letter code that goes with a code of the machine readable zone ("D<<" or "D" -> "DE");
 * NULL: no such code. */
const char *vsc_country_alpha2(const char *code);

#endif

/*
 * The machine readable zone of travel documents in the sizes TD1, TD2 and TD3 (ICAO Doc 9303-3, -4,
 * -5, -6): built from fields, read and checked, and the part of it that opens the chip.
 */
#ifndef VSC_CARDS_EPASS_MRZ_H
#define VSC_CARDS_EPASS_MRZ_H

#include "base/bytes.h"

enum vsc_mrz_format { VSC_MRZ_TD1, VSC_MRZ_TD2, VSC_MRZ_TD3 };

#define VSC_MRZ_MAX   90 /* three lines of 30; TD3: two of 44 */
#define VSC_MRZ_FIELD 45

/* Each field without fillers, terminated. Dates YYMMDD, unknown parts of the birth date as '<'. */
struct vsc_mrz {
	enum vsc_mrz_format format;
	char doc_type[3], issuer[4], nationality[4];
	char number[VSC_MRZ_FIELD]; /* TD1 and TD2: longer than nine characters overflow into
				       optional data */
	char birth[7], expiry[7];
	char sex;                                               /* 'F', 'M' or '<' */
	char optional[VSC_MRZ_FIELD], optional2[VSC_MRZ_FIELD]; /* optional2: TD1 line 2 */
	char surname[VSC_MRZ_FIELD], given[VSC_MRZ_FIELD]; /* as in the zone: '<' between parts */
	char text[VSC_MRZ_MAX + 1];                        /* the lines one after the other */
};

/* What a person gives: names in UTF-8, dates YYYY-MM-DD or YYMMDD; NULL fields are empty. */
struct vsc_mrz_fields {
	enum vsc_mrz_format format;
	const char *doc_type, *issuer, *nationality, *number, *birth, *sex, *expiry;
	const char *name; /* "Surname, Given Names" or SURNAME<<GIVEN<NAMES */
	const char *optional, *optional2;
};

size_t vsc_mrz_line_length(enum vsc_mrz_format format);

/* 0 or VSC_E_FORMAT with *why filled. Names that do not fit are cut as Doc 9303-4 4.2.2 (and -5,
 * -6) say. */
VSC_MUST_CHECK int vsc_mrz_build(
    struct vsc_mrz *mrz, const struct vsc_mrz_fields *fields, struct vsc_why *why);

/*
 * text holds the lines, with or without line ends. Every check digit, date and code is verified;
 * with fix, wrong check digits are computed anew instead of being refused.
 */
VSC_MUST_CHECK int vsc_mrz_parse(
    struct vsc_mrz *mrz, struct vsc_span text, bool fix, struct vsc_why *why);

/*
 * Doc 9303-11 4.3.2: number, birth date and expiry date, each with its check digit: what BAC and
 * PACE hash. A long TD1 or TD2 number is taken in full. Returns text.
 */
#define VSC_MRZ_KEY_MAX 64
char *vsc_mrz_key(const struct vsc_mrz *mrz, char text[VSC_MRZ_KEY_MAX]);

/* Doc 9303-3 4.9: weights 7 3 1, modulo 10, as a character. */
char vsc_mrz_check_digit(struct vsc_span text);

#endif

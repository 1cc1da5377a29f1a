/*
 * The three sizes of the machine readable zone as tables of where each field stands; building,
 * reading and check digits run over them.
 */
#include "cards/epass/mrz.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "cards/epass/country.h"
#include "cards/epass/translit.h"

#define NUMBER_SHORT 9 /* characters of the document number field */

enum field {
	DOC_TYPE,
	ISSUER,
	NUMBER,
	NUMBER_CHECK,
	BIRTH,
	BIRTH_CHECK,
	SEX,
	EXPIRY,
	EXPIRY_CHECK,
	NATIONALITY,
	OPTIONAL,
	OPTIONAL_CHECK,
	OPTIONAL2,
	NAME,
	COMPOSITE,
	NFIELDS
};

struct place {
	uint8_t start, len; /* len 0: the size does not have this field */
};

struct layout {
	size_t lines, line_length;
	struct place fields[NFIELDS];
	struct place composite[4]; /* what the composite check digit covers */
};

/* Doc 9303-5 4.2.2, 9303-6 4.2.2, 9303-4 4.2.2: offsets into the lines one after the other. */
static const struct layout layouts[] = {
	[VSC_MRZ_TD1] = { 3, 30,
	    { [DOC_TYPE] = { 0, 2 },
		[ISSUER] = { 2, 3 },
		[NUMBER] = { 5, 9 },
		[NUMBER_CHECK] = { 14, 1 },
		[OPTIONAL] = { 15, 15 },
		[BIRTH] = { 30, 6 },
		[BIRTH_CHECK] = { 36, 1 },
		[SEX] = { 37, 1 },
		[EXPIRY] = { 38, 6 },
		[EXPIRY_CHECK] = { 44, 1 },
		[NATIONALITY] = { 45, 3 },
		[OPTIONAL2] = { 48, 11 },
		[COMPOSITE] = { 59, 1 },
		[NAME] = { 60, 30 } },
	    { { 5, 25 }, { 30, 7 }, { 38, 7 }, { 48, 11 } } },
	[VSC_MRZ_TD2] = { 2, 36,
	    { [DOC_TYPE] = { 0, 2 },
		[ISSUER] = { 2, 3 },
		[NAME] = { 5, 31 },
		[NUMBER] = { 36, 9 },
		[NUMBER_CHECK] = { 45, 1 },
		[NATIONALITY] = { 46, 3 },
		[BIRTH] = { 49, 6 },
		[BIRTH_CHECK] = { 55, 1 },
		[SEX] = { 56, 1 },
		[EXPIRY] = { 57, 6 },
		[EXPIRY_CHECK] = { 63, 1 },
		[OPTIONAL] = { 64, 7 },
		[COMPOSITE] = { 71, 1 } },
	    { { 36, 10 }, { 49, 7 }, { 57, 14 } } },
	[VSC_MRZ_TD3] = { 2, 44,
	    { [DOC_TYPE] = { 0, 2 },
		[ISSUER] = { 2, 3 },
		[NAME] = { 5, 39 },
		[NUMBER] = { 44, 9 },
		[NUMBER_CHECK] = { 53, 1 },
		[NATIONALITY] = { 54, 3 },
		[BIRTH] = { 57, 6 },
		[BIRTH_CHECK] = { 63, 1 },
		[SEX] = { 64, 1 },
		[EXPIRY] = { 65, 6 },
		[EXPIRY_CHECK] = { 71, 1 },
		[OPTIONAL] = { 72, 14 },
		[OPTIONAL_CHECK] = { 86, 1 },
		[COMPOSITE] = { 87, 1 } },
	    { { 44, 10 }, { 57, 7 }, { 65, 22 } } },
};

size_t
vsc_mrz_line_length(enum vsc_mrz_format format)
{
	return layouts[format].line_length;
}

/* Doc 9303-3 4.9: digits count themselves, A to Z 10 to 35, the filler 0. */
static unsigned
weight_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10u;
	return 0;
}

char
vsc_mrz_check_digit(struct vsc_span text)
{
	static const unsigned weights[] = { 7, 3, 1 };
	unsigned sum = 0;

	for (size_t i = 0; i < text.len; i++)
		sum += weight_value(text.ptr[i]) * weights[i % 3];
	return (char)('0' + sum % 10);
}

static struct vsc_span
span_of(const struct vsc_mrz *mrz, struct place place)
{
	return vsc_span_from(mrz->text + place.start, place.len);
}

static const struct place *
place_of(const struct vsc_mrz *mrz, enum field field)
{
	return &layouts[mrz->format].fields[field];
}

/* --- Values: are they possible? --- */

static int
two_digits(const char *text)
{
	if (!isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1]))
		return -1;
	return (text[0] - '0') * 10 + text[1] - '0';
}

/* YYMMDD; of a birth date, month and day may be unknown, or all of it (Doc 9303-3 4.8). */
static bool
date_possible(const char *text, bool may_be_unknown)
{
	/* the zone has no century: 29 February is possible in each year divisible by four */
	int year = two_digits(text), month = two_digits(text + 2), day = two_digits(text + 4);

	if (!may_be_unknown)
		return year >= 0 && vsc_date_exists(2000 + year, month, day);
	if ((year < 0 && strncmp(text, "<<", 2) != 0) ||
	    (month < 0 && strncmp(text + 2, "<<", 2) != 0) ||
	    (day < 0 && strncmp(text + 4, "<<", 2) != 0))
		return false;
	if (year < 0 && (month >= 0 || day >= 0))
		return false;
	if (month < 0)
		return day < 0;
	return day < 0 ? month >= 1 && month <= 12 : vsc_date_exists(2000 + year, month, day);
}

static int
check_values(const struct vsc_mrz *mrz, struct vsc_why *why)
{
	if (!isupper((unsigned char)mrz->doc_type[0]))
		return vsc_why_set(why, VSC_E_FORMAT,
		    "document type: '%s': the first character is a letter", mrz->doc_type);
	if (mrz->format == VSC_MRZ_TD3 && mrz->doc_type[0] != 'P')
		return vsc_why_set(why, VSC_E_FORMAT,
		    "document type: '%s': a passport (TD3) begins with P", mrz->doc_type);
	if (mrz->format != VSC_MRZ_TD3 && strchr("ACI", mrz->doc_type[0]) == NULL)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "document type: '%s': A, C or I is expected on this size", mrz->doc_type);
	if (vsc_country_alpha2(mrz->issuer) == NULL)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "issuer: '%s': not a code of ICAO Doc 9303-3 section 5", mrz->issuer);
	if (vsc_country_alpha2(mrz->nationality) == NULL)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "nationality: '%s': not a code of ICAO Doc 9303-3 section 5", mrz->nationality);
	if (mrz->number[0] == '\0')
		return vsc_why_set(why, VSC_E_FORMAT, "document number: empty");
	if (!date_possible(mrz->birth, true))
		return vsc_why_set(why, VSC_E_FORMAT, "birth: %s: no such date", mrz->birth);
	if (!date_possible(mrz->expiry, false))
		return vsc_why_set(why, VSC_E_FORMAT, "expiry: %s: no such date", mrz->expiry);
	if (strchr("FM<", mrz->sex) == NULL)
		return vsc_why_set(
		    why, VSC_E_FORMAT, "sex: '%c': F, M or < (unspecified)", mrz->sex);
	if (mrz->surname[0] == '\0')
		return vsc_why_set(why, VSC_E_FORMAT, "name: empty");
	return 0;
}

/* --- Building --- */

/* Text into its place, the rest filled with '<'. The caller has checked that it fits. */
static void
put_field(struct vsc_mrz *mrz, enum field field, const char *value)
{
	const struct place *place = place_of(mrz, field);
	size_t len = strlen(value);

	for (size_t i = 0; i < place->len; i++)
		/* i is below strlen(value) */
		/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
		mrz->text[place->start + i] = i < len ? value[i] : '<';
}

static void
put_check(struct vsc_mrz *mrz, enum field digit, enum field over)
{
	mrz->text[place_of(mrz, digit)->start] =
	    vsc_mrz_check_digit(span_of(mrz, *place_of(mrz, over)));
}

static char
composite_digit(const struct vsc_mrz *mrz)
{
	const struct layout *layout = &layouts[mrz->format];
	char buf[VSC_MRZ_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	for (size_t i = 0; i < VSC_COUNT(layout->composite); i++)
		vsc_out_put(&out, span_of(mrz, layout->composite[i]));
	return vsc_mrz_check_digit(vsc_out_span(&out));
}

/*
 * Doc 9303-5 4.2.2.2 and 9303-6: a number longer than the field goes on in the optional data, with
 * its check digit and a filler behind it, and '<' stands in the place of the check digit.
 */
static int
put_number(struct vsc_mrz *mrz, struct vsc_why *why)
{
	char joined[2 * VSC_MRZ_FIELD + 3];
	const char *overflow;

	if (strlen(mrz->number) <= NUMBER_SHORT) {
		put_field(mrz, NUMBER, mrz->number);
		put_check(mrz, NUMBER_CHECK, NUMBER);
		put_field(mrz, OPTIONAL, mrz->optional);
		return 0;
	}
	if (mrz->format == VSC_MRZ_TD3)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "document number: '%s': a passport's has at most nine characters", mrz->number);
	overflow = mrz->number + NUMBER_SHORT;
	snprintf(joined, sizeof(joined), "%s%c<%s", overflow,
	    vsc_mrz_check_digit(vsc_span_str(mrz->number)), mrz->optional);
	if (strlen(overflow) + 2 > place_of(mrz, OPTIONAL)->len)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "document number: '%s': too long for this size", mrz->number);
	if (strlen(joined) > place_of(mrz, OPTIONAL)->len && mrz->optional[0] != '\0')
		return vsc_why_set(why, VSC_E_FORMAT,
		    "optional data: '%s': no room beside the long document number", mrz->optional);
	put_field(mrz, NUMBER, mrz->number);
	mrz->text[place_of(mrz, NUMBER_CHECK)->start] = '<';
	put_field(mrz, OPTIONAL, joined);
	return 0;
}

/*
 * Doc 9303-4 4.2.2.3 (and -5, -6): too long a name is cut so that both identifiers are there, and a
 * letter in the last position tells that something may be missing.
 */
static void
put_name(struct vsc_mrz *mrz)
{
	const size_t room = place_of(mrz, NAME)->len;
	char name[2 * VSC_MRZ_FIELD + 3];
	size_t primary = strlen(mrz->surname);

	if (mrz->given[0] != '\0' && primary + 3 > room)
		primary = room - 3;
	if (mrz->given[0] == '\0')
		snprintf(name, sizeof(name), "%s", mrz->surname);
	else
		snprintf(name, sizeof(name), "%.*s<<%s", (int)primary, mrz->surname, mrz->given);
	/* the cut fell on a filler: shorten the part before it by one, so that the next part's
	 * first letter ends the field */
	if (strlen(name) > room && name[room - 1] == '<')
		vsc_move((uint8_t *)name + room - 2, (uint8_t *)name + room - 1,
		    strlen(name + room - 1) + 1);
	name[room] = '\0';
	put_field(mrz, NAME, name);
}

static int
put_all(struct vsc_mrz *mrz, struct vsc_why *why)
{
	const char sex[2] = { mrz->sex, '\0' };

	for (size_t i = 0; i < layouts[mrz->format].lines * layouts[mrz->format].line_length; i++)
		mrz->text[i] = '<';
	put_field(mrz, DOC_TYPE, mrz->doc_type);
	put_field(mrz, ISSUER, mrz->issuer);
	put_field(mrz, NATIONALITY, mrz->nationality);
	put_field(mrz, BIRTH, mrz->birth);
	put_check(mrz, BIRTH_CHECK, BIRTH);
	put_field(mrz, SEX, sex);
	put_field(mrz, EXPIRY, mrz->expiry);
	put_check(mrz, EXPIRY_CHECK, EXPIRY);
	put_field(mrz, OPTIONAL2, mrz->optional2);
	put_name(mrz);
	if (put_number(mrz, why) < 0)
		return VSC_E_FORMAT;
	/* Doc 9303-4 4.2.2.2: of empty optional data the check digit may be a filler; the digit 0
	 * is allowed too */
	if (place_of(mrz, OPTIONAL_CHECK)->len > 0)
		put_check(mrz, OPTIONAL_CHECK, OPTIONAL);
	mrz->text[place_of(mrz, COMPOSITE)->start] = composite_digit(mrz);
	return 0;
}

/* A-Z, 0-9 and '<' only, in upper case, at most `room` characters. */
static int
take_code(char *field, size_t room, const char *value, const char *name, struct vsc_why *why)
{
	size_t len = value == NULL ? 0 : strlen(value);

	while (len > 0 && value[len - 1] == '<')
		len--;
	if (len > room)
		return vsc_why_set(
		    why, VSC_E_FORMAT, "%s: '%s': at most %zu characters", name, value, room);
	for (size_t i = 0; i < len; i++) {
		field[i] = (char)toupper((unsigned char)value[i]);
		if (!isalnum((unsigned char)field[i]) && field[i] != '<')
			return vsc_why_set(
			    why, VSC_E_FORMAT, "%s: '%s': only A-Z, 0-9 and <", name, value);
	}
	field[len] = '\0';
	return 0;
}

/* YYMMDD, YYYYMMDD or YYYY-MM-DD: the digits, and fillers for what is unknown. */
static size_t
date_digits(char digits[9], const char *value)
{
	bool hyphens = strlen(value) == 10 && value[4] == '-' && value[7] == '-';
	size_t n = 0;

	for (size_t i = 0; value[i] != '\0'; i++) {
		if (hyphens && (i == 4 || i == 7))
			continue;
		if (n == 8 || (!isdigit((unsigned char)value[i]) && value[i] != '<'))
			return 0;
		digits[n++] = value[i];
	}
	digits[n] = '\0';
	return n;
}

static int
take_date(char field[7], const char *value, const char *name, struct vsc_why *why)
{
	const char *given = value == NULL ? "" : value;
	char digits[9];
	size_t n = date_digits(digits, given);
	int century;

	if (n != 6 && n != 8)
		return vsc_why_set(
		    why, VSC_E_FORMAT, "%s: '%s': a date is YYMMDD or YYYY-MM-DD", name, given);
	snprintf(field, 7, "%.6s", digits + n - 6);
	/* the zone has no century, so that a 29 February may exist there and not in this year */
	century = n == 8 ? two_digits(digits) : -1;
	if (century >= 0 && two_digits(field) >= 0 && two_digits(field + 2) >= 0 &&
	    two_digits(field + 4) >= 0 &&
	    !vsc_date_exists(
		100 * century + two_digits(field), two_digits(field + 2), two_digits(field + 4)))
		return vsc_why_set(why, VSC_E_FORMAT, "%s: '%s': no such date", name, given);
	return 0;
}

static int
take_name_part(char *field, struct vsc_span part, struct vsc_why *why)
{
	struct vsc_span bad = VSC_SPAN_EMPTY;
	char letters[256];
	int err = vsc_translit(letters, sizeof(letters), part, &bad);

	if (err == VSC_E_UNSUPPORTED)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "name: '%.*s' has no transliteration; write the name in Latin letters",
		    (int)bad.len, (const char *)bad.ptr);
	if (err < 0)
		return vsc_why_set(why, VSC_E_FORMAT, "name: not UTF-8, or too long");
	snprintf(field, VSC_MRZ_FIELD, "%.44s", letters);
	return 0;
}

static int
take_name(struct vsc_mrz *mrz, const char *name, struct vsc_why *why)
{
	struct vsc_span text = vsc_span_str(name == NULL ? "" : name);
	size_t split = vsc_span_find(text, vsc_span_str("<<"), 0), skip = 2;

	if (split == SIZE_MAX) {
		split = vsc_span_find(text, vsc_span_str(","), 0);
		skip = 1;
	}
	if (split == SIZE_MAX)
		split = text.len;
	if (take_name_part(mrz->surname, vsc_span_slice(text, 0, split), why) < 0)
		return VSC_E_FORMAT;
	return take_name_part(mrz->given, vsc_span_slice(text, split + skip, text.len), why);
}

int
vsc_mrz_build(struct vsc_mrz *mrz, const struct vsc_mrz_fields *f, struct vsc_why *why)
{
	char sex[2] = "";

	*mrz = (struct vsc_mrz){ .format = f->format };
	*why = (struct vsc_why){ { 0 } };
	if (take_code(mrz->doc_type, 2, f->doc_type, "document type", why) < 0 ||
	    take_code(mrz->issuer, 3, f->issuer, "issuer", why) < 0 ||
	    take_code(mrz->nationality, 3, f->nationality, "nationality", why) < 0 ||
	    take_code(mrz->number, VSC_MRZ_FIELD - 1, f->number, "document number", why) < 0 ||
	    take_code(mrz->optional, place_of(mrz, OPTIONAL)->len, f->optional, "optional data",
		why) < 0 ||
	    take_code(mrz->optional2, place_of(mrz, OPTIONAL2)->len, f->optional2,
		"optional data 2", why) < 0 ||
	    take_date(mrz->birth, f->birth, "birth", why) < 0 ||
	    take_date(mrz->expiry, f->expiry, "expiry", why) < 0 ||
	    take_code(sex, 1, f->sex, "sex", why) < 0 || take_name(mrz, f->name, why) < 0)
		return VSC_E_FORMAT;
	mrz->sex = sex[0] == '\0' || sex[0] == 'X' ? '<' : sex[0];
	if (check_values(mrz, why) < 0)
		return VSC_E_FORMAT;
	return put_all(mrz, why);
}

/* --- Reading --- */

static int
take_text(struct vsc_mrz *mrz, struct vsc_span text, struct vsc_why *why)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		const uint8_t c = text.ptr[i];

		if (isspace(c))
			continue;
		if (!isupper(c) && !isdigit(c) && c != '<')
			return vsc_why_set(why, VSC_E_FORMAT,
			    "MRZ: character %zu ('%c') is not A-Z, 0-9 or <", i + 1,
			    isprint(c) ? c : '?');
		if (n == VSC_MRZ_MAX)
			return vsc_why_set(
			    why, VSC_E_FORMAT, "MRZ: longer than %d characters", VSC_MRZ_MAX);
		mrz->text[n++] = (char)c;
	}
	mrz->text[n] = '\0';
	for (size_t i = 0; i < VSC_COUNT(layouts); i++) {
		if (layouts[i].lines * layouts[i].line_length != n)
			continue;
		mrz->format = (enum vsc_mrz_format)i;
		return 0;
	}
	return vsc_why_set(
	    why, VSC_E_FORMAT, "MRZ: %zu characters; TD1 has 3 x 30, TD2 2 x 36, TD3 2 x 44", n);
}

/* The field's characters without the fillers that end it. */
static void
get_field(const struct vsc_mrz *mrz, enum field field, char *value)
{
	const struct place *place = place_of(mrz, field);
	size_t len = place->len;

	while (len > 0 && mrz->text[place->start + len - 1] == '<')
		len--;
	for (size_t i = 0; i < len; i++)
		value[i] = mrz->text[place->start + i];
	value[len] = '\0';
}

/* Dates keep their fillers: they stand for unknown parts. */
static void
get_date(const struct vsc_mrz *mrz, enum field field, char value[7])
{
	snprintf(value, 7, "%.6s", mrz->text + place_of(mrz, field)->start);
}

/* A long document number's end and check digit are in the optional data, up to the first filler. */
static int
get_long_number(struct vsc_mrz *mrz, struct vsc_why *why)
{
	char *rest = mrz->optional;
	size_t len = strcspn(rest, "<");

	if (mrz->format == VSC_MRZ_TD3 || strlen(mrz->number) != NUMBER_SHORT || len < 2)
		return vsc_why_set(
		    why, VSC_E_FORMAT, "document number: its check digit is missing");
	snprintf(mrz->number + NUMBER_SHORT, sizeof(mrz->number) - NUMBER_SHORT, "%.*s",
	    (int)len - 1, rest);
	if (rest[len - 1] != vsc_mrz_check_digit(vsc_span_str(mrz->number)))
		return vsc_why_set(why, VSC_E_FORMAT,
		    "document number: check digit %c, expected %c", rest[len - 1],
		    vsc_mrz_check_digit(vsc_span_str(mrz->number)));
	if (rest[len] == '<')
		len++;
	vsc_move((uint8_t *)rest, (uint8_t *)rest + len, strlen(rest + len) + 1);
	return 0;
}

static void
get_name(struct vsc_mrz *mrz)
{
	char name[VSC_MRZ_FIELD];
	char *split;

	get_field(mrz, NAME, name);
	if ((split = strstr(name, "<<")) != NULL) {
		*split = '\0';
		snprintf(mrz->given, sizeof(mrz->given), "%s", split + 2);
	}
	snprintf(mrz->surname, sizeof(mrz->surname), "%s", name);
}

static int
check_digits(struct vsc_mrz *mrz, struct vsc_why *why)
{
	static const struct {
		enum field digit, over;
		const char *name;
		bool may_be_filler;
	} rows[] = {
		{ NUMBER_CHECK, NUMBER, "document number", true },
		{ BIRTH_CHECK, BIRTH, "birth", false },
		{ EXPIRY_CHECK, EXPIRY, "expiry", false },
		{ OPTIONAL_CHECK, OPTIONAL, "optional data", true },
	};

	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		const struct place *place = place_of(mrz, rows[i].digit);
		char want, got;

		if (place->len == 0)
			continue;
		want = vsc_mrz_check_digit(span_of(mrz, *place_of(mrz, rows[i].over)));
		got = mrz->text[place->start];
		/* of a long number, and of empty optional data, the digit may be a filler */
		if (got == want || (got == '<' && rows[i].may_be_filler &&
				       (rows[i].digit == NUMBER_CHECK || want == '0')))
			continue;
		return vsc_why_set(
		    why, VSC_E_FORMAT, "%s: check digit %c, expected %c", rows[i].name, got, want);
	}
	if (mrz->text[place_of(mrz, COMPOSITE)->start] != composite_digit(mrz))
		return vsc_why_set(why, VSC_E_FORMAT, "MRZ: composite check digit %c, expected %c",
		    mrz->text[place_of(mrz, COMPOSITE)->start], composite_digit(mrz));
	return 0;
}

/* The check digit of a long document number ends the first part of the optional data. false: the
 * number is not a long one. */
static bool
fix_long_number(struct vsc_mrz *mrz)
{
	const struct place *number = place_of(mrz, NUMBER), *optional = place_of(mrz, OPTIONAL);
	char buf[VSC_MRZ_MAX];
	struct vsc_out whole = vsc_out_from(buf, sizeof(buf));
	size_t len = 0;

	while (len < optional->len && mrz->text[optional->start + len] != '<')
		len++;
	if (mrz->format == VSC_MRZ_TD3 || mrz->text[number->start + number->len] != '<' ||
	    mrz->text[number->start + number->len - 1] == '<' || len < 2)
		return false;
	vsc_out_put(&whole, span_of(mrz, *number));
	vsc_out_put(&whole, vsc_span_from(mrz->text + optional->start, len - 1));
	mrz->text[optional->start + len - 1] = vsc_mrz_check_digit(vsc_out_span(&whole));
	return true;
}

/* Compute every check digit anew. */
static void
fix_digits(struct vsc_mrz *mrz)
{
	if (!fix_long_number(mrz))
		put_check(mrz, NUMBER_CHECK, NUMBER);
	put_check(mrz, BIRTH_CHECK, BIRTH);
	put_check(mrz, EXPIRY_CHECK, EXPIRY);
	if (place_of(mrz, OPTIONAL_CHECK)->len > 0)
		put_check(mrz, OPTIONAL_CHECK, OPTIONAL);
	mrz->text[place_of(mrz, COMPOSITE)->start] = composite_digit(mrz);
}

int
vsc_mrz_parse(struct vsc_mrz *mrz, struct vsc_span text, bool fix, struct vsc_why *why)
{
	*mrz = (struct vsc_mrz){ 0 };
	*why = (struct vsc_why){ { 0 } };
	if (take_text(mrz, text, why) < 0)
		return VSC_E_FORMAT;
	if (fix)
		fix_digits(mrz);
	if (check_digits(mrz, why) < 0)
		return VSC_E_FORMAT;
	get_field(mrz, DOC_TYPE, mrz->doc_type);
	get_field(mrz, ISSUER, mrz->issuer);
	get_field(mrz, NATIONALITY, mrz->nationality);
	get_field(mrz, NUMBER, mrz->number);
	get_field(mrz, OPTIONAL, mrz->optional);
	get_field(mrz, OPTIONAL2, mrz->optional2);
	get_date(mrz, BIRTH, mrz->birth);
	get_date(mrz, EXPIRY, mrz->expiry);
	mrz->sex = mrz->text[place_of(mrz, SEX)->start];
	get_name(mrz);
	if (mrz->text[place_of(mrz, NUMBER_CHECK)->start] == '<' && get_long_number(mrz, why) < 0)
		return VSC_E_FORMAT;
	return check_values(mrz, why);
}

char *
vsc_mrz_key(const struct vsc_mrz *mrz, char text[VSC_MRZ_KEY_MAX])
{
	char number[VSC_MRZ_FIELD] = "";
	struct vsc_out out = vsc_out_from(number, sizeof(number) - 1);

	vsc_out_str(&out, mrz->number);
	/* a short number counts with its fillers */
	while (out.len < NUMBER_SHORT)
		vsc_out_u8(&out, '<');
	snprintf(text, VSC_MRZ_KEY_MAX, "%s%c%s%c%s%c", number,
	    vsc_mrz_check_digit(vsc_out_span(&out)), mrz->birth,
	    vsc_mrz_check_digit(vsc_span_str(mrz->birth)), mrz->expiry,
	    vsc_mrz_check_digit(vsc_span_str(mrz->expiry)));
	return text;
}

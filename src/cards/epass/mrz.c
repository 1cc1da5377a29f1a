/* The machine readable zone: where its fields are, what they may be, and check digits. */
#include "cards/epass/mrz_impl.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "cards/epass/country.h"

/* Doc 9303-5 4.2.2, 9303-6 4.2.2, 9303-4 4.2.2: offsets into the lines one after the other. */
static const struct vsc_mrz_layout layouts[] = {
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

const struct vsc_mrz_layout *
vsc_mrz_layout(enum vsc_mrz_format format)
{
	return &layouts[format];
}

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

struct vsc_span
vsc_mrz_span(const struct vsc_mrz *mrz, struct vsc_mrz_place place)
{
	return vsc_span_from(mrz->text + place.start, place.len);
}

const struct vsc_mrz_place *
vsc_mrz_place(const struct vsc_mrz *mrz, enum vsc_mrz_field field)
{
	return &layouts[mrz->format].fields[field];
}

void
vsc_mrz_put_check(struct vsc_mrz *mrz, enum vsc_mrz_field digit, enum vsc_mrz_field over)
{
	mrz->text[vsc_mrz_place(mrz, digit)->start] =
	    vsc_mrz_check_digit(vsc_mrz_span(mrz, *vsc_mrz_place(mrz, over)));
}

char
vsc_mrz_composite(const struct vsc_mrz *mrz)
{
	const struct vsc_mrz_layout *layout = vsc_mrz_layout(mrz->format);
	char buf[VSC_MRZ_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	for (size_t i = 0; i < VSC_COUNT(layout->composite); i++)
		vsc_out_put(&out, vsc_mrz_span(mrz, layout->composite[i]));
	return vsc_mrz_check_digit(vsc_out_span(&out));
}

/* --- Values: are they possible? --- */

int
vsc_mrz_two_digits(const char *text)
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
	int year = vsc_mrz_two_digits(text), month = vsc_mrz_two_digits(text + 2),
	    day = vsc_mrz_two_digits(text + 4);

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

int
vsc_mrz_check_values(const struct vsc_mrz *mrz, struct vsc_why *why)
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

/* --- What opens the chip --- */

char *
vsc_mrz_key(const struct vsc_mrz *mrz, char text[VSC_MRZ_KEY_MAX])
{
	char number[VSC_MRZ_FIELD] = "";
	struct vsc_out out = vsc_out_from(number, sizeof(number) - 1);

	vsc_out_str(&out, mrz->number);
	/* a short number counts with its fillers */
	while (out.len < VSC_MRZ_NUMBER_SHORT)
		vsc_out_u8(&out, '<');
	snprintf(text, VSC_MRZ_KEY_MAX, "%s%c%s%c%s%c", number,
	    vsc_mrz_check_digit(vsc_out_span(&out)), mrz->birth,
	    vsc_mrz_check_digit(vsc_span_str(mrz->birth)), mrz->expiry,
	    vsc_mrz_check_digit(vsc_span_str(mrz->expiry)));
	return text;
}

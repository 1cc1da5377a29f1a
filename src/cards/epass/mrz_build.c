/* A machine readable zone built from what a person gives (mrz.h). */
#include "cards/epass/mrz_impl.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "cards/epass/translit.h"

/* Text into its place, the rest filled with '<'. The caller has checked that it fits. */
static void
put_field(struct vsc_mrz *mrz, enum vsc_mrz_field field, const char *value)
{
	const struct vsc_mrz_place *place = vsc_mrz_place(mrz, field);
	size_t len = strlen(value);

	for (size_t i = 0; i < place->len; i++)
		/* i is below strlen(value) */
		/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
		mrz->text[place->start + i] = i < len ? value[i] : '<';
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

	if (strlen(mrz->number) <= VSC_MRZ_NUMBER_SHORT) {
		put_field(mrz, NUMBER, mrz->number);
		vsc_mrz_put_check(mrz, NUMBER_CHECK, NUMBER);
		put_field(mrz, OPTIONAL, mrz->optional);
		return 0;
	}
	if (mrz->format == VSC_MRZ_TD3)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "document number: '%s': a passport's has at most nine characters", mrz->number);
	overflow = mrz->number + VSC_MRZ_NUMBER_SHORT;
	snprintf(joined, sizeof(joined), "%s%c<%s", overflow,
	    vsc_mrz_check_digit(vsc_span_str(mrz->number)), mrz->optional);
	if (strlen(overflow) + 2 > vsc_mrz_place(mrz, OPTIONAL)->len)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "document number: '%s': too long for this size", mrz->number);
	if (strlen(joined) > vsc_mrz_place(mrz, OPTIONAL)->len && mrz->optional[0] != '\0')
		return vsc_why_set(why, VSC_E_FORMAT,
		    "optional data: '%s': no room beside the long document number", mrz->optional);
	put_field(mrz, NUMBER, mrz->number);
	mrz->text[vsc_mrz_place(mrz, NUMBER_CHECK)->start] = '<';
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
	const size_t room = vsc_mrz_place(mrz, NAME)->len;
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

	for (size_t i = 0;
	     i < vsc_mrz_layout(mrz->format)->lines * vsc_mrz_layout(mrz->format)->line_length; i++)
		mrz->text[i] = '<';
	put_field(mrz, DOC_TYPE, mrz->doc_type);
	put_field(mrz, ISSUER, mrz->issuer);
	put_field(mrz, NATIONALITY, mrz->nationality);
	put_field(mrz, BIRTH, mrz->birth);
	vsc_mrz_put_check(mrz, BIRTH_CHECK, BIRTH);
	put_field(mrz, SEX, sex);
	put_field(mrz, EXPIRY, mrz->expiry);
	vsc_mrz_put_check(mrz, EXPIRY_CHECK, EXPIRY);
	put_field(mrz, OPTIONAL2, mrz->optional2);
	put_name(mrz);
	if (put_number(mrz, why) < 0)
		return VSC_E_FORMAT;
	/* Doc 9303-4 4.2.2.2: of empty optional data the check digit may be a filler; the digit 0
	 * is allowed too */
	if (vsc_mrz_place(mrz, OPTIONAL_CHECK)->len > 0)
		vsc_mrz_put_check(mrz, OPTIONAL_CHECK, OPTIONAL);
	mrz->text[vsc_mrz_place(mrz, COMPOSITE)->start] = vsc_mrz_composite(mrz);
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
	century = n == 8 ? vsc_mrz_two_digits(digits) : -1;
	if (century >= 0 && vsc_mrz_two_digits(field) >= 0 && vsc_mrz_two_digits(field + 2) >= 0 &&
	    vsc_mrz_two_digits(field + 4) >= 0 &&
	    !vsc_date_exists(100 * century + vsc_mrz_two_digits(field),
		vsc_mrz_two_digits(field + 2), vsc_mrz_two_digits(field + 4)))
		return vsc_why_set(why, VSC_E_FORMAT, "%s: '%s': no such date", name, given);
	return 0;
}

static int
take_name_part(char *field, struct vsc_span part, struct vsc_why *why)
{
	struct vsc_span bad = VSC_SPAN_EMPTY;
	char letters[1024];
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
	    take_code(mrz->optional, vsc_mrz_place(mrz, OPTIONAL)->len, f->optional,
		"optional data", why) < 0 ||
	    take_code(mrz->optional2, vsc_mrz_place(mrz, OPTIONAL2)->len, f->optional2,
		"optional data 2", why) < 0 ||
	    take_date(mrz->birth, f->birth, "birth", why) < 0 ||
	    take_date(mrz->expiry, f->expiry, "expiry", why) < 0 ||
	    take_code(sex, 1, f->sex, "sex", why) < 0 || take_name(mrz, f->name, why) < 0)
		return VSC_E_FORMAT;
	mrz->sex = sex[0] == '\0' || sex[0] == 'X' ? '<' : sex[0];
	if (vsc_mrz_check_values(mrz, why) < 0)
		return VSC_E_FORMAT;
	return put_all(mrz, why);
}

/* A machine readable zone read, each check digit verified or made anew (mrz.h). */
#include "cards/epass/mrz_impl.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int
take_text(struct vsc_mrz *mrz, struct vsc_span text, struct vsc_why *why)
{
	static const enum vsc_mrz_format formats[] = { VSC_MRZ_TD1, VSC_MRZ_TD2, VSC_MRZ_TD3 };
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
	for (size_t i = 0; i < VSC_COUNT(formats); i++) {
		const struct vsc_mrz_layout *layout = vsc_mrz_layout(formats[i]);

		if (layout->lines * layout->line_length != n)
			continue;
		mrz->format = formats[i];
		return 0;
	}
	return vsc_why_set(
	    why, VSC_E_FORMAT, "MRZ: %zu characters; TD1 has 3 x 30, TD2 2 x 36, TD3 2 x 44", n);
}

/* The field's characters without the fillers that end it. */
static void
get_field(const struct vsc_mrz *mrz, enum vsc_mrz_field field, char *value)
{
	const struct vsc_mrz_place *place = vsc_mrz_place(mrz, field);
	size_t len = place->len;

	while (len > 0 && mrz->text[place->start + len - 1] == '<')
		len--;
	for (size_t i = 0; i < len; i++)
		value[i] = mrz->text[place->start + i];
	value[len] = '\0';
}

/* Dates keep their fillers: they stand for unknown parts. */
static void
get_date(const struct vsc_mrz *mrz, enum vsc_mrz_field field, char value[7])
{
	snprintf(value, 7, "%.6s", mrz->text + vsc_mrz_place(mrz, field)->start);
}

/* A long document number's end and check digit are in the optional data, up to the first filler. */
static int
get_long_number(struct vsc_mrz *mrz, struct vsc_why *why)
{
	char *rest = mrz->optional;
	size_t len = strcspn(rest, "<");

	if (mrz->format == VSC_MRZ_TD3 || strlen(mrz->number) != VSC_MRZ_NUMBER_SHORT || len < 2)
		return vsc_why_set(
		    why, VSC_E_FORMAT, "document number: its check digit is missing");
	snprintf(mrz->number + VSC_MRZ_NUMBER_SHORT, sizeof(mrz->number) - VSC_MRZ_NUMBER_SHORT,
	    "%.*s", (int)len - 1, rest);
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
		enum vsc_mrz_field digit, over;
		const char *name;
		bool may_be_filler;
	} rows[] = {
		{ NUMBER_CHECK, NUMBER, "document number", true },
		{ BIRTH_CHECK, BIRTH, "birth", false },
		{ EXPIRY_CHECK, EXPIRY, "expiry", false },
		{ OPTIONAL_CHECK, OPTIONAL, "optional data", true },
	};

	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		const struct vsc_mrz_place *place = vsc_mrz_place(mrz, rows[i].digit);
		char want, got;

		if (place->len == 0)
			continue;
		want = vsc_mrz_check_digit(vsc_mrz_span(mrz, *vsc_mrz_place(mrz, rows[i].over)));
		got = mrz->text[place->start];
		/* of a long number, and of empty optional data, the digit may be a filler */
		if (got == want || (got == '<' && rows[i].may_be_filler &&
				       (rows[i].digit == NUMBER_CHECK || want == '0')))
			continue;
		return vsc_why_set(
		    why, VSC_E_FORMAT, "%s: check digit %c, expected %c", rows[i].name, got, want);
	}
	if (mrz->text[vsc_mrz_place(mrz, COMPOSITE)->start] != vsc_mrz_composite(mrz))
		return vsc_why_set(why, VSC_E_FORMAT, "MRZ: composite check digit %c, expected %c",
		    mrz->text[vsc_mrz_place(mrz, COMPOSITE)->start], vsc_mrz_composite(mrz));
	return 0;
}

/* The check digit of a long document number ends the first part of the optional data. false: the
 * number is not a long one. */
static bool
fix_long_number(struct vsc_mrz *mrz)
{
	const struct vsc_mrz_place *number = vsc_mrz_place(mrz, NUMBER),
				   *optional = vsc_mrz_place(mrz, OPTIONAL);
	char buf[VSC_MRZ_MAX];
	struct vsc_out whole = vsc_out_from(buf, sizeof(buf));
	size_t len = 0;

	while (len < optional->len && mrz->text[optional->start + len] != '<')
		len++;
	if (mrz->format == VSC_MRZ_TD3 || mrz->text[number->start + number->len] != '<' ||
	    mrz->text[number->start + number->len - 1] == '<' || len < 2)
		return false;
	vsc_out_put(&whole, vsc_mrz_span(mrz, *number));
	vsc_out_put(&whole, vsc_span_from(mrz->text + optional->start, len - 1));
	mrz->text[optional->start + len - 1] = vsc_mrz_check_digit(vsc_out_span(&whole));
	return true;
}

/* Compute every check digit anew. */
static void
fix_digits(struct vsc_mrz *mrz)
{
	if (!fix_long_number(mrz))
		vsc_mrz_put_check(mrz, NUMBER_CHECK, NUMBER);
	vsc_mrz_put_check(mrz, BIRTH_CHECK, BIRTH);
	vsc_mrz_put_check(mrz, EXPIRY_CHECK, EXPIRY);
	if (vsc_mrz_place(mrz, OPTIONAL_CHECK)->len > 0)
		vsc_mrz_put_check(mrz, OPTIONAL_CHECK, OPTIONAL);
	mrz->text[vsc_mrz_place(mrz, COMPOSITE)->start] = vsc_mrz_composite(mrz);
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
	mrz->sex = mrz->text[vsc_mrz_place(mrz, SEX)->start];
	get_name(mrz);
	if (mrz->text[vsc_mrz_place(mrz, NUMBER_CHECK)->start] == '<' &&
	    get_long_number(mrz, why) < 0)
		return VSC_E_FORMAT;
	return vsc_mrz_check_values(mrz, why);
}

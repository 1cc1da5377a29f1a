/*
 * What the holder's --datasetfile may say: a table of names with a check and a default each; and
 * the eID application's data groups encoded from it.
 */
#include "cards/npa/dataset.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/date.h"
#include "base/hex.h"
#include "iso/tlv.h"

/* ASN.1 universal tags */
enum {
	OCTET_STRING = 0x04,
	UTF8_STRING = 0x0C,
	NUMERIC_STRING = 0x12,
	PRINTABLE_STRING = 0x13,
	IA5_STRING = 0x16,
	SEQUENCE = 0x30
};

typedef const char *check_fn(struct vsc_span value);

static check_fn check_document_type, check_country, check_printable, check_date, check_birth_date,
    check_utf8, check_sex, check_community, check_ia5, check_nothing;

/*
 * One row a name. dg: the data group that holds the value alone; 0: part of DG17. wrap: a context
 * tag around the string.
 */
static const struct item {
	const char *name;
	unsigned dg;
	uint8_t asn1, wrap;
	size_t max;
	check_fn *check;
	const char *preset; /* NULL: not on the chip */
} items[VSC_NPA_ITEMS] = {
	[VSC_NPA_DOCUMENT_TYPE] = { "DocumentType", 1, PRINTABLE_STRING, 0, 2, check_document_type,
	    "ID" },
	[VSC_NPA_ISSUING_STATE] = { "IssuingState", 2, PRINTABLE_STRING, 0, 3, check_country, "D" },
	[VSC_NPA_DATE_OF_EXPIRY] = { "DateOfExpiry", 3, NUMERIC_STRING, 0, 8, check_date,
	    "20351031" },
	[VSC_NPA_GIVEN_NAMES] = { "GivenNames", 4, UTF8_STRING, 0, 480, check_utf8, "ERIKA" },
	[VSC_NPA_FAMILY_NAMES] = { "FamilyNames", 5, UTF8_STRING, 0, 480, check_utf8,
	    "MUSTERMANN" },
	[VSC_NPA_ARTISTIC_NAME] = { "ReligiousArtisticName", 6, UTF8_STRING, 0, 480, check_utf8,
	    "" },
	[VSC_NPA_ACADEMIC_TITLE] = { "AcademicTitle", 7, UTF8_STRING, 0, 480, check_utf8, "" },
	[VSC_NPA_DATE_OF_BIRTH] = { "DateOfBirth", 8, NUMERIC_STRING, 0, 8, check_birth_date,
	    "19640812" },
	[VSC_NPA_PLACE_OF_BIRTH] = { "PlaceOfBirth", 9, UTF8_STRING, 0xA1, 480, check_utf8,
	    "BERLIN" },
	[VSC_NPA_NATIONALITY] = { "Nationality", 10, PRINTABLE_STRING, 0, 3, check_country, "D" },
	[VSC_NPA_SEX] = { "Sex", 11, PRINTABLE_STRING, 0, 1, check_sex, "F" },
	[VSC_NPA_BIRTH_NAME] = { "BirthName", 13, UTF8_STRING, 0, 480, check_utf8, "GABLER" },
	[VSC_NPA_COUNTRY] = { "Country", 0, PRINTABLE_STRING, 0xAD, 3, check_country, "D" },
	[VSC_NPA_CITY] = { "City", 0, UTF8_STRING, 0xAB, 480, check_utf8, "KÖLN" },
	[VSC_NPA_ZIP] = { "ZIP", 0, PRINTABLE_STRING, 0xAE, 20, check_printable, "51147" },
	[VSC_NPA_STREET] = { "Street", 0, UTF8_STRING, 0xAA, 480, check_utf8, "HEIDESTRASSE 17" },
	[VSC_NPA_COMMUNITY_ID] = { "CommunityID", 18, OCTET_STRING, 0, 32, check_community,
	    "02760503150000" },
	[VSC_NPA_RESIDENCE_PERMIT_1] = { "ResidencePermit1", 19, UTF8_STRING, 0xA1, 3000,
	    check_utf8, NULL },
	[VSC_NPA_RESIDENCE_PERMIT_2] = { "ResidencePermit2", 20, UTF8_STRING, 0xA1, 1000,
	    check_utf8, NULL },
	[VSC_NPA_DG12] = { "dg12", 12, OCTET_STRING, 0, 1024, check_nothing, NULL },
	[VSC_NPA_DG14] = { "dg14", 14, OCTET_STRING, 0, 4096, check_nothing, NULL },
	[VSC_NPA_DG15] = { "dg15", 15, NUMERIC_STRING, 0, 8, check_date, NULL },
	[VSC_NPA_DG16] = { "dg16", 16, OCTET_STRING, 0, 1024, check_nothing, NULL },
	[VSC_NPA_DG21] = { "dg21", 21, PRINTABLE_STRING, 0, 64, check_printable, "" },
	[VSC_NPA_DG22] = { "dg22", 22, IA5_STRING, 0, 320, check_ia5, "" },
	[VSC_NPA_PLACE_OF_RESIDENCE] = { "PlaceOfResidence", 0, 0, 0, 0, check_nothing, NULL },
};

/* DG17's parts in the order of their context tags */
static const enum vsc_npa_item residence[] = { VSC_NPA_STREET, VSC_NPA_CITY, VSC_NPA_COUNTRY,
	VSC_NPA_ZIP };

/* --- What a value may be: NULL, or what is expected --- */

static const char *
check_nothing(struct vsc_span value)
{
	(void)value;
	return NULL;
}

static const char *
check_printable(struct vsc_span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (!isalnum(value.ptr[i]) &&
		    (value.ptr[i] == 0 || strchr(" '()+,-./:=?", value.ptr[i]) == NULL))
			return "letters, digits and ' ( ) + , - . / : = ? of ASN.1 PrintableString";
	return NULL;
}

static const char *
check_ia5(struct vsc_span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < 0x20 || value.ptr[i] > 0x7E)
			return "printable ASCII characters";
	return NULL;
}

static const char *
check_document_type(struct vsc_span value)
{
	static const char *const types[] = { "ID", "AR", "AS", "UB" };

	for (size_t i = 0; i < VSC_COUNT(types); i++)
		if (vsc_span_eq(value, vsc_span_str(types[i])))
			return NULL;
	return "ID, AR, AS or UB";
}

/* TR-03110-4 2.2.3.1 has one or three; the predecessor's example has two. */
static const char *
check_country(struct vsc_span value)
{
	static const char expected[] = "one to three capital letters";

	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < 'A' || value.ptr[i] > 'Z')
			return expected;
	return value.len > 0 ? NULL : expected;
}

static const char *
check_sex(struct vsc_span value)
{
	if (value.len == 1 && strchr("MFX ", value.ptr[0]) != NULL && value.ptr[0] != 0)
		return NULL;
	return "M, F, X or a blank";
}

/* Two, or four, digits at an offset; -1: something else */
static int
number_at(struct vsc_span value, size_t at, size_t len)
{
	int number = 0;

	for (size_t i = at; i < at + len; i++) {
		if (!isdigit(value.ptr[i]))
			return -1;
		number = number * 10 + value.ptr[i] - '0';
	}
	return number;
}

static const char *
check_date(struct vsc_span value)
{
	if (value.len == 8 && number_at(value, 0, 4) >= 0 &&
	    vsc_date_exists(number_at(value, 0, 4), number_at(value, 4, 2), number_at(value, 6, 2)))
		return NULL;
	return "a date YYYYMMDD";
}

/* TR-03110-4: unknown parts of a birth date are blanks */
static const char *
check_birth_date(struct vsc_span value)
{
	static const char expected[] = "a date YYYYMMDD, unknown parts blank";
	const struct vsc_span blank = vsc_span_str("        ");

	if (value.len != 8)
		return expected;
	if (vsc_span_eq(value, blank))
		return NULL;
	if (number_at(value, 0, 4) < 0)
		return expected;
	if (vsc_span_eq(vsc_span_slice(value, 4, 4), vsc_span_slice(blank, 0, 4)))
		return NULL;
	if (vsc_span_eq(vsc_span_slice(value, 6, 2), vsc_span_slice(blank, 0, 2)))
		return vsc_date_exists(2000, number_at(value, 4, 2), 1) ? NULL : expected;
	return check_date(value) == NULL ? NULL : expected;
}

/* Well formed as far as lengths go; the characters' ranges are nobody's business here. */
static const char *
check_utf8(struct vsc_span value)
{
	size_t more = 0;

	for (size_t i = 0; i < value.len; i++) {
		const uint8_t c = value.ptr[i];

		if (more > 0) {
			if ((c & 0xC0) != 0x80)
				return "UTF-8 text";
			more--;
			continue;
		}
		if (c < 0x80)
			continue;
		more = (c & 0xE0) == 0xC0 ? 1 : (c & 0xF0) == 0xE0 ? 2 : (c & 0xF8) == 0xF0 ? 3 : 0;
		if (more == 0)
			return "UTF-8 text";
	}
	return more == 0 ? NULL : "UTF-8 text";
}

static const char *
check_community(struct vsc_span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (!isdigit(value.ptr[i]))
			return "an even number of digits";
	return value.len % 2 == 0 ? NULL : "an even number of digits";
}

/* --- Reading --- */

static int
find_item(struct vsc_span name)
{
	for (int i = 0; i < VSC_NPA_ITEMS; i++)
		if (vsc_span_eq(name, vsc_span_str(items[i].name)))
			return i;
	return VSC_E_NOT_FOUND;
}

static int
set_value(
    struct vsc_npa_dataset *set, int item, struct vsc_span value, size_t line, struct vsc_why *why)
{
	const char *expected;

	set->absent[item] = vsc_span_eq(value, vsc_span_str("<NotOnChip>"));
	if (set->absent[item])
		return 0;
	if (item == VSC_NPA_PLACE_OF_RESIDENCE)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "line %zu: PlaceOfResidence: only <NotOnChip>; give Street, City, ZIP and "
		    "Country",
		    line);
	if (value.len > items[item].max)
		return vsc_why_set(why, VSC_E_FORMAT, "line %zu: %s: %zu bytes, at most %zu", line,
		    items[item].name, value.len, items[item].max);
	if ((expected = items[item].check(value)) != NULL)
		return vsc_why_set(why, VSC_E_FORMAT, "line %zu: %s: '%.*s': %s expected", line,
		    items[item].name, (int)(value.len < 60 ? value.len : 60),
		    (const char *)value.ptr, expected);
	return vsc_blob_set(&set->values[item], value);
}

static int
read_line(struct vsc_npa_dataset *set, struct vsc_span line, size_t number, struct vsc_why *why)
{
	size_t split = vsc_span_find(line, vsc_span_str("="), 0);
	int item;

	if (line.len == 0 || line.ptr[0] == '#')
		return 0;
	if (split == SIZE_MAX)
		return vsc_why_set(why, VSC_E_FORMAT, "line %zu: '%.*s': Name=Value expected",
		    number, (int)(line.len < 60 ? line.len : 60), (const char *)line.ptr);
	if ((item = find_item(vsc_span_slice(line, 0, split))) < 0)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "line %zu: '%.*s': no such name (vicc(1), IDENTITY CARD)", number,
		    (int)(split < 60 ? split : 60), (const char *)line.ptr);
	return set_value(set, item, vsc_span_slice(line, split + 1, line.len), number, why);
}

int
vsc_npa_dataset_read(struct vsc_npa_dataset *set, struct vsc_span text, struct vsc_why *why)
{
	/* some editors begin a file of UTF-8 with a byte order mark */
	static const uint8_t mark[] = { 0xEF, 0xBB, 0xBF };
	size_t number = 1;

	*why = (struct vsc_why){ { 0 } };
	if (vsc_span_starts_with(text, VSC_SPAN_OF(mark)))
		text = vsc_span_slice(text, sizeof(mark), text.len);
	for (size_t start = 0; start < text.len; number++) {
		size_t end = vsc_span_find(text, vsc_span_str("\n"), start);
		struct vsc_span line;
		int err;

		if (end == SIZE_MAX)
			end = text.len;
		line = vsc_span_slice(text, start, end - start);
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		if ((err = read_line(set, line, number, why)) < 0)
			return err;
		start = end + 1;
	}
	return 0;
}

int
vsc_npa_dataset_default(struct vsc_npa_dataset *set)
{
	*set = (struct vsc_npa_dataset){ 0 };
	for (size_t i = 0; i < VSC_NPA_ITEMS; i++) {
		/* DG17 is on the chip unless PlaceOfResidence=<NotOnChip> says otherwise */
		set->absent[i] = items[i].preset == NULL && i != VSC_NPA_PLACE_OF_RESIDENCE;
		if (items[i].preset == NULL)
			continue;
		if (vsc_blob_set(&set->values[i], vsc_span_str(items[i].preset)) < 0) {
			vsc_npa_dataset_free(set);
			return VSC_E_NOMEM;
		}
	}
	return 0;
}

void
vsc_npa_dataset_free(struct vsc_npa_dataset *set)
{
	for (size_t i = 0; i < VSC_NPA_ITEMS; i++)
		vsc_blob_free(&set->values[i]);
}

/* --- Data groups --- */

int
vsc_npa_community_id(const struct vsc_npa_dataset *set, struct vsc_blob *id)
{
	return vsc_hex_parse(vsc_blob_span(&set->values[VSC_NPA_COMMUNITY_ID]), id);
}

static void
put_string(struct vsc_out *out, const struct vsc_npa_dataset *set, enum vsc_npa_item item)
{
	const struct vsc_span value = vsc_blob_span(&set->values[item]);
	struct vsc_tlv_mark mark;

	if (items[item].wrap == 0) {
		vsc_tlv_put(out, items[item].asn1, value);
		return;
	}
	mark = vsc_tlv_begin(out, items[item].wrap);
	vsc_tlv_put(out, items[item].asn1, value);
	vsc_tlv_end(out, mark);
}

static void
put_residence(struct vsc_out *out, const struct vsc_npa_dataset *set)
{
	struct vsc_tlv_mark place = vsc_tlv_begin(out, SEQUENCE);

	for (size_t i = 0; i < VSC_COUNT(residence); i++)
		if (!set->absent[residence[i]])
			put_string(out, set, residence[i]);
	vsc_tlv_end(out, place);
}

/* The item that is alone in a data group; VSC_NPA_ITEMS if there is none. */
static enum vsc_npa_item
item_of_group(unsigned dg)
{
	enum vsc_npa_item item = 0;

	while (item < VSC_NPA_ITEMS && items[item].dg != dg)
		item++;
	return item;
}

static int
put_community(struct vsc_out *out, const struct vsc_npa_dataset *set)
{
	VSC_AUTO_BLOB id = { NULL, 0 };

	if (vsc_npa_community_id(set, &id) < 0)
		return VSC_E_FORMAT;
	vsc_tlv_put(out, OCTET_STRING, vsc_blob_span(&id));
	return 0;
}

int
vsc_npa_put_group(struct vsc_out *out, const struct vsc_npa_dataset *set, unsigned dg)
{
	const enum vsc_npa_item item = dg == 17 ? VSC_NPA_PLACE_OF_RESIDENCE : item_of_group(dg);
	struct vsc_tlv_mark group;

	if (dg < 1 || dg > VSC_NPA_GROUPS || item == VSC_NPA_ITEMS || set->absent[item])
		return VSC_E_NOT_FOUND;
	group = vsc_tlv_begin(out, 0x60 + dg);
	if (dg == 17)
		put_residence(out, set);
	else if (item != VSC_NPA_COMMUNITY_ID)
		put_string(out, set, item);
	else if (put_community(out, set) < 0)
		return VSC_E_FORMAT;
	vsc_tlv_end(out, group);
	return out->full ? VSC_E_SPACE : 0;
}

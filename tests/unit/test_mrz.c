#include "test.h"

#include <stdio.h>
#include <string.h>

#include "cards/epass/mrz.h"
#include "cards/epass/translit.h"

/* Specimens of ICAO Doc 9303-4, -5, -6 (ERIKSSON) and the long number of Doc 9303-11 D.1
 * (STEVENSON) */
#define TD3                                              \
	"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n" \
	"L898902C36UTO7408122F1204159ZE184226B<<<<<10\n"
#define TD2                                      \
	"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\n" \
	"D231458907UTO7408122F1204159<<<<<<<6\n"
#define TD1                                \
	"I<UTOD231458907<<<<<<<<<<<<<<<\n" \
	"7408122F1204159UTO<<<<<<<<<<<6\n" \
	"ERIKSSON<<ANNA<MARIA<<<<<<<<<<\n"
#define TD1_LONG                           \
	"I<UTOD23145890<7349<<<<<<<<<<<\n" \
	"3407127M9507122UTO<<<<<<<<<<<2\n" \
	"STEVENSON<<PETER<JOHN<<<<<<<<<\n"

static const struct good_row {
	const char *name, *text, *number, *surname, *given, *key;
} good_rows[] = {
	{ "TD3", TD3, "L898902C3", "ERIKSSON", "ANNA<MARIA", "L898902C3674081221204159" },
	{ "TD2", TD2, "D23145890", "ERIKSSON", "ANNA<MARIA", "D23145890774081221204159" },
	{ "TD1", TD1, "D23145890", "ERIKSSON", "ANNA<MARIA", "D23145890774081221204159" },
	{ "TD1 long number", TD1_LONG, "D23145890734", "STEVENSON", "PETER<JOHN",
	    "D23145890734934071279507122" },
};

static void
published_specimens_are_read(void **state)
{
	(void)state;
	for (const struct good_row *row = good_rows; row < good_rows + VSC_COUNT(good_rows);
	     row++) {
		char key[VSC_MRZ_KEY_MAX];
		struct vsc_why why;
		struct vsc_mrz mrz;

		if (vsc_mrz_parse(&mrz, vsc_span_str(row->text), false, &why) < 0)
			FAIL_ROW(row, why.text);
		assert_string_equal(mrz.number, row->number);
		assert_string_equal(mrz.surname, row->surname);
		assert_string_equal(mrz.given, row->given);
		assert_string_equal(vsc_mrz_key(&mrz, key), row->key);
	}
}

/* What was read, built again from its fields, is the same text. */
static void
built_as_read(void **state)
{
	(void)state;
	for (const struct good_row *row = good_rows; row < good_rows + VSC_COUNT(good_rows);
	     row++) {
		struct vsc_why why;
		struct vsc_mrz mrz, again;
		char name[100], sex[2] = { 0 };

		assert_int_equal(vsc_mrz_parse(&mrz, vsc_span_str(row->text), false, &why), 0);
		snprintf(name, sizeof(name), "%s<<%s", mrz.surname, mrz.given);
		sex[0] = mrz.sex;
		if (vsc_mrz_build(&again,
			&(struct vsc_mrz_fields){ mrz.format, mrz.doc_type, mrz.issuer,
			    mrz.nationality, mrz.number, mrz.birth, sex, mrz.expiry, name,
			    mrz.optional, mrz.optional2 },
			&why) < 0)
			FAIL_ROW(row, why.text);
		assert_string_equal(again.text, mrz.text);
	}
}

static const struct bad_row {
	const char *name, *text, *field;
	bool fixable;
} bad_rows[] = {
	{ "number digit",
	    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C37UTO7408122F1204159ZE184226B<<<<<"
	    "10",
	    "document number: check digit 7, expected 6", true },
	{ "birth digit",
	    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408123F1204159ZE184226B<<<<<"
	    "10",
	    "birth: check digit 3, expected 2", true },
	{ "expiry digit",
	    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204150ZE184226B<<<<<"
	    "10",
	    "expiry: check digit 0, expected 9", true },
	{ "optional digit",
	    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<"
	    "20",
	    "optional data: check digit 2, expected 1", true },
	{ "composite digit",
	    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<"
	    "11",
	    "MRZ: composite check digit 1, expected 0", true },
	{ "long number digit",
	    "I<UTOD23145890<7340<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<4STEVENSON<<PETER<JOHN<<<<<"
	    "<<<<",
	    "", true },
	{ "impossible expiry",
	    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1213319ZE184226B<<<<<"
	    "10",
	    "expiry", false },
	{ "unknown issuer",
	    "P<QQQERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<"
	    "10",
	    "issuer: 'QQQ'", false },
	{ "a line is short",
	    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<"
	    "1",
	    "MRZ: 87 characters", false },
	{ "lower case", "p<UTO", "MRZ: character 1", false },
};

static void
defects_name_the_field(void **state)
{
	(void)state;
	for (const struct bad_row *row = bad_rows; row < bad_rows + VSC_COUNT(bad_rows); row++) {
		struct vsc_why why;
		struct vsc_mrz mrz;

		if (vsc_mrz_parse(&mrz, vsc_span_str(row->text), false, &why) != VSC_E_FORMAT)
			FAIL_ROW(row, "accepted");
		if (strncmp(why.text, row->field, strlen(row->field)) != 0 || why.text[0] == '\0')
			FAIL_ROW(row, why.text);
		if ((vsc_mrz_parse(&mrz, vsc_span_str(row->text), true, &why) == 0) != row->fixable)
			FAIL_ROW(row, why.text);
	}
}

static const struct build_row {
	const char *name;
	struct vsc_mrz_fields fields;
	const char *want; /* the start of the text, or of the error */
} build_rows[] = {
	{ "transliteration",
	    { VSC_MRZ_TD3, "P", "D", "D", "C01X00T47", "1964-08-12", "F", "2031-10-31",
		"Müßig-Ærø, Ana María", NULL, NULL },
	    "P<D<<MUESSIG<AEROE<<ANA<MARIA<<" },
	{ "cyrillic",
	    { VSC_MRZ_TD3, "P", "UKR", "UKR", "AA1", "640812", "M", "311031", "Щербак, Юлія", NULL,
		NULL },
	    "P<UKRSHCHERBAK<<IULIIA<<" },
	{ "arabic: sequences, a double letter, teh marbuta within and at the end",
	    { VSC_MRZ_TD3, "P", "EGY", "EGY", "AA1", "640812", "M", "311031",
		"\u0641\u0636\u0651\u0629, \u0645\u062D\u0645\u062F \u0635\u0644\u0629\u0628", NULL,
		NULL },
	    "P<EGYFXDZXDZXAH<<MXHMD<XSSLXTAB<<" },
	{ "marks apart from their letters",
	    { VSC_MRZ_TD3, "P", "D", "D", "AA1", "640812", "M", "311031",
		"Mu\u0308ller-A\u030As, Rene\u0301", NULL, NULL },
	    "P<D<<MUELLER<AAS<<RENE<<" },
	{ "apostrophe and comma",
	    { VSC_MRZ_TD3, "P", "IRL", "IRL", "AA1", "640812", "M", "311031", "O'Connor, Enya",
		NULL, NULL },
	    "P<IRLOCONNOR<<ENYA<<" },
	{ "given names are cut, the field ends in a letter",
	    { VSC_MRZ_TD3, "P", "UTO", "UTO", "AA1", "640812", "M", "311031",
		"Nilavadhanananda, Chayapa Dejthamrong Krasuang", NULL, NULL },
	    "P<UTONILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K" },
	{ "the surname is cut, the given name keeps a letter",
	    { VSC_MRZ_TD2, "I", "UTO", "UTO", "AA1", "640812", "M", "311031",
		"Nilavadhananandachayapadejthamrongkrasuang, Arne", NULL, NULL },
	    "I<UTONILAVADHANANANDACHAYAPADEJTH<<A" },
	{ "no rule for a character",
	    { VSC_MRZ_TD3, "P", "UTO", "UTO", "AA1", "640812", "M", "311031", "王, 小明", NULL,
		NULL },
	    "name: '王' has no" },
	{ "29 February of a leap year",
	    { VSC_MRZ_TD3, "P", "UTO", "UTO", "AA1", "2000-02-29", "M", "311031", "A", NULL, NULL },
	    "P<UTOA<<" },
	{ "29 February of another",
	    { VSC_MRZ_TD3, "P", "UTO", "UTO", "AA1", "2001-02-29", "M", "311031", "A", NULL, NULL },
	    "birth: '2001-02-29': no such date" },
	{ "number too long for a passport",
	    { VSC_MRZ_TD3, "P", "UTO", "UTO", "ABCDEFGHIJ", "640812", "M", "311031", "A", NULL,
		NULL },
	    "document number: 'ABCDEFGHIJ'" },
	{ "foreign character in the number",
	    { VSC_MRZ_TD3, "P", "UTO", "UTO", "AB-1", "640812", "M", "311031", "A", NULL, NULL },
	    "document number: 'AB-1'" },
	{ "type that is no passport",
	    { VSC_MRZ_TD3, "I", "UTO", "UTO", "AB1", "640812", "M", "311031", "A", NULL, NULL },
	    "document type: 'I'" },
	{ "sex",
	    { VSC_MRZ_TD3, "P", "UTO", "UTO", "AB1", "640812", "Q", "311031", "A", NULL, NULL },
	    "sex: 'Q'" },
	{ "no date",
	    { VSC_MRZ_TD3, "P", "UTO", "UTO", "AB1", NULL, "F", "311031", "A", NULL, NULL },
	    "birth: ''" },
};

static void
building(void **state)
{
	(void)state;
	for (const struct build_row *row = build_rows; row < build_rows + VSC_COUNT(build_rows);
	     row++) {
		struct vsc_why why;
		struct vsc_mrz mrz, again;
		int err = vsc_mrz_build(&mrz, &row->fields, &why);
		const char *got = err < 0 ? why.text : mrz.text;

		if (strncmp(got, row->want, strlen(row->want)) != 0)
			FAIL_ROW(row, got);
		if (err == 0 && vsc_mrz_parse(&again, vsc_span_str(mrz.text), false, &why) < 0)
			FAIL_ROW(row, why.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_specimens_are_read),
		cmocka_unit_test(built_as_read),
		cmocka_unit_test(defects_name_the_field),
		cmocka_unit_test(building),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

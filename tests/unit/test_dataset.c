#include "test.h"

#include <string.h>

#include "cards/npa/dataset.h"

static uint8_t buf[8192];

static const struct group_row {
	const char *name, *text;
	unsigned dg;
	int result;
	struct vsc_span want;
} group_rows[] = {
	{ "default document type", "", 1, 0, BYTES(0x61, 4, 0x13, 2, 'I', 'D') },
	{ "comment and empty line", "# x\n\nDocumentType=AR\r\n", 1, 0,
	    BYTES(0x61, 4, 0x13, 2, 'A', 'R') },
	{ "byte order mark",
	    "\xEF\xBB\xBF"
	    "DocumentType=AR",
	    1, 0, BYTES(0x61, 4, 0x13, 2, 'A', 'R') },
	{ "country of two letters", "Nationality=DE", 10, 0, BYTES(0x6A, 4, 0x13, 2, 'D', 'E') },
	{ "blanks belong to the value", "GivenNames= a ", 4, 0,
	    BYTES(0x64, 5, 0x0C, 3, ' ', 'a', ' ') },
	{ "empty value", "AcademicTitle=", 7, 0, BYTES(0x67, 2, 0x0C, 0) },
	{ "birth date with unknown day", "DateOfBirth=195303  ", 8, 0,
	    BYTES(0x68, 10, 0x12, 8, '1', '9', '5', '3', '0', '3', ' ', ' ') },
	{ "place of birth", "PlaceOfBirth=X", 9, 0, BYTES(0x69, 5, 0xA1, 3, 0x0C, 1, 'X') },
	{ "residence", "Country=D\nCity=B\nZIP=1\nStreet=S", 17, 0,
	    BYTES(0x71, 22, 0x30, 20, 0xAA, 3, 0x0C, 1, 'S', 0xAB, 3, 0x0C, 1, 'B', 0xAD, 3, 0x13,
		1, 'D', 0xAE, 3, 0x13, 1, '1') },
	{ "residence without a street", "Country=D\nCity=B\nZIP=1\nStreet=<NotOnChip>", 17, 0,
	    BYTES(0x71, 17, 0x30, 15, 0xAB, 3, 0x0C, 1, 'B', 0xAD, 3, 0x13, 1, 'D', 0xAE, 3, 0x13,
		1, '1') },
	{ "community", "CommunityID=0276", 18, 0, BYTES(0x72, 4, 0x04, 2, 0x02, 0x76) },
	{ "left out", "BirthName=<NotOnChip>", 13, VSC_E_NOT_FOUND, { NULL, 0 } },
	{ "no residence", "PlaceOfResidence=<NotOnChip>", 17, VSC_E_NOT_FOUND, { NULL, 0 } },
	{ "permits are not on an identity card", "", 19, VSC_E_NOT_FOUND, { NULL, 0 } },
	{ "no such group", "", 23, VSC_E_NOT_FOUND, { NULL, 0 } },
};

static void
groups(void **state)
{
	(void)state;
	for (const struct group_row *row = group_rows; row < group_rows + VSC_COUNT(group_rows);
	     row++) {
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		struct vsc_npa_dataset set;
		struct vsc_why why;

		assert_int_equal(vsc_npa_dataset_default(&set), 0);
		if (vsc_npa_dataset_read(&set, vsc_span_str(row->text), &why) < 0)
			FAIL_ROW(row, why.text);
		if (vsc_npa_put_group(&out, &set, row->dg) != row->result)
			FAIL_ROW(row, "result");
		if (row->result == 0 && !vsc_span_eq(vsc_out_span(&out), row->want))
			FAIL_ROW(row, "bytes");
		vsc_npa_dataset_free(&set);
	}
}

static const struct bad_row {
	const char *name, *text, *why;
} bad_rows[] = {
	{ "unknown name", "DocumentType=ID\nShoeSize=46\n", "line 2: 'ShoeSize'" },
	{ "names are exact", "sex=M", "line 1: 'sex'" },
	{ "no value", "# a\nSex", "line 2: 'Sex'" },
	{ "document type", "DocumentType=PP", "line 1: DocumentType: 'PP'" },
	{ "date that is none", "DateOfExpiry=20230229", "line 1: DateOfExpiry" },
	{ "birth date without a month", "DateOfBirth=1953  04", "line 1: DateOfBirth" },
	{ "sex", "Sex=W", "line 1: Sex: 'W'" },
	{ "community with letters", "CommunityID=02x6", "line 1: CommunityID" },
	{ "half a byte", "CommunityID=027", "line 1: CommunityID" },
	{ "not UTF-8", "City=K\xF6ln", "line 1: City" },
	{ "not printable", "ZIP=1_2", "line 1: ZIP" },
	{ "country in small letters", "IssuingState=d", "line 1: IssuingState: 'd'" },
	{ "country of digits", "Nationality=49", "line 1: Nationality" },
	{ "no country", "Country=", "line 1: Country" },
	{ "residence is set by its parts", "PlaceOfResidence=Berlin", "line 1: PlaceOfResidence" },
};

static void
defects_name_the_line(void **state)
{
	(void)state;
	for (const struct bad_row *row = bad_rows; row < bad_rows + VSC_COUNT(bad_rows); row++) {
		struct vsc_npa_dataset set;
		struct vsc_why why;

		assert_int_equal(vsc_npa_dataset_default(&set), 0);
		if (vsc_npa_dataset_read(&set, vsc_span_str(row->text), &why) != VSC_E_FORMAT)
			FAIL_ROW(row, "accepted");
		if (strncmp(why.text, row->why, strlen(row->why)) != 0)
			FAIL_ROW(row, why.text);
		vsc_npa_dataset_free(&set);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups),
		cmocka_unit_test(defects_name_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

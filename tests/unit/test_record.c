#include "card.h"

#include "card/address.h"
#include "card/record.h"

/* An EF of one structure with room for 3 records of 2 bytes, alone under an MF. */
static struct vsc_file *
make(struct vsc_fs *fs, uint8_t structure)
{
	struct vsc_file_spec mf = { .descriptor = VSC_FILE_DF };
	struct vsc_file_spec spec = {
		.fid = 1, .descriptor = structure, .record_size = 2, .size = 6
	};
	struct vsc_file *ef;

	assert_int_equal(vsc_fs_add(fs, NULL, &mf, NULL), 0);
	assert_int_equal(vsc_fs_add(fs, fs->mf, &spec, &ef), 0);
	return ef;
}

static void
fill(struct vsc_fs *fs, struct vsc_file *ef)
{
	assert_int_equal(vsc_record_append(fs, ef, VSC_BYTES(1, 0)), 0);
	assert_int_equal(vsc_record_append(fs, ef, VSC_BYTES(2, 0)), 0);
	assert_int_equal(vsc_record_append(fs, ef, VSC_BYTES(3, 0)), 0);
}

static void
expect_record(const struct vsc_file *ef, uint32_t number, struct vsc_span want)
{
	struct vsc_span got;

	assert_int_equal(vsc_record_get(ef, number, &got), 0);
	assert_span_equal(got, want);
}

static const struct row {
	const char *name;
	uint8_t structure;
	struct vsc_span data; /* appended to a full EF */
	int result;
	uint8_t first; /* byte of record 1 afterwards */
} rows[] = {
	{ "fixed: full", VSC_FILE_LINEAR_FIXED, BYTES(4, 0), VSC_E_SPACE, 1 },
	{ "fixed: too short", VSC_FILE_LINEAR_FIXED, BYTES(4), VSC_E_FORMAT, 1 },
	{ "variable: full", VSC_FILE_LINEAR_VARIABLE, BYTES(4), VSC_E_SPACE, 1 },
	{ "variable: too long", VSC_FILE_LINEAR_VARIABLE, BYTES(4, 4, 4), VSC_E_FORMAT, 1 },
	{ "cyclic: the oldest goes", VSC_FILE_CYCLIC, BYTES(4, 0), 0, 4 },
	{ "cyclic: too long", VSC_FILE_CYCLIC, BYTES(4, 0, 0), VSC_E_FORMAT, 3 },
};

static void
appends(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++) {
		struct vsc_fs fs = { .mf = NULL };
		struct vsc_file *ef = make(&fs, row->structure);
		struct vsc_span record;

		fill(&fs, ef);
		if (vsc_record_append(&fs, ef, row->data) != row->result)
			FAIL_ROW(row, "result");
		if (vsc_record_count(ef) != 3)
			FAIL_ROW(row, "count");
		if (vsc_record_get(ef, 1, &record) < 0 || record.ptr[0] != row->first)
			FAIL_ROW(row, "first record");
		vsc_fs_free(&fs);
	}
}

static void
variable_records_change_their_length(void **state)
{
	struct vsc_fs fs = { .mf = NULL };
	struct vsc_file *ef = make(&fs, VSC_FILE_LINEAR_VARIABLE);

	(void)state;
	fill(&fs, ef);
	assert_int_equal(vsc_record_set(&fs, ef, 2, VSC_BYTES(7)), 0);
	expect_record(ef, 1, VSC_BYTES(1, 0));
	expect_record(ef, 2, VSC_BYTES(7));
	expect_record(ef, 3, VSC_BYTES(3, 0));
	assert_int_equal(vsc_record_append(&fs, ef, VSC_BYTES(9)), 0);
	expect_record(ef, 4, VSC_BYTES(9));
	assert_int_equal(vsc_record_set(&fs, ef, 4, VSC_BYTES(9, 9)), VSC_E_SPACE);
	assert_int_equal(vsc_record_set(&fs, ef, 5, VSC_BYTES(9)), VSC_E_NOT_FOUND);
	assert_int_equal(vsc_record_set(&fs, ef, 0, VSC_BYTES(9)), VSC_E_NOT_FOUND);
	vsc_fs_free(&fs);
}

static const struct find_row {
	const char *name;
	uint8_t identifier, mode;
	uint32_t current, found;
} finds[] = {
	{ "first of any", 0, VSC_FIRST_RECORD, 2, 1 },
	{ "last of any", 0, VSC_LAST_RECORD, 1, 3 },
	{ "next without a current one", 0, VSC_NEXT_RECORD, 0, 1 },
	{ "previous without a current one", 0, VSC_PREVIOUS_RECORD, 0, 3 },
	{ "next", 0, VSC_NEXT_RECORD, 1, 2 },
	{ "next of the last", 0, VSC_NEXT_RECORD, 3, 0 },
	{ "previous of the first", 0, VSC_PREVIOUS_RECORD, 1, 0 },
	{ "first with an identifier", 3, VSC_FIRST_RECORD, 0, 3 },
	{ "none with this identifier", 9, VSC_LAST_RECORD, 0, 0 },
};

static void
finds_by_identifier(void **state)
{
	struct vsc_fs fs = { .mf = NULL };
	struct vsc_file *ef = make(&fs, VSC_FILE_LINEAR_FIXED_TLV);

	(void)state;
	fill(&fs, ef);
	for (const struct find_row *row = finds; row < finds + VSC_COUNT(finds); row++)
		if (vsc_record_find(ef, row->identifier, row->mode, row->current) != row->found)
			FAIL_ROW(row, "found");
	vsc_fs_free(&fs);
}

/* As a saved card gives them back: ascending, and of records that are there. */
static void
restores_states(void **state)
{
	struct vsc_fs fs = { .mf = NULL };
	struct vsc_file *ef = make(&fs, VSC_FILE_LINEAR_FIXED);

	(void)state;
	fill(&fs, ef);
	assert_int_equal(vsc_record_restore(ef, VSC_BYTES(0)), VSC_E_PARAM);
	assert_int_equal(vsc_record_restore(ef, VSC_BYTES(4)), VSC_E_PARAM);
	assert_int_equal(vsc_record_restore(ef, VSC_BYTES(2, 1)), VSC_E_PARAM);
	assert_int_equal(vsc_record_restore(ef, VSC_BYTES(1, 1)), VSC_E_PARAM);
	assert_int_equal(vsc_record_restore(ef, VSC_BYTES(1, 3)), 0);
	assert_false(vsc_record_is_active(ef, 1));
	assert_true(vsc_record_is_active(ef, 2));
	assert_false(vsc_record_is_active(ef, 3));
	assert_int_equal(vsc_record_set_active(&fs, ef, 2, false), 0);
	assert_int_equal(vsc_record_set_active(&fs, ef, 1, true), 0);
	assert_true(vsc_span_eq(vsc_blob_span(&ef->inactive), VSC_BYTES(2, 3)));
	assert_int_equal(vsc_record_set_active(&fs, ef, 4, false), VSC_E_NOT_FOUND);
	assert_int_equal(vsc_record_set_active(&fs, ef, 0, true), VSC_E_NOT_FOUND);
	vsc_fs_free(&fs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends),
		cmocka_unit_test(variable_records_change_their_length),
		cmocka_unit_test(finds_by_identifier),
		cmocka_unit_test(restores_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

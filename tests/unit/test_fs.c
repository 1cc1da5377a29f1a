#include "test.h"

#include "card/fs.h"

static struct vsc_file *
add(struct vsc_fs *fs, struct vsc_file *df, uint16_t fid, uint8_t descriptor, const char *name)
{
	struct vsc_file_spec spec = {
		.fid = fid, .descriptor = descriptor, .name = vsc_span_str(name), .size = 4
	};
	struct vsc_file *file = NULL;

	assert_int_equal(vsc_fs_add(fs, df, &spec, &file), 0);
	return file;
}

static const struct spec_row {
	const char *name;
	struct vsc_file_spec spec;
	int result;
} specs[] = {
	{ "identifier taken", { .fid = 0x0101, .descriptor = VSC_FILE_TRANSPARENT }, VSC_E_EXISTS },
	{ "3F00 is the MF", { .fid = VSC_FID_MF, .descriptor = VSC_FILE_DF }, VSC_E_EXISTS },
	{ "short identifier taken", { .fid = 0x0102, .descriptor = VSC_FILE_TRANSPARENT, .sfi = 1 },
	    VSC_E_EXISTS },
	{ "name taken", { .fid = 0x0102, .descriptor = VSC_FILE_DF, .name = BYTES('o', 'n', 'e') },
	    VSC_E_BUSY },
	{ "no descriptor", { .fid = 0x0102 }, VSC_E_PARAM },
	{ "fixed records of no size", { .fid = 0x0102, .descriptor = VSC_FILE_LINEAR_FIXED },
	    VSC_E_PARAM },
	{ "name of 17 bytes",
	    { .fid = 0x0102,
		.descriptor = VSC_FILE_DF,
		.name = BYTES(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17) },
	    VSC_E_PARAM },
	{ "too large",
	    { .fid = 0x0102, .descriptor = VSC_FILE_TRANSPARENT, .size = VSC_FILE_MAX + 1 },
	    VSC_E_SPACE },
	{ "number taken", { .fid = 0x0102, .descriptor = VSC_FILE_TRANSPARENT, .id = 1 },
	    VSC_E_EXISTS },
	{ "implied short identifier taken: none",
	    { .fid = 0x0121, .descriptor = VSC_FILE_TRANSPARENT }, 0 },
};

static void
refuses(void **state)
{
	struct vsc_fs fs = { .mf = NULL };
	struct vsc_file *mf = add(&fs, NULL, VSC_FID_MF, VSC_FILE_DF, "");
	struct vsc_file *file;

	(void)state;
	add(&fs, mf, 0x0101, VSC_FILE_TRANSPARENT, "");
	add(&fs, mf, 0x0200, VSC_FILE_DF, "one");
	for (const struct spec_row *row = specs; row < specs + VSC_COUNT(specs); row++)
		if (vsc_fs_add(&fs, mf, &row->spec, &file) != row->result)
			FAIL_ROW(row, "result");
	assert_int_equal(vsc_fs_by_fid(&fs, mf, 0x0121)->sfi, 0);
	/* what was refused left nothing behind */
	assert_null(vsc_fs_by_fid(&fs, mf, 0x0102));
	assert_int_equal(vsc_fs_by_sfi(&fs, mf, 1)->fid, 0x0101);
	vsc_fs_free(&fs);
}

/* An identifier like any other for an EF; a DF without one is no hit. */
static void
identifier_zero(void **state)
{
	struct vsc_fs fs = { .mf = NULL };
	struct vsc_file *mf = add(&fs, NULL, VSC_FID_MF, VSC_FILE_DF, ""), *again;
	struct vsc_file_spec spec = { .descriptor = VSC_FILE_TRANSPARENT };
	struct vsc_file *ef;

	(void)state;
	add(&fs, mf, 0x0000, VSC_FILE_DF, "named");
	assert_null(vsc_fs_by_fid(&fs, mf, 0x0000));
	ef = add(&fs, mf, 0x0000, VSC_FILE_TRANSPARENT, "");
	assert_int_equal(vsc_fs_add(&fs, mf, &spec, &again), VSC_E_EXISTS);
	assert_ptr_equal(vsc_fs_by_fid(&fs, mf, 0x0000), ef);
	assert_int_equal(vsc_fs_delete(&fs, ef), 0);
	assert_null(vsc_fs_by_fid(&fs, mf, 0x0000));
	vsc_fs_free(&fs);
}

static void
a_card_is_full_some_day(void **state)
{
	struct vsc_fs fs = { .mf = NULL };
	struct vsc_file *mf = add(&fs, NULL, VSC_FID_MF, VSC_FILE_DF, "");
	struct vsc_file_spec spec = { .descriptor = VSC_FILE_BER_TLV, .size = VSC_FILE_MAX };
	struct vsc_file *file = NULL;
	int rc = 0;

	(void)state;
	while (rc == 0) {
		spec.fid++;
		rc = vsc_fs_add(&fs, mf, &spec, &file);
	}
	assert_int_equal(rc, VSC_E_SPACE);
	assert_int_equal(vsc_fs_delete(&fs, file), 0);
	assert_int_equal(vsc_fs_add(&fs, mf, &spec, NULL), 0);
	vsc_fs_free(&fs);
}

static void
names_in_order(void **state)
{
	struct vsc_fs fs = { .mf = NULL };
	struct vsc_file *mf = add(&fs, NULL, VSC_FID_MF, VSC_FILE_DF, "");
	struct vsc_file *b = add(&fs, mf, 2, VSC_FILE_DF, "ab"),
			*c = add(&fs, mf, 3, VSC_FILE_DF, "abc");
	struct vsc_file *a = add(&fs, mf, 1, VSC_FILE_DF, "a"),
			*x = add(&fs, mf, 4, VSC_FILE_DF, "x");
	struct vsc_span prefix = vsc_span_str("a"), none = vsc_span_str("b");

	(void)state;
	assert_ptr_equal(vsc_fs_by_name(&fs, vsc_span_str("abc")), c);
	assert_null(vsc_fs_by_name(&fs, vsc_span_str("abcd")));
	assert_ptr_equal(vsc_fs_by_prefix(&fs, prefix, VSC_FIRST, x), a);
	assert_ptr_equal(vsc_fs_by_prefix(&fs, prefix, VSC_LAST, x), c);
	assert_ptr_equal(vsc_fs_by_prefix(&fs, prefix, VSC_NEXT, a), b);
	assert_ptr_equal(vsc_fs_by_prefix(&fs, prefix, VSC_NEXT, b), c);
	assert_null(vsc_fs_by_prefix(&fs, prefix, VSC_NEXT, c));
	assert_ptr_equal(vsc_fs_by_prefix(&fs, prefix, VSC_PREVIOUS, b), a);
	assert_null(vsc_fs_by_prefix(&fs, prefix, VSC_PREVIOUS, a));
	assert_ptr_equal(vsc_fs_by_prefix(&fs, prefix, VSC_NEXT, x), a);
	assert_null(vsc_fs_by_prefix(&fs, none, VSC_FIRST, NULL));
	vsc_fs_free(&fs);
}

static void
deletes_with_what_is_below(void **state)
{
	bool changed = false;
	struct vsc_fs fs = { .changed = &changed };
	struct vsc_file *mf = add(&fs, NULL, VSC_FID_MF, VSC_FILE_DF, "");
	struct vsc_file *df = add(&fs, mf, 0x1000, VSC_FILE_DF, "gone");
	struct vsc_file *ef = add(&fs, df, 0x1001, VSC_FILE_TRANSPARENT, "");
	uint32_t id = ef->id;

	(void)state;
	vsc_fs_clean(&fs);
	assert_int_equal(vsc_file_write(&fs, ef, 3, VSC_BYTES(1)), 0);
	assert_int_equal(vsc_file_write(&fs, ef, 3, VSC_BYTES(1, 2)), VSC_E_SPACE);
	assert_ptr_equal(fs.dirty, ef);
	changed = false;
	assert_int_equal(vsc_fs_delete(&fs, df), 0);
	assert_true(changed);
	assert_null(fs.dirty);
	assert_int_equal(fs.ndeleted, 2);
	assert_int_equal(fs.deleted[0], id);
	assert_null(vsc_fs_by_id(&fs, id));
	assert_null(vsc_fs_by_name(&fs, vsc_span_str("gone")));
	assert_null(mf->children);
	/* numbers are not given twice */
	assert_true(add(&fs, mf, 0x1000, VSC_FILE_DF, "gone")->id > id);
	vsc_fs_free(&fs);
}

static void
ten_thousand(void **state)
{
	struct vsc_fs fs = { .mf = NULL };
	struct vsc_file *mf = add(&fs, NULL, VSC_FID_MF, VSC_FILE_DF, "");

	(void)state;
	for (unsigned i = 1; i <= 10000; i++)
		add(&fs, mf, (uint16_t)i, VSC_FILE_TRANSPARENT, "");
	for (unsigned i = 1; i <= 10000; i++)
		assert_int_equal(vsc_fs_by_fid(&fs, mf, (uint16_t)i)->fid, i);
	for (unsigned i = 1; i <= 10000; i += 2)
		assert_int_equal(vsc_fs_delete(&fs, vsc_fs_by_fid(&fs, mf, (uint16_t)i)), 0);
	for (unsigned i = 1; i <= 10000; i++)
		assert_int_equal(vsc_fs_by_fid(&fs, mf, (uint16_t)i) == NULL, i % 2);
	vsc_fs_free(&fs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses),
		cmocka_unit_test(identifier_zero),
		cmocka_unit_test(a_card_is_full_some_day),
		cmocka_unit_test(names_in_order),
		cmocka_unit_test(deletes_with_what_is_below),
		cmocka_unit_test(ten_thousand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

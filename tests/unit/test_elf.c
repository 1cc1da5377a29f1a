/* How long an ELF file is, by its headers; of both word sizes and byte orders. */
#include "base/elf.h"
#include "test.h"

/* The header up to e_shnum: entry point, flags and the like are 0. */
#define LITTLE64(phoff, shoff, phentsize, phnum)                                                   \
	BYTES(0x7F, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 62, 0, 1, 0, 0, 0, 0, \
	    0, 0, 0, 0, 0, 0, 0, phoff, 0, 0, 0, 0, 0, 0, 0, 0, shoff, 0, 0, 0, 0, 0, 0, 0, 0, 0,  \
	    0, 64, 0, phentsize, 0, phnum, 0, 64, 0, 2, 0, 0, 0)
#define BIG32                                                                                      \
	BYTES(0x7F, 'E', 'L', 'F', 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 20, 0, 0, 0, 1, 0, \
	    0, 0, 0, 0, 0, 0, 52, 0, 1, 0, 0, 0, 0, 0, 0, 0, 52, 0, 32, 0, 3, 0, 40, 0, 5, 0, 0)

static const struct row {
	const char *name;
	struct vsc_span head;
	int result;
	uint64_t segments_end, sections_end;
} rows[] = {
	{ "empty", { NULL, 0 }, VSC_E_FORMAT, 0, 0 },
	{ "magic only", BYTES(0x7F, 'E', 'L', 'F'), VSC_E_FORMAT, 0, 0 },
	{ "a script", BYTES('#', '!', '/', 'b', 'i', 'n', '/', 's', 'h'), VSC_E_FORMAT, 0, 0 },
	{ "another class", BYTES(0x7F, 'E', 'L', 'F', 3, 1, 1), VSC_E_FORMAT, 0, 0 },
	{ "another order", BYTES(0x7F, 'E', 'L', 'F', 2, 3, 1), VSC_E_FORMAT, 0, 0 },
	{ "64, little", LITTLE64(64, 1, 56, 9), 0, 64 + 9 * 56, 256 + 2 * 64 },
	{ "no sections", LITTLE64(64, 0, 56, 9), 0, 64 + 9 * 56, 0 },
	{ "32, big", BIG32, 0, 52 + 3 * 32, 0x10000 + 5 * 40 },
};

static void
tables(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++) {
		struct vsc_elf elf;

		if (vsc_elf_read(&elf, row->head) != row->result)
			FAIL_ROW(row, "result");
		if (row->result < 0)
			continue;
		if (vsc_elf_table_end(&elf.segments) != row->segments_end)
			FAIL_ROW(row, "segments");
		if (vsc_elf_table_end(&elf.sections) != row->sections_end)
			FAIL_ROW(row, "sections");
	}
}

static void
header_cut_anywhere(void **state)
{
	struct vsc_elf elf;

	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++)
		for (size_t cut = 0; row->result == 0 && cut < row->head.len; cut++)
			assert_int_equal(
			    vsc_elf_read(&elf, vsc_span_slice(row->head, 0, cut)), VSC_E_FORMAT);
}

static void
segments(void **state)
{
	static const struct vsc_elf wide = { .wide = true }, big = { .big = true };
	static const uint8_t at_wide[56] = { [8] = 0x00, [9] = 0x10, [32] = 0x34, [33] = 0x12 };
	static const uint8_t overflow[56] = { [8] = 0x01,
		[32] = 0xFF,
		[33] = 0xFF,
		[34] = 0xFF,
		[35] = 0xFF,
		[36] = 0xFF,
		[37] = 0xFF,
		[38] = 0xFF,
		[39] = 0xFF };
	static const uint8_t at_big[32] = { [6] = 0x20, [19] = 0x07 };

	(void)state;
	assert_int_equal(vsc_elf_segment_end(&wide, VSC_SPAN_OF(at_wide)), 0x1000 + 0x1234);
	assert_int_equal(vsc_elf_segment_end(&big, VSC_SPAN_OF(at_big)), 0x2000 + 7);
	assert_true(vsc_elf_segment_end(&wide, VSC_SPAN_OF(overflow)) == UINT64_MAX);
	assert_true(vsc_elf_segment_end(&wide, VSC_SPAN_OF(at_big)) == UINT64_MAX);
	assert_true(vsc_elf_segment_end(&big, VSC_SPAN_EMPTY) == UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables),
		cmocka_unit_test(header_cut_anywhere),
		cmocka_unit_test(segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

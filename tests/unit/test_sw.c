/* Rows for iso/sw.c: exact values before ranges, and what counts as processed. */
#include "test.h"

#include "iso/sw.h"

static const struct {
	vsc_sw sw;
	const char *name;
	bool processed;
} rows[] = {
	{ 0x9000, "ok", true },
	{ 0x6110, "more bytes available", true },
	{ 0x6282, "end of file or record reached", true },
	{ 0x62F3, "warning, state unchanged", true },
	{ 0x6300, "verification failed", true },
	{ 0x63C0, "verification failed, tries left", true },
	{ 0x63CF, "verification failed, tries left", true },
	{ 0x63D0, "warning, state changed", true },
	{ 0x6400, "execution error, state unchanged", false },
	{ 0x6581, "memory failure", false },
	{ 0x6700, "wrong length", false },
	{ 0x6883, "last command of the chain expected", false },
	{ 0x6982, "security status not satisfied", false },
	{ 0x6988, "secure messaging objects incorrect", false },
	{ 0x69F0, "command not allowed", false },
	{ 0x6A82, "file or application not found", false },
	{ 0x6AFF, "wrong parameters", false },
	{ 0x6C10, "wrong Le, exact length given", false },
	{ 0x6D00, "instruction not supported", false },
	{ 0x6E00, "class not supported", false },
	{ 0x6F00, "no precise diagnosis", false },
	{ 0x9101, "proprietary", false },
	{ 0x6000, "not a status word", false },
	{ 0x0000, "not a status word", false },
};

static void
names(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		assert_string_equal(vsc_sw_name(rows[i].sw), rows[i].name);
		assert_int_equal(vsc_sw_is_processed(rows[i].sw) != 0, rows[i].processed);
	}
}

static void
tries(void **state)
{
	(void)state;
	assert_int_equal(VSC_SW_TRIES_LEFT(0), 0x63C0);
	assert_int_equal(VSC_SW_TRIES_LEFT(3), 0x63C3);
	assert_int_equal(VSC_SW_TRIES_LEFT(200), 0x63CF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(tries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

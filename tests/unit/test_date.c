#include "test.h"

#include <time.h>

#include "base/date.h"

static void
which_days_exist(void **state)
{
	(void)state;
	assert_true(vsc_date_exists(2024, 2, 29));
	assert_true(vsc_date_exists(2000, 2, 29));
	assert_false(vsc_date_exists(1900, 2, 29));
	assert_false(vsc_date_exists(2023, 2, 29));
	assert_false(vsc_date_exists(2023, 4, 31));
	assert_false(vsc_date_exists(2023, 0, 1));
	assert_false(vsc_date_exists(2023, 13, 1));
	assert_false(vsc_date_exists(2023, 1, 0));
}

/* Against the C library, each day of four centuries. */
static void
as_the_c_library_counts(void **state)
{
	(void)state;
	for (int64_t day = -40000; day < 110000; day++) {
		const time_t time = (time_t)(day * 86400 + (day & 1 ? 86399 : 0));
		struct vsc_date date = vsc_date_of(time);
		struct tm tm;

		gmtime_r(&time, &tm);
		assert_int_equal(date.year, tm.tm_year + 1900);
		assert_int_equal(date.month, tm.tm_mon + 1);
		assert_int_equal(date.day, tm.tm_mday);
		assert_true(vsc_date_seconds(date) == day * 86400);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_days_exist),
		cmocka_unit_test(as_the_c_library_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

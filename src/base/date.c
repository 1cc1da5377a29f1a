/* Days of the Gregorian calendar to seconds and back, without the C library's time zones. */
#include "base/date.h"

#define DAY 86400

bool
vsc_date_exists(int year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] + (month == 2 && leap);
}

/* Days before 1 March of a year: years counted from March put the leap day at their end. */
static int64_t
days_before_march(int64_t year)
{
	return year * 365 + year / 4 - year / 100 + year / 400;
}

int64_t
vsc_date_seconds(struct vsc_date date)
{
	const int64_t year = date.month < 3 ? date.year - 1 : date.year;
	const int64_t month = date.month < 3 ? date.month + 9 : date.month - 3; /* from March */
	const int64_t epoch = 719468; /* 1970-01-01, counted from 0000-03-01 */

	return (days_before_march(year) + (month * 153 + 2) / 5 + date.day - 1 - epoch) * DAY;
}

struct vsc_date
vsc_date_of(int64_t seconds)
{
	const int64_t epoch = 719468;
	int64_t days = seconds / DAY - (seconds % DAY < 0) + epoch, year = days / 366, month;

	while (days_before_march(year + 1) <= days)
		year++;
	days -= days_before_march(year);
	month = (days * 5 + 2) / 153;
	days -= (month * 153 + 2) / 5;
	return (struct vsc_date){ (int)(month < 10 ? year : year + 1),
		(int)(month < 10 ? month + 3 : month - 9), (int)days + 1 };
}

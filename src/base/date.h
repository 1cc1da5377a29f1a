/* Days of the Gregorian calendar. */
#ifndef VSC_BASE_DATE_H
#define VSC_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

struct vsc_date {
	int year, month, day; /* 2026, 1 to 12, 1 to 31 */
};

bool vsc_date_exists(int year, int month, int day);

/* The day in UTC of a time in seconds since 1970. */
struct vsc_date vsc_date_of(int64_t seconds);

/* Seconds since 1970 of that day's first moment in UTC. */
int64_t vsc_date_seconds(struct vsc_date date);

#endif

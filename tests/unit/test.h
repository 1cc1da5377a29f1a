/* What every unit test includes: cmocka, and the shorthand for rows. */
#ifndef VSC_TEST_H
#define VSC_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/hex.h"

/* A span over literal bytes that lives as long as the program (file scope rows). */
#define BYTES(...)                                                                         \
	{                                                                                  \
		(const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }) \
	}

/* Row loops name the row that fails. */
#define FAIL_ROW(row, what) fail_msg("row \"%s\": %s", (row)->name, what)

static inline void
assert_span_equal(struct vsc_span got, struct vsc_span want)
{
	char a[600], b[600];

	if (!vsc_span_eq(got, want))
		fail_msg("got  %s\nwant %s", vsc_hex_text(a, sizeof(a), got, ' '),
		    vsc_hex_text(b, sizeof(b), want, ' '));
}

#endif

/*
 * What every harness includes. A harness is LLVMFuzzerTestOneInput in fuzz_NAME.c, a line in
 * fuzz/meson.build and seeds in fuzz/corpus/NAME. With -Dfuzz=true it is linked to libFuzzer,
 * otherwise to replay_main.c, which runs the seeds and simple mutations of them.
 */
#ifndef VSC_FUZZ_H
#define VSC_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold for every input. */
#define FUZZ_CHECK(property)                                                           \
	do {                                                                           \
		if (!(property)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #property); \
			abort();                                                       \
		}                                                                      \
	} while (0)

/* Does `part` lie within `whole`? An empty part may be anywhere. */
static inline bool
fuzz_within(struct vsc_span part, struct vsc_span whole)
{
	return part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
				    (size_t)(part.ptr - whole.ptr) <= whole.len - part.len);
}

#endif

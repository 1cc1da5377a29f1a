/* The part of apdu that needs PC/SC. */
#ifndef VSC_BENCH_APDU_H
#define VSC_BENCH_APDU_H

#include "bench.h"
#include "served.h"

/* Measures through the reader of that name, whose cards connect to `endpoint`. */
bool bench_pcsc(const char *reader, const char *endpoint, const struct bench_options *options);

#endif

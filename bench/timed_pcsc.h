/* What timed_pcsc.c has counted, in a file that it and the bench map. */
#ifndef VSC_BENCH_TIMED_PCSC_H
#define VSC_BENCH_TIMED_PCSC_H

#include <stdatomic.h>
#include <stdint.h>

/* The environment names the file; it is there, and large enough. */
#define TIMED_PCSC_FILE "BENCH_PCSC_TIMES"

struct timed_pcsc {
	_Atomic uint64_t calls, ns; /* of SCardTransmit, so far */
};

#endif

/*
 * The system's PC/SC library with a clock on SCardTransmit, for vicc --pcsc-library: how long the
 * relay waits for the card in the other reader. All other functions are found in the library
 * itself, which this one is linked to.
 */
#include "timed_pcsc.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <winscard.h>

typedef LONG transmit_fn(SCARDHANDLE card, const SCARD_IO_REQUEST *send_pci, LPCBYTE command,
    DWORD command_len, SCARD_IO_REQUEST *recv_pci, LPBYTE answer, LPDWORD answer_len);

static struct timed_pcsc *times;
static transmit_fn *system_transmit;

static uint64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Without them there is nothing to measure with. */
__attribute__((constructor)) static void
begin(void)
{
	const char *name = getenv(TIMED_PCSC_FILE);
	int fd = name == NULL ? -1 : open(name, O_RDWR | O_CLOEXEC);
	void *map = mmap(NULL, sizeof(*times), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd >= 0)
		(void)close(fd);
	*(void **)&system_transmit = dlsym(RTLD_NEXT, "SCardTransmit");
	if (map == MAP_FAILED || system_transmit == NULL)
		abort();
	times = map;
}

LONG
SCardTransmit(SCARDHANDLE card, const SCARD_IO_REQUEST *send_pci, LPCBYTE command,
    DWORD command_len, SCARD_IO_REQUEST *recv_pci, LPBYTE answer, LPDWORD answer_len)
{
	uint64_t start = now_ns();
	LONG rc =
	    system_transmit(card, send_pci, command, command_len, recv_pci, answer, answer_len);

	atomic_fetch_add(&times->ns, now_ns() - start);
	atomic_fetch_add(&times->calls, 1);
	return rc;
}

/*
 * Many threads, each on a reader of its own: swarm THREADS APDUS. Every answer must be that of the
 * thread's own command. The readers are those of VPCD_READERS, Unix sockets CONTRACT_DIR/0 and on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>
#include <time.h>
#include <winscard.h>

#include "card.h"

#define THREADS_MAX 64

struct worker {
	unsigned id;
	unsigned apdus;
	struct card *card;
	pthread_t thread;
	unsigned failures;
};

static unsigned
exchange(SCARDHANDLE card, uint32_t number)
{
	uint8_t apdu[] = { 0x80, CARD_ECHO, 0, 0, 4, (uint8_t)(number >> 24),
		(uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number };
	uint8_t answer[258];
	DWORD len = sizeof(answer);
	LONG rv = SCardTransmit(card, SCARD_PCI_T1, apdu, sizeof(apdu), NULL, answer, &len);

	return rv != SCARD_S_SUCCESS || len != 6 || memcmp(answer, apdu + 5, 4) != 0;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	SCARDCONTEXT context;
	SCARDHANDLE card;
	DWORD active;
	char name[64];

	snprintf(name, sizeof(name), "Virtual PCD 00 %02X", w->id);
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS) {
		w->failures++;
		return NULL;
	}
	if (SCardConnect(context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, &card, &active) ==
	    SCARD_S_SUCCESS) {
		for (uint32_t i = 0; i < w->apdus; i++)
			w->failures += exchange(card, w->id << 24 | i);
		w->failures += SCardDisconnect(card, SCARD_LEAVE_CARD) != SCARD_S_SUCCESS;
	} else {
		w->failures++;
	}
	w->failures += SCardReleaseContext(context) != SCARD_S_SUCCESS;
	return NULL;
}

static void
wait_cards(SCARDCONTEXT context, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char name[64];
		SCARD_READERSTATE s = { .szReader = name, .dwCurrentState = SCARD_STATE_EMPTY };

		snprintf(name, sizeof(name), "Virtual PCD 00 %02X", i);
		(void)SCardGetStatusChange(context, 10000, &s, 1);
	}
}

int
main(int argc, char **argv)
{
	static struct worker workers[THREADS_MAX];
	unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 16, failures = 0;
	unsigned apdus = argc > 2 ? (unsigned)atoi(argv[2]) : 10000;
	const char *dir = getenv("CONTRACT_DIR");
	struct timespec start, end;
	SCARDCONTEXT context;
	double seconds;

	if (threads > THREADS_MAX || dir == NULL ||
	    SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
		return 1;
	for (unsigned i = 0; i < threads; i++) {
		char endpoint[300];

		snprintf(endpoint, sizeof(endpoint), "unix:%s/%u", dir, i);
		workers[i] = (struct worker){ .id = i, .apdus = apdus };
		if ((workers[i].card = card_insert(endpoint, ATR_T1)) == NULL)
			return 1;
	}
	wait_cards(context, threads);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
			return 1;
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		failures += workers[i].failures;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	for (unsigned i = 0; i < threads; i++)
		card_remove(workers[i].card);
	seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	printf("%u threads, %u APDUs each: %.0f APDU/s, %u failures\n", threads, apdus,
	    threads * apdus / seconds, failures);
	return SCardReleaseContext(context) != SCARD_S_SUCCESS || failures != 0;
}

/*
 * The contract of the PC/SC API: small cases, each for one behaviour, with the same expectations
 * for pcscd and for our library. A case is a function named in cases.h; a failed expectation is
 * counted and the case goes on.
 */
#ifndef TEST_PCSC_CONTRACT_H
#define TEST_PCSC_CONTRACT_H

#include <pthread.h>
#include <stdbool.h>
#include <winscard.h>

#include "card.h"

struct world {
	const char *reader, *other;    /* names: the card's reader, and an empty one */
	const char *slot, *other_slot; /* endpoints where a card dials in */
	const char *self;              /* this program, for cases that start another */
	SCARDCONTEXT context;          /* for the case */
	struct card *card;             /* in `reader`, if the case asks for one */
};

enum { WITH_CARD = 1, EMPTY = 2 };

struct test_case {
	const char *name;
	unsigned flags;
	void (*run)(struct world *w);
};
extern const struct test_case test_cases[];

/* Evaluates `call`, and complains unless the result is `want`. */
#define EXPECT(want, call)   expect((want), (call), #call, __FILE__, __LINE__)
#define EXPECT_OK(call)      EXPECT(SCARD_S_SUCCESS, call)
#define CHECK(condition)     check((condition), #condition, __FILE__, __LINE__)
#define CHECK_NUM(want, got) check_num((want), (got), #got, __FILE__, __LINE__)
bool expect(LONG want, LONG got, const char *text, const char *file, int line);
bool check(bool ok, const char *text, const char *file, int line);
bool check_num(unsigned long want, unsigned long got, const char *text, const char *file, int line);

/* Inserts or removes, and waits until SCardGetStatusChange shows it. */
struct card *insert(
    const struct world *w, const char *endpoint, const char *reader, struct vsc_span atr);
void take_out(const struct world *w, struct card *card, const char *reader);

/* Connects in shared mode with any protocol; 0 after a complaint. */
SCARDHANDLE connect_shared(SCARDCONTEXT context, const char *reader);
SCARDCONTEXT establish(void);

/* 80 INS P1 P2 with the protocol that is active; SCardTransmit's result. */
LONG send_apdu(SCARDHANDLE card, uint8_t ins, unsigned p1p2, uint8_t *answer, DWORD *len);
LONG send_simple(SCARDHANDLE card, uint8_t ins, unsigned p1p2);
/* What CARD_GET gives; 256 after a complaint. */
unsigned recall(SCARDHANDLE card);

LONG status_of(SCARDHANDLE card);
void sleep_ms(unsigned ms);
double now_ms(void);

/* A call in a thread of its own: start, see whether it is still under way, get its result. */
struct background {
	pthread_t thread;
	LONG (*run)(void *arg);
	void *arg;
	LONG rv;
	double done_at;
	_Atomic bool done;
};
void background_start(struct background *b, LONG (*run)(void *arg), void *arg);
LONG background_join(struct background *b);
/* Cancels the wait that the thread is in, and gets its result. A machine may be so busy that the
 * thread has not come to its wait yet: then once more. */
LONG background_cancel(struct background *b, SCARDCONTEXT context);

/* This program again, in another process, with `what` for an argument; it prints a line when it is
 * where it should be. Returns its process, for kill and waitpid. */
int helper_start(const struct world *w, const char *what);
/* The other side. */
int helper_main(const struct world *w, const char *what);

#endif

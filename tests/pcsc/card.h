/*
 * A card for the contract test: it dials into a reader like any virtual card, and does what its
 * commands say. It belongs to the test, so that a case can insert and remove it, and see what the
 * reader did to it.
 */
#ifndef TEST_PCSC_CARD_H
#define TEST_PCSC_CARD_H

#include "base/bytes.h"

struct card;

/* Commands, with class 80 */
enum card_ins {
	CARD_ECHO = 0x10,   /* data back */
	CARD_LENGTH = 0x12, /* P1 P2: as many bytes 5A, and 9000 */
	CARD_SLEEP = 0x14,  /* P1 P2: as many milliseconds */
	CARD_SET = 0x16,    /* P1: remember until power or reset */
	CARD_GET = 0x18,    /* what was remembered, 0 otherwise */
	CARD_LEAVE = 0x1A,  /* hangs up instead of answering */
	CARD_SILENT = 0x1C, /* answers with a frame without a byte in it */
};

#define ATR_T0   VSC_BYTES(0x3B, 0x02, 0x14, 0x50)
#define ATR_T1   VSC_BYTES(0x3B, 0x80, 0x01, 0x81)
#define ATR_BOTH VSC_BYTES(0x3B, 0x80, 0x80, 0x01, 0x01)

/* Dials in, for as long as nobody listens; the case waits for the reader to show it. NULL: nobody
 * does. */
struct card *card_insert(const char *endpoint, struct vsc_span atr);
void card_remove(struct card *card);

/* How often it was given power, lost it, or was reset. */
unsigned card_resets(struct card *card);

#endif

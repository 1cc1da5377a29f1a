/*
 * One reader slot as the host sees it: is a card there, its ATR, send it a command. Cards come and
 * go behind it, over a listening or a connecting endpoint, handled by a thread of the slot's own;
 * the calls here may come from any thread.
 */
#ifndef VSC_READER_READER_H
#define VSC_READER_READER_H

#include "base/bytes.h"
#include "base/env.h"
#include "iso/atr.h"
#include "wire/endpoint.h"

struct vsc_reader;

/* Deadlines in milliseconds; 0 takes the default (spec: FORMATS.md). */
struct vsc_reader_config {
	struct vsc_endpoint endpoint;
	int atr_timeout;     /* 10000: from a connection, or a request, to the ATR */
	int apdu_timeout;    /* 120000: from a command to the first byte of its answer */
	int frame_timeout;   /* 5000: from a frame's first byte to its last */
	int connect_timeout; /* 2000: for one attempt in connecting mode */
	int open_wait;       /* connect_timeout: how long open waits for the first attempt; < 0:
				not at all */
	const char *name;    /* for messages; copied */
	const struct vsc_env
	    *env; /* borrowed; must outlive the reader; log may be called from its thread */
};

enum vsc_reader_power { VSC_READER_POWER_UP, VSC_READER_POWER_DOWN, VSC_READER_RESET };

/*
 * Starts listening or connecting; in connecting mode tries once before it returns, so that a card
 * that waits is present at once. VSC_E_BUSY: the address is in use. A card that cannot be reached
 * is no error.
 */
VSC_MUST_CHECK int vsc_reader_open(
    struct vsc_reader **reader, const struct vsc_reader_config *config);

/*
 * From any thread: every call under way on this reader, and every later one that would wait, ends
 * with VSC_E_CANCELED at once. The first half of closing, for owners
 * that must get other threads out before they may free what those threads hold.
 */
void vsc_reader_cancel(struct vsc_reader *reader);

/*
 * Cancels, waits until the other threads have left, frees; NULL is fine. No thread may enter after
 * this began, and the caller may hold no lock that the event function takes.
 */
void vsc_reader_close(struct vsc_reader *reader);

/*
 * In the child of a fork, where our thread is not: closes the descriptors the child has inherited,
 * so that neither a card nor a port is held by it. Nothing else may be done with the reader there.
 */
void vsc_reader_forked(struct vsc_reader *reader);

/*
 * Its address is free for others from now on, though we are not closed: for a process that ends and
 * leaves that to the system. Any thread.
 */
void vsc_reader_refuse(struct vsc_reader *reader);

/* true: a card has answered with its ATR. Never blocks for long. */
bool vsc_reader_present(struct vsc_reader *reader);

/*
 * Changes whenever a card came or went: an odd number is a card. A swap counts two, so that it is
 * seen by everybody who compares. Calls that take a generation mean that card, or whichever is in
 * when it is 0; if it is another one by now, they answer VSC_E_CLOSED.
 */
uint64_t vsc_reader_generation(struct vsc_reader *reader);

/*
 * Waits until the generation is not `seen` any more, at most ms (< 0: no limit), or
 * vsc_reader_wake(). 1 changed, 0 timeout or woken, VSC_E_CANCELED. A wake that comes before the
 * wait ends the next wait.
 */
VSC_MUST_CHECK int vsc_reader_wait(struct vsc_reader *reader, uint64_t seen, int ms);
void vsc_reader_wake(struct vsc_reader *reader);

/*
 * Calls fn from the reader's thread after changes of generation (several in quick succession may be
 * one call); for a manager of many readers. fn must not call into the reader except
 * vsc_reader_generation/present/atr. It may be set at any time: it is called once at once.
 */
typedef void vsc_reader_event_fn(void *ctx, struct vsc_reader *reader);
void vsc_reader_on_event(struct vsc_reader *reader, vsc_reader_event_fn *fn, void *ctx);

/* 0 and its length in *len; VSC_E_CLOSED: no card. From memory: the card is asked once per
 * insertion, power-up and reset. */
VSC_MUST_CHECK int vsc_reader_atr(
    struct vsc_reader *reader, uint64_t generation, uint8_t atr[VSC_ATR_MAX], size_t *len);

/*
 * Sends the control code, and for power-up and reset asks for the ATR again. VSC_E_CLOSED: no card,
 * or it went; VSC_E_TIMEOUT: given up, connection closed; VSC_E_FORMAT: no ATR of 2 to 33 bytes
 * (the card stays).
 */
VSC_MUST_CHECK int vsc_reader_power(
    struct vsc_reader *reader, uint64_t generation, enum vsc_reader_power action);

/*
 * One command, one answer, never a part of one. VSC_E_PARAM: command of fewer than two bytes,
 * VSC_E_SPACE: longer than a frame, or the answer longer than out (the card stays); VSC_E_CLOSED:
 * no card, or it went; VSC_E_TIMEOUT: given up, connection closed, or another call kept the card
 * busy all the time; VSC_E_FORMAT: an answer shorter than two bytes (the card stays). On failure
 * nothing is written to rsp.
 */
VSC_MUST_CHECK int vsc_reader_transmit(
    struct vsc_reader *reader, uint64_t generation, struct vsc_span cmd, struct vsc_out *rsp);

/* The endpoint as opened (port 0 replaced by the real one). */
const struct vsc_endpoint *vsc_reader_endpoint(const struct vsc_reader *reader);

#endif

/*
 * --trace: what went between a reader and a card, as a transcript that can be replayed as a test
 * (docs/transcripts.md), or for Wireshark when the file's name ends in .pcapng. It holds
 * everything, PINs too; the file is readable by its owner only.
 */
#ifndef VSC_VICC_TRACE_H
#define VSC_VICC_TRACE_H

#include "card/card.h"
#include "iso/transcript.h"

struct vsc_trace;

/* Replaces the file. Every other function takes a NULL trace and does nothing. Problems in writing
 * are logged once to env, which must outlive the trace. */
VSC_MUST_CHECK int vsc_trace_open(
    struct vsc_trace **trace, const char *path, const struct vsc_env *env);
void vsc_trace_close(struct vsc_trace *trace);

/* The type, and those of the parameters that are options of the type. */
void vsc_trace_card(struct vsc_trace *trace, const char *name, const struct vsc_card_type *type,
    const struct vsc_params *params);

/* What the card drew or read from its clock; written before the event that follows. May be called
 * from the thread that has the card. */
void vsc_trace_random(struct vsc_trace *trace, struct vsc_span bytes);
void vsc_trace_time(struct vsc_trace *trace, int64_t now);

void vsc_trace_event(struct vsc_trace *trace, enum vsc_line_event event);
void vsc_trace_atr(struct vsc_trace *trace, struct vsc_span atr);
/* An empty answer: the card was gone. */
void vsc_trace_exchange(struct vsc_trace *trace, struct vsc_span command, struct vsc_span answer);

#endif

/*
 * The card in another reader, as relay.c sees it. Two threads serve it: one waits for the card to
 * come and go, and for the service to come back; the other takes power from the card, which may
 * have to wait for other programs and must not keep the caller.
 */
#ifndef VSC_CARDS_RELAY_SOURCE_H
#define VSC_CARDS_RELAY_SOURCE_H

#include "card/card.h"

struct vsc_source;

/* reader: a number, or part of a name; library NULL: the system's. The log says why not. */
VSC_MUST_CHECK int vsc_source_open(
    struct vsc_source **source, struct vsc_card *card, const char *reader, const char *library);
/* NULL is fine. */
void vsc_source_close(struct vsc_source *source);

/* These do not wait. A card that was swapped for another is gone once. */
bool vsc_source_present(struct vsc_source *source);
void vsc_source_atr(struct vsc_source *source, struct vsc_out *out);
void vsc_source_off(struct vsc_source *source);

/* These may take as long as the card. */
void vsc_source_on(struct vsc_source *source, bool warm);
VSC_MUST_CHECK int vsc_source_transmit(
    struct vsc_source *source, struct vsc_span raw, struct vsc_out *out);
/* The reader's serial number, which of our own readers is the endpoint. */
void vsc_source_serial(struct vsc_source *source, struct vsc_out *out);

#endif

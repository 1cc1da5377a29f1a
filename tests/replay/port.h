/* Where a transcript is played: a way to reach a card. */
#ifndef VSC_REPLAY_PORT_H
#define VSC_REPLAY_PORT_H

#include "card/card.h"
#include "iso/transcript.h"

struct port;

struct port_ops {
	int (*event)(struct port *port, enum vsc_line_event event); /* on, off, reset */
	int (*atr)(struct port *port, struct vsc_blob *atr);
	/* < 0: no answer */
	int (*transmit)(struct port *port, struct vsc_span command, struct vsc_blob *answer);
	void (*close)(struct port *port);
};

struct port {
	const struct port_ops *ops;
	void *ctx;
};

/* card stays the caller's and outlives the port. < 0: it did not work. */
VSC_MUST_CHECK int port_direct(struct port *port, struct vsc_card *card);
VSC_MUST_CHECK int port_pair(struct port *port, struct vsc_card *card);
VSC_MUST_CHECK int port_tcp(struct port *port, struct vsc_card *card);

/* A new saved card of this type, opened from its file anew at each reset; closed with the port.
 * Says why it failed. */
VSC_MUST_CHECK int port_saved(struct port *port, const struct vsc_card_type *type,
    const struct vsc_params *params, const struct vsc_env *env);

/* A card that somebody else put into the reader whose name contains `reader`, through a PC/SC
 * library, NULL for libpcsclite.so.1. Waits some seconds for the card. Says why it failed. */
VSC_MUST_CHECK int port_pcsc(struct port *port, const char *library, const char *reader);

#endif

/*
 * Long commands and long answers: command chaining (ISO/IEC 7816-4:2020 5.3.3), and answers that
 * are fetched in pieces with GET RESPONSE (5.3.4).
 */
#ifndef VSC_CARD_CHAIN_H
#define VSC_CARD_CHAIN_H

#include "card/card.h"

/* The most that a chain may add up to: two full extended commands. */
#define VSC_CHAIN_MAX 0x20000u

/* A chain of commands under way on one channel. */
struct vsc_chain {
	struct vsc_blob data; /* grows in steps; len bytes of it count */
	size_t len;
	bool active;
	bool loose; /* pieces without bit 5 of the class (ENVELOPE): others may come in between */
	uint8_t cla, ins, p1, p2; /* cla without bit 5 */
};

/* An answer of which something is left. */
struct vsc_pending {
	struct vsc_blob data;
	size_t at; /* bytes already given */
	vsc_sw sw; /* of the last piece */
};

void vsc_chain_reset(struct vsc_chain *chain);
void vsc_pending_reset(struct vsc_pending *pending);

/*
 * A command came, with bit 5 of its class (more) or without. VSC_SW_OK: cmd is complete, its data
 * replaced by the sum of the chain when it ended one. VSC_SW_MORE: part of a chain, taken; answer
 * 9000. Anything else: refused, the chain is forgotten.
 */
vsc_sw vsc_chain_take(struct vsc_chain *chain, struct vsc_apdu *cmd, bool more);

/*
 * An answer to a command that expected ne bytes. What does not fit is kept for GET RESPONSE, body
 * is cut and 61XX returned; else sw as it was.
 */
vsc_sw vsc_pending_cut(struct vsc_pending *pending, struct vsc_out *body, uint32_t ne, vsc_sw sw);

/* How many bytes GET RESPONSE can fetch on the channel of the command under way. */
size_t vsc_card_pending(const struct vsc_card *card);

/* GET RESPONSE: a row of the table like any other, flagged VSC_CMD_TRANSPORT. */
vsc_sw vsc_cmd_get_response(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out);

#endif

/* Command chaining and GET RESPONSE: see chain.h. */
#include "card/chain.h"

#include "card/engine.h"

#define CLA_CHAINED 0x10u

void
vsc_chain_reset(struct vsc_chain *chain)
{
	vsc_blob_free(&chain->data);
	*chain = (struct vsc_chain){ .active = false };
}

void
vsc_pending_reset(struct vsc_pending *pending)
{
	vsc_blob_free(&pending->data);
	*pending = (struct vsc_pending){ .sw = 0 };
}

/* 5.3.3: the commands of a chain differ in bit 5 of the class, in data and in Le only. */
static bool
belongs(const struct vsc_chain *chain, const struct vsc_apdu *cmd)
{
	return chain->cla == (uint8_t)(cmd->cla & ~CLA_CHAINED) && chain->ins == cmd->ins &&
	       chain->p1 == cmd->p1 && chain->p2 == cmd->p2;
}

static void
begin(struct vsc_chain *chain, const struct vsc_apdu *cmd)
{
	chain->active = true;
	chain->cla = (uint8_t)(cmd->cla & ~CLA_CHAINED);
	chain->ins = cmd->ins;
	chain->p1 = cmd->p1;
	chain->p2 = cmd->p2;
}

/* Doubles the room, so that a long chain of short commands is not copied again and again. */
static vsc_sw
append(struct vsc_chain *chain, struct vsc_span data)
{
	size_t room = chain->data.len == 0 ? 512 : chain->data.len;

	if (data.len > VSC_CHAIN_MAX - chain->len)
		return VSC_SW_WRONG_LENGTH;
	while (room < chain->len + data.len)
		room *= 2;
	if (vsc_blob_resize(&chain->data, room) < 0 ||
	    vsc_blob_write(&chain->data, chain->len, data) < 0)
		return VSC_SW_INTERNAL;
	chain->len += data.len;
	return VSC_SW_OK;
}

vsc_sw
vsc_chain_take(struct vsc_chain *chain, struct vsc_apdu *cmd, bool more)
{
	vsc_sw sw;

	if (chain->active && !belongs(chain, cmd)) {
		vsc_chain_reset(chain);
		return VSC_SW_LAST_EXPECTED;
	}
	if (!chain->active && !more)
		return VSC_SW_OK;
	if (!chain->active)
		begin(chain, cmd);
	if ((sw = append(chain, cmd->data)) != VSC_SW_OK) {
		vsc_chain_reset(chain);
		return sw;
	}
	if (more)
		return VSC_SW_MORE;
	cmd->data = vsc_span_slice(vsc_blob_span(&chain->data), 0, chain->len);
	return VSC_SW_OK;
}

/* 61XX; 00 stands for 256 or more. */
static vsc_sw
more_sw(size_t left)
{
	return (vsc_sw)(VSC_SW_MORE | (left > 255 ? 0 : left));
}

vsc_sw
vsc_pending_cut(struct vsc_pending *pending, struct vsc_out *body, uint32_t ne, vsc_sw sw)
{
	struct vsc_span rest;

	if (body->len <= ne)
		return sw;
	rest = vsc_span_slice(vsc_out_span(body), ne, body->len);
	if (vsc_blob_set(&pending->data, rest) < 0)
		return VSC_SW_INTERNAL;
	pending->at = 0;
	pending->sw = sw;
	vsc_out_truncate(body, ne);
	return more_sw(rest.len);
}

size_t
vsc_card_pending(const struct vsc_card *card)
{
	const struct vsc_pending *pending = &card->channels[card->channel]->pending;

	return pending->data.len - pending->at;
}

vsc_sw
vsc_cmd_get_response(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_pending *pending = &vsc_card_current(card)->pending;
	size_t left = pending->data.len - pending->at;
	uint32_t ne = cmd->has_le ? cmd->ne : VSC_NE_SHORT_MAX;
	vsc_sw sw = pending->sw;

	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (!cmd->has_le && (card->ops.flags & VSC_TYPE_ANSWERS) == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "GET RESPONSE needs Le");
	if (left == 0)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "no answer is waiting");
	vsc_out_put(out, vsc_span_slice(vsc_blob_span(&pending->data), pending->at, ne));
	pending->at += out->len;
	if (pending->at < pending->data.len)
		return more_sw(pending->data.len - pending->at);
	vsc_pending_reset(pending);
	return sw;
}

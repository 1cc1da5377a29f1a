/*
 * ENVELOPE (ISO/IEC 7816-4:2020 11.8.2): a command APDU in a data field, bare, or with the odd
 * instruction in an object. A long one comes in pieces: as a chain of commands (5.3.3), or as T=0
 * sends them (ISO/IEC 7816-3:2006 12.2), in envelopes one after the other until it is complete.
 */
#include "card/cmd.h"
#include "card/engine.h"
#include "iso/tlv.h"

#define TAG_COMMAND 0x52u /* command to perform */
#define TAG_DATA    0x53u /* discretionary data */
#define CLA_CHAINED 0x10u
#define SW_LEN      2u

static bool
is_odd(const struct vsc_apdu *cmd)
{
	return (cmd->ins & 1) != 0;
}

/* Tag and length of an object that is ne bytes long with them, as much as it may be. */
static uint32_t
object_head(uint32_t ne)
{
	if (ne > 259)
		return 4;
	return ne > 130 ? 3 : 2;
}

/* Run the command APDU; what does not fit the outer Ne waits for GET RESPONSE inside. Ne 0: all of
 * it fits. */
static vsc_sw
run_enveloped(struct vsc_card *card, struct vsc_span raw, uint32_t ne, struct vsc_out *out)
{
	const struct vsc_cmd *row = card->row;
	unsigned channel = card->channel;
	enum vsc_sm_kind sm_kind = card->sm_kind;
	struct vsc_apdu inner;
	vsc_sw sw;

	if (vsc_apdu_parse(&inner, raw) < 0 || (inner.ins & 0xFE) == 0xC2)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no command APDU in the envelope");
	if (ne > 0 && inner.ne > ne - SW_LEN)
		inner.ne = ne - SW_LEN;
	out->cap -= SW_LEN;
	sw = vsc_card_process(card, &inner, out);
	out->cap += SW_LEN;
	vsc_out_u16(out, sw);
	card->row = row;
	card->channel = channel;
	card->sm_kind = sm_kind;
	return VSC_SW_OK;
}

/* Without Le the whole answer waits for GET RESPONSE (TR-03110-3 E): extended length for terminals
 * that cannot carry it. */
static vsc_sw
run_waiting(struct vsc_card *card, struct vsc_span data, struct vsc_out *out)
{
	vsc_sw sw = run_enveloped(card, data, 0, out);

	return sw == VSC_SW_OK ? vsc_pending_cut(&vsc_card_current(card)->pending, out, 0, sw) : sw;
}

/* What is in out becomes the value of an object. */
static void
wrap(struct vsc_out *out, uint32_t tag)
{
	size_t len = out->len;
	struct vsc_out head;

	vsc_out_insert(out, 0, vsc_tlv_size(tag, len) - len);
	head = vsc_out_from(out->buf, out->len - len);
	vsc_tlv_put_tag(&head, tag);
	vsc_tlv_put_length(&head, len);
}

/* The answer comes in an object 53. */
static vsc_sw
run_object(struct vsc_card *card, struct vsc_span data, uint32_t ne, struct vsc_out *out)
{
	uint32_t head = object_head(ne);
	struct vsc_span raw;
	vsc_sw sw;

	if (vsc_tlv_only(data, TAG_COMMAND, &raw) < 0 && vsc_tlv_only(data, TAG_DATA, &raw) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "one object 52 (or 53) with a command expected");
	out->cap -= head;
	sw = run_enveloped(card, raw, ne - head, out);
	out->cap += head;
	if (sw == VSC_SW_OK)
		wrap(out, TAG_DATA);
	return sw;
}

/* Does it begin an APDU of extended length that is longer than what is there? */
static bool
is_cut_off(struct vsc_span raw)
{
	struct vsc_in in = vsc_in_from(raw);
	uint8_t zero;
	uint16_t lc;

	return vsc_in_skip(&in, 4) == 0 && vsc_in_u8(&in, &zero) == 0 && zero == 0 &&
	       vsc_in_u16(&in, &lc) == 0 && vsc_in_left(&in) > 0 && vsc_in_left(&in) < lc;
}

/* VSC_SW_MORE: kept, more has to come. Of a bare APDU the first piece tells how long it is, and an
 * empty envelope ends it. */
static vsc_sw
collect(struct vsc_chain *chain, const struct vsc_apdu *cmd, struct vsc_span *data)
{
	bool chained = (cmd->cla & CLA_CHAINED) != 0;
	struct vsc_apdu part = *cmd;
	vsc_sw sw;

	if (chained || is_odd(cmd) || (cmd->data.len == 0 && chain->active)) {
		sw = vsc_chain_take(chain, &part, chained);
		*data = part.data;
		return sw;
	}
	if (!chain->active) {
		*data = cmd->data;
		if (!is_cut_off(cmd->data))
			return VSC_SW_OK;
		sw = vsc_chain_take(chain, &part, true);
		chain->loose = chain->active;
		return sw;
	}
	if ((sw = vsc_chain_take(chain, &part, true)) != VSC_SW_MORE)
		return sw;
	*data = vsc_span_slice(vsc_blob_span(&chain->data), 0, chain->len);
	return is_cut_off(*data) ? VSC_SW_MORE : VSC_SW_OK;
}

vsc_sw
vsc_cmd_envelope(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const uint32_t least = SW_LEN + (is_odd(cmd) ? object_head(0) : 0);
	struct vsc_chain *chain = &vsc_card_current(card)->envelope, whole;
	struct vsc_span data = VSC_SPAN_EMPTY;
	vsc_sw sw;

	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (card->sm_kind != VSC_SM_NONE)
		return vsc_card_refuse(
		    card, VSC_SW_NO_SM, "what is inside is protected, not the envelope");
	sw = collect(chain, cmd, &data);
	if (sw == VSC_SW_MORE)
		return VSC_SW_OK;
	if (sw != VSC_SW_OK)
		return vsc_card_refuse(card, sw, "command chain broken off or too long");
	/* the command inside may be one that forgets chains */
	whole = *chain;
	*chain = (struct vsc_chain){ .active = false };
	if (!cmd->has_le && !is_odd(cmd))
		sw = run_waiting(card, data, out);
	else if (cmd->ne < least)
		sw = vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "ENVELOPE needs Le");
	else if (is_odd(cmd))
		sw = run_object(card, data, cmd->ne, out);
	else
		sw = run_enveloped(card, data, cmd->ne, out);
	vsc_chain_reset(&whole);
	return sw;
}

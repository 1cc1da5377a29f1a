/* MANAGE CHANNEL (ISO/IEC 7816-4:2020 11.1.2) and ENVELOPE (11.8.2). */
#include "card/cmd.h"
#include "card/engine.h"

/* Is a DF not shareable (8E) that the new channel would be in together with another one? */
static bool
denied(const struct vsc_card *card, const struct vsc_file *df)
{
	for (; df != NULL && df->channel != 0; df = df->parent)
		if ((vsc_rule_channel_of(vsc_blob_span(&df->security)) & VSC_CHANNEL_EXCLUSIVE) !=
			0 &&
		    vsc_rule_channel_shared(card, df, VSC_CHANNELS))
			return true;
	return false;
}

/* From the basic channel the new one begins at the MF, from another where that one is. */
static vsc_sw
open_channel(struct vsc_card *card, unsigned number)
{
	struct vsc_position position = { .df = card->fs.mf };

	if (card->channel != 0)
		position.df = vsc_card_position(card)->df;
	if (denied(card, position.df))
		return vsc_card_refuse(
		    card, VSC_SW_CHANNEL_DENIED, "DF %04X is not shareable", position.df->fid);
	if (vsc_channel_open(card, number) < 0)
		return VSC_SW_INTERNAL;
	card->channels[number]->position = position;
	return VSC_SW_OK;
}

/* P2 00: the card picks a number and tells it; else it is given. */
static vsc_sw
manage_open(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	unsigned number = cmd->p2;
	vsc_sw sw;

	if (number >= VSC_CHANNELS)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "channels are 1 to 19");
	if (number != 0 && vsc_channel_is_open(card, number))
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "channel %u is open", number);
	if (number != 0)
		return open_channel(card, number);
	if (!cmd->has_le)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "the number needs Le 01");
	for (number = 1; number < VSC_CHANNELS && vsc_channel_is_open(card, number);)
		number++;
	if (number == VSC_CHANNELS)
		return vsc_card_refuse(card, VSC_SW_FUNCTION, "all channels are open");
	if ((sw = open_channel(card, number)) == VSC_SW_OK)
		vsc_out_u8(out, (uint8_t)number);
	return sw;
}

/* P2 00: the channel that the command came on; else the given one. The basic one stays. */
static vsc_sw
manage_close(struct vsc_card *card, const struct vsc_apdu *cmd)
{
	unsigned number = cmd->p2 == 0 ? card->channel : cmd->p2;

	if (number == 0 || number >= VSC_CHANNELS)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "channels 1 to 19 can be closed");
	if (!vsc_channel_is_open(card, number))
		return vsc_card_refuse(card, VSC_SW_NO_CHANNEL, "channel %u is not open", number);
	vsc_channel_close(card, number);
	return VSC_SW_OK;
}

vsc_sw
vsc_cmd_manage_channel(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	if (cmd->p1 == 0x00)
		return manage_open(card, cmd, out);
	if (cmd->p1 == 0x80)
		return manage_close(card, cmd);
	return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 is 00 (open) or 80 (close)");
}

/* Run the command APDU inside an envelope; what does not fit the outer Ne waits for GET RESPONSE.
 */
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
	if (inner.ne > ne - 2)
		inner.ne = ne - 2;
	out->cap -= 2;
	sw = vsc_card_process(card, &inner, out);
	out->cap += 2;
	vsc_out_u16(out, sw);
	card->row = row;
	card->channel = channel;
	card->sm_kind = sm_kind;
	return VSC_SW_OK;
}

/* A long command comes in a chain of envelopes. */
vsc_sw
vsc_cmd_envelope(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_chain *chain = &vsc_card_current(card)->envelope, whole;
	struct vsc_apdu sum = *cmd;
	vsc_sw sw;

	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	sw = vsc_chain_take(chain, &sum, (cmd->cla & 0x10) != 0);
	if (sw == VSC_SW_MORE)
		return VSC_SW_OK;
	if (sw != VSC_SW_OK)
		return vsc_card_refuse(card, sw, "command chain broken off or too long");
	whole = *chain;
	*chain = (struct vsc_chain){ .active = false };
	if (cmd->ne < 2)
		sw = vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "ENVELOPE needs Le");
	else
		sw = run_enveloped(card, sum.data, cmd->ne, out);
	vsc_chain_reset(&whole);
	return sw;
}

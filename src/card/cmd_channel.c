/* MANAGE CHANNEL (ISO/IEC 7816-4:2020 11.2.3): open and close logical channels. */
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

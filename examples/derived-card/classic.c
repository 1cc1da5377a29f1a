/*
 * The ISO card, with one command and the format of answers changed: GET CHALLENGE gives eight bytes
 * whatever Le says, and what is refused is refused with the status words of GSM 11.11 9.4, which
 * terminals of that time expect.
 */
#include <card/card.h>

static vsc_sw
get_challenge(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	uint8_t *bytes = vsc_out_reserve(out, 8);

	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (bytes == NULL || vsc_env_random(vsc_card_env(card), bytes, 8) < 0)
		return VSC_SW_INTERNAL;
	return VSC_SW_OK;
}

static const struct {
	vsc_sw iso, gsm;
} words[] = {
	{ VSC_SW_FILE_NOT_FOUND, 0x9404 },
	{ VSC_SW_SECURITY, 0x9804 },
	{ VSC_SW_NO_EF, 0x9400 },
};

static vsc_sw
after(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out, vsc_sw sw)
{
	(void)card;
	(void)cmd;
	(void)out;
	for (size_t i = 0; i < VSC_COUNT(words); i++)
		if (words[i].iso == sw)
			return words[i].gsm;
	return sw;
}

static const struct vsc_cmd cmds[] = {
	/* cla  mask  ins   flags            name             run */
	{ 0x00, 0xFF, 0x84, VSC_CMD_NO_DATA, "GET CHALLENGE", get_challenge },
};

VSC_CARD_TYPE(classic) = {
	.abi = VSC_CARD_ABI,
	.name = "classic",
	.summary = "an ISO card that refuses as GSM 11.11 does",
	.base = &vsc_card_iso7816,
	.cmds = cmds,
	.ncmds = VSC_COUNT(cmds),
	.after = after,
};

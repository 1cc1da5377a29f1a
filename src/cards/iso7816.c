/*
 * The generic ISO/IEC 7816-4, -8 and -9 card: what the standards describe and nothing else. The
 * base of most other types.
 */
#include "card/card.h"
#include "card/chain.h"
#include "card/cmd.h"

static void
atr(const struct vsc_card *card, struct vsc_out *out)
{
	/* T=0 and T=1 offered, as a PC/SC contactless card does: nothing to negotiate */
	struct vsc_atr fields = {
		.ts = 0x3B,
		.groups = { { .has_td = true, .td = 0x00 }, { .has_td = true, .td = 0x01 } },
		.ngroups = 2,
		.nhistorical = 0,
	};

	(void)card;
	vsc_atr_put(out, &fields);
}

/* The commands, by instruction byte. */
static const struct vsc_cmd cmds[] = {
	/* cla  mask  ins   flags  name  run */
	{ 0x00, 0xFF, 0x84, VSC_CMD_NO_DATA, "GET CHALLENGE", vsc_cmd_get_challenge },
	{ 0x00, 0xFF, 0xC0, VSC_CMD_TRANSPORT | VSC_CMD_ANY_LIFE, "GET RESPONSE",
	    vsc_cmd_get_response },
};

VSC_CARD_TYPE(iso7816) = {
	.abi = VSC_CARD_ABI,
	.name = "iso7816",
	.summary = "generic smart card: ISO/IEC 7816-4, -8 and -9",
	.cmds = cmds,
	.ncmds = VSC_COUNT(cmds),
	.atr = atr,
};

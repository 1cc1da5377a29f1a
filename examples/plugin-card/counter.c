/*
 * An example of a card type in a file of its own: the generic card with one more command,
 * 80 10 00 00 04, which counts how often it was asked, and goes on counting after it was saved.
 *
 * As a plugin: README.md beside this file. Built in: copy it to src/cards/, add the line 'counter',
 * to src/cards/meson.build; nothing in here changes.
 */
#include "card/card.h"

#define ATTR "counter"

static vsc_sw
count(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_span saved;
	struct vsc_in in;
	uint32_t n = 0;

	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (vsc_card_attr_get(card, ATTR, &saved) == 0) {
		in = vsc_in_from(saved);
		if (vsc_in_u32(&in, &n) < 0)
			return VSC_SW_INTERNAL;
	}
	vsc_out_u32(out, n + 1);
	if (vsc_card_attr_set(card, ATTR, vsc_out_span(out)) < 0)
		return VSC_SW_MEMORY_FAILURE;
	return VSC_SW_OK;
}

static const struct vsc_cmd cmds[] = {
	/* cla  mask  ins   flags  name  run */
	{ 0x80, 0xFF, 0x10, VSC_CMD_NO_DATA | VSC_CMD_CHANGES, "COUNT", count },
};

VSC_CARD_TYPE(counter) = {
	.abi = VSC_CARD_ABI,
	.name = "counter",
	.summary = "example of a plugin: counts how often it is asked",
	.base = &vsc_card_iso7816,
	.cmds = cmds,
	.ncmds = VSC_COUNT(cmds),
};

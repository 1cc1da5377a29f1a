/*
 * The card that PCSC-Lite's reader driver tester (handler_test) talks to: commands of every APDU
 * case that return as many bytes as asked, and one that takes its time.
 */
#include <time.h>

#include "card/card.h"
#include "card/chain.h"

static const uint8_t applet[] = { 0xA0, 0x00, 0x00, 0x00, 0x18, 0x50 };
static const uint8_t applet_ff[] = { 0xA0, 0x00, 0x00, 0x00, 0x18, 0xFF };

static const uint8_t atr_bytes[] = { 0x3B, 0xD6, 0x18, 0x00, 0x80, 0xB1, 0x80, 0x6D, 0x1F, 0x03,
	0x80, 0x51, 0x00, 0x61, 0x10, 0x30, 0x9E };

static unsigned
p1p2(const struct vsc_apdu *cmd)
{
	return (unsigned)cmd->p1 << 8 | cmd->p2;
}

static vsc_sw
select_applet(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	if (p1p2(cmd) != 0x0400)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "selects by name only");
	if (!vsc_span_eq(cmd->data, VSC_SPAN_OF(applet)) &&
	    !vsc_span_eq(cmd->data, VSC_SPAN_OF(applet_ff)))
		return vsc_card_refuse(card, VSC_SW_FILE_NOT_FOUND, "no such applet");
	return VSC_SW_OK;
}

static vsc_sw
accept(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)card;
	(void)cmd;
	(void)out;
	return VSC_SW_OK;
}

/* P2 seconds, on a worker: the tester checks that the driver asks the card for its patience. */
static vsc_sw
take_time(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct timespec left = { .tv_sec = cmd->p2 };

	(void)card;
	(void)out;
	while (nanosleep(&left, &left) < 0)
		;
	return VSC_SW_OK;
}

/* 00 01 02 ..., as many as P1-P2 say. Without Le (a T=0 command) the engine answers 61XX. */
static vsc_sw
count_up(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	unsigned n = p1p2(cmd);

	if (n > out->cap)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "more than a frame carries");
	for (unsigned i = 0; i < n; i++)
		vsc_out_u8(out, (uint8_t)i);
	return VSC_SW_OK;
}

/* Extended case 2: bytes of P2 up to Le. */
static vsc_sw
repeat(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	if (cmd->ne > out->cap)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "more than a frame carries");
	vsc_out_fill(out, cmd->p2, cmd->ne);
	return VSC_SW_OK;
}

static void
atr(const struct vsc_card *card, struct vsc_out *out)
{
	(void)card;
	vsc_out_put(out, VSC_SPAN_OF(atr_bytes));
}

static const struct vsc_cmd cmds[] = {
	/* cla  mask  ins   flags  name  run */
	{ 0x00, 0xFF, 0xA4, 0, "SELECT", select_applet },
	{ 0x80, 0xFF, 0x00, 0, "CASE 2 EXTENDED", repeat },
	{ 0x80, 0xFF, 0x12, 0, "CASE 3 EXTENDED", accept },
	{ 0x80, 0xFF, 0x30, VSC_CMD_NO_DATA, "CASE 1", accept },
	{ 0x80, 0xFF, 0x32, 0, "CASE 3", accept },
	{ 0x80, 0xFF, 0x34, VSC_CMD_NO_DATA, "CASE 2", count_up },
	{ 0x80, 0xFF, 0x36, 0, "CASE 4", count_up },
	{ 0x80, 0xFF, 0x38, VSC_CMD_SLOW, "TIME REQUEST", take_time },
	{ 0x80, 0xFF, 0xC0, VSC_CMD_TRANSPORT, "GET RESPONSE", vsc_cmd_get_response },
};

VSC_CARD_TYPE(handler_test) = {
	.abi = VSC_CARD_ABI,
	.name = "handler_test",
	.summary = "the card of PCSC-Lite's reader driver tester",
	.cmds = cmds,
	.ncmds = VSC_COUNT(cmds),
	.atr = atr,
};

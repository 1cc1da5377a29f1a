#include "card.h"

#include "card/chain.h"

/* The data field back, so that a chain's sum can be seen. */
static vsc_sw
echo(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)card;
	vsc_out_put(out, cmd->data);
	return cmd->p1 == 0x62 ? VSC_SW_END_OF_FILE : VSC_SW_OK;
}

static void
atr(const struct vsc_card *card, struct vsc_out *out)
{
	(void)card;
	vsc_out_u16(out, 0x3B00);
}

static const struct vsc_cmd cmds[] = {
	{ 0x00, 0xFF, 0x10, 0, "ECHO", echo },
	{ 0x00, 0xFF, 0x12, VSC_CMD_CHAINED, "PARTS", echo },
	{ 0x00, 0xFF, 0xC0, VSC_CMD_TRANSPORT, "GET RESPONSE", vsc_cmd_get_response },
};
static const struct vsc_card_type type = {
	.abi = VSC_CARD_ABI, .name = "echo", .cmds = cmds, .ncmds = VSC_COUNT(cmds), .atr = atr
};

/* Rows go to one card, in order. */
static const struct row {
	const char *name, *command, *answer;
} rows[] = {
	{ "first part", "10 10 00 00 02 01 02", "90 00" },
	{ "second part", "10 10 00 00 01 03", "90 00" },
	{ "last part: the sum", "00 10 00 00 01 04 00", "01 02 03 04 90 00" },
	{ "the chain is over", "00 10 00 00 01 05 00", "05 90 00" },
	{ "begun again", "10 10 00 00 01 01", "90 00" },
	{ "another P1 breaks it", "00 10 01 00 01 02 00", "68 83" },
	{ "and it is forgotten", "00 10 00 00 01 03 00", "03 90 00" },
	{ "begun again", "10 10 00 00 01 01", "90 00" },
	{ "another instruction breaks it", "00 99 00 00", "6D 00" },
	{ "and it is forgotten", "00 10 00 00 01 03 00", "03 90 00" },
	{ "parts go to the handler", "10 12 00 00 01 07 00", "07 90 00" },
	{ "nothing waits", "00 C0 00 00 00", "69 85" },
	{ "Le too small", "00 10 00 00 04 01 02 03 04 01", "01 61 03" },
	{ "fetched in pieces", "00 C0 00 00 02", "02 03 61 01" },
	{ "the last", "00 C0 00 00 00", "04 90 00" },
	{ "nothing is left", "00 C0 00 00 00", "69 85" },
	{ "no Le, with a warning", "00 10 62 00 02 01 02", "61 02" },
	{ "P1-P2 of GET RESPONSE", "00 C0 01 00 00", "6A 86" },
	{ "the warning comes last", "00 C0 00 00 02", "01 02 62 82" },
	{ "an answer waits", "00 10 00 00 02 01 02", "61 02" },
	{ "any other command drops it", "00 10 00 00 01 09 00", "09 90 00" },
	{ "it is gone", "00 C0 00 00 00", "69 85" },
};

static void
chains(void **state)
{
	struct vsc_card *card = new_card(&type);

	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++)
		expect(card, row->command, row->answer);
	vsc_card_free(card);
}

static void
a_chain_has_an_end(void **state)
{
	static uint8_t part[5000];
	struct vsc_chain chain = { .active = false };
	struct vsc_apdu cmd = { .ins = 0x10, .cla = 0x10, .data = VSC_SPAN_OF(part) };
	size_t taken = 0;

	(void)state;
	while (vsc_chain_take(&chain, &cmd, true) == VSC_SW_MORE)
		taken += sizeof(part);
	assert_true(taken <= VSC_CHAIN_MAX && taken + sizeof(part) > VSC_CHAIN_MAX);
	assert_false(chain.active);
	vsc_chain_reset(&chain);
}

static void
an_answer_of_256_or_more_is_6100(void **state)
{
	static uint8_t body[400];
	struct vsc_out out = vsc_out_from(body, sizeof(body));
	struct vsc_pending pending = { .sw = 0 };

	(void)state;
	vsc_out_fill(&out, 0xAA, 300);
	assert_int_equal(vsc_pending_cut(&pending, &out, 300, VSC_SW_OK), VSC_SW_OK);
	assert_int_equal(vsc_pending_cut(&pending, &out, 44, VSC_SW_OK), 0x6100);
	assert_int_equal(out.len, 44);
	assert_int_equal(vsc_pending_cut(&pending, &out, 1, VSC_SW_OK), 0x612B);
	vsc_pending_reset(&pending);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains),
		cmocka_unit_test(a_chain_has_an_end),
		cmocka_unit_test(an_answer_of_256_or_more_is_6100),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

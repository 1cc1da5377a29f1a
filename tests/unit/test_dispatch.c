#include "card.h"

#include "card/dispatch.h"

static vsc_sw
put_depth(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)card;
	vsc_out_u8(out, cmd->p1);
	return VSC_SW_OK;
}

static vsc_sw
refuse(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)cmd;
	vsc_out_u8(out, 1);
	return vsc_card_refuse(card, VSC_SW_SECURITY, "always");
}

static void
atr(const struct vsc_card *card, struct vsc_out *out)
{
	(void)card;
	vsc_out_u16(out, 0x3B00);
}

static const struct vsc_cmd base_cmds[] = {
	{ 0x00, 0xFF, 0x10, 0, "TEN", put_depth },
	{ 0x00, 0xFF, 0x12, VSC_CMD_NO_DATA, "TWELVE", put_depth },
	{ 0x00, 0xFF, 0x14, VSC_CMD_SLOW, "FOURTEEN", put_depth },
};
static const struct vsc_card_type base = { .abi = VSC_CARD_ABI,
	.name = "base",
	.cmds = base_cmds,
	.ncmds = VSC_COUNT(base_cmds),
	.atr = atr };

static const struct vsc_card_type derived;

static vsc_sw
call_base(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	vsc_out_u8(out, 0xBB);
	return vsc_card_base_command(card, &derived, cmd, out);
}

static const struct vsc_cmd derived_cmds[] = {
	{ 0x00, 0xFF, 0x10, 0, "TEN", call_base },
	{ 0x00, 0xFF, 0x12, 0, "TWELVE", NULL },
	{ 0x80, 0xFC, 0x10, 0, "TEN, PROPRIETARY", refuse },
};
static const struct vsc_card_type derived = { .abi = VSC_CARD_ABI,
	.name = "derived",
	.base = &base,
	.cmds = derived_cmds,
	.ncmds = VSC_COUNT(derived_cmds) };

static const struct row {
	const char *name, *command, *answer;
	const struct vsc_card_type *type;
} rows[] = {
	{ "own table", "00 10 55 00 00", "55 90 00", &base },
	{ "override calls base", "00 10 55 00 00", "BB 55 90 00", &derived },
	{ "removed by NULL", "00 12 00 00 00", "6D 00", &derived },
	{ "inherited", "00 14 07 00 00", "07 90 00", &derived },
	{ "unknown instruction", "00 16 00 00", "6D 00", &derived },
	{ "unknown class", "90 10 00 00", "6E 00", &derived },
	{ "class by mask, no body with an error", "83 10 00 00 00", "69 82", &derived },
	{ "instruction known in another class", "80 14 00 00", "6E 00", &derived },
	{ "instruction known in no class", "80 16 00 00", "6D 00", &derived },
	{ "FF is no class", "FF 10 00 00", "6E 00", &derived },
	{ "001x xxxx is reserved", "20 10 00 00", "6E 00", &derived },
	{ "channel 1 is closed", "01 10 00 00", "68 81", &derived },
	{ "channel 4 is closed", "40 10 00 00", "68 81", &derived },
	{ "data where there is none", "00 12 00 00 01 AA", "67 00", &base },
	{ "three bytes", "00 12 00", "67 00", &base },
	{ "Lc and length differ", "00 10 00 00 02 AA", "67 00", &base },
	{ "no Le: the answer waits", "00 10 55 00", "61 01", &base },
};

static void
finds(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++) {
		struct vsc_card *card = new_card(row->type);

		expect(card, row->command, row->answer);
		vsc_card_free(card);
	}
}

static void
slow_is_a_column(void **state)
{
	struct vsc_card *card = new_card(&derived);

	(void)state;
	assert_true(vsc_card_is_slow(card, VSC_BYTES(0x00, 0x14, 0x00, 0x00)));
	assert_false(vsc_card_is_slow(card, VSC_BYTES(0x00, 0x10, 0x00, 0x00)));
	assert_false(vsc_card_is_slow(card, VSC_BYTES(0x00)));
	vsc_card_free(card);
}

static void
another_abi_is_refused(void **state)
{
	struct vsc_card_type other = base;
	struct vsc_card *card;

	(void)state;
	other.abi++;
	assert_int_equal(vsc_card_new(&card, &other, NULL, NULL), VSC_E_ABI);
	assert_null(card);
}

static void
without_power_nothing_works(void **state)
{
	struct vsc_card *card = new_card(&base);

	(void)state;
	vsc_card_reset(card, VSC_RESET_OFF);
	expect(card, "00 10 55 00 00", "69 00");
	vsc_card_reset(card, VSC_RESET_ON);
	expect(card, "00 10 55 00 00", "55 90 00");
	vsc_card_free(card);
}

/* As many bytes as the command's first one says, or more than there can be. */
static int
raw_transmit(struct vsc_card *card, struct vsc_span raw, struct vsc_out *out)
{
	(void)card;
	vsc_out_fill(out, 0x90, raw.ptr[0] == 0xFF ? 70000 : raw.ptr[0]);
	return 1; /* no more than 0 says */
}

static void
a_raw_cards_nonsense_is_6f00(void **state)
{
	static const struct vsc_card_type raw = {
		.abi = VSC_CARD_ABI, .name = "raw", .transmit = raw_transmit
	};
	static const struct {
		uint8_t first;
		size_t len;
		uint8_t sw1;
	} answers[] = { { 0, 2, 0x6F }, { 1, 2, 0x6F }, { 2, 2, 0x90 }, { 9, 9, 0x90 },
		{ 0xFF, 2, 0x6F } };
	static uint8_t buf[VSC_RESPONSE_MAX + 1];
	struct vsc_card *card;

	(void)state;
	assert_int_equal(vsc_card_new(&card, &raw, NULL, NULL), 0);
	for (size_t i = 0; i < VSC_COUNT(answers); i++) {
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));

		vsc_out_u8(&out, 0x55); /* what is there already stays */
		assert_int_equal(
		    vsc_card_transmit(card, VSC_BYTES(answers[i].first, 0, 0, 0), &out), 0);
		assert_int_equal(out.len, 1 + answers[i].len);
		assert_int_equal(buf[0], 0x55);
		assert_int_equal(buf[1], answers[i].sw1);
	}
	vsc_card_free(card);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_raw_cards_nonsense_is_6f00),
		cmocka_unit_test(finds),
		cmocka_unit_test(slow_is_a_column),
		cmocka_unit_test(another_abi_is_refused),
		cmocka_unit_test(without_power_nothing_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

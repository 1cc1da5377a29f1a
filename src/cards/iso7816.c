/*
 * The generic ISO/IEC 7816-4, -8 and -9 card: what the standards describe and nothing else. The
 * base of most other types.
 */
#include "card/card.h"
#include "card/chain.h"
#include "card/cmd.h"
#include "card/fs.h"

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

/* A new card: an MF in creation state, in which no security attribute is enforced yet. */
static int
personalise(struct vsc_card *card, const struct vsc_params *params)
{
	static const struct vsc_file_spec mf = {
		.fid = VSC_FID_MF,
		.descriptor = VSC_FILE_DF,
		.life = VSC_LIFE_CREATION,
	};

	(void)params;
	return vsc_fs_add(vsc_card_fs(card), NULL, &mf, NULL);
}

/* The commands, by instruction byte. */
static const struct vsc_cmd cmds[] = {
	/* cla  mask  ins   flags  name  run */
	{ 0x00, 0xFF, 0x04, VSC_CMD_CHANGES, "DEACTIVATE FILE", vsc_cmd_deactivate_file },
	{ 0x00, 0xFF, 0x0C, VSC_CMD_CHANGES | VSC_CMD_NO_DATA, "ERASE RECORD",
	    vsc_cmd_erase_record },
	{ 0x00, 0xFF, 0x0E, VSC_CMD_CHANGES, "ERASE BINARY", vsc_cmd_erase_binary },
	{ 0x00, 0xFF, 0x0F, VSC_CMD_CHANGES, "ERASE BINARY", vsc_cmd_erase_binary },
	{ 0x00, 0xFF, 0x44, VSC_CMD_CHANGES, "ACTIVATE FILE", vsc_cmd_activate_file },
	{ 0x00, 0xFF, 0x84, VSC_CMD_NO_DATA, "GET CHALLENGE", vsc_cmd_get_challenge },
	{ 0x00, 0xFF, 0xA0, 0, "SEARCH BINARY", vsc_cmd_search_binary },
	{ 0x00, 0xFF, 0xA1, 0, "SEARCH BINARY", vsc_cmd_search_binary },
	{ 0x00, 0xFF, 0xA2, 0, "SEARCH RECORD", vsc_cmd_search_record },
	{ 0x00, 0xFF, 0xA4, VSC_CMD_ANY_LIFE, "SELECT", vsc_cmd_select },
	{ 0x00, 0xFF, 0xB0, 0, "READ BINARY", vsc_cmd_read_binary },
	{ 0x00, 0xFF, 0xB1, 0, "READ BINARY", vsc_cmd_read_binary },
	{ 0x00, 0xFF, 0xB2, 0, "READ RECORD", vsc_cmd_read_record },
	{ 0x00, 0xFF, 0xB3, 0, "READ RECORD", vsc_cmd_read_record },
	{ 0x00, 0xFF, 0xC0, VSC_CMD_TRANSPORT | VSC_CMD_ANY_LIFE, "GET RESPONSE",
	    vsc_cmd_get_response },
	{ 0x00, 0xFF, 0xD0, VSC_CMD_CHANGES, "WRITE BINARY", vsc_cmd_write_binary },
	{ 0x00, 0xFF, 0xD1, VSC_CMD_CHANGES, "WRITE BINARY", vsc_cmd_write_binary },
	{ 0x00, 0xFF, 0xD2, VSC_CMD_CHANGES, "WRITE RECORD", vsc_cmd_write_record },
	{ 0x00, 0xFF, 0xD6, VSC_CMD_CHANGES, "UPDATE BINARY", vsc_cmd_update_binary },
	{ 0x00, 0xFF, 0xD7, VSC_CMD_CHANGES, "UPDATE BINARY", vsc_cmd_update_binary },
	{ 0x00, 0xFF, 0xDC, VSC_CMD_CHANGES, "UPDATE RECORD", vsc_cmd_update_record },
	{ 0x00, 0xFF, 0xDD, VSC_CMD_CHANGES, "UPDATE RECORD", vsc_cmd_update_record },
	{ 0x00, 0xFF, 0xE0, VSC_CMD_CHANGES, "CREATE FILE", vsc_cmd_create_file },
	{ 0x00, 0xFF, 0xE2, VSC_CMD_CHANGES, "APPEND RECORD", vsc_cmd_append_record },
	{ 0x00, 0xFF, 0xE4, VSC_CMD_CHANGES, "DELETE FILE", vsc_cmd_delete_file },
	{ 0x00, 0xFF, 0xE6, VSC_CMD_CHANGES, "TERMINATE DF", vsc_cmd_terminate_df },
	{ 0x00, 0xFF, 0xE8, VSC_CMD_CHANGES, "TERMINATE EF", vsc_cmd_terminate_ef },
	{ 0x00, 0xFF, 0xFE, VSC_CMD_CHANGES | VSC_CMD_NO_DATA, "TERMINATE CARD USAGE",
	    vsc_cmd_terminate_card },
};

VSC_CARD_TYPE(iso7816) = {
	.abi = VSC_CARD_ABI,
	.name = "iso7816",
	.summary = "generic smart card: ISO/IEC 7816-4, -8 and -9",
	.cmds = cmds,
	.ncmds = VSC_COUNT(cmds),
	.personalise = personalise,
	.atr = atr,
};

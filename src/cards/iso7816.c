/*
 * The generic ISO/IEC 7816-4, -8 and -9 card: what the standards describe and nothing else. The
 * base of most other types.
 */
#include "base/auto.h"
#include "card/auth.h"
#include "card/card.h"
#include "card/chain.h"
#include "card/cmd.h"
#include "card/fs.h"
#include "iso/tlv.h"

/*
 * What the card can, said in the ATR and in EF.ATR/INFO (12.1.1, 12.2.2). Card service data: DFs by
 * full and partial name, data objects in EF.DIR and EF.ATR, both read by READ BINARY, there is an
 * MF. Card capabilities: DFs by full and partial name, path and identifier; EFs by short
 * identifier, records by number and identifier; EFs of TLV structure, write is OR, data units of a
 * byte; chaining, extended length as EF.ATR says, channels assigned by either side, eight or more.
 */
#define SERVICE_DATA 0xF8
#define CAPABILITIES 0xF7, 0xC1, 0xFF

static void
atr(const struct vsc_card *card, struct vsc_out *out)
{
	/* T=0 and T=1 offered, as a PC/SC contactless card does: nothing to negotiate */
	struct vsc_atr fields = {
		.ts = 0x3B,
		.groups = { { .has_td = true, .td = 0x00 }, { .has_td = true, .td = 0x01 } },
		.ngroups = 2,
		.historical = { 0x80, 0x31, SERVICE_DATA, 0x73, CAPABILITIES, 0x81 },
		.nhistorical = 9,
	};

	/* 81: the card's life cycle status is its MF's */
	fields.historical[8] = vsc_card_life(card);
	vsc_atr_put(out, &fields);
}

/*
 * EF.ATR/INFO: card service data, pre-issuing data, card capabilities, and the longest command and
 * response, which a frame limits.
 */
static int
add_ef_atr(struct vsc_fs *fs)
{
	static const uint8_t capabilities[] = { CAPABILITIES };
	/* read always, update never, delete with a PIN: what the card says of itself stays true */
	static const uint8_t rule[] = { 0x8C, 0x04, 0x43, 0x10, 0xFF, 0x00 };
	static const uint8_t lengths[] = { 0x02, 0x03, 0x00, 0xFF, 0xFF, 0x02, 0x03, 0x00, 0xFF,
		0xFF };
	struct vsc_file_spec spec = { .fid = 0x2F01,
		.descriptor = VSC_FILE_TRANSPARENT,
		.sfi = 29,
		.security = VSC_SPAN_OF(rule) };
	uint8_t content[64];
	struct vsc_out out = vsc_out_from(content, sizeof(content));

	vsc_tlv_put_u8(&out, 0x43, SERVICE_DATA);
	vsc_tlv_put(&out, 0x46, vsc_span_str("vicc " VSC_VERSION));
	vsc_tlv_put(&out, 0x47, VSC_SPAN_OF(capabilities));
	vsc_tlv_put(&out, 0x7F66, VSC_SPAN_OF(lengths));
	spec.content = vsc_out_span(&out);
	return vsc_fs_add(fs, fs->mf, &spec, NULL);
}

/* The card's PIN, reference 01: 1234 as the predecessor had it; unblock code 12345678. */
static int
add_pin(struct vsc_card *card)
{
	struct vsc_pin spec = {
		.ref = 0x01,
		.flags = VSC_PIN_ENABLED | VSC_PIN_MAY_DISABLE,
		.min_len = 4,
		.max_len = 16,
		.max_tries = 3,
		.unblock_max = 10,
	};
	int rc;

	if ((rc = vsc_blob_set(&spec.value, vsc_span_str("1234"))) == 0 &&
	    (rc = vsc_blob_set(&spec.unblock, vsc_span_str("12345678"))) == 0)
		rc = vsc_pin_add(card, &spec, NULL);
	vsc_blob_free(&spec.value);
	vsc_blob_free(&spec.unblock);
	return rc;
}

/* A new card: an MF in creation state, in which no security attribute is enforced yet, with an
 * empty EF.DIR (12.2.1). */
static int
personalise(struct vsc_card *card, const struct vsc_params *params)
{
	static const struct vsc_file_spec mf = {
		.fid = VSC_FID_MF,
		.descriptor = VSC_FILE_DF,
		.life = VSC_LIFE_CREATION,
	};
	static const struct vsc_file_spec dir = {
		.fid = 0x2F00,
		.descriptor = VSC_FILE_TRANSPARENT,
		.sfi = 30,
		.size = 256,
	};
	struct vsc_fs *fs = vsc_card_fs(card);
	int rc;

	(void)params;
	if ((rc = vsc_fs_add(fs, NULL, &mf, NULL)) < 0 ||
	    (rc = vsc_fs_add(fs, fs->mf, &dir, NULL)) < 0)
		return rc;
	if ((rc = add_ef_atr(fs)) < 0)
		return rc;
	return add_pin(card);
}

/* changes tries, carries secrets */
#define PIN      (VSC_CMD_CHANGES | VSC_CMD_SECRET)
#define GENERATE (VSC_CMD_CHANGES | VSC_CMD_SLOW)
/* whatever is inside */
#define ENVELOPE (VSC_CMD_TRANSPORT | VSC_CMD_CHANGES | VSC_CMD_SLOW)

/* The commands, by instruction byte. */
static const struct vsc_cmd cmds[] = {
	/* cla  mask  ins   flags  name  run */
	{ 0x00, 0xFF, 0x04, VSC_CMD_CHANGES, "DEACTIVATE FILE", vsc_cmd_deactivate_file },
	{ 0x00, 0xFF, 0x06, VSC_CMD_CHANGES | VSC_CMD_NO_DATA, "DEACTIVATE RECORD",
	    vsc_cmd_deactivate_record },
	{ 0x00, 0xFF, 0x08, VSC_CMD_CHANGES | VSC_CMD_NO_DATA, "ACTIVATE RECORD",
	    vsc_cmd_activate_record },
	{ 0x00, 0xFF, 0x0C, VSC_CMD_CHANGES | VSC_CMD_NO_DATA, "ERASE RECORD",
	    vsc_cmd_erase_record },
	{ 0x00, 0xFF, 0x0E, VSC_CMD_CHANGES, "ERASE BINARY", vsc_cmd_erase_binary },
	{ 0x00, 0xFF, 0x0F, VSC_CMD_CHANGES, "ERASE BINARY", vsc_cmd_erase_binary },
	{ 0x00, 0xFF, 0x20, PIN, "VERIFY", vsc_cmd_verify },
	{ 0x00, 0xFF, 0x21, PIN, "VERIFY", vsc_cmd_verify },
	{ 0x00, 0xFF, 0x22, VSC_CMD_CHANGES, "MANAGE SECURITY ENVIRONMENT", vsc_cmd_mse },
	{ 0x00, 0xFF, 0x24, PIN, "CHANGE REFERENCE DATA", vsc_cmd_change_reference },
	{ 0x00, 0xFF, 0x25, PIN, "CHANGE REFERENCE DATA", vsc_cmd_change_reference },
	{ 0x00, 0xFF, 0x26, PIN, "DISABLE VERIFICATION REQUIREMENT", vsc_cmd_disable_verification },
	{ 0x00, 0xFF, 0x27, PIN, "DISABLE VERIFICATION REQUIREMENT", vsc_cmd_disable_verification },
	{ 0x00, 0xFF, 0x28, PIN, "ENABLE VERIFICATION REQUIREMENT", vsc_cmd_enable_verification },
	{ 0x00, 0xFF, 0x29, PIN, "ENABLE VERIFICATION REQUIREMENT", vsc_cmd_enable_verification },
	{ 0x00, 0xFF, 0x2A, VSC_CMD_CHANGES, "PERFORM SECURITY OPERATION", vsc_cmd_pso },
	{ 0x00, 0xFF, 0x2B, VSC_CMD_CHANGES, "PERFORM SECURITY OPERATION", vsc_cmd_pso },
	{ 0x00, 0xFF, 0x2C, PIN, "RESET RETRY COUNTER", vsc_cmd_reset_retry },
	{ 0x00, 0xFF, 0x2D, PIN, "RESET RETRY COUNTER", vsc_cmd_reset_retry },
	{ 0x00, 0xFF, 0x33, 0, "COMPARE", vsc_cmd_compare },
	{ 0x00, 0xFF, 0x34, 0, "GET ATTRIBUTE", vsc_cmd_get_attribute },
	{ 0x00, 0xFF, 0x35, 0, "GET ATTRIBUTE", vsc_cmd_get_attribute },
	{ 0x00, 0xFF, 0x44, VSC_CMD_CHANGES, "ACTIVATE FILE", vsc_cmd_activate_file },
	{ 0x00, 0xFF, 0x46, GENERATE, "GENERATE ASYMMETRIC KEY PAIR", vsc_cmd_generate_key },
	{ 0x00, 0xFF, 0x47, GENERATE, "GENERATE ASYMMETRIC KEY PAIR", vsc_cmd_generate_key },
	{ 0x00, 0xFF, 0x70, VSC_CMD_NO_DATA, "MANAGE CHANNEL", vsc_cmd_manage_channel },
	{ 0x00, 0xFF, 0x82, VSC_CMD_CHANGES, "EXTERNAL AUTHENTICATE",
	    vsc_cmd_external_authenticate },
	{ 0x00, 0xFF, 0x84, VSC_CMD_NO_DATA, "GET CHALLENGE", vsc_cmd_get_challenge },
	{ 0x00, 0xFF, 0x86, VSC_CMD_CHANGES, "GENERAL AUTHENTICATE", vsc_cmd_general_authenticate },
	{ 0x00, 0xFF, 0x87, VSC_CMD_CHANGES, "GENERAL AUTHENTICATE", vsc_cmd_general_authenticate },
	{ 0x00, 0xFF, 0x88, VSC_CMD_CHANGES, "INTERNAL AUTHENTICATE",
	    vsc_cmd_internal_authenticate },
	{ 0x00, 0xFF, 0xA0, 0, "SEARCH BINARY", vsc_cmd_search_binary },
	{ 0x00, 0xFF, 0xA1, 0, "SEARCH BINARY", vsc_cmd_search_binary },
	{ 0x00, 0xFF, 0xA2, 0, "SEARCH RECORD", vsc_cmd_search_record },
	{ 0x00, 0xFF, 0xA3, 0, "SEARCH RECORD", vsc_cmd_search_record },
	{ 0x00, 0xFF, 0xA4, VSC_CMD_ANY_LIFE, "SELECT", vsc_cmd_select },
	{ 0x00, 0xFF, 0xA5, 0, "SELECT DATA", vsc_cmd_select_data },
	{ 0x00, 0xFF, 0xB0, 0, "READ BINARY", vsc_cmd_read_binary },
	{ 0x00, 0xFF, 0xB1, 0, "READ BINARY", vsc_cmd_read_binary },
	{ 0x00, 0xFF, 0xB2, 0, "READ RECORD", vsc_cmd_read_record },
	{ 0x00, 0xFF, 0xB3, 0, "READ RECORD", vsc_cmd_read_record },
	{ 0x00, 0xFF, 0xC0, VSC_CMD_TRANSPORT | VSC_CMD_ANY_LIFE, "GET RESPONSE",
	    vsc_cmd_get_response },
	{ 0x00, 0xFF, 0xC2, ENVELOPE, "ENVELOPE", vsc_cmd_envelope },
	{ 0x00, 0xFF, 0xC3, ENVELOPE, "ENVELOPE", vsc_cmd_envelope },
	{ 0x00, 0xFF, 0xCA, 0, "GET DATA", vsc_cmd_get_data },
	{ 0x00, 0xFF, 0xCB, 0, "GET DATA", vsc_cmd_get_data },
	{ 0x00, 0xFF, 0xCC, 0, "GET NEXT DATA", vsc_cmd_get_data },
	{ 0x00, 0xFF, 0xCD, 0, "GET NEXT DATA", vsc_cmd_get_data },
	{ 0x00, 0xFF, 0xD0, VSC_CMD_CHANGES, "WRITE BINARY", vsc_cmd_write_binary },
	{ 0x00, 0xFF, 0xD1, VSC_CMD_CHANGES, "WRITE BINARY", vsc_cmd_write_binary },
	{ 0x00, 0xFF, 0xD2, VSC_CMD_CHANGES, "WRITE RECORD", vsc_cmd_write_record },
	{ 0x00, 0xFF, 0xD6, VSC_CMD_CHANGES, "UPDATE BINARY", vsc_cmd_update_binary },
	{ 0x00, 0xFF, 0xD7, VSC_CMD_CHANGES, "UPDATE BINARY", vsc_cmd_update_binary },
	{ 0x00, 0xFF, 0xD8, VSC_CMD_CHANGES, "PUT NEXT DATA", vsc_cmd_put_data },
	{ 0x00, 0xFF, 0xD9, VSC_CMD_CHANGES, "PUT NEXT DATA", vsc_cmd_put_data },
	{ 0x00, 0xFF, 0xDA, VSC_CMD_CHANGES, "PUT DATA", vsc_cmd_put_data },
	{ 0x00, 0xFF, 0xDB, VSC_CMD_CHANGES, "PUT DATA", vsc_cmd_put_data },
	{ 0x00, 0xFF, 0xDC, VSC_CMD_CHANGES, "UPDATE RECORD", vsc_cmd_update_record },
	{ 0x00, 0xFF, 0xDD, VSC_CMD_CHANGES, "UPDATE RECORD", vsc_cmd_update_record },
	{ 0x00, 0xFF, 0xDE, VSC_CMD_CHANGES, "UPDATE DATA", vsc_cmd_put_data },
	{ 0x00, 0xFF, 0xDF, VSC_CMD_CHANGES, "UPDATE DATA", vsc_cmd_put_data },
	{ 0x00, 0xFF, 0xE0, VSC_CMD_CHANGES, "CREATE FILE", vsc_cmd_create_file },
	{ 0x00, 0xFF, 0xE2, VSC_CMD_CHANGES, "APPEND RECORD", vsc_cmd_append_record },
	{ 0x00, 0xFF, 0xE4, VSC_CMD_CHANGES, "DELETE FILE", vsc_cmd_delete_file },
	{ 0x00, 0xFF, 0xE6, VSC_CMD_CHANGES, "TERMINATE DF", vsc_cmd_terminate_df },
	{ 0x00, 0xFF, 0xE8, VSC_CMD_CHANGES, "TERMINATE EF", vsc_cmd_terminate_ef },
	{ 0x00, 0xFF, 0xEE, VSC_CMD_CHANGES, "DELETE DATA", vsc_cmd_delete_data },
	{ 0x00, 0xFF, 0xFE, VSC_CMD_CHANGES | VSC_CMD_NO_DATA, "TERMINATE CARD USAGE",
	    vsc_cmd_terminate_card },
	{ 0x80, 0xFF, 0xDB, PIN, "PUT DATA (security objects)", vsc_cmd_put_security },
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

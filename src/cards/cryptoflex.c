/*
 * Schlumberger's Cryptoflex 32K, a card older than most of ISO/IEC 7816-4: the example of a type
 * that is derived from the ISO card and says only what differs. Files, reading, writing and records
 * are the base's; here are its other class bytes, its other answers, and commands of its own. What
 * is more than a few lines is in cryptoflex/. docs/cards/cryptoflex.md describes the card.
 */
#include "card/card.h"
#include "card/chain.h"
#include "card/cmd.h"
#include "cards/cryptoflex/flex.h"

extern const struct vsc_card_type vsc_card_cryptoflex;

#define CARD_SIZE 32000u /* for files, of the 32 KB */

struct flex_state *
flex_state(const struct vsc_card *card)
{
	return vsc_card_state(card, &vsc_card_cryptoflex);
}

/* 32K e-gate, the version with key generation; T=0. */
static void
atr(const struct vsc_card *card, struct vsc_out *out)
{
	static const struct vsc_atr fields = {
		.ts = 0x3B,
		.groups = { { .has_ta = true, .ta = 0x18, .has_td = true, .td = 0x00 },
		    { .has_tc = true, .tc = 0xFF } },
		.ngroups = 2,
		.historical = { 0x62, 0x04, 0x01, 0x01, 0x05 },
		.nhistorical = 5,
	};

	(void)card;
	vsc_atr_put(out, &fields);
}

/* --- A new card --- */

static int
add_file(struct vsc_card *card, uint16_t fid, const struct flex_attributes *attributes,
    struct vsc_span content)
{
	struct vsc_fs *fs = vsc_card_fs(card);
	uint8_t extra[2 + 7];
	struct vsc_out out = vsc_out_from(extra, sizeof(extra));
	bool is_mf = fs->mf == NULL;

	flex_attributes_put(&out, attributes);
	return vsc_fs_add(fs, fs->mf,
	    &(struct vsc_file_spec){ .fid = fid,
		.descriptor = is_mf ? VSC_FILE_DF : VSC_FILE_TRANSPARENT,
		.sfi = VSC_SFI_NONE,
		.size = is_mf ? CARD_SIZE : 0,
		.extra = vsc_out_span(&out),
		.content = content },
	    NULL);
}

/* As the card leaves its maker: a serial number, and the transport key AUT1 under which files are
 * made in the MF. */
static int
personalise(struct vsc_card *card, const struct vsc_params *params)
{
	static const struct flex_attributes mf = { 0xFF, { 0x00, 0x44, 0xFF },
		{ 0x00, 0x11, 0x00 } };
	static const struct flex_attributes read_only = { 0xFF, { 0x0F, 0xFF, 0xFF }, { 0, 0, 0 } };
	static const struct flex_attributes keys = { 0xFF, { 0xF4, 0xFF, 0x44 },
		{ 0x01, 0x00, 0x11 } };
	/* no AUT0; AUT1: DES, the published transport key, ten tries; no more */
	static const uint8_t aut[] = { 0x00, 0x01, 0x08, 0x00, 0x2C, 0x15, 0xE5, 0x26, 0xE9, 0x3E,
		0x8A, 0x19, 10, 10, 0x00 };
	uint8_t serial[8];
	int rc;

	(void)params;
	if ((rc = vsc_env_random(vsc_card_env(card), serial, sizeof(serial))) < 0 ||
	    (rc = add_file(card, VSC_FID_MF, &mf, VSC_SPAN_EMPTY)) < 0 ||
	    (rc = add_file(card, FLEX_FID_SERIAL, &read_only, VSC_SPAN_OF(serial))) < 0)
		return rc;
	return add_file(card, FLEX_FID_AUT_KEYS, &keys, VSC_SPAN_OF(aut));
}

/* --- State --- */

/* A reset forgets what was presented and how far the listing of files had come. */
static void
reset(struct vsc_card *card, enum vsc_reset how)
{
	struct flex_state *state = flex_state(card);

	(void)how;
	vsc_fill(state->proofs, 0, sizeof(state->proofs));
	state->listed = 0;
}

static void
release(struct vsc_card *card)
{
	struct flex_state *state = flex_state(card);

	vsc_blob_free(&state->block);
	vsc_key_free(state->key);
}

/* --- T=0 --- */

static vsc_sw
get_response(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	size_t left = vsc_card_pending(card);

	if (left > 0 && cmd->ne > left)
		return (vsc_sw)(VSC_SW_WRONG_LE | left);
	return vsc_cmd_get_response(card, cmd, out);
}

/* Le says exactly how many bytes there are, 00 is 256: otherwise the card tells how many it has. */
static vsc_sw
after(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out, vsc_sw sw)
{
	(void)card;
	if (cmd->data.len > 0 || out->len == 0 || out->len >= cmd->ne)
		return sw;
	return (vsc_sw)(VSC_SW_WRONG_LE | out->len);
}

/* --- Commands --- */

/* The base's rows are in other classes, in which this card has two commands only; and where the
 * base has short identifiers in P1, this card has an offset that no file reaches. */
static vsc_sw
before(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_cmd *row)
{
	flex_note_proofs(card);
	if (cmd->cla != 0xC0 && cmd->cla != 0xF0 && row->run != get_response &&
	    row->run != flex_internal_authenticate)
		return vsc_card_refuse(card, VSC_SW_CLA, "the class is C0 or F0");
	if ((cmd->ins == 0xB0 || cmd->ins == 0xD6) && cmd->p1 >= 0x80)
		return vsc_card_refuse(card, VSC_SW_OFFSET, "outside of the file");
	return VSC_SW_OK;
}

/* changes tries, carries secrets */
#define SECRET   (VSC_CMD_CHANGES | VSC_CMD_SECRET)
#define GENERATE (VSC_CMD_CHANGES | VSC_CMD_SLOW)

/* Handlers named vsc_cmd_* are the base's; flex_shielded calls others (shield.c). */
static const struct vsc_cmd cmds[] = {
	/* cla  mask  ins   flags  name  run */
	{ 0xC0, 0xFF, 0x20, SECRET, "VERIFY CHV", flex_verify_chv },
	{ 0xC0, 0xFF, 0x82, SECRET, "EXTERNAL AUTHENTICATE", flex_external_authenticate },
	{ 0xC0, 0xFF, 0x84, VSC_CMD_NO_DATA, "GET CHALLENGE", flex_get_challenge },
	{ 0x00, 0xFF, 0x88, VSC_CMD_SLOW, "INTERNAL AUTHENTICATE", flex_internal_authenticate },
	{ 0xC0, 0xFF, 0x88, VSC_CMD_SLOW, "INTERNAL AUTHENTICATE", flex_internal_authenticate },
	{ 0xC0, 0xFF, 0xA4, 0, "SELECT", flex_select },
	{ 0xC0, 0xFF, 0xB0, 0, "READ BINARY", vsc_cmd_read_binary },
	{ 0xC0, 0xFF, 0xB2, 0, "READ RECORD", flex_read_record },
	{ 0x00, 0xFF, 0xC0, VSC_CMD_TRANSPORT, "GET RESPONSE", get_response },
	{ 0xC0, 0xFF, 0xC0, VSC_CMD_TRANSPORT, "GET RESPONSE", get_response },
	{ 0xC0, 0xFF, 0xD6, VSC_CMD_CHANGES, "UPDATE BINARY", flex_shielded },
	{ 0xC0, 0xFF, 0xDC, VSC_CMD_CHANGES, "UPDATE RECORD", flex_shielded },
	{ 0xC0, 0xFF, 0xE2, VSC_CMD_CHANGES, "CREATE RECORD", flex_shielded },
	{ 0xF0, 0xFF, 0x04, VSC_CMD_CHANGES, "INVALIDATE", flex_shielded },
	{ 0xF0, 0xFF, 0x22, VSC_CMD_NO_DATA, "LOGOUT", flex_logout },
	{ 0xF0, 0xFF, 0x24, SECRET, "CHANGE CHV", flex_change_chv },
	{ 0xF0, 0xFF, 0x2A, SECRET, "VERIFY KEY", flex_verify_key },
	{ 0xF0, 0xFF, 0x2C, SECRET, "UNBLOCK CHV", flex_unblock_chv },
	{ 0xF0, 0xFF, 0x30, VSC_CMD_CHANGES, "DECREASE", flex_shielded },
	{ 0xF0, 0xFF, 0x32, VSC_CMD_CHANGES, "INCREASE", flex_shielded },
	{ 0xF0, 0xFF, 0x44, VSC_CMD_CHANGES, "REHABILITATE", flex_shielded },
	{ 0xF0, 0xFF, 0x46, GENERATE, "GENERATE", flex_generate_key },
	{ 0xF0, 0xFF, 0xA2, 0, "SEEK", flex_seek },
	{ 0xF0, 0xFF, 0xA8, VSC_CMD_NO_DATA, "DIR NEXT", flex_dir_next },
	{ 0xF0, 0xFF, 0xC4, VSC_CMD_NO_DATA, "GET AC KEYS", flex_get_ac_keys },
	{ 0xF0, 0xFF, 0xE0, VSC_CMD_CHANGES, "CREATE FILE", flex_shielded },
	{ 0xF0, 0xFF, 0xE4, VSC_CMD_CHANGES, "DELETE FILE", flex_shielded },
};

VSC_CARD_TYPE(cryptoflex) = {
	.abi = VSC_CARD_ABI,
	.name = "cryptoflex",
	.summary = "Cryptoflex 32K: RSA, PINs in files, T=0",
	.base = &vsc_card_iso7816,
	.cmds = cmds,
	.ncmds = VSC_COUNT(cmds),
	.state_size = sizeof(struct flex_state),
	.personalise = personalise,
	.release = release,
	.reset = reset,
	.undone = flex_undone,
	.atr = atr,
	.allows = flex_allows,
	.before = before,
	.after = after,
	.show = flex_show,
};

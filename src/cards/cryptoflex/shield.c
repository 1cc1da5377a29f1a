/*
 * Protected mode (conditions 3, 6, 7): a command proves by itself that who sent it has the key. It
 * ends in a cryptogram: the first six bytes of the challenge that the card gave last, encrypted
 * with the AUT key that the file's condition names.
 */
#include "card/cmd.h"
#include "cards/cryptoflex/flex.h"

/* What each changes, and the handler that does it. */
static const struct shielded {
	uint8_t ins;
	enum flex_right right;
	bool of_df;   /* of the current DF, else of the current EF */
	bool no_data; /* nothing but the cryptogram */
	vsc_cmd_fn *run;
} table[] = {
	{ 0x04, FLEX_INVALIDATE, false, true, vsc_cmd_deactivate_file },
	{ 0x30, FLEX_DECREASE, false, false, flex_decrease },
	{ 0x32, FLEX_INCREASE, false, false, flex_increase },
	{ 0x44, FLEX_REHABILITATE, false, true, vsc_cmd_activate_file },
	{ 0xD6, FLEX_UPDATE, false, false, vsc_cmd_update_binary },
	{ 0xDC, FLEX_UPDATE, false, false, flex_update_record },
	{ 0xE0, FLEX_CREATE, true, false, flex_create_file },
	{ 0xE2, FLEX_UPDATE, false, false, vsc_cmd_append_record },
	{ 0xE4, FLEX_DELETE, true, false, flex_delete_file },
};

static const struct shielded *
find(uint8_t ins)
{
	for (size_t i = 0; i < VSC_COUNT(table); i++)
		if (table[i].ins == ins)
			return &table[i];
	return NULL;
}

/* Judge the cryptogram, and leave in *plain what was sent before it. Without a cryptogram or a
 * challenge nothing is judged: no try is spent on a command that was not meant to be protected. */
static vsc_sw
open_shield(struct vsc_card *card, const struct vsc_file *file, uint8_t number,
    const struct vsc_apdu *cmd, struct vsc_apdu *plain)
{
	const struct vsc_file *df = vsc_file_is_df(file) ? file : file->parent;
	struct flex_secret key = flex_des_key(card, df, FLEX_FID_AUT_KEYS, number);
	size_t len = cmd->data.len;

	if (key.file == NULL)
		return vsc_card_refuse(
		    card, FLEX_SW_UNDEFINED, "no key AUT%u for protected mode", number);
	if (len < FLEX_CRYPTOGRAM_LEN || vsc_card_challenge(card).len < FLEX_DES_LEN)
		return vsc_card_refuse(card, VSC_SW_SECURITY,
		    "protected mode with AUT%u: a challenge of 8 bytes and a cryptogram of 6",
		    number);
	*plain = *cmd;
	plain->data = vsc_span_slice(cmd->data, 0, len - FLEX_CRYPTOGRAM_LEN);
	return flex_judge_cryptogram(
	    card, &key, vsc_span_slice(cmd->data, len - FLEX_CRYPTOGRAM_LEN, FLEX_CRYPTOGRAM_LEN));
}

static vsc_sw
run(struct vsc_card *card, const struct shielded *row, const struct vsc_apdu *cmd,
    struct vsc_out *out)
{
	if (!row->no_data)
		return row->run(card, cmd, out);
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (cmd->data.len != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "no data field expected");
	return row->run(card, cmd, out);
}

vsc_sw
flex_shielded(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct vsc_position *position = vsc_card_position(card);
	const struct shielded *row = find(cmd->ins);
	struct flex_state *state = flex_state(card);
	const struct vsc_file *file;
	struct vsc_apdu plain;
	uint8_t key;
	vsc_sw sw;

	if (row == NULL)
		return VSC_SW_INS;
	file = row->of_df || position->ef == NULL ? position->df : position->ef;
	if (!flex_is_shielded(file, row->right, &key))
		return run(card, row, cmd, out);
	if ((sw = open_shield(card, file, key, cmd, &plain)) != VSC_SW_OK)
		return sw;
	state->shielded = file->id;
	sw = run(card, row, &plain, out);
	state->shielded = 0;
	return sw;
}

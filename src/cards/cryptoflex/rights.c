/*
 * Access conditions: a nibble for each thing that can be done to a file, and another one with the
 * key number. LOGOUT forgets what they ask for.
 */
#include <stdio.h>

#include "cards/cryptoflex/flex.h"

/* What a nibble asks for: a CHV (0: none), a key that was presented, protected mode. F and the
 * nibbles that mean nothing are never allowed. */
static const struct condition {
	bool possible;
	uint8_t chv;
	bool aut, pro;
} conditions[16] = {
	[0x0] = { true, 0, false, false },
	[0x1] = { true, 1, false, false },
	[0x2] = { true, 2, false, false },
	[0x3] = { true, 0, false, true },
	[0x4] = { true, 0, true, false },
	[0x6] = { true, 1, false, true },
	[0x7] = { true, 2, false, true },
	[0x8] = { true, 1, true, false },
	[0x9] = { true, 2, true, false },
};

static uint8_t
nibble(const uint8_t bytes[3], enum flex_right right)
{
	uint8_t byte = bytes[right / 2];

	return right % 2 == 0 ? byte >> 4 : byte & 0x0F;
}

/* --- What was presented --- */

static bool
same(const struct flex_proof *a, const struct flex_proof *b)
{
	return a->file == b->file && a->number == b->number;
}

static bool
is_proven(struct vsc_card *card, struct flex_proof proof)
{
	const struct flex_state *state = flex_state(card);

	for (size_t i = 0; i < VSC_COUNT(state->proofs); i++)
		if (same(&state->proofs[i], &proof))
			return true;
	return false;
}

void
flex_unprove(struct vsc_card *card, struct flex_proof proof)
{
	struct flex_state *state = flex_state(card);

	for (size_t i = 0; i < VSC_COUNT(state->proofs); i++)
		if (same(&state->proofs[i], &proof))
			state->proofs[i] = (struct flex_proof){ 0, 0 };
}

/* One too many pushes the oldest out. */
void
flex_prove(struct vsc_card *card, struct flex_proof proof)
{
	struct flex_state *state = flex_state(card);

	flex_unprove(card, proof);
	for (size_t i = VSC_COUNT(state->proofs) - 1; i > 0; i--)
		state->proofs[i] = state->proofs[i - 1];
	state->proofs[0] = proof;
}

static void
copy_proofs(struct flex_proof to[FLEX_PROOFS], const struct flex_proof from[FLEX_PROOFS])
{
	for (size_t i = 0; i < FLEX_PROOFS; i++)
		to[i] = from[i];
}

void
flex_note_proofs(struct vsc_card *card)
{
	copy_proofs(flex_state(card)->noted, flex_state(card)->proofs);
}

void
flex_undone(struct vsc_card *card)
{
	copy_proofs(flex_state(card)->proofs, flex_state(card)->noted);
}

bool
flex_chv_proven(struct vsc_card *card, const struct vsc_file *df, uint8_t n)
{
	struct flex_secret pin = flex_chv_pin(card, df, n);

	return pin.file != NULL && is_proven(card, (struct flex_proof){ pin.file->id, 0 });
}

static bool
aut_proven(struct vsc_card *card, const struct vsc_file *df, uint8_t number)
{
	struct flex_secret key = flex_des_key(card, df, FLEX_FID_AUT_KEYS, number);

	return key.file != NULL && is_proven(card, (struct flex_proof){ key.file->id, number });
}

/* --- In words --- */

void
flex_condition_put(struct vsc_out *text, const struct vsc_file *file, enum flex_right right)
{
	struct flex_attributes attributes = flex_attributes_of(file);
	const struct condition *condition = &conditions[nibble(attributes.ac, right)];
	char words[32];

	if (!condition->possible)
		vsc_out_str(text, "never");
	else if (condition->chv == 0 && !condition->aut && !condition->pro)
		vsc_out_str(text, "always");
	if (condition->chv != 0)
		vsc_out_str(text, condition->chv == 1 ? "CHV1" : "CHV2");
	if (!condition->aut && !condition->pro)
		return;
	snprintf(words, sizeof(words), "%s%sAUT%u", condition->chv != 0 ? " and " : "",
	    condition->pro ? "protected mode with " : "", nibble(attributes.keys, right));
	vsc_out_str(text, words);
}

/* --- May it be done? --- */

bool
flex_is_shielded(const struct vsc_file *file, enum flex_right right, uint8_t *key)
{
	struct flex_attributes attributes = flex_attributes_of(file);

	*key = nibble(attributes.keys, right);
	return conditions[nibble(attributes.ac, right)].pro;
}

vsc_sw
flex_may(struct vsc_card *card, const struct vsc_file *file, enum flex_right right)
{
	const struct vsc_file *df = vsc_file_is_df(file) ? file : file->parent;
	struct flex_attributes attributes = flex_attributes_of(file);
	uint8_t ac = nibble(attributes.ac, right), key = nibble(attributes.keys, right);
	const struct condition *condition = &conditions[ac];

	if (!condition->possible)
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "file %04X: condition %X is never met", file->fid, ac);
	if (condition->chv != 0 && !flex_chv_proven(card, df, condition->chv))
		return vsc_card_refuse(card, VSC_SW_SECURITY, "file %04X: CHV%u was not presented",
		    file->fid, condition->chv);
	if (condition->pro && flex_state(card)->shielded != file->id)
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "file %04X: protected mode with AUT%u", file->fid, key);
	if (condition->aut && !aut_proven(card, df, key))
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "file %04X: AUT%u was not presented", file->fid, key);
	return VSC_SW_OK;
}

/* The ISO card's handlers ask this: their word for what they are about to do, ours for its right.
 * What is not listed is not restricted here, or is never allowed. */
vsc_sw
flex_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access)
{
	static const struct {
		enum vsc_access access;
		enum flex_right right;
	} rights[] = {
		{ VSC_ACCESS_READ, FLEX_READ },
		{ VSC_ACCESS_UPDATE, FLEX_UPDATE },
		{ VSC_ACCESS_APPEND, FLEX_UPDATE },
		{ VSC_ACCESS_CREATE_EF, FLEX_CREATE },
		{ VSC_ACCESS_CREATE_DF, FLEX_CREATE },
		{ VSC_ACCESS_DELETE_CHILD, FLEX_DELETE },
		{ VSC_ACCESS_ACTIVATE, FLEX_REHABILITATE },
		{ VSC_ACCESS_DEACTIVATE, FLEX_INVALIDATE },
	};

	if (access == VSC_ACCESS_SELECT)
		return VSC_SW_OK;
	for (size_t i = 0; i < VSC_COUNT(rights); i++)
		if (rights[i].access == access)
			return flex_may(card, file, rights[i].right);
	return VSC_SW_SECURITY;
}

/* P1: a bit for CHV1, CHV2 and the AUT keys; the proofs tell them apart by their file. */
vsc_sw
flex_logout(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct flex_state *state = flex_state(card);

	(void)out;
	if (cmd->p1 == 0 || cmd->p1 > 0x07 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 is 01 to 07, P2 00");
	for (size_t i = 0; i < VSC_COUNT(state->proofs); i++) {
		const struct vsc_file *file =
		    vsc_fs_by_id(vsc_card_fs(card), state->proofs[i].file);
		unsigned bit;

		if (file == NULL)
			continue;
		bit = file->fid == FLEX_FID_CHV1 ? 0x01 : file->fid == FLEX_FID_CHV2 ? 0x02 : 0x04;
		if ((cmd->p1 & bit) != 0)
			state->proofs[i] = (struct flex_proof){ 0, 0 };
	}
	return VSC_SW_OK;
}

/*
 * VERIFY CHV, CHANGE CHV, UNBLOCK CHV. A CHV file has 23 bytes:
 *	active | 2 bytes | PIN (8, filled up with 00) | tries | left |
 *	unblock code (8) | tries | left
 * It counts for its DF and all below, until another one lies nearer.
 */
#include "cards/cryptoflex/flex.h"

#define CHV_FILE 23u
#define CHV_LEN  8u
#define PIN_AT   3u
#define PUK_AT   13u

/* A file that was created but not written yet begins with 00: it does not count, so that a DF's own
 * CHV can be written under the one above it. */
static bool
is_active(const struct vsc_file *file)
{
	return vsc_file_structure(file) == VSC_FILE_TRANSPARENT && file->content.len >= CHV_FILE &&
	       file->content.ptr[0] != 0 && vsc_life_is(file, VSC_LIFE_ACTIVATED);
}

static struct vsc_file *
find_file(struct vsc_card *card, const struct vsc_file *df, uint8_t n)
{
	uint16_t fid = n == 1 ? FLEX_FID_CHV1 : FLEX_FID_CHV2;

	for (; df != NULL; df = df->parent) {
		struct vsc_file *file = vsc_fs_by_fid(vsc_card_fs(card), df, fid);

		if (file != NULL && is_active(file))
			return file;
	}
	return NULL;
}

struct flex_secret
flex_chv_pin(struct vsc_card *card, const struct vsc_file *df, uint8_t n)
{
	return (struct flex_secret){ find_file(card, df, n), PIN_AT, CHV_LEN };
}

struct flex_secret
flex_chv_puk(struct vsc_card *card, const struct vsc_file *df, uint8_t n)
{
	return (struct flex_secret){ find_file(card, df, n), PUK_AT, CHV_LEN };
}

/* P1 00, P2 the number; as many values of eight bytes as the command has. */
static vsc_sw
find_pin(struct vsc_card *card, const struct vsc_apdu *cmd, size_t values, struct flex_secret *pin)
{
	if (cmd->p1 != 0 || cmd->p2 < 1 || cmd->p2 > 2)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P2 is 01 or 02, P1 00");
	if (cmd->data.len != values * CHV_LEN)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "%zu values of 8 bytes", values);
	*pin = flex_chv_pin(card, vsc_card_position(card)->df, cmd->p2);
	if (pin->file == NULL)
		return vsc_card_refuse(card, FLEX_SW_UNDEFINED, "no CHV%u here or above", cmd->p2);
	return VSC_SW_OK;
}

static struct flex_proof
proof_of(const struct flex_secret *pin)
{
	return (struct flex_proof){ pin->file->id, 0 };
}

/* VERIFY and the first half of CHANGE. */
static vsc_sw
present(struct vsc_card *card, const struct flex_secret *pin, struct vsc_span given)
{
	vsc_sw sw;

	flex_unprove(card, proof_of(pin));
	sw = flex_secret_judge(card, pin, given, flex_secret_value(pin));
	if (sw == VSC_SW_OK)
		flex_prove(card, proof_of(pin));
	return sw;
}

vsc_sw
flex_verify_chv(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct flex_secret pin;
	vsc_sw sw;

	(void)out;
	if ((sw = find_pin(card, cmd, 1, &pin)) != VSC_SW_OK)
		return sw;
	return present(card, &pin, cmd->data);
}

vsc_sw
flex_change_chv(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct flex_secret pin;
	vsc_sw sw;

	(void)out;
	if ((sw = find_pin(card, cmd, 2, &pin)) != VSC_SW_OK)
		return sw;
	sw = present(card, &pin, vsc_span_slice(cmd->data, 0, CHV_LEN));
	if (sw != VSC_SW_OK)
		return sw;
	return flex_secret_set(card, &pin, vsc_span_slice(cmd->data, CHV_LEN, CHV_LEN));
}

/* The unblock code has tries of its own. The new PIN was not presented. */
vsc_sw
flex_unblock_chv(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct flex_secret pin, puk;
	vsc_sw sw;

	(void)out;
	if ((sw = find_pin(card, cmd, 2, &pin)) != VSC_SW_OK)
		return sw;
	puk = (struct flex_secret){ pin.file, PUK_AT, CHV_LEN };
	flex_unprove(card, proof_of(&pin));
	sw = flex_secret_judge(
	    card, &puk, vsc_span_slice(cmd->data, 0, CHV_LEN), flex_secret_value(&puk));
	if (sw != VSC_SW_OK)
		return sw;
	return flex_secret_set(card, &pin, vsc_span_slice(cmd->data, CHV_LEN, CHV_LEN));
}

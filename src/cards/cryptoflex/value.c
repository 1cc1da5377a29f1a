/*
 * INCREASE and DECREASE: a cyclic EF as a purse. The new value becomes its newest record; the
 * answer is that record and what was added or taken (as in ETSI TS 102 221 and GSM 11.11).
 */
#include "base/auto.h"
#include "card/ef.h"
#include "card/record.h"
#include "cards/cryptoflex/flex.h"

#define AMOUNT_LEN      3u
#define SW_OUT_OF_RANGE 0x9850u /* GSM 11.11 9.4.5: the value would pass its end */

/* Bytewise with carry or borrow, last byte first. false: the record cannot hold the result. */
static bool
change(uint8_t *value, size_t len, struct vsc_span amount, bool up)
{
	unsigned carry = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t *digit = &value[len - 1 - i];
		unsigned by = i < amount.len ? amount.ptr[amount.len - 1 - i] : 0;
		unsigned sum = up ? *digit + by + carry : *digit - by - carry;

		*digit = (uint8_t)sum;
		carry = sum > 0xFF;
	}
	for (size_t i = len; i < amount.len; i++)
		if (amount.ptr[amount.len - 1 - i] != 0)
			return false;
	return carry == 0;
}

static vsc_sw
move(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out, enum flex_right right)
{
	struct vsc_file *ef = vsc_card_position(card)->ef;
	VSC_AUTO_BLOB value = { NULL, 0 };
	struct vsc_span newest;
	vsc_sw sw;

	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (cmd->data.len != AMOUNT_LEN)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "an amount has three bytes");
	if (ef == NULL)
		return vsc_card_refuse(card, VSC_SW_NO_EF, "no EF is selected");
	if (vsc_file_structure(ef) != VSC_FILE_CYCLIC)
		return vsc_card_refuse(card, VSC_SW_INCOMPATIBLE_FILE, "the EF is not cyclic");
	if ((sw = vsc_file_in_use(card, ef)) != VSC_SW_OK ||
	    (sw = flex_may(card, ef, right)) != VSC_SW_OK)
		return sw;
	if (vsc_record_get(ef, 1, &newest) < 0)
		return vsc_card_refuse(card, VSC_SW_RECORD_NOT_FOUND, "the EF has no records");
	if (vsc_blob_set(&value, newest) < 0)
		return VSC_SW_INTERNAL;
	if (!change(value.ptr, value.len, cmd->data, right == FLEX_INCREASE))
		return vsc_card_refuse(card, SW_OUT_OF_RANGE, "the record cannot hold that");
	if (vsc_record_append(vsc_card_fs(card), ef, vsc_blob_span(&value)) < 0)
		return VSC_SW_MEMORY_FAILURE;
	/* GSM 11.11 8.8: the record that was written is number 1, and current */
	vsc_card_position(card)->record = 1;
	vsc_out_put(out, vsc_blob_span(&value));
	vsc_out_put(out, cmd->data);
	return VSC_SW_OK;
}

vsc_sw
flex_increase(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	return move(card, cmd, out, FLEX_INCREASE);
}

vsc_sw
flex_decrease(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	return move(card, cmd, out, FLEX_DECREASE);
}

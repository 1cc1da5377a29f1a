/*
 * READ and UPDATE RECORD, which mean a record by fewer ways than the ISO card's, and SEEK. P2: 00
 * first, 01 last, 02 next, 03 previous, whatever P1 is; 04 the one whose number P1 is, 00 the
 * current one.
 */
#include "card/address.h"
#include "card/cmd.h"
#include "card/ef.h"
#include "card/record.h"
#include "cards/cryptoflex/flex.h"

static vsc_sw
with_base(
    struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out, vsc_cmd_fn *handler)
{
	struct vsc_apdu iso = *cmd;

	if (cmd->p2 > VSC_BY_NUMBER)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P2 is 00 to 04");
	if (cmd->p2 < VSC_BY_NUMBER)
		iso.p1 = 0; /* there are no identifiers */
	return handler(card, &iso, out);
}

vsc_sw
flex_read_record(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	return with_base(card, cmd, out, vsc_cmd_read_record);
}

vsc_sw
flex_update_record(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	return with_base(card, cmd, out, vsc_cmd_update_record);
}

/* --- SEEK --- */

#define SEEK_FIRST 0x00u
#define SEEK_NEXT  0x02u

/* P1: where in a record the pattern must be, P2: begin with the first record or behind the current
 * one. What is found becomes the current record. */
vsc_sw
flex_seek(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_position *position = vsc_card_position(card);
	const struct vsc_file *ef = position->ef;
	struct vsc_span record;
	vsc_sw sw;

	(void)out;
	if (cmd->p2 != SEEK_FIRST && cmd->p2 != SEEK_NEXT)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P2 is 00 or 02");
	if (cmd->data.len == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "a pattern expected");
	if (ef == NULL)
		return vsc_card_refuse(card, VSC_SW_NO_EF, "no EF is selected");
	if ((sw = vsc_ef_check(card, ef, VSC_EF_RECORDS, VSC_ACCESS_READ)) != VSC_SW_OK)
		return sw;
	for (uint32_t n = cmd->p2 == SEEK_NEXT ? position->record + 1 : 1;
	     vsc_record_get(ef, n, &record) == 0; n++) {
		if (!vsc_span_eq(vsc_span_slice(record, cmd->p1, cmd->data.len), cmd->data))
			continue;
		position->record = n;
		return VSC_SW_OK;
	}
	return vsc_card_refuse(card, VSC_SW_RECORD_NOT_FOUND, "not found");
}

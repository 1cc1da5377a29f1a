/* Which record: see address.h. */
#include "card/address.h"

#include "card/ef.h"
#include "card/engine.h"
#include "card/record.h"

static bool
has_identifier(const struct vsc_file *ef, uint32_t number, uint8_t identifier)
{
	struct vsc_span record;

	if (vsc_record_get(ef, number, &record) < 0)
		return false;
	return identifier == 0 || vsc_record_identifier(ef, record) == identifier;
}

/* 7.3.4: without a current record, next means first and previous means last. */
uint32_t
vsc_record_find(const struct vsc_file *ef, uint8_t identifier, uint8_t mode, uint32_t current)
{
	uint32_t count = vsc_record_count(ef), n;

	if (mode == VSC_FIRST_RECORD || mode == VSC_NEXT_RECORD) {
		n = mode == VSC_FIRST_RECORD ? 1 : current + 1;
		while (n <= count && !has_identifier(ef, n, identifier))
			n++;
		return n <= count ? n : 0;
	}
	n = mode == VSC_LAST_RECORD || current == 0 ? count : current - 1;
	while (n > 0 && !has_identifier(ef, n, identifier))
		n--;
	return n;
}

vsc_sw
vsc_address_record(struct vsc_card *card, const struct vsc_apdu *cmd, enum vsc_access access,
    unsigned modes, struct vsc_address *at)
{
	bool appends;
	vsc_sw sw;

	at->mode = cmd->p2 & 0x07;
	if ((modes >> at->mode & 1) == 0 || cmd->p1 == 0xFF)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_P1P2, "P1 %02X, P2 mode %u", cmd->p1, at->mode);
	if ((sw = vsc_ef_open(card, cmd->p2 >> 3, VSC_EF_RECORDS, access, &at->ef)) != VSC_SW_OK)
		return sw;
	at->number = cmd->p1;
	if (at->mode < VSC_BY_NUMBER)
		at->number =
		    vsc_record_find(at->ef, cmd->p1, at->mode, vsc_card_position(card)->record);
	else if (cmd->p1 == 0)
		at->number = vsc_card_position(card)->record;
	if (vsc_record_get(at->ef, at->number, &at->record) == 0)
		return VSC_SW_OK;
	at->record = VSC_SPAN_EMPTY;
	appends = at->mode == VSC_PREVIOUS_RECORD && access != VSC_ACCESS_READ &&
		  vsc_file_structure(at->ef) >= VSC_FILE_CYCLIC;
	return appends ? VSC_SW_OK
		       : vsc_card_refuse(card, VSC_SW_RECORD_NOT_FOUND, "no such record");
}

void
vsc_address_keep(struct vsc_card *card, const struct vsc_address *at)
{
	if (at->mode < VSC_BY_NUMBER)
		vsc_card_position(card)->record = at->number;
}

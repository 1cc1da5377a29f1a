/* A session's life, and which protocol a MANAGE SECURITY ENVIRONMENT or GENERAL AUTHENTICATE is
 * for. */
#include "cards/eac/eac.h"

#include "cards/eac/eac_impl.h"
#include "iso/tlv.h"

#define CLA_CHAINED 0x10u
/* A chained GENERAL AUTHENTICATE: a sector key with 4096 bit parameters stays below. */
#define CHAINED_MAX 8192u

void
vsc_eac_init(struct vsc_eac *eac, const struct vsc_eac_setup *setup)
{
	vsc_eac_reset(eac);
	eac->setup = *setup;
}

void
vsc_eac_forget_selection(struct vsc_eac *eac)
{
	vsc_pace_free(eac->pace);
	eac->pace = NULL;
	eac->selected = VSC_EAC_NONE;
	vsc_blob_free(&eac->chained);
}

void
vsc_eac_reset(struct vsc_eac *eac)
{
	struct vsc_eac_setup setup = eac->setup;

	vsc_eac_forget_selection(eac);
	vsc_blob_free(&eac->id_picc);
	vsc_blob_free(&eac->terminal);
	vsc_blob_free(&eac->as_sent);
	vsc_ta_reset(&eac->ta);
	vsc_eac_contexts_free(eac);
	*eac = (struct vsc_eac){ .setup = setup };
}

vsc_sw
vsc_eac_interrupt(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd)
{
	/* GET RESPONSE fetches the rest of an answer: a key of a large group */
	if (cmd->ins == 0x86 || cmd->ins == 0xC0 || (eac->pace == NULL && eac->chained.len == 0))
		return VSC_SW_OK;
	vsc_eac_forget_selection(eac);
	return vsc_card_refuse(card, VSC_SW_LAST_EXPECTED,
	    "a chain of GENERAL AUTHENTICATE was not brought to its end");
}

uint64_t
vsc_eac_rights(const struct vsc_eac *eac)
{
	return vsc_ta_done(&eac->ta) ? vsc_ta_rights(&eac->ta) : 0;
}

uint64_t
vsc_eac_rights_of(const struct vsc_eac *eac, enum vsc_cvc_type type)
{
	return vsc_ta_done(&eac->ta) && eac->ta.setup.chat.type == type ? vsc_eac_rights(eac) : 0;
}

int
vsc_eac_set_id_picc(struct vsc_eac *eac, struct vsc_span id)
{
	return vsc_blob_set(&eac->id_picc, id);
}

/* The objects that MSE knows: where the value goes; whole: with tag and length. */
static const struct {
	uint32_t tag;
	unsigned has;
	size_t field;
	bool whole;
} objects[] = {
	{ 0x80, VSC_EAC_HAS_OID, offsetof(struct vsc_eac_mse, oid), false },
	{ 0x83, VSC_EAC_HAS_NAME, offsetof(struct vsc_eac_mse, name), false },
	{ 0x84, VSC_EAC_HAS_ID, offsetof(struct vsc_eac_mse, id), false },
	{ 0x7F4C, VSC_EAC_HAS_CHAT, offsetof(struct vsc_eac_mse, chat), false },
	{ 0x65, VSC_EAC_HAS_EXTENSIONS, offsetof(struct vsc_eac_mse, extensions), false },
	{ 0x67, VSC_EAC_HAS_AUX, offsetof(struct vsc_eac_mse, aux), true },
	{ 0x91, VSC_EAC_HAS_TERMINAL, offsetof(struct vsc_eac_mse, terminal), false },
	{ 0xE0, VSC_EAC_HAS_STORE, offsetof(struct vsc_eac_mse, context), false },
	{ 0xE1, VSC_EAC_HAS_RESTORE, offsetof(struct vsc_eac_mse, context), false },
};

static int
take_object(struct vsc_eac_mse *mse, const struct vsc_tlv *tlv)
{
	for (size_t i = 0; i < VSC_COUNT(objects); i++) {
		if (objects[i].tag != tlv->tag)
			continue;
		if ((mse->has & objects[i].has) != 0)
			return VSC_E_FORMAT;
		mse->has |= objects[i].has;
		*(struct vsc_span *)(void *)((char *)mse + objects[i].field) =
		    objects[i].whole ? tlv->whole : tlv->value;
		return 0;
	}
	return VSC_E_FORMAT;
}

static int
parse(struct vsc_span data, struct vsc_eac_mse *mse)
{
	struct vsc_in in = vsc_in_from(data);
	struct vsc_tlv tlv;
	int more;

	*mse = (struct vsc_eac_mse){ .has = 0 };
	while ((more = vsc_tlv_next(&in, &tlv)) == 1)
		if (take_object(mse, &tlv) < 0)
			return VSC_E_FORMAT;
	return more;
}

/* P1-P2 of MSE, the objects that must be there and those that may be. */
static const struct {
	uint8_t p1, p2;
	bool version_2; /* there is no such thing in version 1 */
	unsigned must, may;
	vsc_sw (*run)(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse);
} templates[] = {
	{ 0xC1, 0xA4, false, VSC_EAC_HAS_OID | VSC_EAC_HAS_NAME,
	    VSC_EAC_HAS_ID | VSC_EAC_HAS_CHAT | VSC_EAC_HAS_EXTENSIONS, vsc_eac_pace_select },
	{ 0x41, 0xA4, false, VSC_EAC_HAS_OID, VSC_EAC_HAS_ID | VSC_EAC_HAS_STORE,
	    vsc_eac_ca_select },
	{ 0x41, 0xA6, false, VSC_EAC_HAS_TERMINAL, VSC_EAC_HAS_ID, vsc_eac_ca_kat },
	{ 0x81, 0xB6, false, VSC_EAC_HAS_NAME, 0, vsc_eac_ta_issuer },
	{ 0x81, 0xA4, false, VSC_EAC_HAS_NAME,
	    VSC_EAC_HAS_OID | VSC_EAC_HAS_AUX | VSC_EAC_HAS_TERMINAL, vsc_eac_ta_key },
	{ 0x01, 0xA4, true, VSC_EAC_HAS_RESTORE, 0, vsc_eac_context_restore },
};

vsc_sw
vsc_eac_mse(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd,
    struct vsc_out *out, bool *mine)
{
	struct vsc_eac_mse mse;

	(void)out;
	*mine = false;
	for (size_t i = 0; i < VSC_COUNT(templates); i++) {
		if (templates[i].p1 != cmd->p1 || templates[i].p2 != cmd->p2 ||
		    (templates[i].version_2 && eac->setup.version != VSC_TA_2))
			continue;
		*mine = true;
		if (parse(cmd->data, &mse) < 0 ||
		    (mse.has & templates[i].must) != templates[i].must ||
		    (mse.has & ~(templates[i].must | templates[i].may)) != 0)
			return vsc_card_refuse(
			    card, VSC_SW_WRONG_DATA, "not the objects this template is made of");
		return templates[i].run(card, eac, &mse);
	}
	return VSC_SW_WRONG_P1P2;
}

/* A long key in short commands (ISO/IEC 7816-4:2020 5.3.3). 9000 and *whole: that was the last. */
static vsc_sw
collect(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd, bool *whole)
{
	*whole = (cmd->cla & CLA_CHAINED) == 0;
	if (eac->chained.len + cmd->data.len > CHAINED_MAX) {
		vsc_eac_forget_selection(eac);
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "the chain is too long");
	}
	return vsc_blob_append(&eac->chained, cmd->data) < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

vsc_sw
vsc_eac_general_authenticate(
    struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	enum vsc_eac_selected selected = eac->selected;
	bool whole;
	vsc_sw sw;

	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (selected == VSC_EAC_PACE)
		return vsc_eac_pace_step(card, eac, cmd, out);
	if (selected == VSC_EAC_NONE)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "no protocol was chosen by MSE");
	if ((sw = collect(card, eac, cmd, &whole)) != VSC_SW_OK || !whole)
		return sw;
	sw = selected == VSC_EAC_CA ? vsc_eac_ca_run(card, eac, vsc_blob_span(&eac->chained), out)
				    : vsc_eac_ri_run(card, eac, vsc_blob_span(&eac->chained), out);
	vsc_blob_free(&eac->chained);
	return sw;
}

/*
 * The contact interface, the contactless one (--contactless), and the virtual contact interface: a
 * session of secure messaging over the contactless one, with the pairing code if the card asks for
 * it (SP 800-73-4 part 1, 5.5). What there is on which is in part 2 table 2, for commands; for keys
 * in part 1 table 4b.
 */
#include "cards/piv/piv.h"

#include "card/sm.h"
#include "iso/tlv.h"

#define PAIRING_LEN 8
#define TAG_PAIRING 0x99u

enum piv_vci
piv_vci_policy(const struct vsc_card *card)
{
	struct vsc_span policy = piv_attr(card, "vci");

	return policy.len == 1 ? (enum piv_vci)policy.ptr[0] : PIV_VCI_NONE;
}

/* Is the command under way a protected one? */
static bool
is_protected(struct vsc_card *card)
{
	return vsc_card_sm(card)->busy;
}

vsc_sw
piv_contact(struct vsc_card *card)
{
	const struct piv *piv = piv_state(card);
	enum piv_vci policy = piv_vci_policy(card);

	if (!piv->contactless || (is_protected(card) && policy == PIV_VCI_FREE) ||
	    (is_protected(card) && policy == PIV_VCI_PAIRING && piv->paired))
		return VSC_SW_OK;
	return vsc_card_refuse(card, VSC_SW_SECURITY,
	    policy == PIV_VCI_NONE ? "not over the contactless interface"
				   : "only over the contact interface or the virtual one");
}

/* The code in the object; empty: none. */
static struct vsc_span
pairing_code(const struct vsc_card *card)
{
	struct vsc_span object, code;

	if (piv_object_get(card, PIV_OBJECT_PAIRING, &object) < 0 ||
	    vsc_tlv_find(object, TAG_PAIRING, &code) < 0 || code.len != PAIRING_LEN)
		return VSC_SPAN_EMPTY;
	return code;
}

/* Part 2, 3.2.1: no tries are counted; over the contactless interface it has to be protected. */
vsc_sw
piv_verify_pairing(struct vsc_card *card, const struct vsc_apdu *cmd)
{
	struct piv *piv = piv_state(card);
	struct vsc_span code = pairing_code(card);
	bool was = piv->paired;

	if (piv_vci_policy(card) != PIV_VCI_PAIRING || code.len == 0)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "there is no pairing code on this card");
	if (piv->contactless && !is_protected(card))
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "the pairing code comes under secure messaging");
	if (cmd->p1 == 0x00 && cmd->data.len == 0)
		return was ? VSC_SW_OK : VSC_SW_AUTH_FAILED;
	piv->paired = false;
	if (cmd->p1 == 0xFF)
		return cmd->data.len == 0
			   ? VSC_SW_OK
			   : vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no data field with P1 FF");
	if (cmd->data.len != PAIRING_LEN) {
		piv->paired = was;
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "a pairing code has eight digits");
	}
	if (!vsc_span_eq_ct(cmd->data, code))
		return vsc_card_refuse(card, VSC_SW_AUTH_FAILED, "not the pairing code");
	piv->paired = true;
	return VSC_SW_OK;
}

/* Part 2 table 2: RESET RETRY COUNTER, GENERATE, PUT DATA; and Yubico's, which change the card. */
static const uint8_t contact_only[] = { 0x2C, 0x47, 0xDB, 0xF6, 0xF9, 0xFA, 0xFB, 0xFE, 0xFF };

vsc_sw
piv_before(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_cmd *row)
{
	if (!piv_state(card)->contactless)
		return VSC_SW_OK;
	for (size_t i = 0; i < sizeof(contact_only); i++)
		if (contact_only[i] == cmd->ins)
			return vsc_card_refuse(card, VSC_SW_FUNCTION,
			    "%s is not for the contactless interface", row->name);
	return VSC_SW_OK;
}

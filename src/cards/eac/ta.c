/* Terminal authentication's commands (TR-03110-3 B.3): who the terminal is, and what it may do. */
#include "cards/eac/eac_impl.h"

/* Version 2 comes after PACE with a CHAT, version 1 after chip authentication; both once. */
static bool
possible(struct vsc_card *card, const struct vsc_eac *eac)
{
	bool there = eac->setup.version == VSC_TA_2 ? eac->has_chat : eac->ca_done;

	return vsc_eac_protected(card) && eac->setup.trust != NULL && there;
}

/* Passports answer a step out of order with 6985. */
static vsc_sw
demand(struct vsc_card *card, const struct vsc_eac *eac)
{
	vsc_sw sw = eac->setup.version == VSC_TA_1 ? VSC_SW_CONDITIONS : VSC_SW_SECURITY;

	if (!possible(card, eac))
		return vsc_card_refuse(card, sw, "terminal authentication is not possible now");
	if (vsc_ta_done(&eac->ta))
		return vsc_card_refuse(card, sw, "the terminal has authenticated itself already");
	return VSC_SW_OK;
}

vsc_sw
vsc_eac_ta_issuer(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse)
{
	vsc_sw sw = demand(card, eac);

	if (sw != VSC_SW_OK)
		return sw;
	if (vsc_ta_set_issuer(&eac->ta, mse->name) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no certificate of this reference is known");
	return VSC_SW_OK;
}

/* Status words of VERIFY CERTIFICATE; what is not here is 6984 (B.3.2), on a passport 6300. */
static const struct {
	int err;
	vsc_sw sw;
} refusals[] = {
	{ VSC_E_STATE, VSC_SW_CONDITIONS },
	{ VSC_E_NOT_FOUND, VSC_SW_REFERENCE_NOT_FOUND },
	{ VSC_E_NOMEM, VSC_SW_INTERNAL },
	{ VSC_E_CRYPTO, VSC_SW_INTERNAL },
};

static vsc_sw
refusal(const struct vsc_eac *eac, int err)
{
	for (size_t i = 0; i < VSC_COUNT(refusals); i++)
		if (refusals[i].err == err)
			return refusals[i].sw;
	return eac->setup.version == VSC_TA_1 ? VSC_SW_AUTH_FAILED : VSC_SW_REFERENCE_UNUSABLE;
}

vsc_sw
vsc_eac_verify_certificate(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd)
{
	bool changed = false;
	vsc_sw sw = demand(card, eac);
	int err;

	if (sw != VSC_SW_OK)
		return sw;
	err = vsc_ta_verify_certificate(&eac->ta, cmd->data, &changed);
	if (changed && eac->setup.hooks->trust_changed != NULL &&
	    eac->setup.hooks->trust_changed(card) < 0)
		return VSC_SW_MEMORY_FAILURE;
	if (err < 0)
		return vsc_card_refuse(
		    card, refusal(eac, err), "certificate: %s", vsc_err_text(err));
	return VSC_SW_OK;
}

vsc_sw
vsc_eac_ta_key(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse)
{
	vsc_sw sw = demand(card, eac);
	int err;

	if (sw != VSC_SW_OK)
		return sw;
	err = vsc_ta_set_key(&eac->ta, mse->oid, mse->name, mse->terminal, mse->aux);
	if (err == VSC_E_NOT_FOUND)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND,
		    "no terminal's certificate of this reference was verified");
	if (err == VSC_E_NOMEM)
		return VSC_SW_INTERNAL;
	return err < 0 ? vsc_card_refuse(
			     card, VSC_SW_WRONG_DATA, "algorithm, key or auxiliary data do not fit")
		       : VSC_SW_OK;
}

/* What both commands of the proof begin with; *mine: it is for terminal authentication at all. */
static vsc_sw
begin(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd, bool *mine)
{
	vsc_sw sw;

	*mine = eac->setup.version == VSC_TA_2 || possible(card, eac);
	if (!*mine)
		return VSC_SW_CONDITIONS;
	if ((sw = demand(card, eac)) != VSC_SW_OK)
		return sw;
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	return VSC_SW_OK;
}

vsc_sw
vsc_eac_get_challenge(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd,
    struct vsc_out *out, bool *mine)
{
	uint8_t challenge[VSC_TA_CHALLENGE_LEN];
	vsc_sw sw;

	if ((sw = begin(card, eac, cmd, mine)) != VSC_SW_OK)
		return sw;
	if (cmd->ne != VSC_TA_CHALLENGE_LEN && cmd->ne != VSC_NE_SHORT_MAX &&
	    cmd->ne != VSC_NE_EXTENDED_MAX)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "a challenge has eight bytes");
	if (vsc_ta_challenge(&eac->ta, challenge) < 0)
		return VSC_SW_INTERNAL;
	vsc_out_put(out, VSC_SPAN_OF(challenge));
	return VSC_SW_OK;
}

/* TR-03110-2 3.3.2: in one session no terminal authenticates itself twice, in no context. */
static vsc_sw
remember(struct vsc_card *card, struct vsc_eac *eac)
{
	struct vsc_span key = vsc_ta_fingerprint(&eac->ta);
	int err = 0;

	if (eac->setup.version == VSC_TA_1)
		return VSC_SW_OK;
	if (!vsc_eac_terminal_known(eac, key) && (err = vsc_eac_terminal_remember(eac, key)) == 0)
		return VSC_SW_OK;
	vsc_eac_ta_begin(card, eac);
	if (err == VSC_E_NOMEM)
		return VSC_SW_INTERNAL;
	return vsc_card_refuse(card, VSC_SW_SECURITY, "%s",
	    err == 0 ? "this terminal was here before in this session"
		     : "too many terminals in one session");
}

vsc_sw
vsc_eac_external_authenticate(
    struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd, bool *mine)
{
	vsc_sw sw;
	int err;

	if ((sw = begin(card, eac, cmd, mine)) != VSC_SW_OK)
		return sw;
	err = vsc_ta_authenticate(
	    &eac->ta, vsc_blob_span(&eac->id_picc), vsc_blob_span(&eac->terminal), cmd->data);
	if (err == VSC_E_STATE)
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "no key was set, or no challenge is open");
	if (err == VSC_E_NOMEM || err == VSC_E_CRYPTO)
		return VSC_SW_INTERNAL;
	if (err < 0)
		return vsc_card_refuse(card, VSC_SW_AUTH_FAILED, "wrong signature");
	return remember(card, eac);
}

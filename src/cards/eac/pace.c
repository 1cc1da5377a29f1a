/* PACE's commands (TR-03110-3 B.1): MSE:Set AT and the four GENERAL AUTHENTICATEs. */
#include "base/auto.h"
#include "cards/eac/eac_impl.h"
#include "iso/tlv.h"

#define CLA_CHAINED 0x10u

/* The PACEInfo that the command means. *known: the protocol is one of this card's. */
static const struct vsc_eac_pace *
find_row(const struct vsc_eac_setup *setup, const struct vsc_eac_mse *mse, bool *known)
{
	*known = false;
	for (size_t i = 0; i < setup->npace; i++) {
		const struct vsc_eac_pace *row = &setup->pace[i];

		if (!vsc_span_eq(row->alg->oid, mse->oid))
			continue;
		*known = true;
		if ((mse->has & VSC_EAC_HAS_ID) == 0 ||
		    (mse->id.len == 1 && row->param_id == mse->id.ptr[0]))
			return row;
	}
	return NULL;
}

static vsc_sw
read_password(struct vsc_card *card, const struct vsc_eac *eac, const struct vsc_eac_mse *mse)
{
	VSC_AUTO_BLOB secret = { NULL, 0 };

	if (mse->name.len != 1)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "83 must be one byte");
	if (eac->setup.hooks->secret(card, mse->name.ptr[0], &secret) < 0)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND,
		    "no password with reference %02X", mse->name.ptr[0]);
	return VSC_SW_OK;
}

/* What passports and terminals of version 1 send in 7F4C means nothing to them. */
static vsc_sw
read_chat(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse)
{
	eac->wanted_has_chat = (mse->has & VSC_EAC_HAS_CHAT) != 0 && eac->setup.version == VSC_TA_2;
	/* B.14.1: authorization extensions, of which this card knows none */
	if (eac->setup.version == VSC_TA_2 && vsc_cvc_check_extensions(mse->extensions) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "the certificate extensions cannot be read");
	if (!eac->wanted_has_chat)
		return VSC_SW_OK;
	if (vsc_chat_parse(mse->chat, &eac->wanted_chat) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "the CHAT cannot be read");
	return VSC_SW_OK;
}

vsc_sw
vsc_eac_pace_select(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse)
{
	const struct vsc_eac_pace *row;
	vsc_sw sw;
	bool known;

	vsc_eac_forget_selection(eac);
	row = find_row(&eac->setup, mse, &known);
	if (!known)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no such protocol of PACE here");
	if ((sw = read_password(card, eac, mse)) != VSC_SW_OK)
		return sw;
	if (row == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no domain parameters of this number");
	if ((sw = read_chat(card, eac, mse)) != VSC_SW_OK)
		return sw;
	eac->wanted = mse->name.ptr[0];
	if (eac->setup.hooks->may_open != NULL)
		sw = eac->setup.hooks->may_open(
		    card, eac->wanted, eac->wanted_has_chat ? &eac->wanted_chat : NULL);
	if (!vsc_sw_is_processed(sw))
		return sw;
	eac->pace_row = row;
	eac->selected = VSC_EAC_PACE;
	return sw;
}

static vsc_sw
start(struct vsc_card *card, struct vsc_eac *eac)
{
	const struct vsc_eac_setup *setup = &eac->setup;
	VSC_AUTO_BLOB secret = { NULL, 0 };
	struct vsc_pace_setup run = { .alg = eac->pace_row->alg,
		.group = eac->pace_row->group,
		.cam_key = eac->pace_row->cam_key };
	vsc_sw sw = VSC_SW_OK;

	if (setup->hooks->may_try != NULL)
		sw = setup->hooks->may_try(card, eac->wanted);
	if (sw != VSC_SW_OK)
		return sw;
	if (setup->hooks->secret(card, eac->wanted, &secret) < 0)
		return VSC_SW_INTERNAL;
	run.password = vsc_blob_span(&secret);
	if (eac->wanted_has_chat && setup->trust != NULL) {
		run.car = vsc_trust_car(setup->trust, eac->wanted_chat.type, 0);
		run.previous_car = vsc_trust_car(setup->trust, eac->wanted_chat.type, 1);
	}
	return vsc_pace_new(&eac->pace, &run, vsc_card_env(card)) < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

void
vsc_eac_ta_begin(struct vsc_card *card, struct vsc_eac *eac)
{
	const struct vsc_ta_setup ta = { .version = VSC_TA_2,
		.trust = eac->setup.trust,
		.env = vsc_card_env(card),
		.chat = eac->chat,
		.ignore_dates = eac->setup.ignore_dates };

	vsc_ta_reset(&eac->ta);
	if (eac->has_chat && eac->setup.trust != NULL && eac->setup.version == VSC_TA_2)
		vsc_ta_start(&eac->ta, &ta);
}

/* The session is the one that PACE has agreed on, with nothing of an earlier one. */
static vsc_sw
open_session(struct vsc_card *card, struct vsc_eac *eac)
{
	const struct vsc_session_keys *keys = vsc_pace_keys(eac->pace);

	if (vsc_sm_start(vsc_card_sm(card), keys->suite, vsc_blob_span(&keys->enc),
		vsc_blob_span(&keys->mac), VSC_SPAN_EMPTY, eac->setup.sm_flags) < 0 ||
	    vsc_blob_set(&eac->id_picc, vsc_pace_id_picc(eac->pace)) < 0)
		return VSC_SW_INTERNAL;
	vsc_blob_free(&eac->terminal);
	vsc_blob_free(&eac->as_sent);
	vsc_eac_contexts_free(eac);
	eac->ca_done = eac->privileged = false;
	eac->password = eac->wanted;
	eac->has_chat = eac->wanted_has_chat;
	eac->chat = eac->wanted_chat;
	eac->context = VSC_EAC_DEFAULT;
	vsc_eac_ta_begin(card, eac);
	return VSC_SW_OK;
}

static vsc_sw
judged(struct vsc_card *card, struct vsc_eac *eac, bool right)
{
	if (eac->setup.hooks->judged != NULL)
		return eac->setup.hooks->judged(card, eac->wanted, right);
	return right ? VSC_SW_OK : VSC_SW_AUTH_FAILED;
}

/* A try is spent and saved before the token is looked at; a command that holds none costs none. */
static vsc_sw
take_token(
    struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	static const uint32_t path[] = { 0x7C, 0x85, 0 };
	struct vsc_span token;
	vsc_sw sw = VSC_SW_OK;

	if (vsc_tlv_find_path(cmd->data, path, &token) < 0 || token.len != VSC_SUITE_MAC_LEN)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no token");
	if (eac->setup.hooks->spend != NULL)
		sw = eac->setup.hooks->spend(card, eac->wanted);
	if (sw != VSC_SW_OK)
		return sw;
	if (vsc_pace_step(eac->pace, cmd->data, out) < 0)
		return vsc_card_refuse(
		    card, judged(card, eac, false), "wrong token: password %u", eac->wanted);
	if ((sw = judged(card, eac, true)) == VSC_SW_OK)
		sw = open_session(card, eac);
	return sw;
}

/* TR-03110-3 B.13.3: the end of the chain is expected, and this is not marked as such: 6883. A
 * passport's 6985 is for a command that is another step's in class byte and object alike. */
static vsc_sw
wrong_class(struct vsc_card *card, const struct vsc_eac *eac, struct vsc_span data, bool last)
{
	struct vsc_span dynamic, token;
	bool decodes = vsc_tlv_only(data, 0x7C, &dynamic) == 0;
	bool has_token = decodes && vsc_tlv_find(dynamic, 0x85, &token) == 0;

	if (eac->setup.version == VSC_TA_2 && !last)
		return vsc_card_refuse(
		    card, VSC_SW_LAST_EXPECTED, "PACE: the token ends the chain");
	if (eac->setup.version == VSC_TA_1 && decodes && has_token == last)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "PACE: not this step's turn");
	return vsc_card_refuse(
	    card, VSC_SW_WRONG_DATA, "bit 5 of the class byte does not fit this step");
}

static vsc_sw
step(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	bool last = (cmd->cla & CLA_CHAINED) == 0;
	vsc_sw sw;
	int err;

	if (eac->pace == NULL && (sw = start(card, eac)) != VSC_SW_OK)
		return sw;
	if (last != vsc_pace_expects_token(eac->pace))
		return wrong_class(card, eac, cmd->data, last);
	if (last)
		return take_token(card, eac, cmd, out);
	err = vsc_pace_step(eac->pace, cmd->data, out);
	if (err == VSC_E_CRYPTO || err == VSC_E_NOMEM || err == VSC_E_SPACE)
		return VSC_SW_INTERNAL;
	/* an object of another step; identity cards call that wrong data, as their readers expect
	 */
	if (err == VSC_E_STATE && eac->setup.version == VSC_TA_1)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "PACE: not this step's turn");
	return err < 0 ? vsc_card_refuse(card, VSC_SW_WRONG_DATA, "PACE: %s", vsc_err_text(err))
		       : VSC_SW_OK;
}

vsc_sw
vsc_eac_pace_step(
    struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	vsc_sw sw = step(card, eac, cmd, out);

	if (sw != VSC_SW_OK || vsc_pace_done(eac->pace))
		vsc_eac_forget_selection(eac);
	return sw;
}

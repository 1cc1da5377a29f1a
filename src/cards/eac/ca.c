/* Chip authentication's commands, version 1 and 2 (TR-03110-3 B.2), and the choice of a key for
 * restricted identification, which shares its MSE. */
#include "cards/eac/eac_impl.h"

#define RIGHT_PRIVILEGED 3u /* of an authentication terminal: TR-03110-4 2.2.3.2 */

/* Within a session, but where nobody has to be let in. */
static bool
may_run(struct vsc_card *card, const struct vsc_eac *eac)
{
	return vsc_eac_protected(card) || eac->setup.plain_ca;
}

static bool
id_matches(const struct vsc_eac_mse *mse, int key_id)
{
	if ((mse->has & VSC_EAC_HAS_ID) == 0)
		return true;
	return mse->id.len == 1 && mse->id.ptr[0] == key_id;
}

static bool
select_ca(struct vsc_eac *eac, const struct vsc_eac_mse *mse)
{
	for (size_t i = 0; i < eac->setup.nca; i++) {
		const struct vsc_eac_ca *row = &eac->setup.ca[i];

		if (!vsc_span_eq(row->alg->oid, mse->oid) || !id_matches(mse, row->key_id))
			continue;
		eac->ca_row = row;
		eac->selected = VSC_EAC_CA;
		return true;
	}
	return false;
}

static bool
select_ri(struct vsc_eac *eac, const struct vsc_eac_mse *mse)
{
	for (size_t i = 0; i < eac->setup.nri; i++) {
		const struct vsc_eac_ri *row = &eac->setup.ri[i];

		if (!vsc_span_eq(row->alg->oid, mse->oid) || !id_matches(mse, row->key_id))
			continue;
		eac->ri_row = row;
		eac->selected = VSC_EAC_RI;
		return true;
	}
	return false;
}

vsc_sw
vsc_eac_ca_select(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse)
{
	vsc_eac_forget_selection(eac);
	if (!may_run(card, eac))
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "chip authentication needs a session");
	if (vsc_ca_alg_find(mse->oid) == NULL && vsc_ri_alg_find(mse->oid) == NULL)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "not a protocol with a key");
	/* TR-03110-3 B.14.1: a context's number is for chip authentication 2 only */
	if (vsc_eac_context_number(mse, &eac->next_context) < 0 ||
	    (eac->next_context != VSC_EAC_VOLATILE &&
		(eac->setup.version != VSC_TA_2 || vsc_ca_alg_find(mse->oid) == NULL)))
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "E0: not a number of a context");
	if (!select_ca(eac, mse) && !select_ri(eac, mse))
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no key of this number for this protocol");
	return VSC_SW_OK;
}

static vsc_sw
start_session(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_session_keys *keys)
{
	if (vsc_sm_start(vsc_card_sm(card), keys->suite, vsc_blob_span(&keys->enc),
		vsc_blob_span(&keys->mac), VSC_SPAN_EMPTY, eac->setup.sm_flags) < 0)
		return VSC_SW_INTERNAL;
	eac->ca_done = true;
	return VSC_SW_OK;
}

static vsc_sw
refusal(struct vsc_card *card, int err)
{
	if (err == VSC_E_NOMEM || err == VSC_E_CRYPTO)
		return VSC_SW_INTERNAL;
	if (err == VSC_E_VERIFY)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_UNUSABLE, "not the key of terminal authentication");
	return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "the terminal's key is not in the group");
}

/* Terminal authentication version 1 may follow, for an inspection system. */
static vsc_sw
run_1(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_ca *row,
    struct vsc_span terminal_key)
{
	struct vsc_ta_setup ta = { .version = VSC_TA_1,
		.trust = eac->setup.trust,
		.env = vsc_card_env(card),
		.chat = { VSC_CVC_IS, VSC_CVC_TERMINAL, vsc_chat_all_rights(VSC_CVC_IS) },
		.ignore_dates = eac->setup.ignore_dates };
	struct vsc_ca_result result = { .nonce = { 0 } };
	vsc_sw sw;
	int err;

	err = vsc_ca_run_1(row->alg, row->key, terminal_key, &result);
	if (err < 0)
		return refusal(card, err);
	sw = start_session(card, eac, &result.keys);
	if (vsc_blob_set(&eac->terminal, vsc_blob_span(&result.terminal_key)) < 0)
		sw = VSC_SW_INTERNAL;
	vsc_blob_free(&eac->as_sent);
	eac->as_sent = result.as_sent;
	result.as_sent = (struct vsc_blob){ NULL, 0 };
	ta.as_sent = vsc_blob_span(&eac->as_sent);
	vsc_ta_start(&eac->ta, &ta);
	vsc_ca_result_free(&result);
	return sw;
}

/* A privileged terminals' key would tell one document from others. */
static bool
may_use(const struct vsc_eac *eac, const struct vsc_eac_ca *row)
{
	return !row->privileged || eac->ta.setup.chat.type == VSC_CVC_IS ||
	       (vsc_eac_rights_of(eac, VSC_CVC_AT) >> RIGHT_PRIVILEGED & 1) != 0;
}

static vsc_sw
run_2(struct vsc_card *card, struct vsc_eac *eac, struct vsc_span terminal_key, struct vsc_out *out)
{
	struct vsc_ca_result result = { .nonce = { 0 } };
	vsc_sw sw;
	int err;

	if (!vsc_ta_done(&eac->ta) || !may_use(eac, eac->ca_row))
		return vsc_card_refuse(card, VSC_SW_SECURITY,
		    "terminal authentication comes first, and must allow this key");
	if (eac->ca_done)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "once in a session");
	err = vsc_ca_run_2(eac->ca_row->alg, eac->ca_row->key, terminal_key,
	    vsc_ta_terminal_key(&eac->ta), vsc_card_env(card), &result);
	if (err < 0)
		return refusal(card, err);
	sw = VSC_SW_INTERNAL;
	if (vsc_eac_context_begin(card, eac) == 0 &&
	    (sw = start_session(card, eac, &result.keys)) != VSC_SW_OK)
		eac->context = VSC_EAC_DEFAULT;
	eac->privileged = eac->ca_row->privileged;
	vsc_ca_put(out, &result);
	vsc_ca_result_free(&result);
	return sw;
}

vsc_sw
vsc_eac_ca_run(
    struct vsc_card *card, struct vsc_eac *eac, struct vsc_span data, struct vsc_out *out)
{
	struct vsc_span key;
	vsc_sw sw;

	if (!may_run(card, eac))
		return vsc_card_refuse(card, VSC_SW_SECURITY, "outside of a session");
	if (vsc_ca_parse(data, &key) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no key in 7C");
	if (eac->setup.version == VSC_TA_2)
		return run_2(card, eac, key, out);
	if ((sw = run_1(card, eac, eac->ca_row, key)) == VSC_SW_OK)
		vsc_out_put(out, VSC_BYTES(0x7C, 0x00));
	return sw;
}

/* Version 1 with 3DES in one command: MSE:Set KAT { 91 key, 84 id } (TR-03110-3 B.2.1.1). */
vsc_sw
vsc_eac_ca_kat(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse)
{
	if (eac->setup.version != VSC_TA_1)
		return vsc_card_refuse(card, VSC_SW_FUNCTION, "version 1 of the protocol only");
	if (!may_run(card, eac))
		return vsc_card_refuse(card, VSC_SW_SECURITY, "outside of a session");
	for (size_t i = 0; i < eac->setup.nca; i++) {
		const struct vsc_eac_ca *row = &eac->setup.ca[i];

		if (row->alg->suite == &vsc_suite_3des && id_matches(mse, row->key_id))
			return run_1(card, eac, row, mse->terminal);
	}
	return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND, "no such key for 3DES");
}

/*
 * INTERNAL, EXTERNAL and MUTUAL AUTHENTICATE (ISO/IEC 7816-4:2020 11.6) with stored keys. P1 is an
 * algorithm, P2 a key; 00 leaves it to the environment's template AT.
 *
 * What proves a key: a signature of the challenge (a digest of it where the algorithm has a hash),
 * or with a symmetric key its cryptogram in whole blocks or its MAC. MUTUAL AUTHENTICATE is that of
 * Doc 9303-11 4.3 with the stored key in the place of Kseed, and opens secure messaging (bac.h).
 */
#include "card/auth_proof.h"
#include "card/cmd.h"
#include "card/engine.h"
#include "crypto/bac.h"

static vsc_sw
use_key(struct vsc_card *card, const struct vsc_apdu *cmd, enum vsc_usage usage,
    struct vsc_operation *op)
{
	return vsc_operation_by_p1p2(card, cmd, VSC_CRT_AT,
	    usage == VSC_USE_INTERNAL ? VSC_ROLE_COMPUTE : VSC_ROLE_VERIFY, usage, op);
}

vsc_sw
vsc_cmd_internal_authenticate(
    struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_operation op;
	vsc_sw sw;

	if (cmd->data.len == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "a challenge is needed");
	if ((sw = use_key(card, cmd, VSC_USE_INTERNAL, &op)) != VSC_SW_OK)
		return sw;
	return vsc_operation_sw(card, vsc_proof_make(&op, cmd->data, out));
}

/* Without data: has it been proven, how many tries are left? */
static vsc_sw
external_status(struct vsc_card *card, const struct vsc_slot *slot)
{
	if (vsc_key_proven(card, slot->id))
		return VSC_SW_OK;
	return slot->max_tries == 0 ? VSC_SW_AUTH_FAILED : VSC_SW_TRIES_LEFT(slot->tries);
}

/* The stored key as Kseed of basic access control. */
static int
mutual(struct vsc_card *card, const struct vsc_key *key, struct vsc_span challenge,
    struct vsc_span cryptogram, struct vsc_out *out)
{
	const struct vsc_suite *suite = vsc_operation_suite(key);
	struct vsc_bac bac = { .cipher = NULL };
	struct vsc_bac_session session = { .ssc = { 0 } };
	int rc;

	if (suite == NULL || challenge.len != VSC_BAC_CHALLENGE_LEN)
		return VSC_E_PARAM;
	rc = vsc_bac_init_secret(&bac, suite, vsc_key_secret(key));
	if (rc == 0)
		rc = vsc_bac_answer(
		    &bac, challenge.ptr, cryptogram, vsc_card_env(card), out, &session);
	if (rc == 0)
		rc = vsc_sm_start(vsc_card_sm(card), suite, vsc_blob_span(&session.keys.enc),
		    vsc_blob_span(&session.keys.mac), vsc_bac_session_ssc(&session), VSC_SM_EMRTD);
	vsc_bac_session_free(&session);
	vsc_bac_free(&bac);
	return rc;
}

vsc_sw
vsc_cmd_external_authenticate(
    struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_span challenge = vsc_card_challenge(card);
	struct vsc_operation op;
	vsc_sw sw;
	int rc;

	if ((sw = use_key(card, cmd, VSC_USE_EXTERNAL, &op)) != VSC_SW_OK)
		return sw;
	if (cmd->data.len == 0)
		return external_status(card, op.slot);
	if (challenge.len == 0)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "no GET CHALLENGE before");
	if ((sw = vsc_proof_spend(card, op.slot)) == VSC_SW_OK) {
		if (cmd->ne > 0)
			rc = mutual(card, op.key, challenge, cmd->data, out);
		else
			rc = vsc_proof_check(&op, challenge, cmd->data);
		sw = vsc_proof_judge(card, op.slot, rc);
		if (sw == VSC_SW_OK && cmd->ne > 0)
			vsc_rights_session(card, op.slot->id);
	}
	vsc_card_challenge_forget(card);
	return sw;
}

/*
 * INTERNAL, EXTERNAL and MUTUAL AUTHENTICATE (ISO/IEC 7816-4:2020 11.6) with stored keys. P1 is an
 * algorithm, P2 a key; 00 leaves it to the environment's template AT.
 *
 * What proves a key: a signature of the challenge (a digest of it where the algorithm has a hash),
 * or with a symmetric key its cryptogram in whole blocks or its MAC. MUTUAL AUTHENTICATE is that of
 * Doc 9303-11 4.3 with the stored key in the place of Kseed, and opens secure messaging (bac.h);
 * with signatures it is that of ISO/IEC 9798-3 in three passes.
 */
#include "base/auto.h"
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
		    vsc_blob_span(&session.keys.mac), vsc_bac_session_ssc(&session),
		    VSC_SM_ENCRYPT_COMMAND | VSC_SM_ENCRYPT_RESPONSE | VSC_SM_CONTROLS);
	vsc_bac_session_free(&session);
	vsc_bac_free(&bac);
	return rc;
}

/* Two challenges, one after the other. */
static int
join(struct vsc_blob *room, struct vsc_span first, struct vsc_span second)
{
	int rc = vsc_blob_set(room, first);

	return rc < 0 ? rc : vsc_blob_append(room, second);
}

/*
 * ISO/IEC 9798-3: the terminal sends its challenge and a signature over both, its own first; the
 * card's is over both, the card's first, with the key of template AT for internal authentication.
 */
static int
mutual_signatures(const struct vsc_operation *theirs, const struct vsc_operation *ours,
    struct vsc_span challenge, struct vsc_span token, struct vsc_out *out)
{
	struct vsc_span first = vsc_span_slice(token, 0, challenge.len);
	VSC_AUTO_BLOB both = { NULL, 0 };
	int rc;

	if (token.len <= challenge.len)
		return VSC_E_FORMAT;
	if ((rc = join(&both, first, challenge)) < 0 ||
	    (rc = vsc_proof_check(
		 theirs, vsc_blob_span(&both), vsc_span_slice(token, first.len, token.len))) < 0 ||
	    (rc = join(&both, challenge, first)) < 0)
		return rc;
	return vsc_proof_make(ours, vsc_blob_span(&both), out);
}

/* What the terminal sends proves op's key: alone, or with Le as its part of a mutual proof. */
static vsc_sw
judge(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_operation *op,
    const struct vsc_operation *own, struct vsc_out *out)
{
	struct vsc_span challenge = vsc_card_challenge(card);
	int rc;
	vsc_sw sw;

	if (cmd->ne == 0)
		return vsc_proof_judge(card, op->slot, vsc_proof_check(op, challenge, cmd->data));
	if (own->key != NULL) {
		rc = mutual_signatures(op, own, challenge, cmd->data, out);
		return vsc_proof_judge(card, op->slot, rc);
	}
	rc = mutual(card, op->key, challenge, cmd->data, out);
	if ((sw = vsc_proof_judge(card, op->slot, rc)) == VSC_SW_OK)
		vsc_rights_session(card, op->slot->id);
	return sw;
}

/* The card's key for a mutual proof with signatures; none with a symmetric key. */
static vsc_sw
own_key(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_operation *op,
    struct vsc_operation *own)
{
	*own = (struct vsc_operation){ .key = NULL };
	if (cmd->ne == 0 || vsc_key_is_symmetric(op->key))
		return VSC_SW_OK;
	return vsc_operation_prepare(card, VSC_CRT_AT, VSC_ROLE_COMPUTE, VSC_USE_INTERNAL, own);
}

vsc_sw
vsc_cmd_external_authenticate(
    struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_operation op, own;
	vsc_sw sw;

	if ((sw = use_key(card, cmd, VSC_USE_EXTERNAL, &op)) != VSC_SW_OK)
		return sw;
	if (cmd->data.len == 0)
		return external_status(card, op.slot);
	if (vsc_card_challenge(card).len == 0)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "no GET CHALLENGE before");
	if ((sw = own_key(card, cmd, &op, &own)) != VSC_SW_OK)
		return sw;
	if ((sw = vsc_proof_spend(card, op.slot)) == VSC_SW_OK)
		sw = judge(card, cmd, &op, &own, out);
	vsc_card_challenge_forget(card);
	return sw;
}

/*
 * GENERAL AUTHENTICATE (ISO/IEC 7816-4:2020 11.6) with stored keys: P1 algorithm, P2 key, and a
 * dynamic authentication template 7C, whose empty objects are what the terminal asks for.
 *
 *	7C{81 challenge, 82}	the card proves its key: 7C{82 proof}
 *	7C{81}			the card's challenge: 7C{81}; then 7C{82 proof} of the terminal
 *	7C{80}			a witness, enciphered: 7C{80}; then 7C{80 opened, 81 challenge}:
 *				7C{82 proof}, and both sides are authentic (symmetric keys)
 *	7C{85 point, 82}	key agreement: 7C{82 secret}
 */
#include "card/auth_proof.h"
#include "card/cmd.h"
#include "card/dynamic.h"
#include "card/engine.h"

#define CHALLENGE_LEN 16u /* a block of AES, two of 3DES */

static vsc_sw
use_key(struct vsc_card *card, const struct vsc_apdu *cmd, enum vsc_usage usage,
    struct vsc_operation *op)
{
	return vsc_operation_by_p1p2(card, cmd, VSC_CRT_AT,
	    usage == VSC_USE_EXTERNAL ? VSC_ROLE_VERIFY : VSC_ROLE_COMPUTE, usage, op);
}

static vsc_sw
prove(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_dynamic *d,
    struct vsc_out *out)
{
	struct vsc_operation op;
	struct vsc_dynamic_answer a;
	vsc_sw sw;
	int rc;

	if ((sw = use_key(card, cmd, VSC_USE_INTERNAL, &op)) != VSC_SW_OK)
		return sw;
	a = vsc_dynamic_begin(out, 0x82);
	rc = vsc_proof_make(&op, d->value[1], out);
	vsc_dynamic_end(out, a);
	return vsc_operation_sw(card, rc);
}

static vsc_sw
agree(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_dynamic *d,
    struct vsc_out *out)
{
	enum vsc_crt_kind kind = VSC_CRT_AT;
	struct vsc_operation op;
	struct vsc_dynamic_answer a;
	vsc_sw sw;
	int rc;

	/* template KAT is made for it, AT serves too */
	if (vsc_card_se(card)->crt[VSC_CRT_KAT][VSC_ROLE_COMPUTE].set)
		kind = VSC_CRT_KAT;
	sw = vsc_operation_by_p1p2(card, cmd, kind, VSC_ROLE_COMPUTE, VSC_USE_AGREE, &op);
	if (sw != VSC_SW_OK)
		return sw;
	a = vsc_dynamic_begin(out, 0x82);
	rc = vsc_key_agree(op.key, d->value[5], out);
	vsc_dynamic_end(out, a);
	return vsc_operation_sw(card, rc);
}

/*
 * A challenge, remembered as GET CHALLENGE's is, or a witness. They are kept apart: a challenge
 * that went out plain is no witness opened, and an enciphered witness is no proof of having the
 * key.
 */
static vsc_sw
draw(struct vsc_card *card, struct vsc_blob *kept, uint8_t challenge[CHALLENGE_LEN])
{
	vsc_card_challenge_forget(card);
	vsc_blob_free(&vsc_card_current(card)->witness);
	if (vsc_env_random(vsc_card_env(card), challenge, CHALLENGE_LEN) < 0 ||
	    vsc_blob_set(kept, vsc_span_from(challenge, CHALLENGE_LEN)) < 0)
		return VSC_SW_INTERNAL;
	return VSC_SW_OK;
}

static vsc_sw
give_challenge(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_dynamic *d,
    struct vsc_out *out)
{
	uint8_t challenge[CHALLENGE_LEN];
	struct vsc_operation op;
	struct vsc_dynamic_answer a;
	vsc_sw sw;

	(void)d;
	if ((sw = use_key(card, cmd, VSC_USE_EXTERNAL, &op)) != VSC_SW_OK ||
	    (sw = draw(card, &vsc_card_current(card)->challenge, challenge)) != VSC_SW_OK)
		return sw;
	a = vsc_dynamic_begin(out, 0x81);
	vsc_out_put(out, VSC_SPAN_OF(challenge));
	vsc_dynamic_end(out, a);
	return VSC_SW_OK;
}

/* The challenge is enciphered here, and the terminal shows that it can open it. */
static vsc_sw
give_witness(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_dynamic *d,
    struct vsc_out *out)
{
	uint8_t challenge[CHALLENGE_LEN];
	struct vsc_operation op;
	struct vsc_dynamic_answer a;
	vsc_sw sw;
	int rc;

	(void)d;
	if ((sw = use_key(card, cmd, VSC_USE_EXTERNAL, &op)) != VSC_SW_OK ||
	    (sw = draw(card, &vsc_card_current(card)->witness, challenge)) != VSC_SW_OK)
		return sw;
	a = vsc_dynamic_begin(out, 0x80);
	rc = vsc_key_encrypt_blocks(op.key, VSC_SCHEME_ECB, NULL, VSC_SPAN_OF(challenge), out);
	vsc_dynamic_end(out, a);
	vsc_wipe(challenge, sizeof(challenge));
	return vsc_operation_sw(card, rc);
}

/* Does the terminal's answer fit the challenge, or the witness, that is open? It is used up by
 * this. */
static vsc_sw
check(struct vsc_card *card, const struct vsc_operation *op, struct vsc_span proof, bool opened)
{
	struct vsc_channel *channel = vsc_card_current(card);
	struct vsc_span challenge =
	    opened ? vsc_blob_span(&channel->witness) : vsc_card_challenge(card);
	vsc_sw sw;
	int rc;

	if (challenge.len == 0)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "no challenge was given");
	if ((sw = vsc_proof_spend(card, op->slot)) == VSC_SW_OK) {
		if (opened)
			rc = vsc_span_eq_ct(challenge, proof) ? 0 : VSC_E_VERIFY;
		else
			rc = vsc_proof_check(op, challenge, proof);
		sw = vsc_proof_judge(card, op->slot, rc);
	}
	vsc_card_challenge_forget(card);
	vsc_blob_free(&channel->witness);
	return sw;
}

static vsc_sw
take_proof(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_dynamic *d,
    struct vsc_out *out)
{
	struct vsc_operation op;
	vsc_sw sw;

	(void)out;
	if ((sw = use_key(card, cmd, VSC_USE_EXTERNAL, &op)) != VSC_SW_OK)
		return sw;
	return check(card, &op, d->value[2], false);
}

static vsc_sw
take_witness(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_dynamic *d,
    struct vsc_out *out)
{
	struct vsc_operation op;
	vsc_sw sw;

	if ((sw = use_key(card, cmd, VSC_USE_EXTERNAL, &op)) != VSC_SW_OK)
		return sw;
	if (!vsc_key_is_symmetric(op.key))
		return vsc_operation_sw(card, VSC_E_PARAM);
	if ((sw = check(card, &op, d->value[0], true)) != VSC_SW_OK)
		return sw;
	return prove(card, cmd, d, out);
}

/* Which objects are there, and whether they hold something, says what is wanted. */
static const struct step {
	unsigned asked, given; /* bits by object: 80 is bit 0 */
	vsc_sw (*run)(struct vsc_card *card, const struct vsc_apdu *cmd,
	    const struct vsc_dynamic *d, struct vsc_out *out);
} steps[] = {
	{ 1u << 2, 1u << 1, prove },
	{ 0, 1u << 1, prove },
	{ 1u << 2, 1u << 5, agree },
	{ 0, 1u << 5, agree },
	{ 1u << 1, 0, give_challenge },
	{ 1u << 0, 0, give_witness },
	{ 0, 1u << 2, take_proof },
	{ 1u << 2, 1u << 0 | 1u << 1, take_witness },
	{ 0, 1u << 0 | 1u << 1, take_witness },
};

vsc_sw
vsc_cmd_general_authenticate(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_dynamic d;

	if (vsc_dynamic_read(&d, cmd->data) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "7C with objects expected");
	for (size_t i = 0; i < VSC_COUNT(steps); i++)
		if (steps[i].asked == d.asked && steps[i].given == d.given)
			return steps[i].run(card, cmd, &d, out);
	return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no such step with these objects");
}

/*
 * GENERAL AUTHENTICATE (SP 800-73-4 3.2.4): P1 algorithm, P2 key, template 7C.
 *
 *	any key but 9B	7C{82, 81 data}: 82 is the signature (or the RSA operation's result)
 *			7C{82, 85 point}: 82 is the shared secret
 *	04		secure messaging: secure.c
 *	9B single	7C{81}: 81 is a challenge; then 7C{82 it, enciphered}
 *	9B mutual	7C{80}: 80 is a witness, enciphered; then 7C{80 it, plain, 81 challenge}:
 *			82 is that, enciphered
 *
 * The witness is no challenge: answering it as one would take back what the card itself enciphered.
 */
#include "cards/piv/piv.h"

#include "base/auto.h"
#include "card/dynamic.h"
#include "card/operation.h"

static void
forget_step(struct piv *piv)
{
	vsc_wipe(piv->secret, sizeof(piv->secret));
	piv->step = PIV_NOTHING;
}

/* --- 9B --- */

/* As long as a block; kept until the next GENERAL AUTHENTICATE with 9B. */
static vsc_sw
draw(struct vsc_card *card, const struct vsc_slot *slot, enum piv_step step)
{
	struct piv *piv = piv_state(card);

	piv->secret_len = vsc_key_len(slot->key);
	if (vsc_env_random(vsc_card_env(card), piv->secret, piv->secret_len) < 0)
		return VSC_SW_INTERNAL;
	piv->step = step;
	return VSC_SW_OK;
}

static vsc_sw
give_challenge(
    struct vsc_card *card, struct vsc_slot *slot, const struct vsc_dynamic *d, struct vsc_out *out)
{
	const struct piv *piv = piv_state(card);
	struct vsc_dynamic_answer a;
	vsc_sw sw;

	(void)d;
	if ((sw = draw(card, slot, PIV_CHALLENGE)) != VSC_SW_OK)
		return sw;
	a = vsc_dynamic_begin(out, 0x81);
	vsc_out_put(out, vsc_span_from(piv->secret, piv->secret_len));
	vsc_dynamic_end(out, a);
	return VSC_SW_OK;
}

static vsc_sw
put_enciphered(struct vsc_card *card, struct vsc_slot *slot, uint32_t tag, struct vsc_span plain,
    struct vsc_out *out)
{
	struct vsc_dynamic_answer a = vsc_dynamic_begin(out, tag);
	int rc = vsc_key_encrypt_blocks(slot->key, VSC_SCHEME_ECB, NULL, plain, out);

	vsc_dynamic_end(out, a);
	return vsc_operation_sw(card, rc);
}

static vsc_sw
give_witness(
    struct vsc_card *card, struct vsc_slot *slot, const struct vsc_dynamic *d, struct vsc_out *out)
{
	const struct piv *piv = piv_state(card);
	vsc_sw sw;

	(void)d;
	if ((sw = draw(card, slot, PIV_WITNESS)) != VSC_SW_OK)
		return sw;
	return put_enciphered(card, slot, 0x80, vsc_span_from(piv->secret, piv->secret_len), out);
}

/* What came against what has to come; either way the step is over. */
static vsc_sw
judge(struct vsc_card *card, struct vsc_slot *slot, enum piv_step step, struct vsc_span given,
    struct vsc_span expected)
{
	struct piv *piv = piv_state(card);
	bool asked = piv->step == step, right = vsc_span_eq_ct(given, expected);
	vsc_sw sw;

	forget_step(piv);
	vsc_key_forget(card, slot->id);
	if (!asked)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "nothing was asked before");
	if (!right)
		return vsc_card_refuse(card, VSC_SW_SECURITY, "not the card management key");
	if ((sw = piv_touch(card, slot)) != VSC_SW_OK)
		return sw;
	vsc_key_prove(card, slot->id);
	return VSC_SW_OK;
}

static vsc_sw
take_response(
    struct vsc_card *card, struct vsc_slot *slot, const struct vsc_dynamic *d, struct vsc_out *out)
{
	const struct piv *piv = piv_state(card);
	uint8_t buf[sizeof(piv->secret)];
	struct vsc_out expected = vsc_out_from(buf, sizeof(buf));

	(void)out;
	if (piv->step == PIV_CHALLENGE &&
	    vsc_key_encrypt_blocks(slot->key, VSC_SCHEME_ECB, NULL,
		vsc_span_from(piv->secret, piv->secret_len), &expected) < 0)
		return VSC_SW_INTERNAL;
	return judge(card, slot, PIV_CHALLENGE, d->value[2], vsc_out_span(&expected));
}

static vsc_sw
take_witness(
    struct vsc_card *card, struct vsc_slot *slot, const struct vsc_dynamic *d, struct vsc_out *out)
{
	const struct piv *piv = piv_state(card);
	uint8_t buf[sizeof(piv->secret)];
	struct vsc_out expected = vsc_out_from(buf, sizeof(buf));
	vsc_sw sw;

	vsc_out_put(&expected, vsc_span_from(piv->secret, piv->secret_len));
	if (d->value[1].len != vsc_key_len(slot->key))
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "a challenge has one block");
	sw = judge(card, slot, PIV_WITNESS, d->value[0], vsc_out_span(&expected));
	vsc_wipe(buf, sizeof(buf));
	return sw != VSC_SW_OK ? sw : put_enciphered(card, slot, 0x82, d->value[1], out);
}

/* --- All other keys --- */

static vsc_sw
may_use(struct vsc_card *card, struct vsc_slot *slot, enum vsc_usage usage)
{
	const uint8_t pin = slot->pin;
	vsc_sw sw;

	slot->pin = piv_pin_for(card, slot);
	sw = vsc_slot_use(card, slot, usage, 0);
	slot->pin = pin;
	return sw != VSC_SW_OK ? sw : piv_touch(card, slot);
}

static vsc_sw
sign(struct vsc_card *card, struct vsc_slot *slot, const struct vsc_dynamic *d, struct vsc_out *out)
{
	static const enum vsc_scheme schemes[] = {
		[VSC_KEY_RSA] = VSC_SCHEME_RSA_RAW,
		[VSC_KEY_EC] = VSC_SCHEME_ECDSA_DER,
		[VSC_KEY_ED25519] = VSC_SCHEME_EDDSA,
		[VSC_KEY_X25519] = VSC_SCHEME_EDDSA, /* refused there */
	};
	struct vsc_dynamic_answer a;
	vsc_sw sw;
	int rc;

	if ((sw = may_use(card, slot, VSC_USE_INTERNAL)) != VSC_SW_OK)
		return sw;
	a = vsc_dynamic_begin(out, 0x82);
	rc = vsc_key_sign(
	    slot->key, schemes[vsc_key_kind(slot->key)], VSC_HASH_NONE, d->value[1], out);
	vsc_dynamic_end(out, a);
	return vsc_operation_sw(card, rc);
}

static vsc_sw
agree(
    struct vsc_card *card, struct vsc_slot *slot, const struct vsc_dynamic *d, struct vsc_out *out)
{
	struct vsc_dynamic_answer a;
	vsc_sw sw;
	int rc;

	if ((sw = may_use(card, slot, VSC_USE_AGREE)) != VSC_SW_OK)
		return sw;
	a = vsc_dynamic_begin(out, 0x82);
	rc = vsc_key_agree(slot->key, d->value[5], out);
	vsc_dynamic_end(out, a);
	return vsc_operation_sw(card, rc);
}

/* --- Which step it is --- */

static const struct step {
	bool admin;
	unsigned given; /* 82 asked for, or not said: the same */
	unsigned asked;
	vsc_sw (*run)(struct vsc_card *card, struct vsc_slot *slot, const struct vsc_dynamic *d,
	    struct vsc_out *out);
} steps[] = {
	{ false, VSC_DYNAMIC_CHALLENGE, 0, sign },
	{ false, VSC_DYNAMIC_EXPONENT, 0, agree },
	{ true, 0, VSC_DYNAMIC_CHALLENGE, give_challenge },
	{ true, VSC_DYNAMIC_RESPONSE, 0, take_response },
	{ true, 0, VSC_DYNAMIC_WITNESS, give_witness },
	{ true, VSC_DYNAMIC_WITNESS | VSC_DYNAMIC_CHALLENGE, 0, take_witness },
};

/* The key at P2, whose algorithm P1 names; 00 and 03 both mean 9B's 3DES key, and 00 whatever it
 * has. */
static vsc_sw
find_key(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_slot **slot)
{
	if (cmd->p2 != PIV_ADMIN && (!piv_is_key_ref(cmd->p2) || cmd->p2 == PIV_ATTESTATION))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_P1P2, "P2 %02X is not the reference of a key", cmd->p2);
	*slot = vsc_slot_find(card, cmd->p2);
	if (*slot == NULL || (*slot)->key == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no key at reference %02X", cmd->p2);
	if (cmd->p1 == (*slot)->alg || (cmd->p1 == 0 && cmd->p2 == PIV_ADMIN))
		return VSC_SW_OK;
	return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "key %02X is for algorithm %02X, not %02X",
	    cmd->p2, (*slot)->alg, cmd->p1);
}

/* Part 1 table 4b: 9B never over the contactless interface, the others over the virtual one. */
static vsc_sw
allowed_here(struct vsc_card *card, const struct vsc_slot *slot)
{
	if (slot->ref == PIV_ADMIN && piv_state(card)->contactless)
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "key 9B is not for the contactless interface");
	return piv_contact(card);
}

vsc_sw
piv_general_authenticate(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_slot *slot = NULL;
	struct vsc_dynamic d;
	vsc_sw sw;

	if (cmd->p2 == PIV_SECURE)
		return piv_establish(card, cmd, out);
	if ((sw = find_key(card, cmd, &slot)) != VSC_SW_OK ||
	    (slot->ref != PIV_CARD_AUTH && (sw = allowed_here(card, slot)) != VSC_SW_OK))
		return sw;
	if (vsc_dynamic_read(&d, cmd->data) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "7C with objects expected");
	for (size_t i = 0; i < VSC_COUNT(steps); i++)
		if (steps[i].admin == (slot->ref == PIV_ADMIN) && steps[i].given == d.given &&
		    steps[i].asked == (d.asked & ~(unsigned)VSC_DYNAMIC_RESPONSE))
			return steps[i].run(card, slot, &d, out);
	return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no such step with these objects");
}

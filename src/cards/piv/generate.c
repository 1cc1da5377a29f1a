/* Keys come and go: GENERATE ASYMMETRIC KEY PAIR (SP 800-73-4 3.3.1), and Yubico's IMPORT KEY, MOVE
 * KEY and DELETE KEY. All need the card management key. */
#include "cards/piv/piv.h"

#include "base/auto.h"
#include "card/operation.h"
#include "card/sm.h"
#include "iso/tlv.h"

#define TAG_ALG          0x80u
#define TAG_EXPONENT     0x81u
#define TAG_PIN_POLICY   0xAAu
#define TAG_TOUCH_POLICY 0xABu

/* Absent, or one byte from 0 to 3. */
static int
read_policy(struct vsc_span data, uint32_t tag, uint8_t *policy)
{
	struct vsc_span value;
	int rc = vsc_tlv_find(data, tag, &value);

	*policy = 0;
	if (rc == VSC_E_NOT_FOUND)
		return 0;
	if (rc < 0 || value.len != 1 || value.ptr[0] > 3)
		return VSC_E_FORMAT;
	*policy = value.ptr[0];
	return 0;
}

static vsc_sw
read_policies(struct vsc_card *card, struct vsc_span data, struct piv_policies *policies)
{
	if (read_policy(data, TAG_PIN_POLICY, &policies->pin) == 0 &&
	    read_policy(data, TAG_TOUCH_POLICY, &policies->touch) == 0)
		return VSC_SW_OK;
	return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "a policy is one byte from 0 to 3");
}

static vsc_sw
check_ref(struct vsc_card *card, uint8_t ref)
{
	if (piv_is_key_ref(ref))
		return VSC_SW_OK;
	return vsc_card_refuse(
	    card, VSC_SW_WRONG_P1P2, "%02X is not the reference of a key pair", ref);
}

/* Key 04, with a new certificate; a session with the old one has ended. */
static vsc_sw
generate_secure(struct vsc_card *card, struct vsc_span control, struct vsc_out *out)
{
	const struct piv_suite *suite = NULL;
	const struct vsc_slot *slot;
	struct vsc_span id;

	if (vsc_tlv_find(control, TAG_ALG, &id) == 0 && id.len == 1)
		suite = piv_suite_by_id(id.ptr[0]);
	if (suite == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "80 with a cipher suite expected: 27 or 2E");
	if (vsc_card_sm(card)->busy)
		return vsc_card_refuse(
		    card, VSC_SW_NO_SM, "not with the key that it is about to replace");
	if (piv_secure_make(card, suite, NULL) < 0 ||
	    (slot = vsc_slot_find(card, PIV_SECURE)) == NULL)
		return vsc_card_refuse(card, VSC_SW_INTERNAL, "the key could not be made");
	piv_secure_reset(card);
	return vsc_operation_put_public(slot->key, out);
}

/* Table 12: 81 is the public exponent of an RSA key, 65537 if there is none; of no other kind. */
static bool
exponent_fits(const struct piv_alg *alg, struct vsc_span control)
{
	struct vsc_span exponent;
	int rc = vsc_tlv_find(control, TAG_EXPONENT, &exponent);

	if (rc < 0)
		return rc == VSC_E_NOT_FOUND;
	return alg->kind == VSC_KEY_RSA && exponent.len <= 8 && vsc_span_number(exponent) == 65537;
}

static vsc_sw
read_algorithm(struct vsc_card *card, struct vsc_span control, const struct piv_alg **alg)
{
	struct vsc_span id;

	*alg = NULL;
	if (vsc_tlv_find(control, TAG_ALG, &id) == 0 && id.len == 1)
		*alg = piv_alg_by_id(id.ptr[0]);
	if (*alg == NULL || piv_alg_is_symmetric(*alg))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "80 with an algorithm for key pairs expected");
	if (!exponent_fits(*alg, control))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "81 is the exponent of an RSA key, which is 65537");
	return VSC_SW_OK;
}

vsc_sw
piv_generate(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct piv_alg *alg;
	struct piv_policies policies;
	struct vsc_span control;
	struct vsc_key *key;
	vsc_sw sw;

	if (cmd->p1 != 0x00)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 must be 00");
	if ((cmd->p2 != PIV_SECURE && (sw = check_ref(card, cmd->p2)) != VSC_SW_OK) ||
	    (sw = piv_admin_proven(card)) != VSC_SW_OK)
		return sw;
	if (vsc_tlv_only(cmd->data, 0xAC, &control) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "AC expected");
	if (cmd->p2 == PIV_SECURE)
		return generate_secure(card, control, out);
	if ((sw = read_algorithm(card, control, &alg)) != VSC_SW_OK ||
	    (sw = read_policies(card, control, &policies)) != VSC_SW_OK)
		return sw;
	if (piv_key_make(&key, alg, vsc_card_env(card)) < 0)
		return vsc_card_refuse(card, VSC_SW_INTERNAL, "the key could not be made");
	if ((sw = vsc_operation_put_public(key, out)) != VSC_SW_OK) {
		vsc_key_free(key);
		return sw;
	}
	return piv_key_put(card, cmd->p2, key, true, &policies) < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

/* --- Import --- */

/* Yubico's 01 to 05, each half as long as the modulus; the exponent is 65537, which the other
 * numbers have to go with. */
static int
import_rsa(struct vsc_key **key, const struct piv_alg *alg, struct vsc_span data)
{
	static const uint8_t f4[] = { 0x01, 0x00, 0x01 };
	struct vsc_rsa_parts parts = { .e = VSC_SPAN_OF(f4) };
	struct vsc_span *const members[] = { &parts.p, &parts.q, &parts.dp, &parts.dq,
		&parts.qinv };

	for (uint32_t i = 0; i < VSC_COUNT(members); i++)
		if (vsc_tlv_find(data, i + 1, members[i]) < 0 || members[i]->len != alg->bits / 16)
			return VSC_E_FORMAT;
	return vsc_key_import_rsa(key, &parts);
}

/* 06 EC, 07 Ed25519, 08 X25519. */
static int
import_curve(struct vsc_key **key, const struct piv_alg *alg, struct vsc_span data)
{
	const uint32_t tag = alg->kind == VSC_KEY_EC        ? 0x06
			     : alg->kind == VSC_KEY_ED25519 ? 0x07
							    : 0x08;
	const struct vsc_curve *curve = vsc_curve_by_name(alg->curve);
	struct vsc_span secret;

	if (vsc_tlv_find(data, tag, &secret) < 0 || secret.len != curve->field_len)
		return VSC_E_FORMAT;
	return vsc_key_import_ec(key, curve, secret, VSC_SPAN_EMPTY);
}

vsc_sw
piv_import(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct piv_alg *alg = piv_alg_by_id(cmd->p1);
	struct piv_policies policies;
	struct vsc_key *key = NULL;
	vsc_sw sw;
	int rc;

	(void)out;
	if ((sw = check_ref(card, cmd->p2)) != VSC_SW_OK ||
	    (sw = piv_admin_proven(card)) != VSC_SW_OK)
		return sw;
	if (alg == NULL || piv_alg_is_symmetric(alg))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_P1P2, "P1 %02X is no algorithm for key pairs", cmd->p1);
	if ((sw = read_policies(card, cmd->data, &policies)) != VSC_SW_OK)
		return sw;
	rc = alg->kind == VSC_KEY_RSA ? import_rsa(&key, alg, cmd->data)
				      : import_curve(&key, alg, cmd->data);
	if (rc == 0 && piv_alg_of(key) != alg) {
		vsc_key_free(key);
		rc = VSC_E_PARAM;
	}
	if (rc < 0)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "not a %s key: %s", alg->name, vsc_err_text(rc));
	return piv_key_put(card, cmd->p2, key, false, &policies) < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

/* --- Move and delete --- */

/* P1 where to (FF: away), P2 where from. The attestation key stays where it is. */
vsc_sw
piv_move_key(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	bool away = cmd->p1 == 0xFF;
	struct vsc_slot *slot;
	vsc_sw sw;

	(void)out;
	if ((sw = check_ref(card, cmd->p2)) != VSC_SW_OK ||
	    (!away && (sw = check_ref(card, cmd->p1)) != VSC_SW_OK))
		return sw;
	if (!away && (cmd->p1 == PIV_ATTESTATION || cmd->p2 == PIV_ATTESTATION))
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "key F9 cannot be moved");
	if ((sw = piv_admin_proven(card)) != VSC_SW_OK)
		return sw;
	if ((slot = vsc_slot_find(card, cmd->p2)) == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no key at reference %02X", cmd->p2);
	if (away) {
		vsc_slot_delete(card, slot);
		return VSC_SW_OK;
	}
	if (vsc_slot_find(card, cmd->p1) != NULL)
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "there is a key at reference %02X", cmd->p1);
	slot->ref = cmd->p1;
	vsc_slot_touch(card, slot);
	return VSC_SW_OK;
}

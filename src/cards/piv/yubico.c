/* Commands that Yubico added to PIV: version, serial number, metadata, attestation, another
 * management key, reset. */
#include "cards/piv/piv.h"

#include <stdio.h>

#include "base/auto.h"
#include "card/operation.h"
#include "crypto/cert.h"
#include "iso/tlv.h"

#define ATTESTATION_DAYS 7300

struct vsc_span
piv_attr(const struct vsc_card *card, const char *name)
{
	struct vsc_span value;

	return vsc_card_attr_get(card, name, &value) < 0 ? VSC_SPAN_EMPTY : value;
}

static vsc_sw
put_attr(struct vsc_card *card, const struct vsc_apdu *cmd, const char *name, struct vsc_out *out)
{
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	vsc_out_put(out, piv_attr(card, name));
	return VSC_SW_OK;
}

vsc_sw
piv_version(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	return put_attr(card, cmd, "version", out);
}

vsc_sw
piv_serial(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	return put_attr(card, cmd, "serial", out);
}

/* --- Metadata: 01 algorithm, 02 PIN and touch policy, 03 origin, 04 public key, 05 is it the
 * default value, 06 tries at most and left --- */

static void
put_two(struct vsc_out *out, uint32_t tag, uint8_t first, uint8_t second)
{
	vsc_tlv_put(out, tag, VSC_BYTES(first, second));
}

static vsc_sw
pin_metadata(struct vsc_card *card, uint8_t ref, struct vsc_out *out)
{
	const struct vsc_pin *pin = vsc_pin_find(card, ref);

	if (pin == NULL)
		return VSC_SW_REFERENCE_NOT_FOUND;
	vsc_tlv_put_u8(out, 0x01, 0xFF);
	vsc_tlv_put_u8(out, 0x05, piv_is_default(ref, vsc_blob_span(&pin->value)));
	put_two(out, 0x06, pin->max_tries, pin->tries);
	return VSC_SW_OK;
}

/* The inside of 7F49. */
static vsc_sw
put_public(const struct vsc_key *key, struct vsc_out *out)
{
	uint8_t buf[VSC_KEY_BYTES_MAX + 64];
	struct vsc_out whole = vsc_out_from(buf, sizeof(buf));
	struct vsc_span inner;
	vsc_sw sw = vsc_operation_put_public(key, &whole);

	if (sw != VSC_SW_OK)
		return sw;
	if (vsc_tlv_only(vsc_out_span(&whole), 0x7F49, &inner) < 0)
		return VSC_SW_INTERNAL;
	vsc_tlv_put(out, 0x04, inner);
	return VSC_SW_OK;
}

vsc_sw
piv_metadata(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct vsc_slot *slot;
	struct piv_policies policies;

	if (cmd->p1 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 must be 00");
	if (cmd->p2 == PIV_PIN || cmd->p2 == PIV_PUK)
		return pin_metadata(card, cmd->p2, out);
	slot = vsc_slot_find(card, cmd->p2);
	if (slot == NULL || slot->key == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no key at reference %02X", cmd->p2);
	policies = piv_key_policies(slot);
	vsc_tlv_put_u8(out, 0x01, slot->alg);
	put_two(out, 0x02, slot->ref == PIV_ADMIN ? 0 : policies.pin, policies.touch);
	if (slot->ref == PIV_ADMIN) {
		vsc_tlv_put_u8(out, 0x05, piv_is_default(PIV_ADMIN, vsc_key_secret(slot->key)));
		return VSC_SW_OK;
	}
	vsc_tlv_put_u8(out, 0x03, slot->generated ? 1 : 2);
	return put_public(slot->key, out);
}

/* --- Attestation: a certificate that says where the key was made, signed with F9 --- */

static uint32_t
read_serial(const struct vsc_card *card)
{
	struct vsc_in in = vsc_in_from(piv_attr(card, "serial"));
	uint32_t serial;

	return vsc_in_u32(&in, &serial) < 0 ? 0 : serial;
}

/* DER INTEGER of a number below 2^31. */
static void
put_integer(struct vsc_out *out, uint32_t number)
{
	unsigned len = 1;

	while (len < 4 && number >> (8 * len - 1) != 0)
		len++;
	vsc_out_u8(out, 0x02);
	vsc_out_u8(out, (uint8_t)len);
	while (len-- > 0)
		vsc_out_u8(out, (uint8_t)(number >> 8 * len));
}

static int
make_attestation(struct vsc_card *card, const struct vsc_slot *slot, const struct vsc_slot *signer,
    struct vsc_span signer_cert, struct vsc_blob *der)
{
	const struct piv_policies policies = piv_key_policies(slot);
	const uint8_t policy_bytes[] = { policies.pin, policies.touch };
	uint8_t number[6];
	struct vsc_out serial = vsc_out_from(number, sizeof(number));
	struct vsc_cert_extension extensions[] = {
		{ "1.3.6.1.4.1.41482.3.3", piv_attr(card, "version") },
		{ "1.3.6.1.4.1.41482.3.7", VSC_SPAN_EMPTY },
		{ "1.3.6.1.4.1.41482.3.8", VSC_SPAN_OF(policy_bytes) },
		{ "1.3.6.1.4.1.41482.3.9", VSC_BYTES(0x01) }, /* form: USB-A keychain */
	};
	char subject[64];
	const struct vsc_cert_template t = {
		.subject = subject,
		.days = ATTESTATION_DAYS,
		.extensions = extensions,
		.nextensions = VSC_COUNT(extensions),
	};
	struct vsc_why why;
	int rc;

	put_integer(&serial, read_serial(card));
	extensions[1].value = vsc_out_span(&serial);
	snprintf(subject, sizeof(subject), "/CN=YubiKey PIV Attestation %02x", slot->ref);
	rc = vsc_cert_make(der, &t, slot->key, signer->key, signer_cert, vsc_card_env(card), &why);
	if (rc < 0)
		vsc_card_log(card, VSC_LOG_WARN, "attestation: %s", why.text);
	return rc;
}

vsc_sw
piv_attest(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct vsc_slot *slot = vsc_slot_find(card, cmd->p1);
	const struct vsc_slot *signer = vsc_slot_find(card, PIV_ATTESTATION);
	VSC_AUTO_BLOB der = { NULL, 0 };
	struct vsc_span cert;

	if (cmd->p2 != 0 || !piv_is_key_ref(cmd->p1))
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 is a key, P2 is 00");
	if (slot == NULL || signer == NULL || piv_cert_get(card, PIV_ATTESTATION, &cert) < 0)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND,
		    "no key at reference %02X, or F9 has no certificate", cmd->p1);
	if (!slot->generated)
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "key %02X was not made on this card", cmd->p1);
	if (make_attestation(card, slot, signer, cert, &der) < 0)
		return VSC_SW_INTERNAL;
	vsc_out_put(out, vsc_blob_span(&der));
	return VSC_SW_OK;
}

/* --- Another management key: algorithm, 9B, length, key; P2 FE asks for touch --- */

static vsc_sw
read_admin(struct vsc_card *card, struct vsc_span data, struct vsc_key **key)
{
	struct vsc_in in = vsc_in_from(data);
	const struct piv_alg *alg;
	struct vsc_span value;
	uint8_t id, ref, len;

	if (vsc_in_u8(&in, &id) < 0 || vsc_in_u8(&in, &ref) < 0 || vsc_in_u8(&in, &len) < 0 ||
	    ref != PIV_ADMIN || len != vsc_in_left(&in))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "algorithm, 9B, length and key expected");
	alg = piv_alg_by_id(id);
	if (alg == NULL || !piv_alg_is_symmetric(alg) || len != alg->bits / 8)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "3DES or AES with a key of its length expected");
	value = vsc_in_rest(&in);
	if (piv_admin_is_weak(alg, value))
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "a weak DES key");
	if (vsc_key_import_symmetric(key, alg->kind, value) < 0)
		return VSC_SW_INTERNAL;
	return VSC_SW_OK;
}

vsc_sw
piv_set_admin(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct vsc_slot *slot;
	struct vsc_key *key;
	vsc_sw sw;

	(void)out;
	if (cmd->p1 != 0xFF || cmd->p2 < 0xFE)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be FFFF or FFFE");
	if ((sw = piv_admin_proven(card)) != VSC_SW_OK ||
	    (sw = read_admin(card, cmd->data, &key)) != VSC_SW_OK)
		return sw;
	if (piv_admin_put(card, key, cmd->p2 == 0xFE ? 2 : 1) < 0 ||
	    (slot = vsc_slot_find(card, PIV_ADMIN)) == NULL)
		return VSC_SW_INTERNAL;
	/* who has set it knows it: ykman goes on to write where the key is kept */
	vsc_key_prove(card, slot->id);
	return VSC_SW_OK;
}

/* --- Reset: everything but the attestation key goes; only when nobody can get in any more --- */

vsc_sw
piv_reset_card(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct vsc_pin *pin = vsc_pin_find(card, PIV_PIN);
	const struct vsc_pin *puk = vsc_pin_find(card, PIV_PUK);
	const struct piv_suite *suite = piv_suite_of(card);
	struct vsc_slot *slot = vsc_slot_first(card);

	(void)out;
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (pin == NULL || puk == NULL || pin->tries > 0 || puk->tries > 0)
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "PIN and PUK have to be blocked both");
	for (; slot != NULL; slot = vsc_slot_next(slot))
		if (slot->ref != PIV_ATTESTATION)
			vsc_slot_delete(card, slot);
	piv_objects_clear(card);
	if (piv_set_defaults(card) < 0 || piv_vci_set(card, PIV_VCI_NONE, NULL) < 0 ||
	    (suite != NULL && piv_secure_make(card, suite, NULL) < 0))
		return VSC_SW_INTERNAL;
	piv_secure_reset(card);
	return VSC_SW_OK;
}

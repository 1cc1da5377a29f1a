/*
 * GENERATE ASYMMETRIC KEY PAIR (ISO/IEC 7816-8:2019 5.1). P2, else a control reference template in
 * the data field, else the current environment, says which key; AC{80 kind, 81 public exponent} in
 * the data field says what, unless the key's place does. The DF that owns the key must allow to
 * create EFs.
 */
#include "base/auto.h"
#include "card/cmd.h"
#include "card/ef.h"
#include "card/engine.h"
#include "card/operation.h"
#include "iso/tlv.h"

#define P1_READ      0x01u /* the public key that is there */
#define P1_NO_OUTPUT 0x04u

/* What the data field says. */
struct request {
	enum vsc_crt_kind kind; /* a template's; VSC_CRT_KINDS: there is none */
	struct vsc_span key;    /* its 83 or 84; empty: the environment's */
	struct vsc_span wanted; /* of AC */
};

/* A template (B6, A4, B8, A6) and AC, each once if at all. */
static bool
read_data(struct vsc_span data, struct request *request)
{
	struct vsc_in in = vsc_in_from(data);
	bool wanted = false;
	struct vsc_tlv tlv;
	int rc;

	*request = (struct request){ .kind = VSC_CRT_KINDS };
	while ((rc = vsc_tlv_next(&in, &tlv)) == 1) {
		enum vsc_crt_kind kind = vsc_crt_kind((uint8_t)tlv.tag);

		if (!vsc_tlv_valid(tlv.value, 1))
			return false;
		if (tlv.tag == 0xAC && !wanted) {
			wanted = true;
			request->wanted = tlv.value;
		} else if (tlv.tag <= 0xFF && kind != VSC_CRT_KINDS &&
			   request->kind == VSC_CRT_KINDS) {
			request->kind = kind;
			if (vsc_tlv_find(tlv.value, 0x84, &request->key) < 0 &&
			    vsc_tlv_find(tlv.value, 0x83, &request->key) < 0)
				request->key = VSC_SPAN_EMPTY;
		} else {
			return false;
		}
	}
	return rc == 0;
}

static vsc_sw
find_slot(struct vsc_card *card, const struct vsc_apdu *cmd, const struct request *request,
    struct vsc_slot **slot)
{
	static const enum vsc_crt_kind kinds[] = { VSC_CRT_DST, VSC_CRT_AT, VSC_CRT_CT,
		VSC_CRT_KAT };

	*slot = NULL;
	if (cmd->p2 != 0)
		*slot = vsc_slot_find(card, cmd->p2);
	else if (request->key.len > 0)
		*slot = request->key.len == 1 ? vsc_slot_find(card, request->key.ptr[0]) : NULL;
	else if (request->kind != VSC_CRT_KINDS)
		return vsc_operation_slot(card, request->kind, VSC_ROLE_COMPUTE, slot);
	else
		for (size_t i = 0; i < VSC_COUNT(kinds) && *slot == NULL; i++)
			if (vsc_card_se(card)->crt[kinds[i]][VSC_ROLE_COMPUTE].set &&
			    vsc_operation_slot(card, kinds[i], VSC_ROLE_COMPUTE, slot) != VSC_SW_OK)
				return VSC_SW_REFERENCE_NOT_FOUND;
	if (*slot == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no place for a key is named");
	return VSC_SW_OK;
}

static int
put_rsa(const struct vsc_key *key, struct vsc_out *out)
{
	VSC_AUTO_BLOB n = { NULL, 0 }, e = { NULL, 0 };
	int rc;

	if ((rc = vsc_key_rsa_public(key, &n, &e)) < 0)
		return rc;
	vsc_tlv_put(out, 0x81, vsc_blob_span(&n));
	vsc_tlv_put(out, 0x82, vsc_blob_span(&e));
	return 0;
}

static int
put_point(const struct vsc_key *key, struct vsc_out *out)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x86);
	int rc;

	if ((rc = vsc_key_point(key, out)) < 0)
		return rc;
	vsc_tlv_end(out, mark);
	return 0;
}

/* 7F49: 81 modulus, 82 exponent; 86 point. */
vsc_sw
vsc_operation_put_public(const struct vsc_key *key, struct vsc_out *out)
{
	struct vsc_tlv_mark mark;
	int rc;

	if (vsc_key_is_symmetric(key))
		return VSC_SW_CONDITIONS;
	mark = vsc_tlv_begin(out, 0x7F49);
	rc = vsc_key_curve(key) == NULL ? put_rsa(key, out) : put_point(key, out);
	vsc_tlv_end(out, mark);
	return rc < 0 || out->full ? VSC_SW_INTERNAL : VSC_SW_OK;
}

/* What is asked for: of the data field, of the place. */
static vsc_sw
read_request(struct vsc_card *card, struct vsc_span request, const struct vsc_slot *slot,
    uint8_t *makes, struct vsc_span *exponent)
{
	struct vsc_span value;

	*makes = slot->makes;
	if (vsc_tlv_find(request, 0x81, exponent) < 0)
		*exponent = VSC_SPAN_EMPTY;
	if (vsc_tlv_find(request, 0x80, &value) < 0)
		return VSC_SW_OK;
	if (value.len != 1)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "80 is one byte");
	*makes = value.ptr[0];
	return VSC_SW_OK;
}

static vsc_sw
generate(struct vsc_card *card, struct vsc_span request, struct vsc_slot *slot)
{
	const struct vsc_curve *curve;
	const struct vsc_alg *alg;
	struct vsc_span exponent;
	struct vsc_key *key = NULL;
	uint8_t makes;
	vsc_sw sw;
	int rc;

	if ((slot->usage & VSC_USE_GENERATE) == 0)
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "key %02X may not be replaced", slot->ref);
	if ((sw = read_request(card, request, slot, &makes, &exponent)) != VSC_SW_OK)
		return sw;
	alg = vsc_alg_by_id(makes);
	curve = vsc_curve_by_id(makes);
	if (alg == NULL || (alg->scheme != VSC_SCHEME_RSA_KEY && curve == NULL))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "%02X is no kind of key pair", makes);
	if (curve != NULL)
		rc = vsc_key_generate_ec(&key, curve, vsc_card_env(card));
	else
		rc = vsc_key_generate_rsa(&key, alg->bits, exponent);
	if (rc < 0)
		return vsc_operation_sw(card, rc);
	vsc_slot_set_key(card, slot, key);
	slot->makes = makes;
	slot->generated = true;
	return VSC_SW_OK;
}

/* Who may: with the PIN that the key asks for, or who may make keys here. */
static vsc_sw
may_generate(struct vsc_card *card, const struct vsc_slot *slot)
{
	const struct vsc_pin *pin =
	    slot->policy == VSC_PIN_NEVER ? NULL : vsc_pin_find(card, slot->pin);

	if (pin != NULL && vsc_pin_proven(card, pin))
		return VSC_SW_OK;
	return vsc_security_manage(
	    card, slot->df == 0 ? card->fs.mf : vsc_fs_by_id(&card->fs, slot->df));
}

vsc_sw
vsc_cmd_generate_key(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct request request;
	struct vsc_slot *slot;
	vsc_sw sw;

	/* bit 8: P1 means something; bit 2: format of the output, of which there is one */
	if ((cmd->p1 & 0x78) != 0 || (cmd->p1 & (P1_READ | P1_NO_OUTPUT)) == 0x05)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 %02X", cmd->p1);
	if (!read_data(cmd->data, &request) || ((cmd->p1 & P1_READ) != 0 && request.wanted.len > 0))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "a control reference template or AC{80, 81} expected");
	if ((sw = find_slot(card, cmd, &request, &slot)) != VSC_SW_OK)
		return sw;
	if ((cmd->p1 & P1_READ) != 0) {
		if (slot->key == NULL)
			return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND,
			    "no key at reference %02X", slot->ref);
		return vsc_operation_put_public(slot->key, out);
	}
	if ((sw = may_generate(card, slot)) != VSC_SW_OK ||
	    (sw = generate(card, request.wanted, slot)) != VSC_SW_OK)
		return sw;
	return (cmd->p1 & P1_NO_OUTPUT) != 0 ? VSC_SW_OK : vsc_operation_put_public(slot->key, out);
}

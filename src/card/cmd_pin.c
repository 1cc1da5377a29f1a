/*
 * VERIFY, CHANGE REFERENCE DATA, ENABLE and DISABLE VERIFICATION REQUIREMENT, RESET RETRY COUNTER
 * (ISO/IEC 7816-4:2020 11.6). The odd instructions carry data objects: 80 the value (or
 * the unblock code) that proves, 81 the new one.
 */
#include "card/auth.h"
#include "card/cmd.h"
#include "card/engine.h"
#include "iso/tlv.h"

#define TAG_PROOF 0x80u
#define TAG_NEW   0x81u

/* Coding of P2: bit 8 specific, bits 7-6 zero, bits 5-1 the number. */
static vsc_sw
find_pin(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_pin **pin)
{
	if ((cmd->p2 & 0x60) != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P2 %02X is no reference", cmd->p2);
	if ((*pin = vsc_pin_find(card, cmd->p2)) == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no PIN at reference %02X", cmd->p2);
	return VSC_SW_OK;
}

/* What the data field holds; ptr NULL: not there. */
struct values {
	struct vsc_span proof, fresh;
};

static bool
take_object(struct vsc_span data, uint32_t tag, struct vsc_span *value)
{
	if (vsc_tlv_find(data, tag, value) < 0)
		return false;
	if (value->len == 0)
		value->ptr = data.ptr;
	return true;
}

/* Exactly the objects that P1 asks for. */
static bool
read_objects(struct vsc_span data, bool proof, bool fresh, struct values *values)
{
	struct vsc_in in = vsc_in_from(data);
	struct vsc_tlv tlv;
	size_t n = 0;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) == 1)
		n++;
	return rc == 0 && n == (size_t)proof + (size_t)fresh &&
	       (!proof || take_object(data, TAG_PROOF, &values->proof)) &&
	       (!fresh || take_object(data, TAG_NEW, &values->fresh));
}

/*
 * Without objects the two values follow one another. Where the first ends, its own length tells:
 * padded and format 2 values have a fixed one. What is too short for two is a wrong first one,
 * which costs a try: else the length of the stored value could be found out for nothing.
 */
static void
split(struct vsc_span data, size_t first, bool proof, bool fresh, struct values *values)
{
	if (!proof)
		first = 0;
	else if (!fresh || data.len < first)
		first = data.len;
	values->proof = vsc_span_slice(data, 0, first);
	values->fresh = vsc_span_slice(data, first, data.len);
}

static size_t
sent_len(const struct vsc_pin *pin, const struct vsc_blob *value)
{
	if ((pin->flags & VSC_PIN_PADDED) != 0)
		return pin->max_len;
	if (pin->format == VSC_PIN_FORMAT2)
		return 8;
	return pin->format == VSC_PIN_BCD ? (value->len + 1) / 2 : value->len;
}

/* proof and fresh: which values P1 announces; first: the length of the first of two. */
static vsc_sw
read_values(struct vsc_card *card, const struct vsc_apdu *cmd, size_t first, bool proof, bool fresh,
    struct values *values)
{
	*values = (struct values){ VSC_SPAN_EMPTY, VSC_SPAN_EMPTY };
	if (!proof && !fresh && cmd->data.len == 0)
		return VSC_SW_OK;
	if (cmd->data.len == 0 || (!proof && !fresh))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_LENGTH, "P1 and the data field do not go together");
	if ((cmd->ins & 1) == 0)
		split(cmd->data, first, proof, fresh, values);
	else if (!read_objects(cmd->data, proof, fresh, values))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "the data field does not hold what P1 says");
	return VSC_SW_OK;
}

vsc_sw
vsc_cmd_verify(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct values values;
	struct vsc_pin *pin;
	vsc_sw sw;

	(void)out;
	if (cmd->p1 != 0x00 && cmd->p1 != 0xFF)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 must be 00 or FF");
	if ((sw = find_pin(card, cmd, &pin)) != VSC_SW_OK)
		return sw;
	if (cmd->p1 == 0xFF) {
		/* back to "not verified" */
		if (cmd->data.len != 0)
			return vsc_card_refuse(
			    card, VSC_SW_WRONG_LENGTH, "no data field with P1 FF");
		vsc_pin_forget(card, pin);
		return VSC_SW_OK;
	}
	if (cmd->data.len == 0)
		return vsc_pin_status(card, pin);
	if ((sw = read_values(card, cmd, 0, true, false, &values)) != VSC_SW_OK)
		return sw;
	return vsc_pin_verify(card, pin, values.proof);
}

/* P1 00: old and new value. P1 01: the new one only, the old having been verified. */
vsc_sw
vsc_cmd_change_reference(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	bool with_old = cmd->p1 == 0x00;
	struct values values;
	struct vsc_pin *pin;
	vsc_sw sw;

	(void)out;
	if (cmd->p1 > 0x01)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 must be 00 or 01");
	if ((sw = find_pin(card, cmd, &pin)) != VSC_SW_OK)
		return sw;
	sw = read_values(card, cmd, sent_len(pin, &pin->value), with_old, true, &values);
	if (sw != VSC_SW_OK)
		return sw;
	if (with_old)
		sw = vsc_pin_verify_old(card, pin, values.proof);
	else if (!vsc_pin_proven(card, pin) || (pin->flags & VSC_PIN_ENABLED) == 0)
		sw = vsc_card_refuse(card, VSC_SW_SECURITY, "the old value was not verified");
	if (sw != VSC_SW_OK)
		return sw;
	return vsc_pin_set(card, pin, values.fresh);
}

/* P1 00: with the value, 01: having verified it. */
static vsc_sw
set_requirement(struct vsc_card *card, const struct vsc_apdu *cmd, bool enabled)
{
	struct values values;
	struct vsc_pin *pin;
	vsc_sw sw;

	if (cmd->p1 > 0x01)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 must be 00 or 01");
	if ((sw = find_pin(card, cmd, &pin)) != VSC_SW_OK)
		return sw;
	if ((pin->flags & VSC_PIN_MAY_DISABLE) == 0)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "this PIN's requirement is fixed");
	if ((sw = read_values(card, cmd, 0, cmd->p1 == 0, false, &values)) != VSC_SW_OK)
		return sw;
	if (cmd->p1 == 0)
		sw = vsc_pin_verify(card, pin, values.proof);
	else if (!vsc_pin_proven(card, pin))
		sw = vsc_card_refuse(card, VSC_SW_SECURITY, "the value was not verified");
	if (sw != VSC_SW_OK)
		return sw;
	vsc_pin_set_enabled(card, pin, enabled);
	return VSC_SW_OK;
}

vsc_sw
vsc_cmd_enable_verification(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	return set_requirement(card, cmd, true);
}

vsc_sw
vsc_cmd_disable_verification(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	return set_requirement(card, cmd, false);
}

/* Without the unblock code: has the PIN's administrator shown himself? */
static vsc_sw
check_admin(struct vsc_card *card, const struct vsc_pin *pin)
{
	const struct vsc_pin *other =
	    pin->admin_pin == 0 ? NULL : vsc_pin_find(card, pin->admin_pin);
	const struct vsc_slot *slot =
	    pin->admin_key == 0 ? NULL : vsc_slot_find(card, pin->admin_key);

	if (other != NULL && other != pin && vsc_pin_proven(card, other))
		return VSC_SW_OK;
	if (slot != NULL && vsc_key_proven(card, slot->id))
		return VSC_SW_OK;
	return vsc_card_refuse(card, VSC_SW_SECURITY,
	    "who may do this without the unblock code (PIN %02X, key %02X) has not been proven",
	    pin->admin_pin, pin->admin_key);
}

/* Bit 1 of P1: no new value; bit 2: no unblock code. */
vsc_sw
vsc_cmd_reset_retry(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	bool with_code = (cmd->p1 & 0x02) == 0, with_new = (cmd->p1 & 0x01) == 0;
	struct values values;
	struct vsc_pin *pin;
	vsc_sw sw;

	(void)out;
	if (cmd->p1 > 0x03)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 must be 00 to 03");
	if ((sw = find_pin(card, cmd, &pin)) != VSC_SW_OK)
		return sw;
	sw = read_values(card, cmd, sent_len(pin, &pin->unblock), with_code, with_new, &values);
	if (sw != VSC_SW_OK)
		return sw;
	sw = with_code ? vsc_pin_verify_code(card, pin, values.proof) : check_admin(card, pin);
	if (sw != VSC_SW_OK)
		return sw;
	if (with_new)
		return vsc_pin_set(card, pin, values.fresh);
	vsc_pin_reset_tries(card, pin);
	return VSC_SW_OK;
}

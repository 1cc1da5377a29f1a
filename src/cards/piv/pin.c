/*
 * PIN and PUK: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER (SP 800-73-4 3.2.1 to 3.2.3), and
 * Yubico's SET PIN RETRIES. Each is a PIN of its own (card/auth.h); the PUK's proof is dropped as
 * soon as it was used.
 */
#include "cards/piv/piv.h"

#include "base/auto.h"

#define MIN_LEN       6 /* part 1, 2.4.3: six to eight */
#define DEFAULT_TRIES 3
#define KEPT_TRIES    1 /* of PIN and global PIN, for the contact interface */

int
piv_pin_put(struct vsc_card *card, uint8_t ref, struct vsc_span value, uint8_t tries)
{
	struct vsc_pin *old = vsc_pin_find(card, ref);
	struct vsc_pin spec = {
		.ref = ref,
		.flags = VSC_PIN_ENABLED | VSC_PIN_PADDED,
		.pad = 0xFF,
		.min_len = MIN_LEN,
		.max_len = PIV_PIN_LEN,
		.max_tries = tries == 0 ? DEFAULT_TRIES : tries,
	};
	int rc;

	if (old != NULL)
		vsc_pin_delete(card, old);
	if ((rc = vsc_blob_set(&spec.value, value)) == 0)
		rc = vsc_pin_add(card, &spec, NULL);
	vsc_blob_free(&spec.value);
	return rc;
}

static bool
is_proven(struct vsc_card *card, uint8_t ref)
{
	const struct vsc_pin *pin = vsc_pin_find(card, ref);

	return pin != NULL && vsc_pin_proven(card, pin);
}

/* Part 1, 3.3.2: where there is a global PIN it satisfies what asks for the PIN. */
vsc_sw
piv_pin_proven(struct vsc_card *card)
{
	if (is_proven(card, PIV_PIN) || is_proven(card, PIV_GLOBAL))
		return VSC_SW_OK;
	return vsc_card_refuse(card, VSC_SW_SECURITY, "the PIN has not been verified");
}

uint8_t
piv_pin_for(struct vsc_card *card, const struct vsc_slot *slot)
{
	const struct vsc_pin *global = vsc_pin_find(card, PIV_GLOBAL);

	if (global == NULL || slot->pin != PIV_PIN || !vsc_pin_proven(card, global))
		return slot->pin;
	if (slot->policy == VSC_PIN_ALWAYS)
		return vsc_card_rights(card)->fresh == global->id ? PIV_GLOBAL : slot->pin;
	return is_proven(card, PIV_PIN) ? slot->pin : PIV_GLOBAL;
}

/* The global PIN is there if --global-pin made it; biometrics (96, 97) are not on this card. */
static vsc_sw
find_pin(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_pin **pin)
{
	*pin = NULL;
	if (cmd->p2 == PIV_PIN || cmd->p2 == PIV_PUK || cmd->p2 == PIV_GLOBAL)
		*pin = vsc_pin_find(card, cmd->p2);
	if (*pin != NULL)
		return VSC_SW_OK;
	return vsc_card_refuse(
	    card, VSC_SW_REFERENCE_NOT_FOUND, "no PIN at reference %02X", cmd->p2);
}

/* Tries that can be used on this interface. */
static uint8_t
tries_here(struct vsc_card *card, const struct vsc_pin *pin)
{
	const uint8_t kept = piv_state(card)->contactless ? KEPT_TRIES : 0;

	return pin->tries > kept ? (uint8_t)(pin->tries - kept) : 0;
}

/*
 * Part 2, 3.2.1: a card with secure messaging has an intermediate retry value, below which the
 * contactless interface cannot bring a PIN: nobody blocks it in passing. At it nothing is compared.
 */
static vsc_sw
verify_here(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span given)
{
	vsc_sw sw;

	if (pin->tries > 0 && tries_here(card, pin) == 0)
		return vsc_card_refuse(
		    card, VSC_SW_AUTH_BLOCKED, "the last try is kept for the contact interface");
	sw = vsc_pin_verify(card, pin, given);
	return sw == VSC_SW_TRIES_LEFT(pin->tries) ? VSC_SW_TRIES_LEFT(tries_here(card, pin)) : sw;
}

static vsc_sw
status_here(struct vsc_card *card, const struct vsc_pin *pin)
{
	vsc_sw sw = vsc_pin_status(card, pin);

	return sw == VSC_SW_TRIES_LEFT(pin->tries) ? VSC_SW_TRIES_LEFT(tries_here(card, pin)) : sw;
}

vsc_sw
piv_verify(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_pin *pin;
	vsc_sw sw;

	(void)out;
	if (cmd->p1 != 0x00 && cmd->p1 != 0xFF)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 must be 00 or FF");
	if (cmd->p2 == PIV_PUK)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "the PUK is for RESET RETRY COUNTER");
	if (cmd->p2 == PIV_PAIRING)
		return piv_verify_pairing(card, cmd);
	if ((sw = find_pin(card, cmd, &pin)) != VSC_SW_OK || (sw = piv_contact(card)) != VSC_SW_OK)
		return sw;
	if (cmd->p1 == 0x00 && cmd->data.len > 0)
		return verify_here(card, pin, cmd->data);
	if (cmd->p1 == 0x00)
		return status_here(card, pin);
	if (cmd->data.len > 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no data field with P1 FF");
	vsc_pin_forget(card, pin);
	return VSC_SW_OK;
}

static bool
has_padding(struct vsc_span value, uint8_t pad)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] == pad)
			return true;
	return false;
}

static vsc_sw
check_new(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span fresh)
{
	VSC_AUTO_BLOB value = { NULL, 0 };

	if (vsc_pin_parse(pin, fresh, &value) == 0 && value.len >= pin->min_len &&
	    !has_padding(vsc_blob_span(&value), pin->pad))
		return VSC_SW_OK;
	return vsc_card_refuse(
	    card, VSC_SW_WRONG_DATA, "a new value has six to eight bytes, filled up with FF");
}

/* Two values of eight bytes each. */
static vsc_sw
read_two(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_span *first,
    struct vsc_span *second)
{
	if (cmd->p1 != 0x00)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 must be 00");
	if (cmd->data.len != 2 * PIV_PIN_LEN)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "two values of eight bytes expected");
	*first = vsc_span_slice(cmd->data, 0, PIV_PIN_LEN);
	*second = vsc_span_slice(cmd->data, PIV_PIN_LEN, PIV_PIN_LEN);
	return VSC_SW_OK;
}

/*
 * The old value, or the PUK, which stands before a new value. Wrong ones cost a try whatever comes
 * after them: with that, tools block a card that they are about to reset. If it is right and the
 * new value is none, tries and status are as they were (3.2.2, 3.2.3).
 */
static vsc_sw
verify_before(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span given,
    struct vsc_pin *target, struct vsc_span fresh)
{
	const uint8_t tries = pin->tries;
	const bool proven = vsc_pin_proven(card, pin);
	vsc_sw sw = verify_here(card, pin, given);

	if (sw != VSC_SW_OK || (sw = check_new(card, target, fresh)) == VSC_SW_OK)
		return sw;
	pin->tries = tries;
	vsc_pin_touch(card, pin);
	if (!proven)
		vsc_pin_forget(card, pin);
	return sw;
}

vsc_sw
piv_change_reference(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_span old, fresh;
	struct vsc_pin *pin;
	vsc_sw sw;

	(void)out;
	if ((sw = find_pin(card, cmd, &pin)) != VSC_SW_OK)
		return sw;
	if (cmd->p2 == PIV_PUK && piv_state(card)->contactless)
		return vsc_card_refuse(
		    card, VSC_SW_FUNCTION, "the PUK is not for the contactless interface");
	if ((sw = piv_contact(card)) != VSC_SW_OK ||
	    (sw = read_two(card, cmd, &old, &fresh)) != VSC_SW_OK ||
	    (sw = verify_before(card, pin, old, pin, fresh)) != VSC_SW_OK ||
	    (sw = vsc_pin_set(card, pin, fresh)) != VSC_SW_OK)
		return sw;
	/* 3.2.2: what was verified with the old value stays so with the new one */
	if (cmd->p2 != PIV_PUK)
		vsc_pin_prove(card, pin);
	return VSC_SW_OK;
}

vsc_sw
piv_reset_retry(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_pin *puk = vsc_pin_find(card, PIV_PUK), *pin;
	struct vsc_span code, fresh;
	bool proven;
	vsc_sw sw;

	(void)out;
	if ((sw = find_pin(card, cmd, &pin)) != VSC_SW_OK)
		return sw;
	if (cmd->p2 != PIV_PIN || puk == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "only the PIN can be reset");
	if ((sw = read_two(card, cmd, &code, &fresh)) != VSC_SW_OK)
		return sw;
	/* 3.2.3: success leaves the PIN's status as it was, a wrong PUK takes it away */
	proven = vsc_pin_proven(card, pin);
	if ((sw = verify_before(card, puk, code, pin, fresh)) != VSC_SW_OK) {
		if (sw != VSC_SW_AUTH_BLOCKED && sw != VSC_SW_WRONG_DATA)
			vsc_pin_forget(card, pin);
		return sw;
	}
	vsc_pin_forget(card, puk);
	if ((sw = vsc_pin_set(card, pin, fresh)) == VSC_SW_OK && proven)
		vsc_pin_prove(card, pin);
	return sw;
}

/* Yubico: P1 tries of the PIN, P2 of the PUK; both get their default values back. */
vsc_sw
piv_set_tries(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	vsc_sw sw;

	(void)out;
	if (cmd->p1 == 0 || cmd->p2 == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "1 to 255 tries");
	if ((sw = piv_admin_proven(card)) != VSC_SW_OK || (sw = piv_pin_proven(card)) != VSC_SW_OK)
		return sw;
	if (piv_pin_put(card, PIV_PIN, vsc_span_str("123456"), cmd->p1) < 0 ||
	    piv_pin_put(card, PIV_PUK, vsc_span_str("12345678"), cmd->p2) < 0)
		return VSC_SW_INTERNAL;
	return VSC_SW_OK;
}

/*
 * PIN.QES, the local PIN of the eSign application (TR-03117): it is shown before every signature,
 * changed by who knows it, unblocked with the PUK, set where there is none, and given up for good.
 */
#include <string.h>

#include "card/cmd.h"
#include "card/keystore.h"
#include "card/sm.h"
#include "cards/npa/npa.h"

#define TRIES    3
#define UNBLOCKS 10
#define MIN_LEN  6
#define MAX_LEN  12
#define PRESET   "444444"

/* May the terminal have this command of the ISO card, with PIN.QES? */
static vsc_sw
demand_pin(struct vsc_card *card, const struct vsc_apdu *cmd)
{
	if (cmd->p2 != VSC_NPA_QES_PIN)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND,
		    "only PIN.QES is verified so; the others open PACE");
	return vsc_npa_esign_demand(card, vsc_npa_may_sign);
}

vsc_sw
vsc_npa_verify(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	vsc_sw sw = demand_pin(card, cmd);

	return sw == VSC_SW_OK ? vsc_cmd_verify(card, cmd, out) : sw;
}

vsc_sw
vsc_npa_change_reference(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	vsc_sw sw = demand_pin(card, cmd);

	return sw == VSC_SW_OK ? vsc_cmd_change_reference(card, cmd, out) : sw;
}

static bool
opened_with(struct vsc_card *card, unsigned password)
{
	return vsc_npa_of(card)->eac.password == password && vsc_card_sm_kind(card) != VSC_SM_NONE;
}

static int
add_pin(struct vsc_card *card, uint32_t df, uint8_t flags, struct vsc_pin **pin)
{
	const struct vsc_pin spec = {
		.df = df,
		.ref = VSC_NPA_QES_PIN,
		.format = VSC_PIN_DIGITS,
		.flags = flags,
		.min_len = MIN_LEN,
		.max_len = MAX_LEN,
		.max_tries = TRIES,
		.unblock_max = UNBLOCKS,
	};

	return vsc_pin_add(card, &spec, pin);
}

/* There is none: the holder shows the PIN of the card, or the PUK, to a terminal for signatures. */
static vsc_sw
initialise(struct vsc_card *card, struct vsc_span value)
{
	struct vsc_pin *pin;
	vsc_sw sw = vsc_npa_esign_demand(card, vsc_npa_may_sign);

	if (sw != VSC_SW_OK)
		return sw;
	if (!opened_with(card, VSC_EAC_PIN) && !opened_with(card, VSC_EAC_PUK))
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "PACE was opened neither with the PIN nor with the PUK");
	if (add_pin(card, vsc_card_position(card)->df->id, VSC_PIN_ENABLED, &pin) < 0)
		return VSC_SW_MEMORY_FAILURE;
	if ((sw = vsc_pin_set(card, pin, value)) != VSC_SW_OK)
		vsc_pin_delete(card, pin);
	return sw;
}

static vsc_sw
count_unblock(struct vsc_card *card, const struct vsc_pin *pin)
{
	if (!opened_with(card, VSC_EAC_PUK))
		return vsc_card_refuse(card, VSC_SW_SECURITY, "PACE was not opened with the PUK");
	if (pin->unblock_tries == 0)
		return vsc_card_refuse(card, VSC_SW_AUTH_BLOCKED, "all unblocks are used up");
	return VSC_SW_OK;
}

/* P1 02: a new value; for one who has verified the old one, or with the PUK, which is an unblock.
 */
static vsc_sw
new_value(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span value)
{
	bool proven;
	vsc_sw sw;

	if (pin == NULL)
		return initialise(card, value);
	proven = vsc_npa_may_sign(card) && vsc_pin_proven(card, pin);
	if (!proven && (sw = count_unblock(card, pin)) != VSC_SW_OK)
		return sw;
	if ((sw = vsc_pin_set(card, pin, value)) == VSC_SW_OK && !proven)
		pin->unblock_tries--;
	return sw;
}

/* P1 03: tries full again, after PACE with the PUK; ten times. */
static vsc_sw
unblock(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span value)
{
	vsc_sw sw;

	if (pin == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "PIN.QES is not initialised");
	if (value.len != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "no data field with P1 03");
	if ((sw = count_unblock(card, pin)) != VSC_SW_OK)
		return sw;
	pin->unblock_tries--;
	vsc_pin_reset_tries(card, pin);
	return VSC_SW_OK;
}

vsc_sw
vsc_npa_reset_qes(struct vsc_card *card, const struct vsc_apdu *cmd)
{
	const struct vsc_file *df = vsc_card_position(card)->df;
	struct vsc_pin *pin = vsc_pin_find(card, VSC_NPA_QES_PIN);

	if (df == NULL || !vsc_span_eq(vsc_file_name(df), vsc_npa_aid_esign))
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND, "eSign is not selected");
	if (cmd->p1 == 0x02)
		return new_value(card, pin, cmd->data);
	if (cmd->p1 == 0x03)
		return unblock(card, pin, cmd->data);
	return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 must be 02 or 03");
}

/* 00 E6 10 81: the holder gives up PIN.QES, and with it the key. */
vsc_sw
vsc_npa_terminate(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_slot *slot = vsc_slot_find(card, VSC_NPA_QES_KEY);
	struct vsc_pin *pin = vsc_pin_find(card, VSC_NPA_QES_PIN);
	vsc_sw sw;

	(void)out;
	if (cmd->p1 != 0x10 || cmd->p2 != VSC_NPA_QES_PIN)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 1081: PIN.QES");
	if ((sw = vsc_npa_esign_demand(card, vsc_npa_may_sign)) != VSC_SW_OK)
		return sw;
	if (pin == NULL)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND, "there is none");
	vsc_pin_delete(card, pin);
	if (slot != NULL)
		vsc_slot_set_key(card, slot, NULL);
	return VSC_SW_OK;
}

/* --- Personalisation --- */

/* "" leaves it to the holder; one digit less than the least is a transport PIN: it is only good for
 * choosing another. */
int
vsc_npa_make_qes(struct vsc_card *card, const struct vsc_params *params, uint32_t df)
{
	const char *given = vsc_params_get(params, "qes-pin");
	const char *value = given != NULL ? given : PRESET;
	size_t len = strlen(value);
	struct vsc_pin *pin;
	int rc;

	if (strspn(value, "0123456789") != len || (len != 0 && len < MIN_LEN - 1) || len > MAX_LEN)
		return vsc_npa_fail(card, VSC_E_PARAM, "--qes-pin: %u to %u digits, not \"%s\"",
		    MIN_LEN, MAX_LEN, value);
	if (len == 0)
		return 0;
	rc = add_pin(
	    card, df, len < MIN_LEN ? VSC_PIN_ENABLED | VSC_PIN_TRANSPORT : VSC_PIN_ENABLED, &pin);
	return rc < 0 ? rc : vsc_blob_set(&pin->value, vsc_span_str(value));
}

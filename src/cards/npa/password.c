/*
 * MRZ, CAN, PIN and PUK: which opens what, the PIN's life (TR-03110-2 2.5 and 3.5: full, suspended,
 * resumed, blocked, deactivated), and the commands that manage them (TR-03110-3 B.6).
 */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "card/sm.h"
#include "cards/epass/mrz.h"
#include "cards/npa/npa.h"

#define PIN_TRIES  3
#define PUK_USES   10
#define PIN_LEN    6
#define SUSPENDED  1 /* tries left */
#define P1_NEW     0x02
#define P1_UNBLOCK 0x03

static struct vsc_pin *
the_pin(struct vsc_card *card)
{
	return vsc_pin_find(card, VSC_EAC_PIN);
}

/* --- Hooks of PACE --- */

static int
secret(struct vsc_card *card, unsigned password, struct vsc_blob *value)
{
	struct vsc_pin *pin = password >= VSC_EAC_MRZ && password <= VSC_EAC_PUK
				  ? vsc_pin_find(card, (uint8_t)password)
				  : NULL;

	if (pin == NULL)
		return VSC_E_NOT_FOUND;
	if (password == VSC_EAC_MRZ)
		return vsc_pace_mrz_secret(vsc_blob_span(&pin->value), value);
	return vsc_blob_set(value, vsc_blob_span(&pin->value));
}

/* TR-03110-2 2.4 and 3.2: which password opens PACE for which terminal. */
static bool
fits(unsigned password, const struct vsc_chat *chat)
{
	if (chat->type == VSC_CVC_IS)
		return password == VSC_EAC_CAN || password == VSC_EAC_MRZ;
	if (chat->type == VSC_CVC_ST)
		return password != VSC_EAC_MRZ;
	return password == VSC_EAC_PIN ||
	       (password == VSC_EAC_CAN && (chat->rights >> VSC_NPA_AT_CAN_ALLOWED & 1) != 0);
}

static vsc_sw
may_open(struct vsc_card *card, unsigned password, const struct vsc_chat *chat)
{
	const struct vsc_pin *pin = the_pin(card);

	if (chat != NULL && !fits(password, chat))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "password %u is not for such a terminal", password);
	if (password != VSC_EAC_PIN)
		return VSC_SW_OK;
	if ((pin->flags & VSC_PIN_ENABLED) == 0)
		return VSC_SW_DEACTIVATED;
	return pin->tries == pin->max_tries ? VSC_SW_OK : VSC_SW_TRIES_LEFT(pin->tries);
}

/* The last try is only for one who has shown the CAN in this very session. */
static vsc_sw
may_try(struct vsc_card *card, unsigned password)
{
	const struct vsc_pin *pin = the_pin(card);
	bool resumed =
	    vsc_npa_of(card)->eac.password == VSC_EAC_CAN && vsc_card_sm_kind(card) != VSC_SM_NONE;

	if (password != VSC_EAC_PIN) {
		vsc_eac_delay_wait(card, &vsc_npa_of(card)->delay);
		return VSC_SW_OK;
	}
	if ((pin->flags & VSC_PIN_ENABLED) == 0)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_UNUSABLE, "the PIN is deactivated");
	if (pin->tries == 0)
		return vsc_card_refuse(card, VSC_SW_AUTH_BLOCKED, "the PIN is blocked");
	if (pin->tries <= SUSPENDED && !resumed)
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "the PIN is suspended: the CAN comes first");
	return VSC_SW_OK;
}

static vsc_sw
spend(struct vsc_card *card, unsigned password)
{
	struct vsc_pin *pin = the_pin(card);
	vsc_sw sw;

	if (password != VSC_EAC_PIN)
		return VSC_SW_OK;
	if ((sw = may_try(card, password)) != VSC_SW_OK)
		return sw;
	pin->tries--;
	vsc_pin_touch(card, pin);
	if (vsc_card_commit(card) < 0)
		return vsc_card_refuse(card, VSC_SW_MEMORY_FAILURE, "the try could not be saved");
	return VSC_SW_OK;
}

static vsc_sw
judged(struct vsc_card *card, unsigned password, bool right)
{
	struct vsc_pin *pin = the_pin(card);

	if (password != VSC_EAC_PIN)
		return vsc_eac_delay_judge(card, &vsc_npa_of(card)->delay, right);
	if (!right)
		return VSC_SW_TRIES_LEFT(pin->tries);
	vsc_pin_reset_tries(card, pin);
	return VSC_SW_OK;
}

const struct vsc_eac_hooks vsc_npa_hooks = {
	.secret = secret,
	.may_open = may_open,
	.may_try = may_try,
	.spend = spend,
	.judged = judged,
	.trust_changed = vsc_npa_save_trust,
};

/* --- Commands --- */

static bool
opened_with(struct vsc_card *card, unsigned password)
{
	return vsc_npa_of(card)->eac.password == password && vsc_card_sm_kind(card) != VSC_SM_NONE;
}

static bool
manages_pins(struct vsc_card *card)
{
	return vsc_npa_may(card, VSC_CVC_AT, VSC_NPA_AT_PIN_MANAGEMENT);
}

static vsc_sw
change_pin(struct vsc_card *card, struct vsc_span value)
{
	if (!opened_with(card, VSC_EAC_PIN) && !manages_pins(card))
		return vsc_card_refuse(card, VSC_SW_SECURITY,
		    "a new PIN needs the old one, or the right of PIN management");
	return vsc_pin_set(card, the_pin(card), value);
}

static vsc_sw
change_can(struct vsc_card *card, struct vsc_span value)
{
	if (!manages_pins(card))
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "a new CAN needs the right of PIN management");
	return vsc_pin_set(card, vsc_pin_find(card, VSC_EAC_CAN), value);
}

/* The PUK itself is never blocked: what is counted is how often it was of use. */
static vsc_sw
unblock_pin(struct vsc_card *card, struct vsc_span value)
{
	struct vsc_pin *pin = the_pin(card);
	bool by_right = manages_pins(card);

	if (value.len != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "no data field with P1 03");
	if (!by_right && !opened_with(card, VSC_EAC_PUK))
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "to unblock the PIN, PACE was not opened with the PUK");
	if (!by_right && pin->unblock_tries == 0)
		return vsc_card_refuse(card, VSC_SW_AUTH_BLOCKED, "all unblocks are used up");
	if (!by_right)
		pin->unblock_tries--;
	vsc_pin_reset_tries(card, pin);
	return VSC_SW_OK;
}

static const struct {
	uint8_t p1, p2;
	vsc_sw (*run)(struct vsc_card *card, struct vsc_span value);
} changes[] = {
	{ P1_NEW, VSC_EAC_PIN, change_pin },
	{ P1_NEW, VSC_EAC_CAN, change_can },
	{ P1_UNBLOCK, VSC_EAC_PIN, unblock_pin },
};

vsc_sw
vsc_npa_reset_retry(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	if (cmd->p2 == VSC_NPA_QES_PIN)
		return vsc_npa_reset_qes(card, cmd);
	for (size_t i = 0; i < VSC_COUNT(changes); i++)
		if (changes[i].p1 == cmd->p1 && changes[i].p2 == cmd->p2)
			return changes[i].run(card, cmd->data);
	return vsc_card_refuse(
	    card, VSC_SW_WRONG_P1P2, "%02X%02X is no change of a password", cmd->p1, cmd->p2);
}

static vsc_sw
set_active(struct vsc_card *card, const struct vsc_apdu *cmd, bool active)
{
	if (cmd->p1 != 0x10 || cmd->p2 != VSC_EAC_PIN)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 1003: the PIN");
	if (cmd->data.len != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "no data field expected");
	if (!manages_pins(card))
		return vsc_card_refuse(card, VSC_SW_SECURITY, "needs the right of PIN management");
	vsc_pin_set_enabled(card, the_pin(card), active);
	return VSC_SW_OK;
}

vsc_sw
vsc_npa_activate_pin(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	return set_active(card, cmd, true);
}

vsc_sw
vsc_npa_deactivate_pin(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	return set_active(card, cmd, false);
}

/* --- Personalisation --- */

/* The predecessor's: clients know it. Its own text has one filler more in the second line, which is
 * taken where it is given so. */
#define LINE_1           "IDD<<T220001293<<<<<<<<<<<<<<<"
#define LINE_3           "MUSTERMANN<<ERIKA<<<<<<<<<<<<<"
#define DEFAULT_MRZ      LINE_1 "6408125<2010315D<<<<<<<<<<<<<4" LINE_3
#define PREDECESSORS_MRZ LINE_1 "6408125<2010315D<<<<<<<<<<<<<<4" LINE_3

static const struct password {
	const char *option, *preset;
	uint8_t ref, max_tries, unblock_max;
	uint8_t min_len, max_len; /* of a new value */
	uint8_t first_len;        /* a transport PIN is shorter */
} passwords[] = {
	{ "can", "222222", VSC_EAC_CAN, 0, 0, PIN_LEN, PIN_LEN, PIN_LEN },
	{ "pin", "111111", VSC_EAC_PIN, PIN_TRIES, PUK_USES, PIN_LEN, PIN_LEN, PIN_LEN - 1 },
	{ "puk", "3333333333", VSC_EAC_PUK, 0, 0, 10, 10, 10 },
};

static int
add_password(struct vsc_card *card, const struct password *password, struct vsc_span value)
{
	struct vsc_pin spec = {
		.ref = password->ref,
		.format = VSC_PIN_DIGITS,
		.flags = VSC_PIN_ENABLED,
		.min_len = password->min_len,
		.max_len = password->max_len,
		.max_tries = password->max_tries,
		.unblock_max = password->unblock_max,
	};
	int rc = vsc_blob_set(&spec.value, value);

	if (rc == 0)
		rc = vsc_pin_add(card, &spec, NULL);
	vsc_blob_free(&spec.value);
	return rc;
}

static int
make_password(
    struct vsc_card *card, const struct vsc_params *params, const struct password *password)
{
	const char *given = vsc_params_get(params, password->option);
	const char *value = given != NULL ? given : password->preset;
	size_t len = strlen(value);

	if (strspn(value, "0123456789") != len || len < password->first_len ||
	    len > password->max_len)
		return vsc_npa_fail(card, VSC_E_PARAM, "--%s: %u digits, not \"%s\"",
		    password->option, password->max_len, value);
	return add_password(card, password, vsc_span_str(value));
}

int
vsc_npa_read_mrz(struct vsc_card *card, const struct vsc_params *params, struct vsc_mrz *mrz)
{
	const char *given = vsc_params_get(params, "mrz");
	struct vsc_why why;

	if (given == NULL || strcmp(given, PREDECESSORS_MRZ) == 0)
		given = DEFAULT_MRZ;
	if (vsc_mrz_parse(mrz, vsc_span_str(given), false, &why) < 0)
		return vsc_npa_fail(card, VSC_E_PARAM, "--mrz: %s", why.text);
	return 0;
}

static int
make_mrz(struct vsc_card *card, const struct vsc_params *params)
{
	static const struct password row = { .ref = VSC_EAC_MRZ };
	char key[VSC_MRZ_KEY_MAX];
	struct vsc_mrz mrz;
	int rc;

	if ((rc = vsc_npa_read_mrz(card, params, &mrz)) < 0)
		return rc;
	return add_password(card, &row, vsc_span_str(vsc_mrz_key(&mrz, key)));
}

int
vsc_npa_make_passwords(struct vsc_card *card, const struct vsc_params *params)
{
	int rc = make_mrz(card, params);

	for (size_t i = 0; rc == 0 && i < VSC_COUNT(passwords); i++)
		rc = make_password(card, params, &passwords[i]);
	return rc;
}

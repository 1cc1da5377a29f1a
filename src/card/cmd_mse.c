/*
 * MANAGE SECURITY ENVIRONMENT (ISO/IEC 7816-4:2020 11.6): SET, STORE, RESTORE, ERASE. Templates for
 * secure messaging (P1 bits 6 and 5) start a session with stored keys.
 */
#include "base/auto.h"
#include "card/cmd.h"
#include "card/ef.h"
#include "card/engine.h"
#include "card/operation.h"

#define P1_COMMAND  0x10u /* secure messaging in the command data field */
#define P1_RESPONSE 0x20u
#define P1_COMPUTE  0x40u
#define P1_VERIFY   0x80u

static const struct {
	uint8_t bits;
	enum vsc_crt_role role;
} roles[] = {
	{ P1_COMPUTE, VSC_ROLE_COMPUTE },
	{ P1_VERIFY, VSC_ROLE_VERIFY },
	{ P1_COMMAND, VSC_ROLE_SM_COMMAND },
	{ P1_RESPONSE, VSC_ROLE_SM_ANSWER },
};

/* Is what the template refers to on this card? */
static vsc_sw
check_crt(struct vsc_card *card, const struct vsc_crt *crt)
{
	if (crt->alg != 0 && vsc_alg_by_id(crt->alg) == NULL)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no algorithm %02X (80)", crt->alg);
	if (crt->has_key && vsc_slot_find(card, crt->key) == NULL &&
	    vsc_pin_find(card, crt->key) == NULL)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND,
		    "nothing at reference %02X (83, 84)", crt->key);
	if (crt->name.len > 0 && vsc_slot_by_name(card, vsc_blob_span(&crt->name)) == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no key of this name (83, 84)");
	return VSC_SW_OK;
}

static vsc_sw
set_role(struct vsc_card *card, const struct vsc_apdu *cmd, enum vsc_crt_kind kind,
    enum vsc_crt_role role)
{
	struct vsc_se fresh = { .number = 0 }, *se = vsc_card_se(card);
	vsc_sw sw;

	if (vsc_se_set(&fresh, kind, role, cmd->data) < 0)
		sw = vsc_card_refuse(card, VSC_SW_WRONG_DATA, "not a control reference template");
	else
		sw = check_crt(card, &fresh.crt[kind][role]);
	vsc_se_clear(&fresh);
	if (sw != VSC_SW_OK)
		return sw;
	return vsc_se_set(se, kind, role, cmd->data) < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

static vsc_sw
set(struct vsc_card *card, const struct vsc_apdu *cmd)
{
	enum vsc_crt_kind kind = vsc_crt_kind(cmd->p2);
	vsc_sw sw;

	if (kind == VSC_CRT_KINDS)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "no template %02X", cmd->p2);
	if ((cmd->p1 & 0xF0) == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 says for no operation");
	for (size_t i = 0; i < VSC_COUNT(roles); i++) {
		if ((cmd->p1 & roles[i].bits) == 0)
			continue;
		if ((sw = set_role(card, cmd, kind, roles[i].role)) != VSC_SW_OK)
			return sw;
	}
	if ((cmd->p1 & (P1_COMMAND | P1_RESPONSE)) == 0)
		return VSC_SW_OK;
	/* a key that is none for secure messaging shall not be in the way of the next one */
	if ((sw = vsc_operation_start_sm(card)) != VSC_SW_OK) {
		vsc_se_unset(vsc_card_se(card), kind, VSC_ROLE_SM_COMMAND);
		vsc_se_unset(vsc_card_se(card), kind, VSC_ROLE_SM_ANSWER);
	}
	return sw;
}

/* Environments are part of access rules, so making and erasing them needs the DF's permission. */
static vsc_sw
check_numbered(struct vsc_card *card, const struct vsc_apdu *cmd)
{
	if (cmd->data.len != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "no data field here");
	/* 10.3.3: 00 is the empty one, EF is reserved, FF the one in which nothing can be done */
	if (cmd->p2 == 0x00 || cmd->p2 == 0xEF || cmd->p2 == 0xFF)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_P1P2, "environments are 01 to FE, not EF");
	return VSC_SW_OK;
}

static vsc_sw
store(struct vsc_card *card, const struct vsc_apdu *cmd)
{
	vsc_sw sw;

	if ((sw = check_numbered(card, cmd)) != VSC_SW_OK ||
	    (sw = vsc_security_manage(card, vsc_card_position(card)->df)) != VSC_SW_OK)
		return sw;
	return vsc_saved_se_store(card, cmd->p2) < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

static vsc_sw
find(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_saved_se **saved)
{
	vsc_sw sw;

	if ((sw = check_numbered(card, cmd)) != VSC_SW_OK)
		return sw;
	if ((*saved = vsc_saved_se_find(card, cmd->p2)) == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no environment %u", cmd->p2);
	return VSC_SW_OK;
}

static vsc_sw
restore(struct vsc_card *card, const struct vsc_apdu *cmd)
{
	struct vsc_saved_se *saved;
	vsc_sw sw;

	if (cmd->p2 == 0x00 && cmd->data.len == 0) {
		vsc_se_clear(vsc_card_se(card));
		return VSC_SW_OK;
	}
	if ((sw = find(card, cmd, &saved)) != VSC_SW_OK)
		return sw;
	if (vsc_saved_se_restore(card, saved) < 0)
		return VSC_SW_INTERNAL;
	return vsc_operation_start_sm(card);
}

static vsc_sw
erase(struct vsc_card *card, const struct vsc_apdu *cmd)
{
	struct vsc_saved_se *saved;
	vsc_sw sw;

	if ((sw = find(card, cmd, &saved)) != VSC_SW_OK ||
	    (sw = vsc_security_manage(card, vsc_card_position(card)->df)) != VSC_SW_OK)
		return sw;
	vsc_saved_se_delete(card, saved);
	return VSC_SW_OK;
}

/* P1 with bits 4-1 other than 1. */
static const struct {
	uint8_t p1;
	vsc_sw (*run)(struct vsc_card *card, const struct vsc_apdu *cmd);
} functions[] = {
	{ 0xF2, store },
	{ 0xF3, restore },
	{ 0xF4, erase },
};

vsc_sw
vsc_cmd_mse(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	if ((cmd->p1 & 0x0F) == 0x01)
		return set(card, cmd);
	for (size_t i = 0; i < VSC_COUNT(functions); i++)
		if (functions[i].p1 == cmd->p1)
			return functions[i].run(card, cmd);
	return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 %02X is no function of MSE", cmd->p1);
}

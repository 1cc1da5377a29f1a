/*
 * The leaves of security attributes (ISO/IEC 7816-4:2020 9.3.3): what has the channel proven? How
 * rules are put together is in rule.c.
 */
#include "card/engine.h"
#include "iso/tlv.h"

/* Usage qualifier (95) of an authentication template, and the bits of a condition byte. */
#define USAGE_EXTERNAL    0x80u
#define USAGE_USER        0x08u
#define USAGE_SM_RESPONSE 0x20u
#define USAGE_SM_COMMAND  0x10u
#define BYTE_ALL          0x80u
#define BYTE_SM           0x40u
#define BYTE_EXTERNAL     0x20u
#define BYTE_USER         0x10u

static bool
user_proven(struct vsc_card *card, bool named, uint8_t ref)
{
	struct vsc_pin *pin = vsc_pin_first(card), *meant = vsc_pin_find(card, ref);

	if (named)
		return meant != NULL && vsc_pin_proven(card, meant);
	for (; pin != NULL; pin = vsc_pin_next(pin))
		if (vsc_security_distance(card, pin->df) != UINT32_MAX && vsc_pin_proven(card, pin))
			return true;
	return false;
}

static bool
key_proven(struct vsc_card *card, bool named, uint8_t ref)
{
	struct vsc_slot *slot = vsc_slot_first(card), *meant = vsc_slot_find(card, ref);

	if (named)
		return meant != NULL && vsc_key_proven(card, meant->id);
	for (; slot != NULL; slot = vsc_slot_next(slot))
		if (vsc_key_proven(card, slot->id))
			return true;
	return false;
}

static bool
proven(struct vsc_card *card, unsigned usage, bool named, uint8_t ref)
{
	return ((usage & USAGE_USER) != 0 && user_proven(card, named, ref)) ||
	       ((usage & USAGE_EXTERNAL) != 0 && key_proven(card, named, ref));
}

/* Objects of an authentication template: 95 says which kind, 83 and 84 which ones. */
static bool
template_proven(struct vsc_card *card, struct vsc_span objects, unsigned wanted)
{
	struct vsc_in in = vsc_in_from(objects);
	struct vsc_span value;
	struct vsc_tlv tlv;
	bool named = false;

	if (vsc_tlv_find(objects, 0x95, &value) == 0 && value.len == 1)
		wanted &= value.ptr[0];
	while (vsc_tlv_next(&in, &tlv) == 1) {
		if (tlv.tag != 0x83 && tlv.tag != 0x84)
			continue;
		named = true;
		if (tlv.value.len == 1 && proven(card, wanted, true, tlv.value.ptr[0]))
			return true;
	}
	return !named && proven(card, wanted, false, 0);
}

/*
 * By the authentication templates that environment `number` has for this usage. Without any, and
 * with number 0: any PIN or key in reach.
 */
static bool
environment_proven(struct vsc_card *card, uint8_t number, unsigned wanted)
{
	const struct vsc_saved_se *saved = number == 0 ? NULL : vsc_saved_se_find(card, number);
	struct vsc_in in;
	struct vsc_tlv tlv;
	bool found = false;

	if (saved == NULL)
		return number == 0 && proven(card, wanted, false, 0);
	in = vsc_in_from(vsc_blob_span(&saved->crts));
	while (vsc_tlv_next(&in, &tlv) == 1) {
		struct vsc_span usage;

		if (tlv.tag != vsc_crt_tag(VSC_CRT_AT))
			continue;
		if (vsc_tlv_find(tlv.value, 0x95, &usage) == 0 &&
		    (usage.len != 1 || (usage.ptr[0] & wanted) == 0))
			continue;
		found = true;
		if (template_proven(card, tlv.value, wanted))
			return true;
	}
	return !found && proven(card, wanted, false, 0);
}

/* Secure messaging by which the terminal shows that it has the keys. */
static bool
is_protected(struct vsc_card *card)
{
	return card->sm_kind != VSC_SM_NONE && vsc_sm_proves(vsc_card_sm(card));
}

/* Table 20. Bits 4-1: environment, 0 is "not said", 15 is reserved. */
static bool
condition_byte(struct vsc_card *card, const struct vsc_file *file, uint8_t condition)
{
	const struct {
		uint8_t bit;
		bool met;
	} parts[] = {
		{ BYTE_SM, is_protected(card) },
		{ BYTE_EXTERNAL, environment_proven(card, condition & 0x0F, USAGE_EXTERNAL) },
		{ BYTE_USER, environment_proven(card, condition & 0x0F, USAGE_USER) },
	};
	bool any = false, all = true;

	(void)file;
	if ((condition & 0x0F) == 0x0F || (condition & 0x70) == 0)
		return false;
	for (size_t i = 0; i < VSC_COUNT(parts); i++) {
		if ((condition & parts[i].bit) == 0)
			continue;
		any |= parts[i].met;
		all &= parts[i].met;
	}
	return (condition & BYTE_ALL) != 0 ? all : any;
}

/* A key that the template names by 83 or 84 must be the session's; without one any will do. */
static bool
session_key(struct vsc_card *card, struct vsc_span crt, uint32_t id)
{
	struct vsc_in in = vsc_in_from(crt);
	struct vsc_tlv tlv;
	bool named = false;

	while (vsc_tlv_next(&in, &tlv) == 1) {
		const struct vsc_slot *slot;

		if (tlv.tag != 0x83 && tlv.tag != 0x84)
			continue;
		named = true;
		slot = tlv.value.len == 1 ? vsc_slot_find(card, tlv.value.ptr[0]) : NULL;
		if (slot != NULL && slot->id == id)
			return true;
	}
	return !named;
}

/* Usage qualifier (95) of a template for secure messaging: in the response, in the command. */
static unsigned
wanted_encryption(struct vsc_span crt)
{
	struct vsc_span usage;
	unsigned wanted = 0;

	if (vsc_tlv_find(crt, 0x95, &usage) < 0 || usage.len != 1)
		return 0;
	if ((usage.ptr[0] & USAGE_SM_RESPONSE) != 0)
		wanted |= VSC_SM_ENCRYPT_RESPONSE;
	if ((usage.ptr[0] & USAGE_SM_COMMAND) != 0)
		wanted |= VSC_SM_ENCRYPT_COMMAND;
	return wanted;
}

/* B8: the session enciphers both directions, those that 95 names, or one if it names none. */
static bool
enciphered(struct vsc_card *card, struct vsc_span crt)
{
	const unsigned does = vsc_card_sm(card)->now.flags, wanted = wanted_encryption(crt);

	return wanted == 0 ? (does & (VSC_SM_ENCRYPT_COMMAND | VSC_SM_ENCRYPT_RESPONSE)) != 0
			   : (does & wanted) == wanted;
}

/* A4: who; B4, B8: that a session with such a key protects the command. B6 would be a digital
 * signature of it, which this card's secure messaging does not have. */
static bool
condition_crt(struct vsc_card *card, const struct vsc_file *file, uint32_t tag, struct vsc_span crt)
{
	const struct vsc_rights *rights = vsc_card_rights(card);

	(void)file;
	if (tag == vsc_crt_tag(VSC_CRT_AT))
		return template_proven(card, crt, USAGE_USER | USAGE_EXTERNAL);
	if (!is_protected(card))
		return false;
	if (tag == vsc_crt_tag(VSC_CRT_CCT))
		return session_key(card, crt, rights->sm_mac);
	return tag == vsc_crt_tag(VSC_CRT_CT) && enciphered(card, crt) &&
	       session_key(card, crt, rights->sm_enc);
}

static uint8_t
environment(struct vsc_card *card)
{
	const uint8_t number = vsc_card_se(card)->number;

	/* 10.3.3: number 1 is the one that is there without being restored */
	return number == 0 ? 1 : number;
}

const struct vsc_conditions vsc_auth_conditions = { condition_byte, condition_crt, environment };

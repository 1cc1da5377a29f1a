/*
 * VERIFY and COMPARE of auxiliary data (TR-03110-3 B.6, TR-03110-4 2.1.3): is the holder old
 * enough, is the document valid, does the holder live there? The terminal sent what to compare with
 * in terminal authentication, and learns yes or no.
 */
#include "cards/npa/npa.h"
#include "iso/tlv.h"

#define ANYBODY  UINT32_MAX
#define DATE_LEN 8

/* The string inside a data group, whatever its type. */
static int
group_value(struct vsc_card *card, unsigned dg, struct vsc_span *value)
{
	struct vsc_file *ef =
	    vsc_npa_file(card, vsc_npa_aid_eid, (uint16_t)(VSC_NPA_FID_DG1 + dg - 1));
	struct vsc_span inside;
	struct vsc_tlv tlv;
	struct vsc_in in;

	if (ef == NULL || vsc_tlv_find(vsc_file_content(ef), 0x60 + dg, &inside) < 0)
		return VSC_E_NOT_FOUND;
	in = vsc_in_from(inside);
	if (vsc_tlv_next(&in, &tlv) != 1)
		return VSC_E_NOT_FOUND;
	*value = tlv.value;
	return 0;
}

static vsc_sw
answer(bool right)
{
	return right ? VSC_SW_OK : VSC_SW_AUTH_FAILED;
}

/* Born so long ago? What is not known of the date counts as the latest possible day. */
static vsc_sw
verify_age(struct vsc_span stored, struct vsc_span reference)
{
	static const char latest[] = "99991231";
	char born[DATE_LEN];

	if (stored.len != DATE_LEN || reference.len != DATE_LEN)
		return VSC_SW_AUTH_FAILED;
	for (size_t i = 0; i < DATE_LEN; i++)
		born[i] = (char)(stored.ptr[i] == ' ' ? (uint8_t)latest[i] : stored.ptr[i]);
	return answer(vsc_span_cmp(vsc_span_from(born, DATE_LEN), reference) <= 0);
}

static vsc_sw
verify_validity(struct vsc_span stored, struct vsc_span reference)
{
	if (stored.len != DATE_LEN || reference.len != DATE_LEN)
		return VSC_SW_AUTH_FAILED;
	return answer(vsc_span_cmp(stored, reference) >= 0);
}

static vsc_sw
verify_community(struct vsc_span stored, struct vsc_span reference)
{
	return answer(reference.len > 0 && vsc_span_starts_with(stored, reference));
}

/* 0.4.0.127.0.7.3.1.4.x, the data group that answers, the right that it takes. */
static const struct question {
	uint8_t last;
	unsigned dg, right;
	vsc_sw (*verify)(struct vsc_span stored, struct vsc_span reference);
} questions[] = {
	{ 1, 8, VSC_NPA_AT_AGE, verify_age },
	{ 2, 3, ANYBODY, verify_validity },
	{ 3, 18, VSC_NPA_AT_COMMUNITY, verify_community },
};

static const struct question *
find_question(struct vsc_span oid)
{
	const struct vsc_span prefix = VSC_BYTES(0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x04);

	if (oid.len != prefix.len + 1 || !vsc_span_starts_with(oid, prefix))
		return NULL;
	for (size_t i = 0; i < VSC_COUNT(questions); i++)
		if (questions[i].last == oid.ptr[prefix.len])
			return &questions[i];
	return NULL;
}

/* 9000 yes, 6300 no, or why not. */
static vsc_sw
ask(struct vsc_card *card, const struct vsc_apdu *cmd)
{
	const struct vsc_eac *eac = &vsc_npa_of(card)->eac;
	struct vsc_span oid, stored, reference;
	const struct question *question;

	if (!eac->ca_done || eac->ta.setup.chat.type != VSC_CVC_AT)
		return vsc_card_refuse(card, VSC_SW_SECURITY,
		    "for authentication terminals, after chip authentication");
	if (vsc_tlv_only(cmd->data, 0x06, &oid) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "one object identifier expected");
	if ((question = find_question(oid)) == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "not a question this card knows");
	if (question->right != ANYBODY && !vsc_npa_may(card, VSC_CVC_AT, question->right))
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "the terminal has not the right to ask this");
	if (vsc_ta_aux_find(&eac->ta, oid, &reference) < 0)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND,
		    "terminal authentication brought no such data");
	if (group_value(card, question->dg, &stored) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "DG%u is not on this card", question->dg);
	return question->verify(stored, reference);
}

vsc_sw
vsc_npa_verify_auxiliary(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	if (cmd->p1 != 0x80 || cmd->p2 != 0x00)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 8000");
	return ask(card, cmd);
}

/* TR-03110-3 B.14.9: the same, but for the answer "no". */
vsc_sw
vsc_npa_compare_auxiliary(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	vsc_sw sw;

	(void)out;
	if (cmd->p1 != 0x00 || cmd->p2 != 0x00)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	sw = ask(card, cmd);
	return sw == VSC_SW_AUTH_FAILED ? VSC_SW_COMPARE_FAILED : sw;
}

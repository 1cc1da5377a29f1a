/* What a protected command says of its protection must be so: see sm_controls.h. */
#include "card/sm_controls.h"

#include "card/engine.h"
#include "card/sm_objects.h"
#include "iso/tlv.h"

static bool
is_environment(const struct vsc_se *se, struct vsc_span value)
{
	return value.len == 1 && value.ptr[0] == se->number;
}

/* Has the environment each object of this template, for commands? */
static bool
is_template(const struct vsc_se *se, enum vsc_crt_kind kind, struct vsc_span given)
{
	const struct vsc_crt *crt = &se->crt[kind][VSC_ROLE_SM_COMMAND];
	struct vsc_in in = vsc_in_from(given);
	struct vsc_span value;
	struct vsc_tlv tlv;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) > 0)
		if (vsc_tlv_find(vsc_blob_span(&crt->all), tlv.tag, &value) < 0 ||
		    !vsc_span_eq(value, tlv.value))
			return false;
	return rc == 0 && crt->set;
}

/* Will the answer have this object, if there is something for it? */
static bool
is_in_answer(const struct vsc_sm *sm, uint32_t tag)
{
	const bool bare = vsc_sm_has(sm, VSC_SM_BARE_ANSWER);
	const bool enciphered = vsc_sm_has(sm, VSC_SM_ENCRYPT_RESPONSE);

	if (tag == 0x8E)
		return !bare;
	if (bare && !enciphered)
		return false; /* it is plain, without any object */
	if (tag == 0x99)
		return true;
	if (enciphered)
		return tag == (sm->odd_ins ? 0x85 : 0x87);
	return tag == (sm->odd_ins ? 0xB3 : 0x81);
}

/* Empty objects, which the card fills; each once, in any order. */
static bool
is_answer(const struct vsc_sm *sm, struct vsc_span descriptor)
{
	struct vsc_in in = vsc_in_from(descriptor);
	struct vsc_span first;
	struct vsc_tlv tlv;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) > 0)
		if (tlv.value.len > 0 || !is_in_answer(sm, tlv.tag) ||
		    vsc_tlv_find(
			vsc_span_slice(descriptor, 0, (size_t)(tlv.whole.ptr - descriptor.ptr)),
			tlv.tag, &first) == 0)
			return false;
	return rc == 0;
}

static const char *
find_wrong(struct vsc_card *card, const struct vsc_sm_controls *controls)
{
	const struct vsc_sm *sm = &vsc_card_current(card)->sm;
	const struct vsc_se *se = vsc_card_se(card);

	if (controls->environment.ptr != NULL && !is_environment(se, controls->environment))
		return "95 is not the current environment";
	if (controls->checksum.ptr != NULL && !is_template(se, VSC_CRT_CCT, controls->checksum))
		return "B5 is not what the environment says";
	if (controls->cipher.ptr != NULL && !is_template(se, VSC_CRT_CT, controls->cipher))
		return "B9 is not what the environment says";
	if (controls->answer.ptr != NULL && !is_answer(sm, controls->answer))
		return "BB is not what the answer will have";
	return NULL;
}

vsc_sw
vsc_sm_controls_check(struct vsc_card *card, struct vsc_span data)
{
	struct vsc_sm_objects found = { .plain = VSC_SPAN_EMPTY };
	const char *wrong;

	if (vsc_sm_objects_collect(data, &found) < 0)
		wrong = "malformed objects";
	else
		wrong = find_wrong(card, &found.controls);
	if (wrong == NULL)
		return VSC_SW_OK;
	vsc_sm_end(&vsc_card_current(card)->sm);
	return vsc_card_refuse(card, VSC_SW_SM_INCORRECT, "%s", wrong);
}

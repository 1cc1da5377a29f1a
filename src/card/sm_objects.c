/* The data objects of a protected command: one table, each of them once. */
#include "card/sm_objects.h"

#include "iso/tlv.h"

/*
 * 10.3, table of SM data objects, with the odd tags that stand for "integrated in the MAC". The
 * even ones, outside of it, are known too. 99 and the others of the clause, which are steps of a
 * security operation, have no meaning in a command to this card. The usual ones come first.
 */
static const struct {
	uint32_t tag;
	size_t field; /* where in struct vsc_sm_objects */
	bool data;    /* carries the command data: one of them at most */
	bool control; /* says how the command is protected */
} tags[] = {
	{ 0x87, offsetof(struct vsc_sm_objects, cryptogram), true, false },
	{ 0x97, offsetof(struct vsc_sm_objects, ne), false, false },
	{ 0x8E, offsetof(struct vsc_sm_objects, mac), false, false },
	{ 0x81, offsetof(struct vsc_sm_objects, plain), true, false },
	{ 0xB1, offsetof(struct vsc_sm_objects, plain), true, false },
	{ 0xB3, offsetof(struct vsc_sm_objects, plain), true, false },
	{ 0x83, offsetof(struct vsc_sm_objects, bertlv), true, false },
	{ 0x85, offsetof(struct vsc_sm_objects, bertlv), true, false },
	{ 0x89, offsetof(struct vsc_sm_objects, header), false, false },
	{ 0x95, offsetof(struct vsc_sm_objects, controls.environment), false, true },
	{ 0xB5, offsetof(struct vsc_sm_objects, controls.checksum), false, true },
	{ 0xB9, offsetof(struct vsc_sm_objects, controls.cipher), false, true },
	{ 0xBB, offsetof(struct vsc_sm_objects, controls.answer), false, true },
};

/* 89 and 8E have no even form that means the same. */
static bool
is_outside(uint32_t tag, uint32_t odd)
{
	return tag == odd - 1 && odd % 2 != 0 && odd != 0x89;
}

/* Keep one object; VSC_E_FORMAT if it is unknown or comes twice. */
static int
take(struct vsc_sm_objects *found, const struct vsc_tlv *tlv, bool *has_data)
{
	for (size_t i = 0; i < VSC_COUNT(tags); i++) {
		struct vsc_span *field = (struct vsc_span *)(void *)((char *)found + tags[i].field);

		if (tags[i].tag != tlv->tag && !is_outside(tlv->tag, tags[i].tag))
			continue;
		if (field->ptr != NULL || (tags[i].data && *has_data))
			return VSC_E_FORMAT;
		*field = vsc_span_from(tlv->value.ptr, tlv->value.len);
		*has_data |= tags[i].data;
		found->outside |= tags[i].tag != tlv->tag;
		found->controlled |= tags[i].control;
		return 0;
	}
	return VSC_E_FORMAT;
}

int
vsc_sm_objects_collect(struct vsc_span data, struct vsc_sm_objects *found)
{
	struct vsc_in in = vsc_in_from(data);
	struct vsc_tlv tlv;
	bool has_data = false;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) == 1) {
		/* an empty value still is one */
		if (tlv.value.len == 0)
			tlv.value.ptr = tlv.whole.ptr;
		if (found->mac.ptr != NULL || take(found, &tlv, &has_data) < 0)
			return VSC_E_FORMAT;
		if (tlv.tag == 0x8E)
			found->covered =
			    vsc_span_from(data.ptr, (size_t)(tlv.whole.ptr - data.ptr));
	}
	return rc;
}

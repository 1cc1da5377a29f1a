/* The template of GENERAL AUTHENTICATE: see dynamic.h. */
#include "card/dynamic.h"

#define TAG_TEMPLATE 0x7Cu
#define TAG_FIRST    0x80u

int
vsc_dynamic_read(struct vsc_dynamic *d, struct vsc_span data)
{
	struct vsc_span inner;
	struct vsc_tlv tlv;
	struct vsc_in in;
	int rc;

	*d = (struct vsc_dynamic){ .asked = 0 };
	if (vsc_tlv_only(data, TAG_TEMPLATE, &inner) < 0)
		return VSC_E_FORMAT;
	in = vsc_in_from(inner);
	while ((rc = vsc_tlv_next(&in, &tlv)) == 1) {
		unsigned i = tlv.tag - TAG_FIRST;

		if (tlv.tag < TAG_FIRST || i >= VSC_COUNT(d->value) ||
		    ((d->asked | d->given) & 1u << i) != 0)
			return VSC_E_FORMAT;
		if (tlv.value.len == 0)
			d->asked |= 1u << i;
		else
			d->given |= 1u << i;
		d->value[i] = tlv.value;
	}
	return rc;
}

struct vsc_dynamic_answer
vsc_dynamic_begin(struct vsc_out *out, uint32_t tag)
{
	struct vsc_dynamic_answer answer;

	answer.outer = vsc_tlv_begin(out, TAG_TEMPLATE);
	answer.inner = vsc_tlv_begin(out, tag);
	return answer;
}

void
vsc_dynamic_end(struct vsc_out *out, struct vsc_dynamic_answer answer)
{
	vsc_tlv_end(out, answer.inner);
	vsc_tlv_end(out, answer.outer);
}

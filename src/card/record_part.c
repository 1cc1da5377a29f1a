/* Offset and data of an odd record command: see record_part.h. */
#include "card/record_part.h"

#include "iso/tlv.h"

#define TAG_OFFSET        0x54u
#define TAG_DATA          0x53u
#define TAG_DATA_TEMPLATE 0x73u

vsc_sw
vsc_record_part_read(struct vsc_card *card, struct vsc_span field, struct vsc_record_part *part)
{
	struct vsc_in in = vsc_in_from(field);
	bool has_offset = false;
	struct vsc_tlv tlv;
	int rc;

	*part = (struct vsc_record_part){ .offset = 0 };
	while ((rc = vsc_tlv_next(&in, &tlv)) > 0) {
		if (tlv.tag == TAG_OFFSET && !has_offset && tlv.value.len >= 1 &&
		    tlv.value.len <= 4) {
			has_offset = true;
			part->offset = (size_t)vsc_span_number(tlv.value);
		} else if ((tlv.tag == TAG_DATA || tlv.tag == TAG_DATA_TEMPLATE) &&
			   !part->has_data) {
			part->has_data = true;
			part->data = tlv.value;
		} else {
			return vsc_card_refuse(
			    card, VSC_SW_WRONG_DATA, "object %02X does not belong here", tlv.tag);
		}
	}
	if (rc < 0 || !has_offset)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "one offset (54) is needed");
	return VSC_SW_OK;
}

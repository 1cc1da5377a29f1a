/*
 * COMPARE (ISO/IEC 7816-4:2020 11.7.1): is what the card has what the terminal says? The card
 * answers 9000 or 6340, never the data, so a rule may let a terminal compare what it may not read.
 * P1-P2 name the file as in the other odd instructions; its structure says what the data field has
 * in it: an offset (54) and data (53, 73) in a transparent EF, with the number of a record (02) in
 * an EF of records, or whole objects.
 */
#include "card/cmd.h"
#include "card/ef.h"
#include "card/engine.h"
#include "card/object.h"
#include "card/record.h"
#include "iso/tlv.h"

#define TAG_RECORD        0x02u
#define TAG_OFFSET        0x54u
#define TAG_DATA          0x53u
#define TAG_DATA_TEMPLATE 0x73u

struct wanted {
	bool has_offset, has_record, has_data;
	size_t offset;
	uint32_t record;
	struct vsc_span data;
};

static vsc_sw
judge(struct vsc_card *card, bool same)
{
	return same ? VSC_SW_OK
		    : vsc_card_refuse(card, VSC_SW_COMPARE_FAILED, "it is not the same");
}

static bool
take(struct wanted *wanted, const struct vsc_tlv *tlv)
{
	bool *has = tlv->tag == TAG_RECORD                                  ? &wanted->has_record
		    : tlv->tag == TAG_OFFSET                                ? &wanted->has_offset
		    : tlv->tag == TAG_DATA || tlv->tag == TAG_DATA_TEMPLATE ? &wanted->has_data
									    : NULL;

	if (has == NULL || *has)
		return false;
	*has = true;
	if (has == &wanted->has_data) {
		wanted->data = tlv->value;
		return true;
	}
	if (tlv->value.len < 1 || tlv->value.len > (has == &wanted->has_record ? 1 : 4))
		return false;
	if (has == &wanted->has_record)
		wanted->record = tlv->value.ptr[0];
	else
		wanted->offset = (size_t)vsc_span_number(tlv->value);
	return true;
}

static vsc_sw
read_wanted(struct vsc_card *card, struct vsc_span field, bool records, struct wanted *wanted)
{
	struct vsc_in in = vsc_in_from(field);
	struct vsc_tlv tlv;
	int rc;

	*wanted = (struct wanted){ .offset = 0 };
	while ((rc = vsc_tlv_next(&in, &tlv)) > 0)
		if (!take(wanted, &tlv))
			return vsc_card_refuse(
			    card, VSC_SW_WRONG_DATA, "object %02X does not belong here", tlv.tag);
	if (rc < 0 || !wanted->has_data || wanted->data.len == 0 || wanted->has_record != records ||
	    (!records && !wanted->has_offset))
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "%s and data (53) are needed",
		    records ? "a record (02)" : "an offset (54)");
	return VSC_SW_OK;
}

/* With less left behind the offset than is given, it is not the same. */
static vsc_sw
compare_bytes(struct vsc_card *card, struct vsc_span bytes, const struct wanted *wanted)
{
	if (wanted->offset > bytes.len)
		return vsc_card_refuse(card, VSC_SW_OFFSET, "outside of the data");
	bytes = vsc_span_slice(bytes, wanted->offset, wanted->data.len);
	return judge(card, vsc_span_eq_ct(bytes, wanted->data));
}

static vsc_sw
compare_record(struct vsc_card *card, const struct vsc_file *ef, const struct wanted *wanted)
{
	const uint32_t number =
	    wanted->record == 0 ? vsc_card_position(card)->record : wanted->record;
	struct vsc_span record;

	if (vsc_record_get(ef, number, &record) < 0)
		return vsc_card_refuse(card, VSC_SW_RECORD_NOT_FOUND, "no such record");
	if (!vsc_record_is_active(ef, number))
		return vsc_card_refuse(
		    card, VSC_SW_INACTIVE, "record %u is deactivated", (unsigned)number);
	/* without an offset all of it is meant */
	if (!wanted->has_offset)
		return judge(card, vsc_span_eq_ct(record, wanted->data));
	return compare_bytes(card, record, wanted);
}

/* All of them may be compared, or none is. */
static vsc_sw
compare_objects(struct vsc_card *card, const struct vsc_file *file, struct vsc_span field)
{
	struct vsc_in in = vsc_in_from(field);
	struct vsc_span whole, value;
	struct vsc_tlv tlv;
	bool same = true;
	vsc_sw sw;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) > 0) {
		sw = vsc_object_allows(card, file, tlv.tag, VSC_ACCESS_READ);
		if (sw != VSC_SW_OK)
			return sw;
		if (vsc_object_get(file, tlv.tag, 0, &whole, &value) < 0)
			return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND,
			    "no object %02X here", (unsigned)tlv.tag);
		same &= vsc_span_eq_ct(value, tlv.value);
	}
	if (rc < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "malformed objects");
	return judge(card, same);
}

static vsc_sw
compare_ef(struct vsc_card *card, const struct vsc_file *ef, struct vsc_span field)
{
	const bool records = vsc_file_structure(ef) != VSC_FILE_TRANSPARENT;
	struct wanted wanted;
	vsc_sw sw;

	sw = vsc_ef_check(card, ef, VSC_EF_TRANSPARENT | VSC_EF_RECORDS, VSC_ACCESS_READ);
	if (sw != VSC_SW_OK || (sw = read_wanted(card, field, records, &wanted)) != VSC_SW_OK)
		return sw;
	return records ? compare_record(card, ef, &wanted)
		       : compare_bytes(card, vsc_file_content(ef), &wanted);
}

vsc_sw
vsc_cmd_compare(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_file *file;
	vsc_sw sw;

	(void)out;
	if ((sw = vsc_file_by_p1p2(card, cmd, &file)) != VSC_SW_OK)
		return sw;
	if (cmd->data.len == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "data objects are needed");
	if (vsc_file_structure(file) < VSC_FILE_DF)
		return compare_ef(card, file, cmd->data);
	if ((sw = vsc_file_in_use(card, file)) != VSC_SW_OK)
		return sw;
	if (vsc_file_structure(file) == VSC_FILE_SIMPLE_TLV)
		return vsc_card_refuse(
		    card, VSC_SW_INCOMPATIBLE_FILE, "the EF holds no BER-TLV objects");
	return compare_objects(card, file, cmd->data);
}

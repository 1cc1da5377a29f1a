/*
 * READ, UPDATE, WRITE, APPEND, ERASE, ACTIVATE and DEACTIVATE RECORD (ISO/IEC 7816-4:2020 11.4);
 * SEARCH RECORD is in cmd_search.c. P2 holds a short identifier in bits 8-4 and in bits 3-1 how P1
 * means a record.
 */
#include "base/auto.h"
#include "card/address.h"
#include "card/cmd.h"
#include "card/ef.h"
#include "card/engine.h"
#include "card/record.h"
#include "card/record_part.h"
#include "card/write.h"
#include "iso/tlv.h"

#define TAG_DATA 0x53u

static bool
is_odd(const struct vsc_apdu *cmd)
{
	return (cmd->ins & 1) != 0;
}

/* 6287 unless all from `first` to `last` are activated; they may be in any order. */
static inline vsc_sw
check_active(struct vsc_card *card, const struct vsc_file *ef, uint32_t first, uint32_t last)
{
	const uint32_t low = first < last ? first : last, high = first < last ? last : first;

	if (ef->inactive.len == 0)
		return VSC_SW_OK;
	for (uint32_t n = low; n <= high; n++)
		if (!vsc_record_is_active(ef, n))
			return vsc_card_refuse(
			    card, VSC_SW_INACTIVE, "record %u is deactivated", n);
	return VSC_SW_OK;
}

/* --- READ RECORD --- */

/* One record after the other, from `first` to `last` upwards or downwards; not deactivated ones. */
static void
put_records(struct vsc_out *out, const struct vsc_file *ef, uint32_t first, uint32_t last)
{
	uint32_t step = first <= last ? 1 : UINT32_MAX; /* that is -1 */
	struct vsc_span record;

	for (uint32_t n = first; vsc_record_get(ef, n, &record) == 0; n += step) {
		if (vsc_record_is_active(ef, n))
			vsc_out_put(out, vsc_span_slice(record, 0, out->cap - out->len));
		if (n == last)
			break;
	}
}

static bool
asks_for_all(const struct vsc_apdu *cmd)
{
	return cmd->ne == (cmd->extended ? VSC_NE_EXTENDED_MAX : VSC_NE_SHORT_MAX);
}

/* 5.3.4 is for answers of unknown size; here Ne says how much of the record is wanted. */
static vsc_sw
cut_to_ne(const struct vsc_apdu *cmd, struct vsc_out *out)
{
	if (out->len > cmd->ne)
		vsc_out_truncate(out, cmd->ne);
	else if (out->len < cmd->ne && !asks_for_all(cmd))
		return VSC_SW_END_OF_FILE;
	return VSC_SW_OK;
}

static vsc_sw
read_odd(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_address *at,
    struct vsc_out *out)
{
	struct vsc_span record;
	struct vsc_record_part part;
	size_t room;
	vsc_sw sw;

	if (at->mode > VSC_BY_NUMBER)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "one record at a time");
	if ((sw = vsc_record_part_read(card, cmd->data, &part)) != VSC_SW_OK)
		return sw;
	if (part.has_data)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "only an offset expected");
	if (part.offset > at->record.len)
		return vsc_card_refuse(card, VSC_SW_OFFSET, "outside of the record");
	if ((sw = check_active(card, at->ef, at->number, at->number)) != VSC_SW_OK)
		return sw;
	room = cmd->ne < out->cap ? cmd->ne : out->cap;
	room = room > 258 ? room - 4 : room > 129 ? room - 3 : room > 2 ? room - 2 : 0;
	record = vsc_span_slice(at->record, part.offset, room);
	vsc_tlv_put(out, TAG_DATA, record);
	return record.len < room && !asks_for_all(cmd) ? VSC_SW_END_OF_FILE : VSC_SW_OK;
}

static vsc_sw
read_several(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_address *at,
    struct vsc_out *out)
{
	const uint32_t last = vsc_record_count(at->ef);
	vsc_sw sw, active;

	if (at->mode == VSC_FROM_NUMBER)
		put_records(out, at->ef, at->number, last);
	else
		put_records(out, at->ef, last, at->number);
	sw = cut_to_ne(cmd, out);
	active = check_active(card, at->ef, at->number, last);
	return active != VSC_SW_OK ? active : sw;
}

vsc_sw
vsc_cmd_read_record(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_address at;
	vsc_sw sw;

	sw = vsc_address_record(card, cmd, VSC_ACCESS_READ, VSC_MODES_READ, &at);
	if (sw != VSC_SW_OK)
		return sw;
	if (!cmd->has_le)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "READ RECORD needs Le");
	if (is_odd(cmd)) {
		sw = read_odd(card, cmd, &at, out);
		if (vsc_sw_is_processed(sw))
			vsc_address_keep(card, &at);
		return sw;
	}
	if (cmd->data.len > 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "no data field expected");
	if (at.mode > VSC_BY_NUMBER)
		return read_several(card, cmd, &at, out);
	vsc_address_keep(card, &at);
	if ((sw = check_active(card, at.ef, at.number, at.number)) != VSC_SW_OK)
		return sw;
	vsc_out_put(out, at.record);
	return cut_to_ne(cmd, out);
}

/* --- Changing records --- */

static vsc_sw
change_sw(struct vsc_card *card, int rc)
{
	if (rc == VSC_E_FORMAT)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_LENGTH, "not the length of this EF's records");
	if (rc == VSC_E_SPACE)
		return vsc_card_refuse(card, VSC_SW_NO_SPACE, "the EF is full");
	if (rc == VSC_E_NOT_FOUND)
		return vsc_card_refuse(card, VSC_SW_RECORD_NOT_FOUND, "no such record");
	return rc < 0 ? VSC_SW_MEMORY_FAILURE : VSC_SW_OK;
}

/* The new record is current: number 1 of a cyclic EF, the last of any other. */
static vsc_sw
append(struct vsc_card *card, struct vsc_file *ef, struct vsc_span data)
{
	struct vsc_position *position = vsc_card_position(card);
	vsc_sw sw = change_sw(card, vsc_record_append(&card->fs, ef, data));

	if (sw != VSC_SW_OK)
		return sw;
	position->record = vsc_file_structure(ef) >= VSC_FILE_CYCLIC ? 1 : vsc_record_count(ef);
	return VSC_SW_OK;
}

vsc_sw
vsc_cmd_append_record(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_file *ef;
	vsc_sw sw;

	(void)out;
	if (cmd->p1 != 0 || (cmd->p2 & 0x07) != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 and bits 3-1 of P2 must be 0");
	sw = vsc_ef_open(card, cmd->p2 >> 3, VSC_EF_RECORDS, VSC_ACCESS_APPEND, &ef);
	if (sw != VSC_SW_OK)
		return sw;
	if (cmd->data.len == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "a record is needed");
	return append(card, ef, cmd->data);
}

/* 11.4.4, 11.4.5: "previous" in a cyclic EF is APPEND RECORD. */
static bool
means_append(const struct vsc_address *at)
{
	return at->mode == VSC_PREVIOUS_RECORD && vsc_file_structure(at->ef) >= VSC_FILE_CYCLIC;
}

/* Bits 3-1 of P2 in the odd UPDATE RECORD: replace, AND, OR, XOR. */
static void
combine(uint8_t mode, uint8_t *bytes, struct vsc_span data)
{
	for (size_t i = 0; i < data.len; i++) {
		if (mode == VSC_FROM_NUMBER)
			bytes[i] &= data.ptr[i];
		else if (mode == VSC_TO_NUMBER)
			bytes[i] |= data.ptr[i];
		else if (mode == VSC_MODE_XOR)
			bytes[i] ^= data.ptr[i];
		else
			bytes[i] = data.ptr[i];
	}
}

static vsc_sw
update_part(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_address *at)
{
	VSC_AUTO_BLOB copy = { NULL, 0 };
	struct vsc_record_part part;
	vsc_sw sw;

	if ((sw = vsc_record_part_read(card, cmd->data, &part)) != VSC_SW_OK)
		return sw;
	if (!part.has_data)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "data (53 or 73) is needed");
	if (part.offset > at->record.len || part.data.len > at->record.len - part.offset)
		return vsc_card_refuse(card, VSC_SW_OFFSET, "outside of the record");
	if ((sw = check_active(card, at->ef, at->number, at->number)) != VSC_SW_OK)
		return sw;
	if (vsc_blob_set(&copy, at->record) < 0)
		return VSC_SW_MEMORY_FAILURE;
	if (part.data.len > 0)
		combine(at->mode, copy.ptr + part.offset, part.data);
	return change_sw(card, vsc_record_set(&card->fs, at->ef, at->number, vsc_blob_span(&copy)));
}

vsc_sw
vsc_cmd_update_record(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	unsigned modes = is_odd(cmd) ? VSC_MODES_ALL : VSC_MODES_ONE;
	struct vsc_address at;
	vsc_sw sw;

	(void)out;
	if ((sw = vsc_address_record(card, cmd, VSC_ACCESS_UPDATE, modes, &at)) != VSC_SW_OK)
		return sw;
	if (is_odd(cmd))
		sw = update_part(card, cmd, &at);
	else if (means_append(&at))
		return append(card, at.ef, cmd->data);
	else if ((sw = check_active(card, at.ef, at.number, at.number)) == VSC_SW_OK)
		sw = change_sw(card, vsc_record_set(&card->fs, at.ef, at.number, cmd->data));
	if (sw == VSC_SW_OK)
		vsc_address_keep(card, &at);
	return sw;
}

static vsc_sw
write_over(struct vsc_card *card, const struct vsc_address *at, struct vsc_span data)
{
	VSC_AUTO_BLOB copy = { NULL, 0 };
	vsc_sw sw;

	if (data.len == 0 || data.len != at->record.len)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_LENGTH, "the record has %zu bytes", at->record.len);
	if ((sw = check_active(card, at->ef, at->number, at->number)) != VSC_SW_OK)
		return sw;
	if (vsc_blob_set(&copy, at->record) < 0)
		return VSC_SW_MEMORY_FAILURE;
	if ((sw = vsc_write_combine(at->ef->coding, copy.ptr, data)) != VSC_SW_OK)
		return vsc_card_refuse(card, sw, "written once already");
	return change_sw(card, vsc_record_set(&card->fs, at->ef, at->number, vsc_blob_span(&copy)));
}

vsc_sw
vsc_cmd_write_record(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_address at;
	vsc_sw sw;

	(void)out;
	sw = vsc_address_record(card, cmd, VSC_ACCESS_WRITE, VSC_MODES_ONE, &at);
	if (sw != VSC_SW_OK)
		return sw;
	if (means_append(&at))
		return append(card, at.ef, cmd->data);
	if ((sw = write_over(card, &at, cmd->data)) == VSC_SW_OK)
		vsc_address_keep(card, &at);
	return sw;
}

/* To the erased state, which leaves their lengths and numbers. */
static vsc_sw
erase_one(struct vsc_card *card, struct vsc_file *ef, uint32_t number)
{
	VSC_AUTO_BLOB blank = { NULL, 0 };
	struct vsc_span record;

	if (vsc_record_get(ef, number, &record) < 0)
		return VSC_SW_RECORD_NOT_FOUND;
	if (record.len == 0)
		return VSC_SW_OK;
	if (vsc_blob_alloc(&blank, record.len) < 0)
		return VSC_SW_MEMORY_FAILURE;
	vsc_fill(blank.ptr, vsc_write_erased(ef->coding), blank.len);
	return change_sw(card, vsc_record_set(&card->fs, ef, number, vsc_blob_span(&blank)));
}

/* 11.4.8: one record, or all from P1 to the last. */
vsc_sw
vsc_cmd_erase_record(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_address at;
	uint32_t last;
	vsc_sw sw;

	(void)out;
	sw = vsc_address_record(card, cmd, VSC_ACCESS_ERASE, VSC_MODES_ERASE, &at);
	if (sw != VSC_SW_OK)
		return sw;
	last = at.mode == VSC_FROM_NUMBER ? vsc_record_count(at.ef) : at.number;
	sw = check_active(card, at.ef, at.number, last);
	for (uint32_t n = at.number; n <= last && sw == VSC_SW_OK; n++)
		sw = erase_one(card, at.ef, n);
	return sw;
}

/* --- Life cycle of records --- */

/* 11.4.9, 11.4.10: one record, or all from P1 to the last. */
static vsc_sw
set_active(struct vsc_card *card, const struct vsc_apdu *cmd, enum vsc_access access)
{
	struct vsc_address at;
	uint32_t last;
	vsc_sw sw;

	if ((sw = vsc_address_record(card, cmd, access, VSC_MODES_ERASE, &at)) != VSC_SW_OK)
		return sw;
	last = at.mode == VSC_FROM_NUMBER ? vsc_record_count(at.ef) : at.number;
	for (uint32_t n = at.number; n <= last && sw == VSC_SW_OK; n++)
		sw = change_sw(card,
		    vsc_record_set_active(&card->fs, at.ef, n, access == VSC_ACCESS_ACTIVATE));
	return sw;
}

vsc_sw
vsc_cmd_activate_record(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	return set_active(card, cmd, VSC_ACCESS_ACTIVATE);
}

vsc_sw
vsc_cmd_deactivate_record(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	return set_active(card, cmd, VSC_ACCESS_DEACTIVATE);
}

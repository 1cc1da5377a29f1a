/*
 * SEARCH RECORD (ISO/IEC 7816-4:2020 11.4.7), simple and enhanced. The answer is the numbers of the
 * records found, a byte each. The odd instruction is a simple search from an offset in each record;
 * a search through several EFs is in cmd_search_files.c.
 */
#include "card/address.h"
#include "card/cmd.h"
#include "card/ef.h"
#include "card/engine.h"
#include "card/record.h"
#include "card/record_part.h"
#include "card/search.h"

#define MODE_ENHANCED 6u
#define P2_FILES      0xF8u

static bool
matches(const struct vsc_search *s, uint32_t n, struct vsc_span record)
{
	size_t start = s->offset;

	if (!vsc_record_is_active(s->ef, n))
		return false;
	if (s->identifier != 0 && vsc_record_identifier(s->ef, record) != s->identifier)
		return false;
	if (s->after_value) {
		start = vsc_span_find(record, vsc_span_from(&s->value, 1), 0);
		if (start == SIZE_MAX)
			return false;
		start++;
	}
	if (start > record.len)
		return false;
	return vsc_span_find(vsc_span_slice(record, start, s->window), s->needle, 0) != SIZE_MAX;
}

uint32_t
vsc_search_next(const struct vsc_search *s, uint32_t from)
{
	struct vsc_span record;

	for (uint32_t n = from; vsc_record_get(s->ef, n, &record) == 0;
	     n = s->backward ? n - 1 : n + 1)
		if (matches(s, n, record))
			return n;
	return 0;
}

/* Numbers of what was found, in the order of the search. */
static void
run_search(const struct vsc_search *s, struct vsc_out *out)
{
	for (uint32_t n = s->first; (n = vsc_search_next(s, n)) != 0;
	     n = s->backward ? n - 1 : n + 1)
		vsc_out_u8(out, (uint8_t)n);
}

/* Simple search: bits 3-1 of P2 as 0xx with an identifier in P1, or 10x with a number. */
static vsc_sw
simple(struct vsc_card *card, const struct vsc_apdu *cmd, uint32_t current, struct vsc_search *s)
{
	uint8_t mode = cmd->p2 & 0x07;
	struct vsc_record_part part;
	vsc_sw sw;

	s->needle = cmd->data;
	if ((cmd->ins & 1) != 0) {
		if ((sw = vsc_record_part_read(card, cmd->data, &part)) != VSC_SW_OK)
			return sw;
		if (part.data.len == 0)
			return vsc_card_refuse(
			    card, VSC_SW_WRONG_DATA, "a search string (53 or 73) is needed");
		s->offset = part.offset;
		s->needle = part.data;
	}
	s->backward = (mode & 1) != 0;
	if (mode < VSC_BY_NUMBER) {
		s->identifier = cmd->p1;
		s->first = vsc_record_find(s->ef, cmd->p1, mode, current);
	} else {
		s->first = cmd->p1 == 0 ? current : cmd->p1;
		if (s->first == 0 || s->first > vsc_record_count(s->ef))
			return vsc_card_refuse(card, VSC_SW_RECORD_NOT_FOUND, "no record to begin");
	}
	return VSC_SW_OK;
}

/*
 * Enhanced search: two bytes of search indication before the string. Bit 4 of the first: the second
 * is a value to begin behind, else an offset. Bits 3-1: 100 forward and 101 backward from P1, 110
 * forward from the next, 111 backward from the previous record.
 */
static vsc_sw
enhanced(struct vsc_card *card, const struct vsc_apdu *cmd, uint32_t current, struct vsc_search *s)
{
	struct vsc_in in = vsc_in_from(cmd->data);
	uint32_t count = vsc_record_count(s->ef);
	uint8_t how, at;

	if (vsc_in_u8(&in, &how) < 0 || vsc_in_u8(&in, &at) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "a search indication is needed");
	if ((how & 0xF0) != 0 || (how & 0x04) == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "search indication %02X", how);
	s->after_value = (how & 0x08) != 0;
	s->value = at;
	s->offset = at;
	s->backward = (how & 0x01) != 0;
	s->needle = vsc_in_rest(&in);
	if ((how & 0x02) == 0)
		s->first = cmd->p1 == 0 ? current : cmd->p1;
	else if (s->backward)
		s->first = current == 0 ? count : current - 1;
	else
		s->first = current + 1;
	if ((how & 0x02) == 0 && (s->first == 0 || s->first > count))
		return vsc_card_refuse(card, VSC_SW_RECORD_NOT_FOUND, "no record to begin");
	return VSC_SW_OK;
}

vsc_sw
vsc_cmd_search_record(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const uint8_t mode = cmd->p2 & 0x07,
		      last = (cmd->ins & 1) != 0 ? VSC_FROM_NUMBER : MODE_ENHANCED;
	struct vsc_search s = { .window = SIZE_MAX };
	struct vsc_position *position;
	struct vsc_file *ef;
	vsc_sw sw;

	if (cmd->p2 == P2_FILES)
		return vsc_search_files(card, cmd, out);
	if (mode > last || cmd->p1 == 0xFF)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_P1P2, "P1 %02X, P2 mode %u", cmd->p1, mode);
	sw = vsc_ef_open(card, cmd->p2 >> 3, VSC_EF_RECORDS, VSC_ACCESS_READ, &ef);
	if (sw != VSC_SW_OK)
		return sw;
	s.ef = ef;
	position = vsc_card_position(card);
	sw = mode == MODE_ENHANCED ? enhanced(card, cmd, position->record, &s)
				   : simple(card, cmd, position->record, &s);
	if (sw != VSC_SW_OK)
		return sw;
	if (s.needle.len == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "a search string is needed");
	run_search(&s, out);
	if (out->len == 0)
		return vsc_card_refuse(card, VSC_SW_END_OF_FILE, "not found");
	position->record = out->buf[0];
	return VSC_SW_OK;
}

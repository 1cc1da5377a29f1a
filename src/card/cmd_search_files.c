/*
 * SEARCH RECORD through several EFs (ISO/IEC 7816-4:2020 11.3.7; Doc 9303-10 3.7.3 shows one): P1
 * 00, P2 F8, and a record handling template in the data field:
 *
 *	7F76 { 51 reference of an EF, ...
 *	       A1 { 80 how, B0 { 02 offset, 02 number of bytes } }
 *	       A3 { B1 { 81 string } } }
 *
 * The answer is one as well: each EF with its records, 7F76 { 51 reference, 02 number, ... }.
 */
#include "card/cmd.h"
#include "card/ef.h"
#include "card/engine.h"
#include "card/search.h"
#include "iso/tlv.h"

#define TAG_HANDLING 0x7F76u
#define TAG_FILE     0x51u
#define TAG_NUMBER   0x02u
#define TAG_CONFIG   0xA1u
#define TAG_HOW      0x80u
#define TAG_WINDOW   0xB0u
#define TAG_STRINGS  0xA3u
#define TAG_STRING   0xB1u
#define TAG_BYTES    0x81u
#define HOW_ALL      0x00u
#define HOW_FIRST    0x30u

struct request {
	struct vsc_span files; /* what 7F76 holds: its objects 51 are the EFs */
	struct vsc_search search;
	bool first_only, has_config, has_string;
	struct vsc_file *ef; /* where the first match is; NULL: none yet */
	uint32_t record;
};

static vsc_sw
wrong(struct vsc_card *card, const char *what)
{
	return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "record handling template: %s", what);
}

/* An integer that is not negative and makes sense as an offset or length. */
static bool
read_number(const struct vsc_tlv *tlv, size_t *number)
{
	if (tlv->tag != TAG_NUMBER || tlv->value.len < 1 || tlv->value.len > 3)
		return false;
	*number = (size_t)vsc_span_number(tlv->value);
	return true;
}

/* Offset, then a number of bytes, 0 being all of them. */
static bool
read_window(struct vsc_span value, struct vsc_search *search)
{
	struct vsc_in in = vsc_in_from(value);
	struct vsc_tlv tlv;

	if (vsc_tlv_next(&in, &tlv) <= 0 || !read_number(&tlv, &search->offset) ||
	    vsc_tlv_next(&in, &tlv) <= 0 || !read_number(&tlv, &search->window) ||
	    vsc_in_left(&in) > 0)
		return false;
	if (search->window == 0)
		search->window = SIZE_MAX;
	return true;
}

static bool
read_config(struct vsc_span value, struct request *request)
{
	struct vsc_in in = vsc_in_from(value);
	struct vsc_tlv tlv;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) > 0) {
		if (tlv.tag == TAG_HOW && tlv.value.len == 1 &&
		    (tlv.value.ptr[0] == HOW_ALL || tlv.value.ptr[0] == HOW_FIRST))
			request->first_only = tlv.value.ptr[0] == HOW_FIRST;
		else if (tlv.tag != TAG_WINDOW || !read_window(tlv.value, &request->search))
			return false;
	}
	return rc == 0;
}

/* One string: A3 { B1 { 81 string } }. */
static bool
read_string(struct vsc_span value, struct request *request)
{
	struct vsc_span inner;

	return vsc_tlv_only(value, TAG_STRING, &inner) == 0 &&
	       vsc_tlv_only(inner, TAG_BYTES, &request->search.needle) == 0 &&
	       request->search.needle.len > 0;
}

static vsc_sw
read_request(struct vsc_card *card, const struct vsc_apdu *cmd, struct request *request)
{
	struct vsc_in in;
	struct vsc_tlv tlv;
	bool has_file = false;
	int rc;

	*request = (struct request){ .search.window = SIZE_MAX };
	if (vsc_tlv_only(cmd->data, TAG_HANDLING, &request->files) < 0)
		return wrong(card, "one (7F76) is needed");
	in = vsc_in_from(request->files);
	while ((rc = vsc_tlv_next(&in, &tlv)) > 0) {
		if (tlv.tag == TAG_FILE) {
			has_file = true;
		} else if (tlv.tag == TAG_CONFIG && !request->has_config) {
			request->has_config = true;
			if (!read_config(tlv.value, request))
				return wrong(card, "search configuration (A1)");
		} else if (tlv.tag == TAG_STRINGS && !request->has_string) {
			request->has_string = true;
			if (!read_string(tlv.value, request))
				return wrong(card, "one string (A3 { B1 { 81 } }) is needed");
		} else {
			return wrong(card, "an object that does not belong here");
		}
	}
	if (rc < 0 || !has_file || !request->has_string)
		return wrong(card, "file (51) and string (A3) are needed");
	return VSC_SW_OK;
}

static void
put_match(struct vsc_out *out, uint32_t number)
{
	/* an INTEGER: 80 and more would be negative */
	if (number < 0x80)
		vsc_tlv_put_u8(out, TAG_NUMBER, (uint8_t)number);
	else
		vsc_tlv_put_u16(out, TAG_NUMBER, (uint16_t)number);
}

/* The records of one EF. */
static vsc_sw
search_file(
    struct vsc_card *card, struct request *request, struct vsc_span reference, struct vsc_out *out)
{
	struct vsc_search *search = &request->search;
	struct vsc_file *ef;
	uint32_t n;
	vsc_sw sw;

	if ((sw = vsc_ef_by_reference(card, reference, &ef)) != VSC_SW_OK ||
	    (sw = vsc_ef_check(card, ef, VSC_EF_RECORDS, VSC_ACCESS_READ)) != VSC_SW_OK)
		return sw;
	search->ef = ef;
	if ((n = vsc_search_next(search, 1)) == 0)
		return VSC_SW_OK;
	if (request->ef == NULL) {
		request->ef = ef;
		request->record = n;
	}
	vsc_tlv_put(out, TAG_FILE, reference);
	put_match(out, n);
	while (!request->first_only && (n = vsc_search_next(search, n + 1)) != 0)
		put_match(out, n);
	return VSC_SW_OK;
}

/* The first record found becomes current, and its EF; not before the end, since references count
 * from the DF that was current. */
vsc_sw
vsc_search_files(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct request request;
	struct vsc_tlv_mark mark;
	struct vsc_in in;
	struct vsc_tlv tlv;
	vsc_sw sw;

	if (cmd->p1 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 must be 00 with P2 F8");
	if ((sw = read_request(card, cmd, &request)) != VSC_SW_OK)
		return sw;
	in = vsc_in_from(request.files);
	mark = vsc_tlv_begin(out, TAG_HANDLING);
	while (sw == VSC_SW_OK && vsc_tlv_next(&in, &tlv) > 0 &&
	       !(request.first_only && request.ef != NULL))
		if (tlv.tag == TAG_FILE)
			sw = search_file(card, &request, tlv.value, out);
	vsc_tlv_end(out, mark);
	if (sw != VSC_SW_OK)
		return sw;
	if (request.ef == NULL) {
		vsc_out_truncate(out, 0);
		return vsc_card_refuse(card, VSC_SW_END_OF_FILE, "not found");
	}
	vsc_card_enter(card, request.ef);
	vsc_card_position(card)->record = request.record;
	return VSC_SW_OK;
}

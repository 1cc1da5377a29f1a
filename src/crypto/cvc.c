/* Card verifiable certificates: parse, build. */
#include "crypto/cvc.h"

#include "base/date.h"
#include "crypto/auto.h"
#include "iso/tlv.h"

static const uint8_t oid_types[VSC_CVC_TYPES][9] = {
	{ 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, VSC_CVC_IS },
	{ 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, VSC_CVC_AT },
	{ 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, VSC_CVC_ST },
};
static const uint8_t oid_description[] = { 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x03, 0x01 };
static const uint8_t oid_sector[] = { 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x03, 0x02 };
const struct vsc_span vsc_oid_cvc_description = { oid_description, sizeof(oid_description) };
const struct vsc_span vsc_oid_cvc_sector = { oid_sector, sizeof(oid_sector) };

/* TR-03110-4 2.2.3: bytes of the CHAT, and the bits that mean something */
static const struct {
	size_t len;
	uint64_t rights;
} types[VSC_CVC_TYPES] = {
	{ 1, 0x23 },
	/* 30 and 31 are reserved; bits 32 to 37 write DG22 to DG17 */
	{ 5, 0x3F3FFFFFFF },
	{ 1, 0x03 },
};

size_t
vsc_chat_len(enum vsc_cvc_type type)
{
	return types[type - 1].len;
}

uint64_t
vsc_chat_all_rights(enum vsc_cvc_type type)
{
	return types[type - 1].rights;
}

struct vsc_span
vsc_cvc_type_oid(enum vsc_cvc_type type)
{
	return VSC_SPAN_OF(oid_types[type - 1]);
}

static int
find_type(struct vsc_span oid, enum vsc_cvc_type *type)
{
	for (size_t i = 0; i < VSC_CVC_TYPES; i++) {
		if (vsc_span_eq(oid, VSC_SPAN_OF(oid_types[i]))) {
			*type = (enum vsc_cvc_type)(i + 1);
			return 0;
		}
	}
	return VSC_E_UNSUPPORTED;
}

int
vsc_chat_parse(struct vsc_span value, struct vsc_chat *chat)
{
	struct vsc_in in = vsc_in_from(value);
	struct vsc_tlv oid, bits;
	uint64_t all;
	unsigned shift;

	if (vsc_tlv_next_der(&in, &oid) != 1 || oid.tag != 0x06 ||
	    vsc_tlv_next_der(&in, &bits) != 1 || bits.tag != 0x53 || vsc_in_left(&in) != 0)
		return VSC_E_FORMAT;
	if (find_type(oid.value, &chat->type) < 0)
		return VSC_E_UNSUPPORTED;
	if (bits.value.len == 0 || bits.value.len != vsc_chat_len(chat->type))
		return VSC_E_FORMAT;
	all = vsc_span_number(bits.value);
	shift = (unsigned)(8 * bits.value.len - 2);
	chat->role = (enum vsc_cvc_role)(all >> shift);
	chat->rights = all & ((UINT64_C(1) << shift) - 1);
	return 0;
}

void
vsc_chat_put(struct vsc_out *out, const struct vsc_chat *chat)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x7F4C);
	size_t len = vsc_chat_len(chat->type);
	uint64_t all = chat->rights | (uint64_t)chat->role << (8 * len - 2);

	vsc_tlv_put(out, 0x06, vsc_cvc_type_oid(chat->type));
	vsc_tlv_put_tag(out, 0x53);
	vsc_tlv_put_length(out, len);
	for (size_t i = len; i > 0; i--)
		vsc_out_u8(out, (uint8_t)(all >> (8 * (i - 1))));
	vsc_tlv_end(out, mark);
}

static struct vsc_date
unpack(uint32_t day)
{
	return (struct vsc_date){ (int)(day / 10000), (int)(day / 100 % 100), (int)(day % 100) };
}

bool
vsc_cvc_day_valid(uint32_t day)
{
	struct vsc_date date = unpack(day);

	return vsc_date_exists(date.year, date.month, date.day);
}

int
vsc_cvc_date_parse(struct vsc_span value, uint32_t *date)
{
	uint32_t number = 0;

	if (value.len != 6)
		return VSC_E_FORMAT;
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] > 9)
			return VSC_E_FORMAT;
		number = 10 * number + value.ptr[i];
	}
	/* TR-03110-3 D.2.1.3: the century is the twenty-first */
	*date = 20000000 + number;
	return vsc_cvc_day_valid(*date) ? 0 : VSC_E_FORMAT;
}

void
vsc_cvc_date_put(struct vsc_out *out, uint32_t date)
{
	for (uint32_t unit = 100000; unit > 0; unit /= 10)
		vsc_out_u8(out, (uint8_t)(date / unit % 10));
}

uint32_t
vsc_cvc_day(int64_t seconds)
{
	struct vsc_date date = vsc_date_of(seconds);

	return (uint32_t)(10000 * date.year + 100 * date.month + date.day);
}

uint32_t
vsc_cvc_day_add(uint32_t day, int days)
{
	return vsc_cvc_day(vsc_date_seconds(unpack(day)) + (int64_t)days * 86400);
}

/* The next object, which must have this tag. */
static int
expect(struct vsc_in *in, uint32_t tag, struct vsc_span *value)
{
	struct vsc_tlv tlv;

	if (vsc_tlv_next_der(in, &tlv) != 1 || tlv.tag != tag)
		return VSC_E_FORMAT;
	*value = tlv.value;
	return 0;
}

/* C.2.2: country, mnemonic and five characters of sequence number, in ISO/IEC 8859-1 */
static bool
reference_ok(struct vsc_span ref)
{
	if (ref.len < 8 || ref.len > VSC_CVC_REF_MAX)
		return false;
	for (size_t i = 0; i < ref.len; i++)
		if (ref.ptr[i] < 0x20 || (ref.ptr[i] >= 0x7F && ref.ptr[i] < 0xA0))
			return false;
	return true;
}

int
vsc_cvc_check_extensions(struct vsc_span extensions)
{
	struct vsc_in in = vsc_in_from(extensions);
	struct vsc_tlv tlv;
	int more;

	while ((more = vsc_tlv_next_der(&in, &tlv)) == 1) {
		struct vsc_in inner = vsc_in_from(tlv.value);
		struct vsc_span oid;

		if (tlv.tag != 0x73 || expect(&inner, 0x06, &oid) < 0 ||
		    !vsc_tlv_valid(tlv.value, 4))
			return VSC_E_FORMAT;
	}
	return more;
}

static int
parse_body(struct vsc_span value, struct vsc_cvc *cvc)
{
	struct vsc_in in = vsc_in_from(value);
	struct vsc_span profile, chat, effective, expiration;
	int err;

	if (expect(&in, 0x5F29, &profile) < 0 || !vsc_span_eq(profile, VSC_BYTES(0)))
		return VSC_E_FORMAT;
	if (expect(&in, 0x42, &cvc->car) < 0 || !reference_ok(cvc->car))
		return VSC_E_FORMAT;
	if (expect(&in, 0x7F49, &cvc->key) < 0)
		return VSC_E_FORMAT;
	if ((err = vsc_cv_fields_parse(cvc->key, &cvc->fields)) < 0)
		return err;
	if (expect(&in, 0x5F20, &cvc->chr) < 0 || !reference_ok(cvc->chr))
		return VSC_E_FORMAT;
	if (expect(&in, 0x7F4C, &chat) < 0)
		return VSC_E_FORMAT;
	if ((err = vsc_chat_parse(chat, &cvc->chat)) < 0)
		return err;
	if (expect(&in, 0x5F25, &effective) < 0 ||
	    vsc_cvc_date_parse(effective, &cvc->effective) < 0)
		return VSC_E_FORMAT;
	if (expect(&in, 0x5F24, &expiration) < 0 ||
	    vsc_cvc_date_parse(expiration, &cvc->expiration) < 0)
		return VSC_E_FORMAT;
	if (cvc->expiration < cvc->effective)
		return VSC_E_FORMAT;
	cvc->extensions = VSC_SPAN_EMPTY;
	if (vsc_in_left(&in) == 0)
		return 0;
	if (expect(&in, 0x65, &cvc->extensions) < 0 || vsc_in_left(&in) != 0)
		return VSC_E_FORMAT;
	return vsc_cvc_check_extensions(cvc->extensions);
}

int
vsc_cvc_parse(struct vsc_span data, struct vsc_cvc *cvc)
{
	struct vsc_in in = vsc_in_from(data);
	struct vsc_tlv body;

	if (vsc_tlv_next_der(&in, &body) != 1 || body.tag != 0x7F4E)
		return VSC_E_FORMAT;
	if (expect(&in, 0x5F37, &cvc->signature) < 0 || vsc_in_left(&in) != 0)
		return VSC_E_FORMAT;
	cvc->body = body.whole;
	return parse_body(body.value, cvc);
}

int
vsc_cvc_parse_file(struct vsc_span data, struct vsc_cvc *cvc)
{
	struct vsc_in in = vsc_in_from(data);
	struct vsc_span value;

	if (expect(&in, 0x7F21, &value) < 0 || vsc_in_left(&in) != 0)
		return VSC_E_FORMAT;
	return vsc_cvc_parse(value, cvc);
}

int
vsc_cvc_extension(const struct vsc_cvc *cvc, struct vsc_span oid, struct vsc_span *value)
{
	struct vsc_in in = vsc_in_from(cvc->extensions);
	struct vsc_tlv tlv;

	while (vsc_tlv_next_der(&in, &tlv) == 1) {
		struct vsc_in inner = vsc_in_from(tlv.value);
		struct vsc_span found;

		if (expect(&inner, 0x06, &found) == 0 && vsc_span_eq(found, oid)) {
			*value = vsc_in_rest(&inner);
			return 0;
		}
	}
	return VSC_E_NOT_FOUND;
}

static int
put_body(struct vsc_out *out, const struct vsc_cvc_request *request)
{
	struct vsc_tlv_mark body = vsc_tlv_begin(out, 0x7F4E);
	int err;

	vsc_tlv_put_u8(out, 0x5F29, 0);
	vsc_tlv_put(out, 0x42, request->car);
	if ((err = vsc_cv_key_put(out, request->subject, request->with_params)) < 0)
		return err;
	vsc_tlv_put(out, 0x5F20, request->chr);
	vsc_chat_put(out, &request->chat);
	vsc_tlv_put_tag(out, 0x5F25);
	vsc_tlv_put_length(out, 6);
	vsc_cvc_date_put(out, request->effective);
	vsc_tlv_put_tag(out, 0x5F24);
	vsc_tlv_put_length(out, 6);
	vsc_cvc_date_put(out, request->expiration);
	if (request->extensions.len > 0)
		vsc_tlv_put(out, 0x65, request->extensions);
	vsc_tlv_end(out, body);
	return out->full ? VSC_E_SPACE : 0;
}

int
vsc_cvc_build(const struct vsc_cvc_request *request, struct vsc_blob *cert)
{
	VSC_AUTO_BLOB signature = { NULL, 0 };
	uint8_t body[VSC_CVC_MAX - 1100], all[VSC_CVC_MAX];
	struct vsc_out out = vsc_out_from(body, sizeof(body));
	struct vsc_out file = vsc_out_from(all, sizeof(all));
	struct vsc_tlv_mark mark;
	int err;

	if (!reference_ok(request->car) || !reference_ok(request->chr) ||
	    !vsc_cvc_day_valid(request->effective) || !vsc_cvc_day_valid(request->expiration))
		return VSC_E_PARAM;
	if ((err = put_body(&out, request)) < 0)
		return err;
	if ((err = vsc_cv_sign(request->issuer, vsc_out_span(&out), &signature)) < 0)
		return err;
	mark = vsc_tlv_begin(&file, 0x7F21);
	vsc_out_put(&file, vsc_out_span(&out));
	vsc_tlv_put(&file, 0x5F37, vsc_blob_span(&signature));
	vsc_tlv_end(&file, mark);
	if (file.full)
		return VSC_E_SPACE;
	return vsc_blob_set(cert, vsc_out_span(&file));
}

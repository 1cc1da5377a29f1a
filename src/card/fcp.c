/* FCP, FMD and FCI templates: see fcp.h. */
#include "card/fcp.h"

#include "iso/tlv.h"

static bool
has_records(const struct vsc_file *file)
{
	uint8_t structure = vsc_file_structure(file);

	return structure >= VSC_FILE_LINEAR_FIXED && structure <= VSC_FILE_CYCLIC_TLV;
}

/* 7.4.5: descriptor; data coding; largest record, two bytes; number of records, one or two */
static void
put_descriptor(struct vsc_out *out, const struct vsc_file *file)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x82);

	vsc_out_u8(out, file->descriptor);
	if (!vsc_file_is_df(file) || file->coding != VSC_CODING_DEFAULT)
		vsc_out_u8(out, file->coding);
	if (has_records(file)) {
		vsc_out_u16(out, file->record_size);
		if (file->record_max > 0xFF)
			vsc_out_u16(out, file->record_max);
		else if (file->record_max > 0)
			vsc_out_u8(out, (uint8_t)file->record_max);
	}
	vsc_tlv_end(out, mark);
}

static void
put_number(struct vsc_out *out, uint32_t tag, size_t value)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, tag);

	if (value > 0xFFFF)
		vsc_out_u24(out, (uint32_t)value);
	else
		vsc_out_u16(out, (uint16_t)value);
	vsc_tlv_end(out, mark);
}

static void
put_control_parameters(struct vsc_out *out, const struct vsc_file *file)
{
	if (!vsc_file_is_df(file))
		put_number(out, 0x80, file->size);
	put_descriptor(out, file);
	if (file->fid != 0)
		vsc_tlv_put_u16(out, 0x83, file->fid);
	vsc_out_put(out, vsc_blob_span(&file->names));
	if (!vsc_file_is_df(file)) {
		/* in the upper five bits; empty says that there is none */
		uint8_t sfi = (uint8_t)(file->sfi << 3);

		vsc_tlv_put(out, 0x88, vsc_span_from(&sfi, file->sfi == 0 ? 0 : 1));
	}
	vsc_tlv_put_u8(out, 0x8A, file->life);
	vsc_out_put(out, vsc_blob_span(&file->security));
	vsc_out_put(out, vsc_blob_span(&file->extra));
}

void
vsc_fcp_put(struct vsc_out *out, const struct vsc_file *file, enum vsc_fci which)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, which);

	if (which != VSC_FMD)
		put_control_parameters(out, file);
	if (which != VSC_FCP)
		vsc_out_put(out, vsc_blob_span(&file->fmd));
	vsc_tlv_end(out, mark);
}

/* --- Parsing --- */

struct parser {
	struct vsc_file_spec *spec;
	struct vsc_out
	    *scratch; /* names, security attributes and the rest, gathered in three passes */
	bool has_descriptor, has_channel;
};

/* A big-endian number of 1 to 4 bytes. */
static int
read_number(struct vsc_span value, size_t *number)
{
	if (value.len < 1 || value.len > 4)
		return VSC_E_FORMAT;
	*number = (size_t)vsc_span_number(value);
	return 0;
}

static int
parse_size(struct parser *p, struct vsc_span value)
{
	size_t size;

	if (read_number(value, &size) < 0)
		return VSC_E_FORMAT;
	if (size > p->spec->size)
		p->spec->size = size;
	return 0;
}

static int
parse_descriptor(struct parser *p, struct vsc_span value)
{
	struct vsc_in in = vsc_in_from(value);
	struct vsc_file_spec *spec = p->spec;
	uint8_t small;

	if (vsc_in_u8(&in, &spec->descriptor) < 0 || value.len > 6)
		return VSC_E_FORMAT;
	p->has_descriptor = true;
	if (vsc_in_left(&in) > 0 && vsc_in_u8(&in, &spec->coding) < 0)
		return VSC_E_FORMAT;
	/* a data unit of less than a byte (half a byte is 0000) */
	if (value.len > 1 && (spec->coding & 0x0F) == 0)
		return VSC_E_UNSUPPORTED;
	if (vsc_in_left(&in) == 1) {
		if (vsc_in_u8(&in, &small) < 0)
			return VSC_E_FORMAT;
		spec->record_size = small;
	} else if (vsc_in_left(&in) > 0 && vsc_in_u16(&in, &spec->record_size) < 0) {
		return VSC_E_FORMAT;
	}
	if (vsc_in_left(&in) == 1) {
		if (vsc_in_u8(&in, &small) < 0)
			return VSC_E_FORMAT;
		spec->record_max = small;
	} else if (vsc_in_left(&in) > 0 && vsc_in_u16(&in, &spec->record_max) < 0) {
		return VSC_E_FORMAT;
	}
	return 0;
}

/* 7.4.1: 3F00 is the MF, 3FFF and FFFF are reserved, 0000 is not for use */
static int
parse_fid(struct parser *p, struct vsc_span value)
{
	struct vsc_in in = vsc_in_from(value);

	if (value.len != 2 || vsc_in_u16(&in, &p->spec->fid) < 0)
		return VSC_E_FORMAT;
	if (p->spec->fid == 0 || p->spec->fid == VSC_FID_CURRENT || p->spec->fid == 0xFFFF)
		return VSC_E_FORMAT;
	return 0;
}

static int
parse_sfi(struct parser *p, struct vsc_span value)
{
	p->spec->sfi = VSC_SFI_NONE;
	if (value.len == 0)
		return 0;
	if (value.len != 1 || (value.ptr[0] & 0x07) != 0)
		return VSC_E_FORMAT;
	p->spec->sfi = value.ptr[0] >> 3;
	return p->spec->sfi == 0 || p->spec->sfi > VSC_SFI_MAX ? VSC_E_FORMAT : 0;
}

/* 7.4.10: creation, initialisation, and the operational states */
static int
parse_life(struct parser *p, struct vsc_span value)
{
	static const uint8_t allowed[] = { VSC_LIFE_CREATION, VSC_LIFE_INITIALISATION,
		VSC_LIFE_DEACTIVATED, VSC_LIFE_ACTIVATED, 0x06, 0x07 };

	if (value.len != 1)
		return VSC_E_FORMAT;
	p->spec->life = value.ptr[0];
	for (size_t i = 0; i < sizeof(allowed); i++)
		if (allowed[i] == value.ptr[0])
			return 0;
	return VSC_E_FORMAT;
}

/* 9.3.6: at most one, and bits 8 to 4 are 0 */
static int
parse_channel(struct parser *p, struct vsc_span value)
{
	if (p->has_channel || value.len != 1 || (value.ptr[0] & 0xF8) != 0)
		return VSC_E_FORMAT;
	p->has_channel = true;
	return 0;
}

/* 9.3.3.2: as many condition bytes as bits 7 to 1 of the access mode byte are set; and again */
static int
parse_compact(struct parser *p, struct vsc_span value)
{
	struct vsc_in in = vsc_in_from(value);
	uint8_t modes, condition;

	(void)p;
	while (vsc_in_u8(&in, &modes) == 0)
		for (uint8_t bit = 0x40; bit != 0; bit >>= 1)
			if ((modes & bit) != 0 && vsc_in_u8(&in, &condition) < 0)
				return VSC_E_FORMAT;
	return value.len == 0 ? VSC_E_FORMAT : 0;
}

/* 9.3.3.3: access modes, then conditions; and again */
static int
parse_expanded(struct parser *p, struct vsc_span value)
{
	struct vsc_in in = vsc_in_from(value);
	bool has_mode = false, has_condition = false;
	struct vsc_tlv tlv;
	int rc;

	(void)p;
	while ((rc = vsc_tlv_next(&in, &tlv)) > 0) {
		const bool is_mode = (tlv.tag >= 0x80 && tlv.tag <= 0x8F) || tlv.tag == 0x9C;

		if (!is_mode && !has_mode)
			return VSC_E_FORMAT;
		has_mode = true;
		has_condition = !is_mode;
	}
	return rc < 0 || !has_condition ? VSC_E_FORMAT : 0;
}

/* 9.3.4: a record; an identifier and a record; or an identifier and pairs */
static int
parse_reference(struct parser *p, struct vsc_span value)
{
	(void)p;
	return value.len == 1 || value.len == 3 || (value.len >= 4 && value.len % 2 == 0)
		   ? 0
		   : VSC_E_FORMAT;
}

static int
parse_name(struct parser *p, struct vsc_span value)
{
	(void)p;
	return value.len < 1 || value.len > 16 ? VSC_E_FORMAT : 0;
}

enum part { PART_VALUE, PART_NAME, PART_SECURITY, PART_EXTRA, PARTS };

/* Table 10. What has no function is kept as it is. */
static const struct {
	uint32_t tag;
	enum part part;
	int (*parse)(struct parser *p, struct vsc_span value);
} parameters[] = {
	{ 0x80, PART_VALUE, parse_size },         /* data bytes, without structure */
	{ 0x81, PART_VALUE, parse_size },         /* data bytes, with structure */
	{ 0x82, PART_VALUE, parse_descriptor },   /* descriptor, coding, records */
	{ 0x83, PART_VALUE, parse_fid },          /* identifier */
	{ 0x84, PART_NAME, parse_name },          /* DF name */
	{ 0x85, PART_EXTRA, NULL },               /* proprietary, primitive */
	{ 0x86, PART_SECURITY, NULL },            /* security attribute, proprietary */
	{ 0x87, PART_EXTRA, NULL },               /* EF with an extension of this information */
	{ 0x88, PART_VALUE, parse_sfi },          /* short identifier */
	{ 0x8A, PART_VALUE, parse_life },         /* life cycle status */
	{ 0x8B, PART_SECURITY, parse_reference }, /* security attribute by reference */
	{ 0x8C, PART_SECURITY, parse_compact },   /* security attribute, compact */
	{ 0x8D, PART_EXTRA, NULL },               /* EF with security environment templates */
	{ 0x8E, PART_SECURITY, parse_channel },   /* channel security attribute */
	{ 0x8F, PART_EXTRA, NULL },               /* profile indicator */
	{ 0xA0, PART_SECURITY, NULL },            /* security attribute template for data objects */
	{ 0xA1, PART_SECURITY, NULL },            /* the same, proprietary */
	{ 0xA2, PART_EXTRA, NULL },               /* pairs of short identifier and file reference */
	{ 0xA5, PART_EXTRA, NULL },               /* proprietary, constructed */
	{ 0xAB, PART_SECURITY, parse_expanded },  /* security attribute, expanded */
	{ 0xAC, PART_EXTRA, NULL },               /* cryptographic mechanism identifier */
};

static size_t
parameter_of(uint32_t tag)
{
	for (size_t i = 0; i < VSC_COUNT(parameters); i++)
		if (parameters[i].tag == tag)
			return i;
	return VSC_COUNT(parameters);
}

static int
parse_values(struct parser *p, struct vsc_span fcp)
{
	struct vsc_in in = vsc_in_from(fcp);
	struct vsc_tlv tlv;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) > 0) {
		size_t i = parameter_of(tlv.tag);

		if (i == VSC_COUNT(parameters))
			return VSC_E_FORMAT;
		if (parameters[i].parse != NULL && (rc = parameters[i].parse(p, tlv.value)) < 0)
			return rc;
	}
	return rc;
}

/* All objects of one part, one after the other. */
static struct vsc_span
gather(struct parser *p, struct vsc_span fcp, enum part part)
{
	struct vsc_in in = vsc_in_from(fcp);
	size_t start = p->scratch->len;
	struct vsc_tlv tlv;

	while (vsc_tlv_next(&in, &tlv) > 0)
		if (parameters[parameter_of(tlv.tag)].part == part)
			vsc_out_put(p->scratch, tlv.whole);
	return vsc_span_slice(vsc_out_span(p->scratch), start, p->scratch->len);
}

int
vsc_fcp_parse(
    struct vsc_file_spec *spec, uint8_t descriptor, struct vsc_span fcp, struct vsc_out *scratch)
{
	struct parser p = { .spec = spec, .scratch = scratch };
	int rc;

	*spec = (struct vsc_file_spec){ .descriptor = descriptor };
	if ((rc = parse_values(&p, fcp)) < 0)
		return rc;
	if (!p.has_descriptor && descriptor == 0)
		return VSC_E_FORMAT;
	spec->names = gather(&p, fcp, PART_NAME);
	spec->security = gather(&p, fcp, PART_SECURITY);
	spec->extra = gather(&p, fcp, PART_EXTRA);
	if (spec->names.len > 0 && (spec->descriptor & 0xBF) != VSC_FILE_DF)
		return VSC_E_FORMAT;
	return scratch->full ? VSC_E_SPACE : 0;
}

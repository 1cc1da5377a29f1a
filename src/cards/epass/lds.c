/* EF.COM and data groups 1, 2, 11 and 12 written, and the table of data group tags. */
#include "cards/epass/lds.h"

#include <string.h>

#include "iso/tlv.h"

/* Doc 9303-10 table 38 */
static const uint8_t tags[VSC_LDS_GROUPS + 1] = { 0, 0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68,
	0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70 };

/* Doc 9303-10 4.7.11 and 4.7.12: in the order of the tables there */
static const struct detail {
	unsigned dg;
	uint32_t tag;
	const char *name;
	enum vsc_lds_kind kind;
} details[] = {
	{ 11, 0x5F0E, "full-name", VSC_LDS_TEXT },
	{ 11, 0x5F10, "personal-number", VSC_LDS_TEXT },
	{ 11, 0x5F2B, "full-birth-date", VSC_LDS_DATE },
	{ 11, 0x5F11, "place-of-birth", VSC_LDS_TEXT },
	{ 11, 0x5F42, "address", VSC_LDS_TEXT },
	{ 11, 0x5F12, "telephone", VSC_LDS_TEXT },
	{ 11, 0x5F13, "profession", VSC_LDS_TEXT },
	{ 11, 0x5F14, "title", VSC_LDS_TEXT },
	{ 11, 0x5F15, "summary", VSC_LDS_TEXT },
	{ 11, 0x5F16, "proof-of-citizenship", VSC_LDS_PICTURE },
	{ 11, 0x5F17, "other-documents", VSC_LDS_TEXT },
	{ 11, 0x5F18, "custody", VSC_LDS_TEXT },
	{ 12, 0x5F19, "issuing-authority", VSC_LDS_TEXT },
	{ 12, 0x5F26, "issue-date", VSC_LDS_DATE },
	{ 12, 0x5F1B, "endorsements", VSC_LDS_TEXT },
	{ 12, 0x5F1C, "tax-exit", VSC_LDS_TEXT },
	{ 12, 0x5F1D, "front-image", VSC_LDS_PICTURE },
	{ 12, 0x5F1E, "rear-image", VSC_LDS_PICTURE },
	{ 12, 0x5F55, "personalisation-time", VSC_LDS_TIME },
	{ 12, 0x5F56, "personalisation-system", VSC_LDS_TEXT },
};

uint8_t
vsc_lds_tag(unsigned dg)
{
	return dg <= VSC_LDS_GROUPS ? tags[dg] : 0;
}

unsigned
vsc_lds_number(uint32_t tag)
{
	for (unsigned dg = 1; dg <= VSC_LDS_GROUPS; dg++)
		if (tags[dg] == tag)
			return dg;
	return 0;
}

void
vsc_lds_put_com(struct vsc_out *out, uint32_t groups)
{
	struct vsc_tlv_mark com = vsc_tlv_begin(out, 0x60), list;

	vsc_tlv_put(out, 0x5F01, vsc_span_str("0107"));
	vsc_tlv_put(out, 0x5F36, vsc_span_str("040000"));
	list = vsc_tlv_begin(out, 0x5C);
	for (unsigned dg = 1; dg <= VSC_LDS_GROUPS; dg++)
		if ((groups & 1u << dg) != 0)
			vsc_out_u8(out, tags[dg]);
	vsc_tlv_end(out, list);
	vsc_tlv_end(out, com);
}

void
vsc_lds_put_dg1(struct vsc_out *out, const struct vsc_mrz *mrz)
{
	struct vsc_tlv_mark dg = vsc_tlv_begin(out, tags[1]);

	vsc_tlv_put(out, 0x5F1F, vsc_span_str(mrz->text));
	vsc_tlv_end(out, dg);
}

/* ISO/IEC 19794-5:2005 5.4 to 5.7: facial record header, facial information, image information,
 * image */
static void
put_facial_record(struct vsc_out *out, const struct vsc_picture *portrait, char sex)
{
	const uint32_t header = 14, information = 20, image_information = 12;
	const uint32_t block = (uint32_t)(information + image_information + portrait->bytes.len);

	vsc_out_put(out, VSC_BYTES('F', 'A', 'C', 0, '0', '1', '0', 0));
	vsc_out_u32(out, header + block);
	vsc_out_u16(out, 1); /* images */
	vsc_out_u32(out, block);
	vsc_out_u16(out, 0); /* feature points */
	vsc_out_u8(out, sex == 'M' ? 1 : sex == 'F' ? 2 : 0);
	vsc_out_fill(out, 0, 2); /* eye and hair colour unspecified */
	vsc_out_fill(out, 0, 3); /* property mask */
	vsc_out_u16(out, 0);     /* expression unspecified */
	vsc_out_fill(out, 0, 6); /* pose angles and their uncertainties: unspecified */
	vsc_out_u8(out, 1);      /* full frontal */
	vsc_out_u8(out, portrait->kind == VSC_IMAGE_JPEG2000 ? 1 : 0);
	vsc_out_u16(out, portrait->width);
	vsc_out_u16(out, portrait->height);
	vsc_out_u8(out, portrait->grey ? 3 : 1); /* 8 bit greyscale, or sRGB */
	vsc_out_u8(out, 0);                      /* source unspecified */
	vsc_out_u16(out, 0);                     /* device */
	vsc_out_u16(out, 0);                     /* quality */
	vsc_out_put(out, portrait->bytes);
}

void
vsc_lds_put_dg2(struct vsc_out *out, const struct vsc_picture *portrait, char sex)
{
	struct vsc_tlv_mark dg = vsc_tlv_begin(out, tags[2]), group, instance, header, data;

	group = vsc_tlv_begin(out, 0x7F61);
	vsc_tlv_put_u8(out, 0x02, 1); /* instances */
	instance = vsc_tlv_begin(out, 0x7F60);
	/* Doc 9303-10 4.7.2.1; exactly these 14 bytes, since readers find the image at a fixed
	 * offset */
	header = vsc_tlv_begin(out, 0xA1);
	vsc_tlv_put_u8(out, 0x81, 0x02);    /* facial features */
	vsc_tlv_put_u8(out, 0x82, 0x00);    /* no subtype */
	vsc_tlv_put_u16(out, 0x87, 0x0101); /* format owner: ISO/IEC JTC 1/SC 37 */
	vsc_tlv_put_u16(out, 0x88, 0x0008); /* format: 19794-5 */
	vsc_tlv_end(out, header);
	data = vsc_tlv_begin(out, 0x5F2E);
	put_facial_record(out, portrait, sex);
	vsc_tlv_end(out, data);
	vsc_tlv_end(out, instance);
	vsc_tlv_end(out, group);
	vsc_tlv_end(out, dg);
}

static const struct detail *
find_detail(unsigned dg, const char *name)
{
	for (size_t i = 0; i < VSC_COUNT(details); i++)
		if (details[i].dg == dg && strcmp(details[i].name, name) == 0)
			return &details[i];
	return NULL;
}

enum vsc_lds_kind
vsc_lds_field_kind(unsigned dg, const char *name)
{
	const struct detail *detail = find_detail(dg, name);

	return detail == NULL ? VSC_LDS_TEXT : detail->kind;
}

/* The fields given of one group, in the order of the table, written by `put`. */
static void
each_given(struct vsc_out *out, unsigned dg, const struct vsc_lds_field *fields, size_t count,
    void (*put)(struct vsc_out *, uint32_t, struct vsc_span))
{
	for (size_t i = 0; i < VSC_COUNT(details); i++) {
		if (details[i].dg != dg)
			continue;
		for (size_t n = 0; n < count; n++)
			if (strcmp(fields[n].name, details[i].name) == 0)
				put(out, details[i].tag, fields[n].value);
	}
}

static void
put_tag_only(struct vsc_out *out, uint32_t tag, struct vsc_span value)
{
	(void)value;
	vsc_tlv_put_tag(out, tag);
}

int
vsc_lds_put_details(struct vsc_out *out, unsigned dg, const struct vsc_lds_field *fields,
    size_t count, const char **unknown)
{
	struct vsc_tlv_mark group, list;

	for (size_t i = 0; i < count; i++) {
		if (find_detail(dg, fields[i].name) != NULL)
			continue;
		*unknown = fields[i].name;
		return VSC_E_NOT_FOUND;
	}
	group = vsc_tlv_begin(out, vsc_lds_tag(dg));
	list = vsc_tlv_begin(out, 0x5C);
	each_given(out, dg, fields, count, put_tag_only);
	vsc_tlv_end(out, list);
	each_given(out, dg, fields, count, vsc_tlv_put);
	vsc_tlv_end(out, group);
	return 0;
}

static const struct detail *
nth_detail(unsigned dg, size_t n)
{
	for (size_t i = 0; i < VSC_COUNT(details); i++)
		if (details[i].dg == dg && n-- == 0)
			return &details[i];
	return NULL;
}

const char *
vsc_lds_field_name(unsigned dg, size_t n)
{
	const struct detail *detail = nth_detail(dg, n);

	return detail == NULL ? NULL : detail->name;
}

uint32_t
vsc_lds_field_tag(unsigned dg, size_t n)
{
	const struct detail *detail = nth_detail(dg, n);

	return detail == NULL ? 0 : detail->tag;
}

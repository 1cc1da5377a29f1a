/*
 * Data groups 3 and 4 put together around one picture: CBEFF templates outside, the record of
 * ISO/IEC 19794-4 or -6 inside; the picture's format and size are told by its first bytes.
 */
#include "cards/epass/biometric.h"

#include "cards/epass/lds.h"
#include "iso/tlv.h"

#define FIR_HEADER 32u
#define FIR_VIEW   14u
#define IIR_HEADER 45u
#define IIR_EYE    3u
#define IIR_IMAGE  11u

/* More than all heads and templates around the picture take. */
#define ROOM 256u

struct picture {
	uint16_t width, height;
	uint8_t compression; /* ISO/IEC 19794-4:2005 table 3 */
	bool grey, jpeg2000;
	struct vsc_span bytes;
};

/*
 * Wavelet scalar quantisation (FBI IAFIS-IC-0110): SOI, then segments until the frame header FFA2,
 * which has black, white, height and width.
 */
static int
parse_wsq(struct picture *picture, struct vsc_span bytes)
{
	struct vsc_in in = vsc_in_from(bytes);
	uint16_t marker, len, height, width;

	if (vsc_in_u16(&in, &marker) < 0 || marker != 0xFFA0)
		return VSC_E_UNSUPPORTED;
	while (vsc_in_u16(&in, &marker) == 0 && vsc_in_u16(&in, &len) == 0 && len >= 2) {
		if (marker != 0xFFA2) {
			if (vsc_in_skip(&in, len - 2u) < 0)
				return VSC_E_FORMAT;
			continue;
		}
		if (vsc_in_skip(&in, 2) < 0 || vsc_in_u16(&in, &height) < 0 ||
		    vsc_in_u16(&in, &width) < 0)
			return VSC_E_FORMAT;
		*picture = (struct picture){ width, height, 2, true, false, bytes };
		return 0;
	}
	return VSC_E_FORMAT;
}

static int
parse_picture(struct picture *picture, struct vsc_span bytes)
{
	struct vsc_picture found;
	int rc = vsc_picture_parse(&found, bytes);

	if (rc == VSC_E_UNSUPPORTED)
		return parse_wsq(picture, bytes);
	if (rc < 0)
		return rc;
	*picture =
	    (struct picture){ found.width, found.height, found.kind == VSC_IMAGE_JPEG ? 3 : 4,
		    found.grey, found.kind == VSC_IMAGE_JPEG2000, bytes };
	return 0;
}

/* ISO/IEC 19794-4:2005 7: general header, one finger, one view. */
static void
put_finger(struct vsc_out *out, const struct picture *picture)
{
	uint32_t view = (uint32_t)(FIR_VIEW + picture->bytes.len);

	vsc_out_put(out, VSC_BYTES('F', 'I', 'R', 0, '0', '1', '0', 0));
	vsc_out_u16(out, 0); /* six bytes of length */
	vsc_out_u32(out, FIR_HEADER + view);
	vsc_out_u16(out, 0);  /* capture device */
	vsc_out_u16(out, 31); /* acquisition level: 500 dpi */
	vsc_out_u8(out, 1);   /* fingers */
	vsc_out_u8(out, 1);   /* scale: pixels an inch */
	for (int i = 0; i < 4; i++)
		vsc_out_u16(out, 500); /* resolution of scan and image */
	vsc_out_u8(out, picture->grey ? 8 : 24);
	vsc_out_u8(out, picture->compression);
	vsc_out_u16(out, 0);
	vsc_out_u32(out, view);
	vsc_out_u8(out, 7);    /* left index finger */
	vsc_out_u8(out, 1);    /* views */
	vsc_out_u8(out, 1);    /* this one */
	vsc_out_u8(out, 0xFE); /* quality not reported */
	vsc_out_u8(out, 0);    /* live scan, plain */
	vsc_out_u16(out, picture->width);
	vsc_out_u16(out, picture->height);
	vsc_out_u8(out, 0);
	vsc_out_put(out, picture->bytes);
}

/* ISO/IEC 19794-6:2005 6.5: header, one eye, one image. */
static void
put_iris(struct vsc_out *out, const struct picture *picture)
{
	uint32_t all = (uint32_t)(IIR_HEADER + IIR_EYE + IIR_IMAGE + picture->bytes.len);

	vsc_out_put(out, VSC_BYTES('I', 'I', 'R', 0, '0', '1', '0', 0));
	vsc_out_u32(out, all);
	vsc_out_u16(out, 0); /* capture device */
	vsc_out_u8(out, 1);  /* eyes */
	vsc_out_u16(out, IIR_HEADER);
	vsc_out_u16(out, 0); /* image properties undefined */
	vsc_out_u16(out, 0); /* diameter of the iris unknown */
	/* 6: JPEG, monochrome; 8: colour; 14 and 16 the same in JPEG 2000 */
	vsc_out_u16(out, (uint16_t)((picture->jpeg2000 ? 14 : 6) + (picture->grey ? 0 : 2)));
	vsc_out_u16(out, picture->width);
	vsc_out_u16(out, picture->height);
	vsc_out_u8(out, 8); /* bits of intensity */
	vsc_out_u8(out, 0); /* no transformation */
	vsc_out_fill(out, 0, 16);
	vsc_out_u8(out, 1); /* right eye */
	vsc_out_u16(out, 1);
	vsc_out_u16(out, 1);      /* number of the image */
	vsc_out_u8(out, 0xFE);    /* quality */
	vsc_out_u16(out, 0xFFFF); /* rotation and its uncertainty undefined */
	vsc_out_u16(out, 0xFFFF);
	vsc_out_u32(out, (uint32_t)picture->bytes.len);
	vsc_out_put(out, picture->bytes);
}

static const struct kind {
	unsigned dg;
	uint8_t type;    /* CBEFF: 08 finger, 10 iris */
	uint8_t subtype; /* as in the record: left index finger, right eye */
	uint16_t format; /* 0007: 19794-4; 0009: 19794-6 */
	bool takes_wsq;
	void (*put)(struct vsc_out *out, const struct picture *picture);
} kinds[] = {
	{ 3, 0x08, 0x0A, 0x0007, true, put_finger },
	{ 4, 0x10, 0x01, 0x0009, false, put_iris },
};

static void
put_group(struct vsc_out *out, const struct kind *kind, const struct picture *picture)
{
	struct vsc_tlv_mark dg = vsc_tlv_begin(out, vsc_lds_tag(kind->dg)), group, instance, header;
	struct vsc_tlv_mark data;

	group = vsc_tlv_begin(out, 0x7F61);
	vsc_tlv_put_u8(out, 0x02, 1);
	instance = vsc_tlv_begin(out, 0x7F60);
	header = vsc_tlv_begin(out, 0xA1);
	vsc_tlv_put_u8(out, 0x81, kind->type);
	vsc_tlv_put_u8(out, 0x82, kind->subtype);
	vsc_tlv_put_u16(out, 0x87, 0x0101);
	vsc_tlv_put_u16(out, 0x88, kind->format);
	vsc_tlv_end(out, header);
	data = vsc_tlv_begin(out, 0x5F2E);
	kind->put(out, picture);
	vsc_tlv_end(out, data);
	vsc_tlv_end(out, instance);
	vsc_tlv_end(out, group);
	vsc_tlv_end(out, dg);
}

int
vsc_biometric_group(struct vsc_blob *group, unsigned dg, struct vsc_span file)
{
	const struct kind *kind = dg == 3 ? &kinds[0] : &kinds[1];
	struct picture picture;
	struct vsc_span value;
	struct vsc_out out;
	int rc;

	if (vsc_tlv_only(file, vsc_lds_tag(dg), &value) == 0)
		return vsc_blob_set(group, file);
	if ((rc = parse_picture(&picture, file)) < 0)
		return rc;
	if (picture.compression == 2 && !kind->takes_wsq)
		return VSC_E_UNSUPPORTED;
	if ((rc = vsc_blob_alloc(group, file.len + ROOM)) < 0)
		return rc;
	out = vsc_out_from(group->ptr, group->len);
	put_group(&out, kind, &picture);
	return vsc_blob_resize(group, out.len);
}

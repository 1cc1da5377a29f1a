/* A picture's width, height and kind out of its markers or boxes; nothing of it is decoded. */
#include "cards/epass/portrait.h"

/* T.81 B.1.1.3: markers without a length */
static bool
stands_alone(uint8_t marker)
{
	return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
}

/* T.81 table B.1: C0 to CF start a frame, save for DHT, JPG and DAC */
static bool
starts_frame(uint8_t marker)
{
	return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 &&
	       marker != 0xCC;
}

static int
parse_frame_header(struct vsc_span segment, struct vsc_picture *picture)
{
	struct vsc_in in = vsc_in_from(segment);
	uint8_t precision, components;

	if (vsc_in_u8(&in, &precision) < 0 || vsc_in_u16(&in, &picture->height) < 0 ||
	    vsc_in_u16(&in, &picture->width) < 0 || vsc_in_u8(&in, &components) < 0)
		return VSC_E_FORMAT;
	picture->grey = components == 1;
	return picture->width == 0 || picture->height == 0 ? VSC_E_FORMAT : 0;
}

/* Neither T.81's nor T.800's coded data can have FFD9, which ends both kinds of picture: where it
 * is missing, the end of the file is. */
static int
check_end(struct vsc_in in)
{
	struct vsc_span rest = vsc_in_rest(&in);

	return vsc_span_find(rest, VSC_BYTES(0xFF, 0xD9), 0) == SIZE_MAX ? VSC_E_FORMAT : 0;
}

static int
parse_jpeg(struct vsc_in in, struct vsc_picture *picture)
{
	for (;;) {
		struct vsc_span segment;
		uint8_t fill, marker;
		uint16_t len;

		if (vsc_in_u8(&in, &fill) < 0 || fill != 0xFF)
			return VSC_E_FORMAT;
		do {
			if (vsc_in_u8(&in, &marker) < 0)
				return VSC_E_FORMAT;
		} while (marker == 0xFF);
		if (stands_alone(marker))
			continue;
		/* image data before a frame header, or the end of the image */
		if (marker == 0xDA || marker == 0xD9)
			return VSC_E_FORMAT;
		if (vsc_in_u16(&in, &len) < 0 || len < 2 ||
		    vsc_in_span(&in, len - 2u, &segment) < 0)
			return VSC_E_FORMAT;
		if (starts_frame(marker))
			return parse_frame_header(segment, picture) < 0 ? VSC_E_FORMAT
									: check_end(in);
	}
}

/* T.800 A.5.1: the SIZ segment right behind SOC */
static int
parse_codestream(struct vsc_in in, struct vsc_picture *picture)
{
	uint32_t size[8];
	uint16_t marker, len, capabilities, components;

	if (vsc_in_u16(&in, &marker) < 0 || marker != 0xFF51 || vsc_in_u16(&in, &len) < 0 ||
	    vsc_in_u16(&in, &capabilities) < 0)
		return VSC_E_FORMAT;
	for (size_t i = 0; i < VSC_COUNT(size); i++)
		if (vsc_in_u32(&in, &size[i]) < 0)
			return VSC_E_FORMAT;
	if (vsc_in_u16(&in, &components) < 0 || size[0] <= size[2] || size[1] <= size[3] ||
	    size[0] - size[2] > UINT16_MAX || size[1] - size[3] > UINT16_MAX)
		return VSC_E_FORMAT;
	picture->width = (uint16_t)(size[0] - size[2]);
	picture->height = (uint16_t)(size[1] - size[3]);
	picture->grey = components == 1;
	return check_end(in);
}

/* T.800 I.4: a box's length and type. Length 0 reaches to the end; 1, the 64-bit form, no passport
 * needs. */
static int
next_box(struct vsc_in *in, uint32_t *type, struct vsc_span *content)
{
	uint32_t len;

	if (vsc_in_u32(in, &len) < 0 || vsc_in_u32(in, type) < 0)
		return VSC_E_FORMAT;
	if (len == 0) {
		*content = vsc_in_rest(in);
		return 0;
	}
	return len < 8 ? VSC_E_FORMAT : vsc_in_span(in, len - 8, content);
}

static int
parse_boxes(struct vsc_in in, struct vsc_picture *picture)
{
	const uint32_t codestream = 0x6A703263; /* jp2c */

	while (vsc_in_left(&in) > 0) {
		struct vsc_span content;
		struct vsc_in inner;
		uint32_t type;
		uint16_t soc;

		if (next_box(&in, &type, &content) < 0)
			return VSC_E_FORMAT;
		if (type != codestream)
			continue;
		inner = vsc_in_from(content);
		if (vsc_in_u16(&inner, &soc) < 0 || soc != 0xFF4F)
			return VSC_E_FORMAT;
		return parse_codestream(inner, picture);
	}
	return VSC_E_FORMAT;
}

int
vsc_picture_parse(struct vsc_picture *picture, struct vsc_span bytes)
{
	static const uint8_t soi[] = { 0xFF, 0xD8, 0xFF }, soc[] = { 0xFF, 0x4F, 0xFF, 0x51 };
	static const uint8_t jp2[] = { 0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50, 0x20, 0x20, 0x0D, 0x0A,
		0x87, 0x0A };
	static const struct {
		struct vsc_span magic;
		size_t skip;
		enum vsc_image_kind kind;
		int (*parse)(struct vsc_in, struct vsc_picture *);
	} kinds[] = {
		{ { soi, sizeof(soi) }, 2, VSC_IMAGE_JPEG, parse_jpeg },
		{ { soc, sizeof(soc) }, 2, VSC_IMAGE_JPEG2000, parse_codestream },
		{ { jp2, sizeof(jp2) }, sizeof(jp2), VSC_IMAGE_JPEG2000, parse_boxes },
	};

	for (size_t i = 0; i < VSC_COUNT(kinds); i++) {
		if (!vsc_span_starts_with(bytes, kinds[i].magic))
			continue;
		*picture = (struct vsc_picture){ .kind = kinds[i].kind, .bytes = bytes };
		return kinds[i].parse(
		    vsc_in_from(vsc_span_slice(bytes, kinds[i].skip, bytes.len)), picture);
	}
	return VSC_E_UNSUPPORTED;
}

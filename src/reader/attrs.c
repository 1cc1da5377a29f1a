/*
 * The table of attributes, each with the function that writes its value, and the feature list with
 * its TLV properties.
 */
#include "reader/attrs.h"

#include <stdlib.h>

#include "wire/frame.h"

#define VENDOR_NAME "Virtual Smart Card Architecture"
#define IFD_TYPE    "Virtual PCD"

/* FEATURE_GET_TLV_PROPERTIES and the code it is asked with: 0x42000000 + 3400 + feature, as pcsc-
 * lite's drivers number theirs */
#define FEATURE_GET_TLV_PROPERTIES 0x12
#define CONTROL_GET_FEATURES       (0x42000000u + 3400u)
#define CONTROL_TLV_PROPERTIES     (CONTROL_GET_FEATURES + FEATURE_GET_TLV_PROPERTIES)
#define PROPERTY_MAX_APDU_DATA     10

typedef int attr_fn(const struct vsc_attr_source *source, struct vsc_out *out);

/* Attributes are in the machine's own byte order and 4 bytes wide, as other drivers give them. */
static void
put_native(struct vsc_out *out, uint32_t value)
{
	vsc_out_put(out, vsc_span_from(&value, sizeof(value)));
}

static void
put_string(struct vsc_out *out, const char *text)
{
	vsc_out_str(out, text);
	vsc_out_u8(out, 0);
}

static int
vendor_name(const struct vsc_attr_source *source, struct vsc_out *out)
{
	(void)source;
	put_string(out, VENDOR_NAME);
	return 0;
}

static int
ifd_type(const struct vsc_attr_source *source, struct vsc_out *out)
{
	(void)source;
	put_string(out, IFD_TYPE);
	return 0;
}

/* 0xMMmmbbbb from MAJOR.minor.build */
static int
ifd_version(const struct vsc_attr_source *source, struct vsc_out *out)
{
	const char *text = VSC_VERSION;
	char *end;
	uint32_t version = ((uint32_t)strtoul(text, &end, 10) & 0xFF) << 24;

	(void)source;
	if (*end == '.')
		version |= ((uint32_t)strtoul(end + 1, &end, 10) & 0xFF) << 16;
	if (*end == '.')
		version |= (uint32_t)strtoul(end + 1, NULL, 10) & 0xFFFF;
	put_native(out, version);
	return 0;
}

/* Two slots differ in where they listen. */
static int
ifd_serial(const struct vsc_attr_source *source, struct vsc_out *out)
{
	char text[sizeof(((struct vsc_endpoint *)0)->host) + 32];

	put_string(out, vsc_endpoint_text(vsc_reader_endpoint(source->reader), text, sizeof(text)));
	return 0;
}

static int
max_input(const struct vsc_attr_source *source, struct vsc_out *out)
{
	(void)source;
	put_native(out, VSC_FRAME_MAX);
	return 0;
}

/* PC/SC Part 3 table 3-1: 0 no card, 2 swallowed, which a card without a slot to slide in is */
static int
icc_presence(const struct vsc_attr_source *source, struct vsc_out *out)
{
	vsc_out_u8(out, vsc_reader_present(source->reader) ? 2 : 0);
	return 0;
}

static int
icc_interface_status(const struct vsc_attr_source *source, struct vsc_out *out)
{
	vsc_out_u8(out, source->powered && vsc_reader_present(source->reader));
	return 0;
}

static int
atr_string(const struct vsc_attr_source *source, struct vsc_out *out)
{
	uint8_t atr[VSC_ATR_MAX];
	size_t len;
	int err = vsc_reader_atr(source->reader, source->generation, atr, &len);

	if (err < 0)
		return err;
	vsc_out_put(out, vsc_span_from(atr, len));
	return 0;
}

static const struct {
	uint32_t tag;
	attr_fn *get;
} attrs[] = {
	{ 0x00000303, atr_string },           /* pcsc-lite's TAG_IFD_ATR */
	{ 0x00010100, vendor_name },          /* SCARD_ATTR_VENDOR_NAME */
	{ 0x00010101, ifd_type },             /* SCARD_ATTR_VENDOR_IFD_TYPE */
	{ 0x00010102, ifd_version },          /* SCARD_ATTR_VENDOR_IFD_VERSION */
	{ 0x00010103, ifd_serial },           /* SCARD_ATTR_VENDOR_IFD_SERIAL_NO */
	{ 0x0007A007, max_input },            /* SCARD_ATTR_MAXINPUT */
	{ 0x00090300, icc_presence },         /* SCARD_ATTR_ICC_PRESENCE */
	{ 0x00090301, icc_interface_status }, /* SCARD_ATTR_ICC_INTERFACE_STATUS */
	{ 0x00090303, atr_string },           /* SCARD_ATTR_ATR_STRING */
};

static int
fetch(const struct vsc_attr_source *source, uint32_t tag, struct vsc_out *value)
{
	for (size_t i = 0; i < VSC_COUNT(attrs); i++)
		if (attrs[i].tag == tag)
			return attrs[i].get(source, value);
	return VSC_E_NOT_FOUND;
}

int
vsc_attr_get(const struct vsc_attr_source *source, uint32_t tag, struct vsc_out *out)
{
	uint8_t buf[VSC_ATTR_MAX + sizeof(((struct vsc_endpoint *)0)->host)];
	struct vsc_out value = vsc_out_from(buf, sizeof(buf));
	int err = fetch(source, tag, &value);

	if (err < 0)
		return err;
	vsc_out_truncate(&value, VSC_ATTR_MAX);
	vsc_out_put(out, vsc_out_span(&value));
	return out->full ? VSC_E_SPACE : 0;
}

/* PC/SC Part 10 2.2: tag, length, control code, big-endian */
static void
features(struct vsc_out *out)
{
	vsc_out_u8(out, FEATURE_GET_TLV_PROPERTIES);
	vsc_out_u8(out, 4);
	vsc_out_u32(out, CONTROL_TLV_PROPERTIES);
}

/* PC/SC Part 10 2.6.14: tag, length, value, little-endian. Without dwMaxAPDUDataSize OpenSC sends
 * no extended APDUs. */
static void
tlv_properties(struct vsc_out *out)
{
	vsc_out_u8(out, PROPERTY_MAX_APDU_DATA);
	vsc_out_u8(out, 4);
	for (unsigned shift = 0; shift < 32; shift += 8)
		vsc_out_u8(out, (uint8_t)(VSC_ATTR_MAX_DATA >> shift));
}

static const struct {
	uint32_t code;
	void (*answer)(struct vsc_out *out);
} controls[] = {
	{ CONTROL_GET_FEATURES, features },
	{ CONTROL_TLV_PROPERTIES, tlv_properties },
};

int
vsc_control(uint32_t code, struct vsc_out *out)
{
	uint8_t buf[VSC_ATTR_MAX];
	struct vsc_out value = vsc_out_from(buf, sizeof(buf));

	for (size_t i = 0; i < VSC_COUNT(controls); i++) {
		if (controls[i].code != code)
			continue;
		controls[i].answer(&value);
		vsc_out_put(out, vsc_out_span(&value));
		return out->full ? VSC_E_SPACE : 0;
	}
	return VSC_E_UNSUPPORTED;
}

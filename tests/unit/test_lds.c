#include "test.h"

#include "cards/epass/lds.h"
#include "iso/tlv.h"

static uint8_t buf[16384];

/* Doc 9303-10 4.7.1: the MRZ of a TD3 is 88 characters in 5F1F. */
static void
dg1(void **state)
{
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_mrz mrz;
	struct vsc_why why;

	(void)state;
	assert_int_equal(vsc_mrz_parse(&mrz,
			     vsc_span_str("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
					  "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
			     false, &why),
	    0);
	vsc_lds_put_dg1(&out, &mrz);
	assert_span_equal(vsc_span_slice(vsc_out_span(&out), 0, 8),
	    VSC_BYTES(0x61, 0x5B, 0x5F, 0x1F, 0x58, 'P', '<', 'U'));
	assert_int_equal(out.len, 93);
}

/* Doc 9303-10 4.6.1 gives this example for LDS 1.7, Unicode 4.0.0, DG1, 2, 4, 12 */
static void
com(void **state)
{
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	(void)state;
	vsc_lds_put_com(&out, 1u << 1 | 1u << 2 | 1u << 4 | 1u << 12);
	assert_span_equal(vsc_out_span(&out),
	    VSC_BYTES(0x60, 0x16, 0x5F, 0x01, 0x04, 0x30, 0x31, 0x30, 0x37, 0x5F, 0x36, 0x06, 0x30,
		0x34, 0x30, 0x30, 0x30, 0x30, 0x5C, 0x04, 0x61, 0x75, 0x76, 0x6C));
}

/* The examples that Doc 9303-10 prints, each made from what stands in it. */
static void
published(const char *hex, struct vsc_out *out)
{
	struct vsc_blob want = { NULL, 0 };

	assert_int_equal(vsc_hex_parse(vsc_span_str(hex), &want), 0);
	assert_span_equal(vsc_out_span(out), vsc_blob_span(&want));
	vsc_blob_free(&want);
	out->len = 0;
}

static void
published_examples(void **state)
{
	const struct vsc_lds_field details[] = {
		{ "full-name", vsc_span_str("SMITH<<JOHN<J") },
		{ "place-of-birth", vsc_span_str("ANYTOWN<MN") },
		{ "address", vsc_span_str("123 MAPLE RD<ANYTOWN<MN") },
		{ "telephone", vsc_span_str("16125551212") },
		{ "profession", vsc_span_str("TRAVEL<AGENT") },
	};
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	const char *unknown = NULL;
	struct vsc_mrz mrz;
	struct vsc_why why;

	(void)state;
	assert_int_equal(vsc_mrz_parse(&mrz,
			     vsc_span_str("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<"
					  "D231458907UTO7408122F1204159<<<<<<<6"),
			     false, &why),
	    0);
	vsc_lds_put_dg1(&out, &mrz);
	published("614B5F1F48493C55544F4552494B53534F4E3C3C414E4E413C4D415249413C3C"
		  "3C3C3C3C3C3C3C3C3C4432333134353839303755544F37343038313232463132"
		  "30343135393C3C3C3C3C3C3C36",
	    &out);
	assert_int_equal(vsc_lds_put_details(&out, 11, details, VSC_COUNT(details), &unknown), 0);
	published("6B605C0A5F0E5F115F425F125F135F0E0D534D4954483C3C4A4F484E3C4A5F11"
		  "0A414E59544F574E3C4D4E5F4217313233204D41504C452052443C414E59544F"
		  "574E3C4D4E5F120B31363132353535313231325F130C54524156454C3C414745"
		  "4E54",
	    &out);
}

static void
built_in_portrait_in_dg2(void **state)
{
	static const uint32_t path[] = { 0x75, 0x7F61, 0x7F60, 0x5F2E, 0 };
	const uint32_t header[] = { 0x75, 0x7F61, 0x7F60, 0xA1, 0 };
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_picture picture;
	struct vsc_span record, value;

	(void)state;
	assert_int_equal(vsc_picture_parse(&picture, vsc_portrait_specimen()), 0);
	assert_int_equal(picture.kind, VSC_IMAGE_JPEG);
	assert_int_equal(picture.width, 240);
	assert_int_equal(picture.height, 320);
	vsc_lds_put_dg2(&out, &picture, 'F');
	assert_false(out.full);
	assert_int_equal(vsc_tlv_find_path(vsc_out_span(&out), header, &value), 0);
	assert_span_equal(value, VSC_BYTES(0x81, 1, 2, 0x82, 1, 0, 0x87, 2, 1, 1, 0x88, 2, 0, 8));
	assert_int_equal(vsc_tlv_find_path(vsc_out_span(&out), path, &record), 0);
	/* ISO/IEC 19794-5: 14 + 20 + 12 bytes before the image, which is unchanged; both lengths
	 * right */
	assert_span_equal(vsc_span_slice(record, 46, record.len), picture.bytes);
	assert_int_equal(record.ptr[10] << 8 | record.ptr[11], (int)(record.len & 0xFFFF));
	assert_int_equal(record.ptr[16] << 8 | record.ptr[17], (int)((record.len - 14) & 0xFFFF));
	assert_span_equal(vsc_span_slice(record, 34, 6), VSC_BYTES(1, 0, 0, 240, 1, 64));
}

static const struct picture_row {
	const char *name;
	struct vsc_span bytes;
	int result;
	unsigned width, height;
} picture_rows[] = {
	{ "empty", { NULL, 0 }, VSC_E_UNSUPPORTED, 0, 0 },
	{ "png", BYTES(0x89, 'P', 'N', 'G', 0x0D, 0x0A), VSC_E_UNSUPPORTED, 0, 0 },
	{ "jpeg, fill bytes, DHT before SOF2",
	    BYTES(0xFF, 0xD8, 0xFF, 0xC4, 0, 3, 9, 0xFF, 0xFF, 0xC2, 0, 8, 8, 0, 20, 0, 10, 3, 0xFF,
		0xD9),
	    0, 10, 20 },
	{ "jpeg, cut off behind the frame header",
	    BYTES(0xFF, 0xD8, 0xFF, 0xC0, 0, 8, 8, 0, 20, 0, 10, 3, 0xFF, 0xDA, 0, 2, 1, 2, 3),
	    VSC_E_FORMAT, 10, 20 },
	{ "jpeg, scan before frame", BYTES(0xFF, 0xD8, 0xFF, 0xDA, 0, 2), VSC_E_FORMAT, 0, 0 },
	{ "jpeg, cut in a segment", BYTES(0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 1), VSC_E_FORMAT, 0, 0 },
	{ "jpeg, length below 2", BYTES(0xFF, 0xD8, 0xFF, 0xE0, 0, 1), VSC_E_FORMAT, 0, 0 },
	{ "jpeg, no height", BYTES(0xFF, 0xD8, 0xFF, 0xC0, 0, 8, 8, 0, 0, 0, 10, 3), VSC_E_FORMAT,
	    0, 0 },
	{ "codestream",
	    BYTES(0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 16, 0, 0, 0,
		0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0xFF, 0xD9),
	    0, 240, 512 },
	{ "codestream, cut off",
	    BYTES(0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 16, 0, 0, 0,
		0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0xFF, 0x52),
	    VSC_E_FORMAT, 0, 0 },
	{ "codestream, offset past size",
	    BYTES(0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0,
		0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3),
	    VSC_E_FORMAT, 0, 0 },
	{ "jp2 without a codestream",
	    BYTES(0, 0, 0, 12, 'j', 'P', ' ', ' ', 0x0D, 0x0A, 0x87, 0x0A, 0, 0, 0, 8, 'f', 't',
		'y', 'p'),
	    VSC_E_FORMAT, 0, 0 },
};

static void
pictures(void **state)
{
	(void)state;
	for (const struct picture_row *row = picture_rows;
	     row < picture_rows + VSC_COUNT(picture_rows); row++) {
		struct vsc_picture picture = { 0 };

		if (vsc_picture_parse(&picture, row->bytes) != row->result)
			FAIL_ROW(row, "result");
		if (row->result == 0 &&
		    (picture.width != row->width || picture.height != row->height))
			FAIL_ROW(row, "size");
	}
}

static void
details_in_the_order_of_the_standard(void **state)
{
	const struct vsc_lds_field given[] = { { "place-of-birth", vsc_span_str("X") },
		{ "full-name", vsc_span_str("A<<B") } };
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	const char *unknown = NULL;

	(void)state;
	assert_int_equal(vsc_lds_put_details(&out, 11, given, 2, &unknown), 0);
	assert_span_equal(
	    vsc_out_span(&out), VSC_BYTES(0x6B, 0x11, 0x5C, 0x04, 0x5F, 0x0E, 0x5F, 0x11, 0x5F,
				    0x0E, 0x04, 'A', '<', '<', 'B', 0x5F, 0x11, 0x01, 'X'));
	assert_int_equal(vsc_lds_put_details(&out, 12, given, 2, &unknown), VSC_E_NOT_FOUND);
	assert_string_equal(unknown, "place-of-birth");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dg1),
		cmocka_unit_test(com),
		cmocka_unit_test(published_examples),
		cmocka_unit_test(built_in_portrait_in_dg2),
		cmocka_unit_test(pictures),
		cmocka_unit_test(details_in_the_order_of_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

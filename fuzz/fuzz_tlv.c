/* Any bytes as BER-TLV, DER and SIMPLE-TLV: objects lie within the input, and what is in the
 * shortest form is written back the same. */
#include "fuzz.h"

#include "iso/tlv.h"

static uint8_t buf[1 << 17];

/* Written in one piece and by begin and end, an object is as it was read from DER. */
static void
check_der(struct vsc_span raw)
{
	struct vsc_in in = vsc_in_from(raw);
	struct vsc_tlv tlv;
	struct vsc_tlv_mark mark;
	struct vsc_span value;

	while (vsc_tlv_next_der(&in, &tlv) == 1) {
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));

		FUZZ_CHECK(tlv.whole.len == vsc_tlv_size(tlv.tag, tlv.value.len));
		FUZZ_CHECK(vsc_tlv_only(tlv.whole, tlv.tag, &value) == 0);
		FUZZ_CHECK(vsc_tlv_tag_constructed(tlv.tag) == tlv.constructed);
		if (tlv.whole.len > sizeof(buf))
			continue;
		vsc_tlv_put(&out, tlv.tag, tlv.value);
		FUZZ_CHECK(!out.full && vsc_span_eq(vsc_out_span(&out), tlv.whole));
		out = vsc_out_from(buf, tlv.whole.len);
		mark = vsc_tlv_begin(&out, tlv.tag);
		vsc_out_put(&out, tlv.value);
		vsc_tlv_end(&out, mark);
		FUZZ_CHECK(!out.full && vsc_span_eq(vsc_out_span(&out), tlv.whole));
	}
}

/* Every object is found by its tag, and in the place where it is. */
static void
check_ber(struct vsc_span raw, unsigned depth)
{
	struct vsc_in in = vsc_in_from(raw), head;
	struct vsc_tlv tlv;
	struct vsc_span value;
	uint32_t tag;
	size_t len;
	int r;

	while ((r = vsc_tlv_next(&in, &tlv)) > 0) {
		FUZZ_CHECK(fuzz_within(tlv.whole, raw) && fuzz_within(tlv.value, tlv.whole));
		FUZZ_CHECK(vsc_tlv_find(raw, tlv.tag, &value) == 0);
		head = vsc_in_from(tlv.whole);
		FUZZ_CHECK(vsc_tlv_header(&head, &tag, &len) == 1);
		FUZZ_CHECK(tag == tlv.tag && len == tlv.value.len && vsc_in_left(&head) == len);
		if (tlv.constructed && depth > 0)
			check_ber(tlv.value, depth - 1);
	}
	FUZZ_CHECK((r == 0) == vsc_tlv_valid(raw, 0));
}

static void
check_simple(struct vsc_span raw)
{
	struct vsc_in in = vsc_in_from(raw);
	struct vsc_span value;
	uint8_t tag;

	while (vsc_simple_tlv_next(&in, &tag, &value) == 1) {
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		struct vsc_span again;
		struct vsc_in back;
		uint8_t tag_again;

		FUZZ_CHECK(fuzz_within(value, raw));
		vsc_simple_tlv_put(&out, tag, value);
		back = vsc_in_from(vsc_out_span(&out));
		FUZZ_CHECK(vsc_simple_tlv_next(&back, &tag_again, &again) == 1);
		FUZZ_CHECK(tag == tag_again && vsc_span_eq(value, again));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_span raw = { data, size };

	/* finding each object is quadratic */
	if (size > 4096)
		return 0;
	check_ber(raw, 8);
	check_der(raw);
	check_simple(raw);
	(void)vsc_tlv_valid(raw, 16);
	return 0;
}

/* A card at the other end of a wire: see frames.h. */
#include "frames.h"

#include "wire/frame.h"

#define FRAMES_MAX 64 /* of one input */

int
fuzz_count_up(void *ctx, uint8_t *buf, size_t len)
{
	uint8_t *next = ctx;

	for (size_t i = 0; i < len; i++)
		buf[i] = (*next)++;
	return 0;
}

int64_t
fuzz_noon(void *ctx)
{
	(void)ctx;
	return 1795262400; /* 2026-11-21 12:00:00 UTC */
}

static void
check_atr(const struct vsc_card *card)
{
	uint8_t buf[VSC_ATR_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_atr atr;

	vsc_card_atr(card, &out);
	FUZZ_CHECK(!out.full && vsc_atr_parse(&atr, vsc_out_span(&out)) == 0);
}

static void
control(struct vsc_card *card, uint8_t code)
{
	if (code == VSC_CTRL_OFF)
		vsc_card_reset(card, VSC_RESET_OFF);
	else if (code == VSC_CTRL_ON)
		vsc_card_reset(card, VSC_RESET_ON);
	else if (code == VSC_CTRL_RESET)
		vsc_card_reset(card, VSC_RESET_WARM);
	else
		check_atr(card);
}

static void
command(struct vsc_card *card, struct vsc_span frame)
{
	static uint8_t buf[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	vsc_sw sw;

	/* making keys takes longer than a fuzzer has patience */
	if (frame.len > 1 && (frame.ptr[1] & 0xFE) == 0x46)
		return;
	FUZZ_CHECK(vsc_card_transmit(card, frame, &out) == 0);
	FUZZ_CHECK(!out.full);
	FUZZ_CHECK(vsc_response_split(vsc_out_span(&out), NULL, &sw) == 0);
	/* ISO/IEC 7816-4:2020 5.6: 6XXX or 9XXX, and 60XX is none */
	FUZZ_CHECK((sw >> 12 == 6 || sw >> 12 == 9) && sw >> 8 != 0x60);
	/* no data with an error, but the objects that protect it (also when fetched in pieces) */
	FUZZ_CHECK(vsc_sw_is_processed(sw) || sw >> 12 == 9 || out.len == 2 ||
		   (frame.len >= 4 && out.len <= 16 &&
		       (vsc_cla_decode(frame.ptr[0]).sm != VSC_SM_NONE || frame.ptr[1] == 0xC0)));
}

void
fuzz_frames(struct vsc_card *card, struct vsc_span input)
{
	struct vsc_in in = vsc_in_from(input);
	struct vsc_frames frames = { 0 };
	struct vsc_span frame;

	vsc_card_reset(card, VSC_RESET_ON);
	for (int i = 0; i < FRAMES_MAX && vsc_frames_next(&frames, &in, &frame) == 1; i++) {
		if (frame.len == 1)
			control(card, frame.ptr[0]);
		else
			command(card, frame);
	}
	vsc_frames_reset(&frames);
}

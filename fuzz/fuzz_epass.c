/* What comes over the wire to a passport: every command has one answer, and without BAC or PACE
 * nothing of it is read. The same once more to a passport without access control, where more of
 * the code is within reach. Seeds are transcripts, turned into frames by seeds.py. */
#include "fuzz.h"

#include "card/card.h"
#include "wire/frame.h"

#define FRAMES_MAX 64 /* of one input */

extern const struct vsc_card_type vsc_card_epass;

/* Quick to make, with all that a passport can do. */
static const struct vsc_param items[] = {
	{ "mrz", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
		 "L898902C<3UTO6908061F9406236ZE184226B<<<<<14" },
	{ "can", "123456" },
	{ "pki", "ec-named" },
	{ "aa", "p256" },
	{ "pace", "gm,im,cam" },
	{ "pace", "dh-gm:0" },
	{ "ca", "bp256:aes128" },
	{ "ca", "p256:3des" },
	{ "seed", "00" },
};
static const struct vsc_param open_items[] = {
	{ "access", "none" },
	{ "pki", "ec-named" },
	{ "aa", "p256" },
	{ "seed", "00" },
};
static const struct vsc_params params[] = {
	{ items, VSC_COUNT(items) },
	{ open_items, VSC_COUNT(open_items) },
};

static int64_t
noon(void *ctx)
{
	(void)ctx;
	return 1795262400; /* 2026-11-21 12:00:00 UTC */
}

static void
command(struct vsc_card *card, struct vsc_span frame, bool protected)
{
	static uint8_t buf[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	vsc_sw sw;

	FUZZ_CHECK(vsc_card_transmit(card, frame, &out) == 0);
	FUZZ_CHECK(!out.full);
	FUZZ_CHECK(vsc_response_split(vsc_out_span(&out), NULL, &sw) == 0);
	FUZZ_CHECK(sw >> 12 == 6 || sw >> 12 == 9);
	/* DG1 has the document number in it: nobody gets it in plain */
	FUZZ_CHECK(!protected ||
		   vsc_span_find(vsc_out_span(&out), vsc_span_str("L898902C"), 0) == SIZE_MAX);
}

/* Making a passport takes longer than an input: each is made once, and reset for each input. */
static struct vsc_card *
card_of_the_run(size_t i)
{
	static const struct vsc_env env = { .now = noon };
	static struct vsc_card *cards[VSC_COUNT(params)];

	if (cards[i] == NULL)
		FUZZ_CHECK(vsc_card_new(&cards[i], &vsc_card_epass, &params[i], &env) == 0);
	return cards[i];
}

static void
play(size_t which, struct vsc_in in)
{
	struct vsc_card *card = card_of_the_run(which);
	struct vsc_frames frames = { 0 };
	struct vsc_span frame;

	vsc_card_reset(card, VSC_RESET_ON);
	for (int i = 0; i < FRAMES_MAX && vsc_frames_next(&frames, &in, &frame) == 1; i++) {
		if (frame.len == 1)
			vsc_card_reset(card, VSC_RESET_WARM);
		else
			command(card, frame, which == 0);
	}
	vsc_frames_reset(&frames);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < VSC_COUNT(params); i++)
		play(i, vsc_in_from(vsc_span_from(data, size)));
	return 0;
}

/*
 * What comes over the wire to a card that is complete: the one of share/init/demo.apdu, with files
 * that ask for PINs, and keys. Its rights are enforced, and the fuzzer has to know the PIN.
 */
#include "frames.h"

#include "card/script.h"

struct vsc_span fuzz_demo_script(void); /* share/init/demo.apdu, by tools/embed.py */

static int
play(void *ctx, struct vsc_card *card)
{
	struct vsc_why why = { "" };

	(void)ctx;
	return vsc_script_run(card, fuzz_demo_script(), NULL, &why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t next = 0;
	const struct vsc_env env = { .ctx = &next, .random = fuzz_count_up, .now = fuzz_noon };
	const struct vsc_card_setup setup = { play, NULL };
	struct vsc_card *card;

	FUZZ_CHECK(vsc_card_new_with(&card, &vsc_card_iso7816, NULL, &env, &setup) == 0);
	fuzz_frames(card, vsc_span_from(data, size));
	vsc_card_free(card);
	return 0;
}

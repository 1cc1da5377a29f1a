/* What comes over the wire to a new card. Seeds are transcripts, turned into frames by seeds.py. */
#include "frames.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t next = 0;
	const struct vsc_env env = { .ctx = &next, .random = fuzz_count_up, .now = fuzz_noon };
	struct vsc_card *card;

	FUZZ_CHECK(vsc_card_new(&card, &vsc_card_iso7816, NULL, &env) == 0);
	fuzz_frames(card, vsc_span_from(data, size));
	vsc_card_free(card);
	return 0;
}

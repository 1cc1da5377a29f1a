/* What comes over the wire to a Cryptoflex, and what can be said about it afterwards: PINs and keys
 * are content of its files, so that anything may stand there. Seeds as fuzz_card's. */
#include "frames.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct vsc_card_type *type = vsc_card_type_find("cryptoflex");
	uint8_t next = 0, text[4096];
	const struct vsc_env env = { .ctx = &next, .random = fuzz_count_up, .now = fuzz_noon };
	struct vsc_out out = vsc_out_from(text, sizeof(text));
	struct vsc_card *card;

	FUZZ_CHECK(type != NULL && vsc_card_new(&card, type, NULL, &env) == 0);
	fuzz_frames(card, vsc_span_from(data, size));
	type->show(card, &out);
	FUZZ_CHECK(out.len > 0);
	vsc_card_free(card);
	return 0;
}

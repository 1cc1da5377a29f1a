/* Talk to a card in hex: for unit tests that are easier to say as APDUs. */
#ifndef VSC_TEST_CARD_H
#define VSC_TEST_CARD_H

#include "test.h"

#include "card/card.h"

/* Send a command, compare the whole answer. */
static inline void
expect(struct vsc_card *card, const char *command, const char *answer)
{
	static uint8_t buf[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_blob raw = { NULL, 0 }, want = { NULL, 0 };

	assert_int_equal(vsc_hex_parse(vsc_span_str(command), &raw), 0);
	assert_int_equal(vsc_hex_parse(vsc_span_str(answer), &want), 0);
	assert_int_equal(vsc_card_transmit(card, vsc_blob_span(&raw), &out), 0);
	if (!vsc_span_eq(vsc_out_span(&out), vsc_blob_span(&want))) {
		char got[300];

		fail_msg("> %s\ngot  %s\nwant %s", command,
		    vsc_hex_text(got, sizeof(got), vsc_out_span(&out), ' '), answer);
	}
	vsc_blob_free(&raw);
	vsc_blob_free(&want);
}

static inline struct vsc_card *
new_card(const struct vsc_card_type *type)
{
	struct vsc_card *card;

	assert_int_equal(vsc_card_new(&card, type, NULL, NULL), 0);
	vsc_card_reset(card, VSC_RESET_ON);
	return card;
}

#endif

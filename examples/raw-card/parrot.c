/* A card that is no ISO card: it gets the bytes as they came and says them backwards. */
#include <card/card.h>

static const uint8_t parrot_atr[] = { 0x3B, 0x80, 0x01, 0x81 };

static void
atr(const struct vsc_card *card, struct vsc_out *out)
{
	(void)card;
	vsc_out_put(out, VSC_SPAN_OF(parrot_atr));
}

static int
transmit(struct vsc_card *card, struct vsc_span raw, struct vsc_out *out)
{
	(void)card;
	for (size_t i = raw.len; i-- > 0;)
		vsc_out_u8(out, raw.ptr[i]);
	vsc_out_u16(out, VSC_SW_OK);
	return 0;
}

VSC_CARD_TYPE(parrot) = {
	.abi = VSC_CARD_ABI,
	.name = "parrot",
	.summary = "says all commands backwards",
	.atr = atr,
	.transmit = transmit,
};

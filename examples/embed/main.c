/* A card in this process: made, switched on, asked for eight random bytes. */
#include <card/card.h>
#include <stdio.h>

int
main(void)
{
	static uint8_t buf[VSC_RESPONSE_MAX];
	struct vsc_out answer = vsc_out_from(buf, sizeof(buf));
	struct vsc_card *card;

	if (vsc_card_new(&card, vsc_card_type_find("iso7816"), NULL, NULL) < 0)
		return 1;
	vsc_card_reset(card, VSC_RESET_ON);
	if (vsc_card_transmit(card, VSC_BYTES(0x00, 0x84, 0x00, 0x00, 0x08), &answer) < 0)
		return 1;
	for (size_t i = 0; i < answer.len; i++)
		printf("%02X%c", answer.buf[i], i + 1 < answer.len ? ' ' : '\n');
	vsc_card_free(card);
	return 0;
}

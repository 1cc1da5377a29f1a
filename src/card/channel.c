/* Logical channels (ISO/IEC 7816-4:2020 5.4.2): opened, and closed with all that they have. */
#include "card/engine.h"

#include <stdlib.h>

int
vsc_channel_open(struct vsc_card *card, unsigned number)
{
	struct vsc_channel *channel = card->channels[number];

	if (channel == NULL)
		channel = calloc(1, sizeof(*channel));
	if (channel == NULL)
		return VSC_E_NOMEM;
	channel->open = true;
	card->channels[number] = channel;
	if (number >= card->nchannels)
		card->nchannels = number + 1;
	return 0;
}

void
vsc_channel_close(struct vsc_card *card, unsigned number)
{
	struct vsc_channel *channel = card->channels[number];

	if (channel == NULL)
		return;
	vsc_chain_reset(&channel->chain);
	vsc_chain_reset(&channel->envelope);
	vsc_pending_reset(&channel->pending);
	vsc_blob_free(&channel->challenge);
	vsc_blob_free(&channel->witness);
	vsc_sm_end(&channel->sm);
	vsc_rights_clear(&channel->rights);
	vsc_se_clear(&channel->se);
	channel->position = (struct vsc_position){ .df = NULL };
	channel->open = false;
}

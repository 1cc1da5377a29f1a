/* A card in the same thread. */
#include "port.h"

static int
event(struct port *port, enum vsc_line_event event)
{
	static const enum vsc_reset resets[] = {
		[VSC_EVENT_ON] = VSC_RESET_ON,
		[VSC_EVENT_OFF] = VSC_RESET_OFF,
		[VSC_EVENT_RESET] = VSC_RESET_WARM,
	};

	vsc_card_reset(port->ctx, resets[event]);
	return 0;
}

static int
atr(struct port *port, struct vsc_blob *atr)
{
	uint8_t buf[VSC_ATR_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	vsc_card_atr(port->ctx, &out);
	return out.full ? VSC_E_SPACE : vsc_blob_set(atr, vsc_out_span(&out));
}

static int
transmit(struct port *port, struct vsc_span command, struct vsc_blob *answer)
{
	static uint8_t buf[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	int r = vsc_card_transmit(port->ctx, command, &out);

	return r < 0 ? r : vsc_blob_set(answer, vsc_out_span(&out));
}

static void
close_port(struct port *port)
{
	port->ctx = NULL;
}

int
port_direct(struct port *port, struct vsc_card *card)
{
	static const struct port_ops ops = { event, atr, transmit, close_port };

	*port = (struct port){ &ops, card };
	return 0;
}

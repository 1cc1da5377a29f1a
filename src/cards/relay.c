/*
 * relay: the card in another PC/SC reader is served through ours. Bytes go through as they are;
 * what is special (the way to the other reader) is in relay/source.c.
 */
#include "card/card.h"
#include "cards/relay/source.h"

extern const struct vsc_card_type vsc_card_relay;

struct relay {
	struct vsc_source *source;
};

static struct vsc_source *
source_of(const struct vsc_card *card)
{
	const struct relay *relay = vsc_card_state(card, &vsc_card_relay);

	return relay->source;
}

static int
init(struct vsc_card *card, const struct vsc_params *params)
{
	struct relay *relay = vsc_card_state(card, &vsc_card_relay);
	const char *reader = vsc_params_get(params, "reader");

	if (reader != NULL && *reader == '\0') {
		vsc_card_log(card, VSC_LOG_ERROR,
		    "--reader: \"\" is neither the number of a reader nor part of a name");
		return VSC_E_PARAM;
	}
	return vsc_source_open(&relay->source, card, reader == NULL ? "0" : reader,
	    vsc_params_get(params, "pcsc-library"));
}

static void
release(struct vsc_card *card)
{
	vsc_source_close(source_of(card));
}

static void
reset(struct vsc_card *card, enum vsc_reset how)
{
	if (how == VSC_RESET_OFF)
		vsc_source_off(source_of(card));
	else
		vsc_source_on(source_of(card), how == VSC_RESET_WARM);
}

static void
atr(const struct vsc_card *card, struct vsc_out *out)
{
	vsc_source_atr(source_of(card), out);
}

static int
transmit(struct vsc_card *card, struct vsc_span raw, struct vsc_out *out)
{
	return vsc_source_transmit(source_of(card), raw, out);
}

static bool
present(struct vsc_card *card)
{
	return vsc_source_present(source_of(card));
}

static void
source(struct vsc_card *card, struct vsc_out *endpoint)
{
	vsc_source_serial(source_of(card), endpoint);
}

static const struct vsc_option options[] = {
	{ "reader", 0, VSC_OPTION_VALUE, false, "READER",
	    "the reader the card is in: a number (default 0) or part of its name" },
	{ "pcsc-library", 0, VSC_OPTION_FILE, false, "FILE",
	    "reach it through this library (default: the system's libpcsclite.so.1)" },
};

VSC_CARD_TYPE(relay) = {
	.abi = VSC_CARD_ABI,
	.name = "relay",
	.summary = "the card in another PC/SC reader",
	.options = options,
	.noptions = VSC_COUNT(options),
	.flags = VSC_TYPE_BLOCKS,
	.state_size = sizeof(struct relay),
	.init = init,
	.release = release,
	.reset = reset,
	.atr = atr,
	.transmit = transmit,
	.present = present,
	.source = source,
};

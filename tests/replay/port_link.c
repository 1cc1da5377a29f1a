/* A card behind a link: over a socket pair, or over TCP through a listener as the reader has it. A
 * thread serves the card's end. */
#include "port.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/auto.h"
#include "wire/link.h"

#define LIMIT_MS 60000 /* key generation takes its time */

struct served {
	struct vsc_link *reader_end, *card_end;
	struct port card; /* the card itself */
	pthread_t thread;
};

/* --- The card's side --- */

static int
control(struct served *s, uint8_t code)
{
	static const struct {
		uint8_t code;
		enum vsc_line_event event;
	} controls[] = {
		{ VSC_CTRL_OFF, VSC_EVENT_OFF },
		{ VSC_CTRL_ON, VSC_EVENT_ON },
		{ VSC_CTRL_RESET, VSC_EVENT_RESET },
	};

	for (size_t i = 0; i < VSC_COUNT(controls); i++)
		if (controls[i].code == code)
			return s->card.ops->event(&s->card, controls[i].event);
	return VSC_E_FORMAT;
}

/* < 0: the card is gone */
static int
answer_frame(struct served *s, struct vsc_span frame)
{
	VSC_AUTO_BLOB answer = { NULL, 0 };
	int r;

	if (frame.len == 1 && frame.ptr[0] != VSC_CTRL_ATR)
		return control(s, frame.ptr[0]);
	if (frame.len == 1)
		r = s->card.ops->atr(&s->card, &answer);
	else
		r = s->card.ops->transmit(&s->card, frame, &answer);
	return r < 0 ? r : vsc_link_send(s->card_end, vsc_blob_span(&answer));
}

static int
flush(struct vsc_link *link)
{
	struct pollfd fd = { .fd = vsc_link_fd(link), .events = POLLOUT };
	int r = 0;

	while (r == 0 && vsc_link_unsent(link)) {
		poll(&fd, 1, -1);
		r = vsc_link_flush(link);
	}
	return r;
}

static void *
serve(void *arg)
{
	struct served *s = arg;
	struct vsc_blob frame = { NULL, 0 };

	while (vsc_link_wait(s->card_end, &frame, -1, -1) == 0)
		if (answer_frame(s, vsc_blob_span(&frame)) < 0 || flush(s->card_end) < 0)
			break;
	vsc_blob_free(&frame);
	vsc_link_free(s->card_end);
	return NULL;
}

/* --- The reader's side --- */

static int
atr(struct port *port, struct vsc_blob *atr)
{
	struct served *s = port->ctx;

	return vsc_link_call(s->reader_end, VSC_BYTES(VSC_CTRL_ATR), atr, LIMIT_MS);
}

static int
event(struct port *port, enum vsc_line_event event)
{
	static const uint8_t codes[] = {
		[VSC_EVENT_ON] = VSC_CTRL_ON,
		[VSC_EVENT_OFF] = VSC_CTRL_OFF,
		[VSC_EVENT_RESET] = VSC_CTRL_RESET,
	};
	struct served *s = port->ctx;
	VSC_AUTO_BLOB ignored = { NULL, 0 };
	int r = vsc_link_send(s->reader_end, VSC_BYTES(codes[event]));

	/* Nothing answers a control code: the ATR tells that it was carried out, before the
	 * transcript gives the card another time or randomness. */
	return r < 0 ? r : atr(port, &ignored);
}

static int
transmit(struct port *port, struct vsc_span command, struct vsc_blob *answer)
{
	struct served *s = port->ctx;

	return vsc_link_call(s->reader_end, command, answer, LIMIT_MS);
}

static void
close_port(struct port *port)
{
	struct served *s = port->ctx;

	vsc_link_free(s->reader_end);
	pthread_join(s->thread, NULL);
	free(s);
}

static int
start(struct port *port, struct vsc_card *card, struct vsc_link *reader_end,
    struct vsc_link *card_end)
{
	static const struct port_ops ops = { event, atr, transmit, close_port };
	struct served *s = calloc(1, sizeof(*s));

	if (s == NULL)
		goto fail;
	s->reader_end = reader_end;
	s->card_end = card_end;
	if (port_direct(&s->card, card) < 0 || pthread_create(&s->thread, NULL, serve, s) != 0)
		goto fail;
	*port = (struct port){ &ops, s };
	return 0;
fail:
	vsc_link_free(reader_end);
	vsc_link_free(card_end);
	free(s);
	return VSC_E_NOMEM;
}

int
port_pair(struct port *port, struct vsc_card *card)
{
	struct vsc_link *reader_end, *card_end;
	int r = vsc_link_pair(&reader_end, &card_end);

	return r < 0 ? r : start(port, card, reader_end, card_end);
}

static int
accept_one(struct vsc_listener *listener, struct vsc_link **link)
{
	struct pollfd fds[VSC_LISTENER_FDS];

	for (size_t i = 0; i < listener->nfds; i++)
		fds[i] = (struct pollfd){ .fd = listener->fds[i], .events = POLLIN };
	if (poll(fds, listener->nfds, LIMIT_MS) <= 0)
		return VSC_E_TIMEOUT;
	return vsc_listener_accept(listener, link) == 1 ? 0 : VSC_E_IO;
}

int
port_tcp(struct port *port, struct vsc_card *card)
{
	struct vsc_endpoint ep = { .kind = VSC_ENDPOINT_TCP, .listen = true };
	struct vsc_link *reader_end, *card_end;
	struct vsc_listener listener;
	int r = vsc_listener_open(&listener, &ep, NULL);

	if (r < 0)
		return r;
	ep.listen = false;
	ep.host[0] = '\0';
	vsc_out_str(
	    &(struct vsc_out){ (uint8_t *)ep.host, 0, sizeof(ep.host) - 1, false }, "localhost");
	r = vsc_link_connect(&card_end, &ep, LIMIT_MS);
	if (r == 0 && (r = accept_one(&listener, &reader_end)) < 0)
		vsc_link_free(card_end);
	vsc_listener_close(&listener);
	return r < 0 ? r : start(port, card, reader_end, card_end);
}

/* A card behind a link: over a socket pair, or over TCP through a listener as the reader has it.
 * The card's end is served as in vicc, by a session on a loop with a thread of its own. */
#include "port.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/auto.h"
#include "vicc/session.h"

#define LIMIT_MS 60000 /* key generation takes its time */

struct served {
	struct vsc_link *reader_end;
	struct vsc_holder holder;
	struct vsc_session *session;
	struct vsc_loop *loop;
	pthread_t thread;
};

/* --- The card's side --- */

static void
on_lost(void *ctx, int why)
{
	struct served *s = ctx;

	(void)why;
	vsc_loop_stop(s->loop);
}

static void *
serve(void *arg)
{
	struct served *s = arg;

	if (vsc_loop_run(s->loop) < 0)
		printf("# the loop failed\n");
	return NULL;
}

static void
free_served(struct served *s)
{
	if (s == NULL)
		return;
	vsc_link_free(s->reader_end);
	if (s->session != NULL)
		vsc_session_detach(s->session);
	vsc_loop_free(s->loop);
	vsc_session_free(s->session);
	free(s);
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
	s->reader_end = NULL;
	pthread_join(s->thread, NULL);
	free_served(s);
}

static int
start(struct port *port, struct vsc_card *card, struct vsc_link *reader_end,
    struct vsc_link *card_end)
{
	static const struct port_ops ops = { event, atr, transmit, close_port };
	struct served *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL) {
		vsc_link_free(reader_end);
		vsc_link_free(card_end);
		return VSC_E_NOMEM;
	}
	s->reader_end = reader_end;
	s->holder.card = card;
	r = vsc_loop_new(&s->loop, 1, NULL);
	if (r == 0)
		r = vsc_session_new(&s->session, s->loop, &s->holder, on_lost, s);
	if (r < 0)
		vsc_link_free(card_end);
	else
		r = vsc_session_attach(s->session, card_end);
	if (r == 0 && pthread_create(&s->thread, NULL, serve, s) != 0)
		r = VSC_E_NOMEM;
	if (r < 0)
		free_served(s);
	else
		*port = (struct port){ &ops, s };
	return r;
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

/* Reaching readers: see connector.h. */
#include "vicc/connector.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vicc/invite.h"

#define PAUSE_FIRST_MS 50
#define PAUSE_MAX_MS   2000
#define ATTEMPT_MS     5000

struct vsc_connector {
	struct vsc_connectors *all;
	struct vsc_holder *holder;
	struct vsc_session *session;
	struct vsc_endpoint ep;
	bool ended, stopped;
	bool resolved; /* there is such a host */
	bool absent;   /* nothing is tried until the card is there again */
	int pause;
	struct vsc_timer *timer; /* the next attempt, or the end of this one */
	/* connecting */
	struct vsc_link *link;
	struct vsc_watch *watch;
	/* listening */
	struct vsc_listener *listener;
	struct vsc_watch *doors[VSC_LISTENER_FDS];
};

static void
end(struct vsc_connector *c, bool failed)
{
	if (c->ended)
		return;
	c->ended = true;
	c->all->failed = c->all->failed || failed;
	if (--c->all->running == 0)
		vsc_loop_stop(c->all->loop);
}

static const char *
where(const struct vsc_connector *c, char *text, size_t cap)
{
	return vsc_endpoint_text(&c->ep, text, cap);
}

static void
attached(struct vsc_connector *c)
{
	char text[300];

	c->all->told = false;
	vsc_env_log(&c->holder->env, VSC_LOG_INFO, "%s: %s", where(c, text, sizeof(text)),
	    c->ep.listen ? "a reader connected" : "connected");
}

/* While it is connected to nothing: that it was away meanwhile, which is the first answer then, is
 * nobody's business. */
static bool
is_there(struct vsc_connector *c)
{
	struct vsc_card *card = c->holder->card;

	c->absent = !vsc_card_present(card);
	if (c->absent)
		c->absent = !vsc_card_present(card);
	return !c->absent;
}

/* --- Connecting --- */

static void
drop_attempt(struct vsc_connector *c)
{
	if (c->watch != NULL)
		vsc_watch_free(c->watch);
	vsc_link_free(c->link);
	c->watch = NULL;
	c->link = NULL;
}

/* One line for all cards of the process, until a reader is there again. */
static void
tell(struct vsc_connector *c, int why, int error)
{
	const char *reason = why == VSC_E_IO ? strerror(error) : vsc_err_text(why);
	char text[300];

	if (why == VSC_E_BUSY || (c->all->told && !c->all->once))
		return;
	c->all->told = true;
	vsc_env_log(&c->holder->env, c->all->once ? VSC_LOG_ERROR : VSC_LOG_WARN,
	    "%s: %s; is pcscd running with the vpcd driver?%s (vicc(1), CONNECTING)",
	    where(c, text, sizeof(text)), reason,
	    c->all->once ? "" : " Trying until it is; --once gives up");
}

static void
try_later(struct vsc_connector *c)
{
	vsc_timer_set(c->timer, c->pause);
	c->pause = c->pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : c->pause * 2;
}

static void
missed(struct vsc_connector *c, int why, int error)
{
	drop_attempt(c);
	tell(c, why, error);
	if (c->all->once && why != VSC_E_BUSY)
		end(c, true);
	else
		try_later(c);
}

static void on_attempt(void *ctx, unsigned events);

static void
look(struct vsc_connector *c)
{
	struct vsc_link *link = c->link;
	int rc, error;

	/* the next address of a name comes with another descriptor */
	if (c->watch != NULL)
		vsc_watch_free(c->watch);
	c->watch = NULL;
	rc = vsc_link_connected(link);
	error = errno;
	if (rc == 0) {
		rc = vsc_loop_watch(
		    c->all->loop, &c->watch, vsc_link_fd(link), VSC_LOOP_WRITE, on_attempt, c);
		if (rc == 0)
			return;
	} else if (rc > 0) {
		vsc_timer_set(c->timer, -1);
		c->link = NULL;
		rc = vsc_session_attach(c->session, link);
		if (rc == 0) {
			attached(c);
			return;
		}
	}
	missed(c, rc, error);
}

static void
on_attempt(void *ctx, unsigned events)
{
	(void)events;
	look(ctx);
}

/* A name that never was one is a mistake; one that resolved before is a network that is down. */
static void
give_up(struct vsc_connector *c)
{
	vsc_env_log(&c->holder->env, VSC_LOG_ERROR,
	    "unknown host \"%s\"; where the reader is: --hostname", c->ep.host);
	vsc_timer_set(c->timer, -1);
	end(c, true);
}

static void
attempt(struct vsc_connector *c)
{
	int rc;

	if (!is_there(c)) {
		if (c->all->once) {
			vsc_env_log(&c->holder->env, VSC_LOG_ERROR, "there is no card to serve");
			end(c, true);
		}
		return;
	}
	vsc_timer_set(c->timer, ATTEMPT_MS);
	rc = vsc_link_connect_start(&c->link, &c->ep);
	if (rc == VSC_E_NOT_FOUND && !c->resolved) {
		give_up(c);
		return;
	}
	c->resolved = true;
	if (rc < 0)
		missed(c, rc, errno);
	else
		look(c);
}

static void
on_timer(void *ctx)
{
	struct vsc_connector *c = ctx;

	if (c->link != NULL)
		missed(c, VSC_E_TIMEOUT, 0);
	else
		attempt(c);
}

/* --- Listening --- */

static int
open_doors(struct vsc_connector *c, bool open)
{
	int rc = 0;

	for (size_t i = 0; i < c->listener->nfds && rc == 0; i++)
		rc = vsc_watch_set(c->doors[i], open ? VSC_LOOP_READ : 0);
	return rc;
}

static void
on_door(void *ctx, unsigned events)
{
	struct vsc_connector *c = ctx;
	struct vsc_link *link;
	char text[300];
	int rc;

	(void)events;
	if (vsc_session_attached(c->session) || !is_there(c))
		return;
	rc = vsc_listener_accept(c->listener, &link);
	if (rc == 0)
		return;
	if (rc > 0)
		rc = vsc_session_attach(c->session, link);
	if (rc == 0)
		rc = open_doors(c, false);
	if (rc == 0)
		attached(c);
	else
		vsc_env_log(&c->holder->env, VSC_LOG_WARN, "%s: a reader was turned away: %s",
		    where(c, text, sizeof(text)), vsc_err_text(rc));
}

/* What to do about an address that cannot be listened on. */
static const char *
advice(const struct vsc_connector *c, int rc)
{
	if (c->ep.kind == VSC_ENDPOINT_UNIX)
		return "choose another path with --listen";
	return rc == VSC_E_BUSY
		   ? "pcscd or another card listens there: choose another port with --port"
		   : "choose an address of this machine with --hostname";
}

static int
listen_on(struct vsc_connector *c)
{
	char text[300];
	int rc;

	c->listener = calloc(1, sizeof(*c->listener));
	if (c->listener == NULL)
		return VSC_E_NOMEM;
	rc = vsc_listener_open(c->listener, &c->ep, &c->holder->env);
	if (rc < 0) {
		int error = errno;

		free(c->listener);
		c->listener = NULL;
		vsc_env_log(&c->holder->env, VSC_LOG_ERROR, "%s: %s; %s",
		    where(c, text, sizeof(text)),
		    rc == VSC_E_IO ? strerror(error) : vsc_err_text(rc), advice(c, rc));
		return rc;
	}
	for (size_t i = 0; i < c->listener->nfds && rc == 0; i++)
		rc = vsc_loop_watch(
		    c->all->loop, &c->doors[i], c->listener->fds[i], VSC_LOOP_READ, on_door, c);
	if (rc == 0)
		vsc_env_log(&c->holder->env, VSC_LOG_INFO, "%s: waiting for a reader",
		    where(c, text, sizeof(text)));
	if (rc == 0 && c->holder->number == 0)
		vsc_invite_print(&c->ep, &c->holder->env);
	return rc;
}

/* Open for a reader while there is a card for it. */
static void
watch_doors(struct vsc_connector *c)
{
	if (open_doors(c, is_there(c)) < 0)
		end(c, true);
}

/* --- Both --- */

static void
on_presence(void *ctx)
{
	struct vsc_connector *c = ctx;

	/* posted just before the end */
	if (c->session == NULL || c->ended || c->stopped)
		return;
	if (vsc_session_attached(c->session))
		vsc_session_look(c->session);
	else if (c->listener != NULL)
		watch_doors(c);
	else if (c->absent)
		vsc_timer_set(c->timer, 0);
}

/* On the thread of whoever saw it. */
static void
presence_seen(void *ctx)
{
	struct vsc_connector *c = ctx;

	if (vsc_loop_post(c->all->loop, on_presence, c) < 0)
		vsc_env_log(&c->holder->env, VSC_LOG_ERROR, "out of memory");
}

static void
on_lost(void *ctx, int why)
{
	struct vsc_connector *c = ctx;
	char text[300];

	vsc_env_log(&c->holder->env, VSC_LOG_INFO, "%s: %s", where(c, text, sizeof(text)),
	    why == VSC_E_NOT_FOUND ? "the card was removed" : "the reader went away");
	if (c->all->once) {
		end(c, false);
		return;
	}
	if (c->listener != NULL) {
		watch_doors(c);
		return;
	}
	/* a reader that hangs up without a word has no place for us: keep pausing longer */
	if (vsc_session_served(c->session))
		c->pause = PAUSE_FIRST_MS;
	try_later(c);
}

static int
start(struct vsc_connector *c)
{
	int rc = vsc_session_new(&c->session, c->all->loop, c->holder, on_lost, c);

	if (rc < 0)
		return rc;
	if (!c->ep.listen) {
		rc = vsc_loop_timer(c->all->loop, &c->timer, 0, on_timer, c);
	} else if ((rc = listen_on(c)) == 0) {
		watch_doors(c);
		if (c->absent && c->all->once) {
			vsc_env_log(&c->holder->env, VSC_LOG_ERROR, "there is no card to serve");
			rc = VSC_E_NOT_FOUND;
		}
	}
	if (rc == 0)
		vsc_card_on_presence(c->holder->card, presence_seen, c);
	return rc;
}

int
vsc_connector_new(struct vsc_connector **connector, struct vsc_connectors *all,
    struct vsc_holder *holder, const struct vsc_endpoint *ep)
{
	struct vsc_connector *c = calloc(1, sizeof(*c));
	int rc;

	*connector = NULL;
	if (c == NULL)
		return VSC_E_NOMEM;
	c->all = all;
	c->holder = holder;
	c->ep = *ep;
	c->pause = PAUSE_FIRST_MS;
	rc = start(c);
	if (rc < 0) {
		vsc_connector_stop(c);
		vsc_connector_free(c);
		return rc;
	}
	all->running++;
	*connector = c;
	return 0;
}

void
vsc_connector_stop(struct vsc_connector *c)
{
	vsc_card_on_presence(c->holder->card, NULL, NULL);
	c->stopped = true;
	drop_attempt(c);
	vsc_timer_free(c->timer);
	c->timer = NULL;
	if (c->listener != NULL) {
		for (size_t i = 0; i < VSC_LISTENER_FDS; i++)
			if (c->doors[i] != NULL)
				vsc_watch_free(c->doors[i]);
		vsc_listener_close(c->listener);
		free(c->listener);
		c->listener = NULL;
	}
	if (c->session != NULL)
		vsc_session_detach(c->session);
}

void
vsc_connector_free(struct vsc_connector *c)
{
	if (c == NULL)
		return;
	vsc_session_free(c->session);
	free(c);
}

/*
 * The backend for a resource manager in another process. Each context has a connection of its own,
 * which the manager takes for the sign of life of its owner, and gets more when several threads use
 * it at a time.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pcsc/backend.h"
#include "pcsc/message.h"
#include "wire/socket.h"

struct connection {
	int fd;
	struct connection *next_idle, *next;
	uint8_t buf[VSC_MESSAGE_MAX];
};

struct context {
	uint32_t id;
	bool released;           /* no more calls; who is still in one leaves */
	unsigned busy;           /* calls under way */
	struct connection *all;  /* none is closed before the context is */
	struct connection *idle; /* those that no call uses */
	struct context *next;
};

struct card {
	uint32_t id;
	struct context *context;
	struct card *next;
};

struct remote {
	pthread_mutex_t lock;
	struct context *contexts;
	struct card *cards;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* --- connections --- */

static struct connection *
connection_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct connection *c = malloc(sizeof(*c));
	struct vsc_out out = vsc_out_from(address.sun_path, sizeof(address.sun_path) - 1);

	if (c == NULL)
		return NULL;
	vsc_out_str(&out, path);
	c->fd = vsc_message_socket(vsc_socket_new(AF_UNIX));
	if (c->fd >= 0 &&
	    connect(c->fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) == 0)
		return c;
	if (c->fd >= 0)
		close(c->fd);
	free(c);
	return NULL;
}

static void
connection_free(struct connection *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	vsc_wipe(c->buf, sizeof(c->buf)); /* a PIN may have gone through */
	free(c);
}

static LONG
exchange(struct connection *c, struct vsc_rm_call *call)
{
	struct vsc_out request = vsc_out_from(c->buf, sizeof(c->buf));
	struct vsc_span body;
	LONG rv;

	vsc_message_put_call(&request, call);
	if (request.full)
		return SCARD_E_NOT_TRANSACTED; /* longer than any frame */
	if (vsc_message_send(c->fd, vsc_out_span(&request)) < 0 ||
	    vsc_message_recv(c->fd, c->buf, &body) < 0 ||
	    vsc_message_get_result(body, &rv, call) < 0)
		return SCARD_E_NO_SERVICE;
	return rv;
}

/* --- contexts and cards; with the lock --- */

static struct context *
context_find(const struct remote *r, uint32_t id)
{
	struct context *c = r->contexts;

	while (c != NULL && c->id != id)
		c = c->next;
	return c;
}

static struct card *
card_find(const struct remote *r, uint32_t id)
{
	struct card *c = r->cards;

	while (c != NULL && c->id != id)
		c = c->next;
	return c;
}

static bool
card_add(struct remote *r, struct context *context, uint32_t id)
{
	struct card *c = malloc(sizeof(*c));

	if (c == NULL)
		return false;
	*c = (struct card){ id, context, r->cards };
	r->cards = c;
	return true;
}

/* The card `id`, or with 0 all of the context. */
static void
cards_remove(struct remote *r, const struct context *context, uint32_t id)
{
	struct card **at = &r->cards;

	while (*at != NULL) {
		struct card *c = *at;

		if (c->context != context || (id != 0 && c->id != id)) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		free(c);
	}
}

static void
context_unlink(struct remote *r, const struct context *context)
{
	struct context **at = &r->contexts;

	while (*at != context)
		at = &(*at)->next;
	*at = context->next;
}

static void
connection_add(struct context *context, struct connection *c)
{
	c->next = context->all;
	context->all = c;
}

static void
context_free(struct context *context)
{
	while (context->all != NULL) {
		struct connection *c = context->all;

		context->all = c->next;
		connection_free(c);
	}
	free(context);
}

static struct context *
owner(const struct remote *r, const struct vsc_rm_call *call)
{
	const struct card *card;

	if (call->op <= VSC_RM_CONNECT)
		return context_find(r, call->id);
	card = card_find(r, call->id);
	return card == NULL ? NULL : card->context;
}

/* --- calls --- */

static struct connection *
attach(const struct remote *r, uint32_t context)
{
	struct vsc_rm_call call = { .op = VSC_RM_ATTACH, .id = context };
	struct connection *c = connection_open(r->path);

	if (c != NULL && exchange(c, &call) != SCARD_S_SUCCESS) {
		connection_free(c);
		return NULL;
	}
	return c;
}

/* A connection for this call alone. */
static LONG
take(struct remote *r, const struct vsc_rm_call *call, struct context **context,
    struct connection **c)
{
	pthread_mutex_lock(&r->lock);
	*context = owner(r, call);
	if (*context == NULL) {
		pthread_mutex_unlock(&r->lock);
		return SCARD_E_INVALID_HANDLE;
	}
	(*context)->busy++;
	if ((*c = (*context)->idle) != NULL)
		(*context)->idle = (*c)->next_idle;
	pthread_mutex_unlock(&r->lock);
	if (*c != NULL)
		return SCARD_S_SUCCESS;
	if ((*c = attach(r, (*context)->id)) == NULL)
		return SCARD_E_NO_SERVICE;
	pthread_mutex_lock(&r->lock);
	connection_add(*context, *c);
	pthread_mutex_unlock(&r->lock);
	return SCARD_S_SUCCESS;
}

/* With the lock. */
static void
put_back(struct context *context, struct connection *c)
{
	if (c != NULL) {
		c->next_idle = context->idle;
		context->idle = c;
	}
	context->busy--;
	if (context->released && context->busy == 0)
		context_free(context);
}

static LONG
establish(struct remote *r, struct vsc_rm_call *call)
{
	struct context *context = calloc(1, sizeof(*context));
	struct connection *c = connection_open(r->path);
	LONG rv = SCARD_E_NO_SERVICE;

	if (context == NULL || c == NULL || (rv = exchange(c, call)) != SCARD_S_SUCCESS) {
		connection_free(c);
		free(context);
		return rv;
	}
	context->id = call->ret[0];
	connection_add(context, c);
	context->idle = c;
	c->next_idle = NULL;
	pthread_mutex_lock(&r->lock);
	context->next = r->contexts;
	r->contexts = context;
	pthread_mutex_unlock(&r->lock);
	return SCARD_S_SUCCESS;
}

/* What a call means for our own lists. With the lock. */
static LONG
note(struct remote *r, struct context *context, const struct vsc_rm_call *call, LONG rv)
{
	if (call->op == VSC_RM_RELEASE) {
		/* Of two threads that do it, one did. */
		if (context->released)
			return SCARD_E_INVALID_HANDLE;
		context->released = true;
		cards_remove(r, context, 0);
		context_unlink(r, context);
		return rv == SCARD_E_INVALID_HANDLE ? SCARD_S_SUCCESS : rv;
	}
	if (rv != SCARD_S_SUCCESS)
		return rv;
	if (call->op == VSC_RM_CONNECT && !context->released && !card_add(r, context, call->ret[0]))
		return SCARD_E_NO_MEMORY;
	if (call->op == VSC_RM_DISCONNECT)
		cards_remove(r, context, call->id);
	return rv;
}

static LONG
remote_call(void *self, struct vsc_rm_call *call)
{
	struct remote *r = self;
	struct context *context;
	struct connection *c;
	LONG rv;

	if (call->op == VSC_RM_ESTABLISH)
		return establish(r, call);
	rv = take(r, call, &context, &c);
	if (rv == SCARD_E_INVALID_HANDLE)
		return rv;
	if (rv == SCARD_S_SUCCESS)
		rv = call->op == VSC_RM_VALID ? SCARD_S_SUCCESS : exchange(c, call);
	pthread_mutex_lock(&r->lock);
	rv = note(r, context, call, rv);
	put_back(context, c);
	pthread_mutex_unlock(&r->lock);
	return rv;
}

/* Only comes when the last context was released: the manager has let go of its waiting calls. */
static void
remote_stop(void *self)
{
	(void)self;
}

static void
remote_close(void *self)
{
	struct remote *r = self;

	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* The manager must not take the child for its parent. If another thread was at the lists when the
 * process forked, they are left alone. */
static void
remote_forked(void *self)
{
	struct remote *r = self;

	if (pthread_mutex_trylock(&r->lock) != 0)
		return;
	for (const struct context *context = r->contexts; context != NULL; context = context->next)
		for (const struct connection *c = context->all; c != NULL; c = c->next)
			close(c->fd);
}

int
vsc_backend_remote(struct vsc_backend *backend, const char *path, const struct vsc_env *env)
{
	struct remote *r = calloc(1, sizeof(*r));
	struct vsc_out out;

	if (r == NULL)
		return VSC_E_NOMEM;
	out = vsc_out_from(r->path, sizeof(r->path) - 1);
	vsc_out_str(&out, path);
	if (out.full) {
		vsc_env_log(
		    env, VSC_LOG_ERROR, "VPCD_SESSION: \"%s\" is too long for a socket", path);
		free(r);
		return VSC_E_PARAM;
	}
	pthread_mutex_init(&r->lock, NULL);
	*backend = (struct vsc_backend){
		.self = r,
		.call = remote_call,
		.stop = remote_stop,
		.close = remote_close,
		.forked = remote_forked,
	};
	return 0;
}

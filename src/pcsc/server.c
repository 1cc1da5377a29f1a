/*
 * The manager's side of the socket: a thread that accepts, notices who hung up and collects ended
 * connections; a thread a connection that runs its calls.
 */
#include "pcsc/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <pthread.h>

#include "pcsc/message.h"
#include "wire/socket.h"

#ifndef POLLRDHUP /* not on Linux: a full close shows as POLLHUP */
#define POLLRDHUP 0
#endif

struct peer {
	struct vsc_server *server;
	int fd;
	pthread_t thread;
	/* under the server's lock */
	uint32_t context; /* established over this connection, or 0 */
	bool gone;        /* it hung up, and whatever waits for its context was told */
	bool done;        /* the thread has nothing more to do */
	struct peer *next;
	/* the thread's own */
	uint8_t request[VSC_MESSAGE_MAX], answer[VSC_MESSAGE_MAX], out[VSC_RM_OUT_MAX];
};

struct vsc_server {
	struct vsc_manager *manager;
	pthread_mutex_t lock;
	pthread_t thread;
	int fd;
	int wake[2];
	bool stop;
	bool deaf; /* the thread's own: the listening socket was shut down */
	struct peer *peers;
	struct sockaddr_un address;
};

static void
wake(struct vsc_server *s)
{
	/* A full pipe wakes as well. */
	while (write(s->wake[1], "", 1) < 0 && errno == EINTR)
		;
}

/* --- a connection's thread --- */

static void
set_context(struct peer *p, uint32_t id)
{
	pthread_mutex_lock(&p->server->lock);
	p->context = id;
	pthread_mutex_unlock(&p->server->lock);
}

static LONG
run(struct peer *p, struct vsc_rm_call *call)
{
	struct vsc_rm_call check = { .op = VSC_RM_VALID, .id = call->id };
	LONG rv;

	/* One context is what a connection stands for. */
	if (call->op == VSC_RM_ESTABLISH && p->context != 0)
		return SCARD_E_INVALID_PARAMETER;
	rv = vsc_manager_call(p->server->manager, call->op == VSC_RM_ATTACH ? &check : call);
	if (rv == SCARD_S_SUCCESS && call->op == VSC_RM_ESTABLISH)
		set_context(p, call->ret[0]);
	if (call->op == VSC_RM_RELEASE && call->id == p->context)
		set_context(p, 0);
	return rv;
}

static bool
serve(struct peer *p)
{
	struct vsc_out out = vsc_out_from(p->out, sizeof(p->out));
	struct vsc_out answer = vsc_out_from(p->answer, sizeof(p->answer));
	struct vsc_rm_call call = { .out = &out };
	struct vsc_span body;
	bool sent;

	if (vsc_message_recv(p->fd, p->request, &body) < 0 || vsc_message_get_call(body, &call) < 0)
		return false;
	vsc_message_put_result(&answer, run(p, &call), &call);
	sent = vsc_message_send(p->fd, vsc_out_span(&answer)) == 0;
	/* A PIN may have been in it. */
	vsc_wipe(p->request, body.len);
	vsc_wipe(p->out, out.len);
	vsc_wipe(p->answer, answer.len);
	return sent;
}

static void *
peer_main(void *arg)
{
	struct peer *p = arg;
	struct vsc_rm_call release = { .op = VSC_RM_RELEASE };

	while (serve(p))
		;
	/* Its handles go, and a card in the middle of a transaction is reset. */
	release.id = p->context;
	if (release.id != 0)
		(void)vsc_manager_call(p->server->manager, &release);
	pthread_mutex_lock(&p->server->lock);
	p->context = 0;
	p->done = true;
	pthread_mutex_unlock(&p->server->lock);
	wake(p->server);
	return NULL;
}

/* --- the server's thread --- */

static void
add_peer(struct vsc_server *s, int fd)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		close(fd);
		return;
	}
	p->server = s;
	p->fd = fd;
	if (pthread_create(&p->thread, NULL, peer_main, p) != 0) {
		close(fd);
		free(p);
		return;
	}
	pthread_mutex_lock(&s->lock);
	p->next = s->peers;
	s->peers = p;
	pthread_mutex_unlock(&s->lock);
}

static void
accept_peer(struct vsc_server *s)
{
	int fd = vsc_message_socket(vsc_socket_accept(s->fd));

	s->deaf = fd < 0 && errno == EINVAL;
	if (fd >= 0)
		add_peer(s, fd);
}

static struct peer *
take_done(struct vsc_server *s)
{
	struct peer **at, *p;

	pthread_mutex_lock(&s->lock);
	for (at = &s->peers; *at != NULL && !(*at)->done;)
		at = &(*at)->next;
	if ((p = *at) != NULL)
		*at = p->next;
	pthread_mutex_unlock(&s->lock);
	return p;
}

static void
reap(struct vsc_server *s)
{
	struct peer *p;

	while ((p = take_done(s)) != NULL) {
		pthread_join(p->thread, NULL);
		close(p->fd);
		free(p);
	}
}

static struct pollfd *
poll_list(struct vsc_server *s, nfds_t *n)
{
	struct pollfd *fds;
	size_t count = 2;

	pthread_mutex_lock(&s->lock);
	for (const struct peer *p = s->peers; p != NULL; p = p->next)
		count++;
	if ((fds = calloc(count, sizeof(*fds))) != NULL) {
		fds[0] = (struct pollfd){ .fd = s->wake[0], .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = s->deaf ? -1 : s->fd, .events = POLLIN };
		count = 2;
		for (const struct peer *p = s->peers; p != NULL; p = p->next)
			if (!p->gone && !p->done)
				fds[count++] = (struct pollfd){ .fd = p->fd, .events = POLLRDHUP };
	}
	pthread_mutex_unlock(&s->lock);
	*n = (nfds_t)count;
	return fds;
}

/* Whoever waits on behalf of a client that hung up is told. */
static void
hung_up(struct vsc_server *s, int fd)
{
	uint32_t context = 0;

	pthread_mutex_lock(&s->lock);
	for (struct peer *p = s->peers; p != NULL; p = p->next) {
		if (p->fd != fd)
			continue;
		p->gone = true;
		context = p->context;
	}
	pthread_mutex_unlock(&s->lock);
	if (context != 0)
		vsc_manager_abort(s->manager, context);
}

static bool
turn(struct vsc_server *s)
{
	nfds_t n;
	struct pollfd *fds = poll_list(s, &n);
	char bytes[64];
	bool stop;

	if (fds == NULL)
		return false;
	if (poll(fds, n, -1) > 0) {
		if (fds[0].revents != 0)
			while (read(s->wake[0], bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes))
				;
		for (nfds_t i = 2; i < n; i++)
			if (fds[i].revents != 0)
				hung_up(s, fds[i].fd);
		if (fds[1].revents != 0)
			accept_peer(s);
	}
	free(fds);
	reap(s);
	pthread_mutex_lock(&s->lock);
	stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return !stop;
}

static void *
server_main(void *arg)
{
	struct vsc_server *s = arg;

	while (turn(s))
		;
	return NULL;
}

/* --- start and stop --- */

static int
listen_on(struct vsc_server *s, const char *path)
{
	struct vsc_out out = vsc_out_from(s->address.sun_path, sizeof(s->address.sun_path) - 1);

	s->address.sun_family = AF_UNIX;
	vsc_out_str(&out, path);
	if (out.full)
		return VSC_E_PARAM;
	s->fd = vsc_socket_new(AF_UNIX);
	if (s->fd < 0)
		return VSC_E_IO;
	if (bind(s->fd, (const struct sockaddr *)(const void *)&s->address, sizeof(s->address)) <
		0 ||
	    listen(s->fd, 128) < 0)
		return VSC_E_IO;
	return 0;
}

static int
open_pipe(int fds[2])
{
	if (pipe(fds) < 0)
		return VSC_E_IO;
	for (int i = 0; i < 2; i++) {
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

/* Signals are the main program's; connections' threads inherit the mask. */
static int
start_thread(struct vsc_server *s)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&s->thread, NULL, server_main, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err == 0 ? 0 : VSC_E_NOMEM;
}

int
vsc_server_start(struct vsc_server **server, const char *path, struct vsc_manager *manager)
{
	struct vsc_server *s = calloc(1, sizeof(*s));
	int err;

	if (s == NULL)
		return VSC_E_NOMEM;
	s->manager = manager;
	s->fd = -1;
	if ((err = open_pipe(s->wake)) < 0)
		goto fail_pipe;
	if ((err = listen_on(s, path)) < 0)
		goto fail;
	pthread_mutex_init(&s->lock, NULL);
	if ((err = start_thread(s)) < 0)
		goto fail;
	*server = s;
	return 0;

fail:
	if (s->fd >= 0)
		close(s->fd);
	close(s->wake[0]);
	close(s->wake[1]);
fail_pipe:
	free(s);
	return err;
}

void
vsc_server_stop(struct vsc_server *s)
{
	if (s == NULL)
		return;
	vsc_manager_stop(s->manager);
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	wake(s);
	pthread_join(s->thread, NULL);
	for (struct peer *p = s->peers; p != NULL; p = p->next)
		shutdown(p->fd, SHUT_RDWR);
	while (s->peers != NULL) {
		struct peer *p = s->peers;

		s->peers = p->next;
		pthread_join(p->thread, NULL);
		close(p->fd);
		free(p);
	}
	close(s->fd);
	unlink(s->address.sun_path);
	close(s->wake[0]);
	close(s->wake[1]);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

bool
vsc_server_busy(struct vsc_server *s)
{
	bool busy = false;

	pthread_mutex_lock(&s->lock);
	for (const struct peer *p = s->peers; p != NULL; p = p->next)
		busy = busy || (!p->gone && !p->done);
	pthread_mutex_unlock(&s->lock);
	return busy;
}

void
vsc_server_refuse(struct vsc_server *s)
{
	shutdown(s->fd, SHUT_RDWR);
}

void
vsc_server_forked(struct vsc_server *s)
{
	close(s->fd);
	close(s->wake[0]);
	close(s->wake[1]);
	/* Another thread was at the list: what it closes is not known. */
	if (pthread_mutex_trylock(&s->lock) != 0)
		return;
	for (const struct peer *p = s->peers; p != NULL; p = p->next)
		close(p->fd);
}

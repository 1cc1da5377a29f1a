/* Sockets without any of our code: what a ping-pong costs at least. */
#include "bench.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BUF_LEN 65537

const char *const bench_wire_names[3] = { "pair", "unix", "tcp" };

struct peer {
	pthread_t thread;
	int fd;
	size_t request, response;
	uint8_t buf[BUF_LEN];
};

static bool
read_all(int fd, uint8_t *buf, size_t len)
{
	for (size_t have = 0; have < len;) {
		ssize_t n = read(fd, buf + have, len - have);

		if (n == 0)
			errno = ECONNRESET;
		if (n <= 0)
			return false;
		have += (size_t)n;
	}
	return true;
}

static bool
write_all(int fd, const uint8_t *buf, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = send(fd, buf + done, len - done, MSG_NOSIGNAL);

		if (n < 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* A connection through a listener at `name`, which the kernel may complete. */
static bool
connect_both(int family, struct sockaddr *name, socklen_t len, int fds[2])
{
	int listener = socket(family, SOCK_STREAM, 0);
	bool ok;

	fds[0] = socket(family, SOCK_STREAM, 0);
	ok = listener >= 0 && fds[0] >= 0 && bind(listener, name, len) == 0 &&
	     listen(listener, 1) == 0 && getsockname(listener, name, &len) == 0 &&
	     connect(fds[0], name, len) == 0 && (fds[1] = accept(listener, NULL, NULL)) >= 0;
	(void)close(listener);
	return ok;
}

static bool
connect_tcp(int fds[2])
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	int on = 1;

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!connect_both(AF_INET, (struct sockaddr *)&name, sizeof(name), fds))
		return false;
	return setsockopt(fds[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	       setsockopt(fds[1], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0;
}

static bool
connect_unix(int fds[2])
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	bool ok;

	(void)snprintf(name.sun_path, sizeof(name.sun_path), "/tmp/vsc-bench-%d", (int)getpid());
	ok = connect_both(AF_UNIX, (struct sockaddr *)&name, sizeof(name), fds);
	(void)unlink(name.sun_path);
	return ok;
}

bool
bench_connect(enum bench_wire wire, int fds[2])
{
	if (wire == BENCH_PAIR && socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0)
		return true;
	if ((wire == BENCH_TCP && connect_tcp(fds)) || (wire == BENCH_UNIX && connect_unix(fds)))
		return true;
	return bench_failed(bench_wire_names[wire]);
}

static void *
peer_main(void *arg)
{
	struct peer *peer = arg;

	while (read_all(peer->fd, peer->buf, peer->request))
		if (!write_all(peer->fd, peer->buf, peer->response))
			break;
	return NULL;
}

bool
bench_bare_open(struct bench_bare *bare, enum bench_wire wire, size_t request, size_t response)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	int fds[2];

	if (peer == NULL || request > BUF_LEN || response > BUF_LEN || !bench_connect(wire, fds)) {
		free(peer);
		return false;
	}
	peer->fd = fds[1];
	peer->request = request;
	peer->response = response;
	*bare = (struct bench_bare){ fds[0], request, response, peer };
	errno = pthread_create(&peer->thread, NULL, peer_main, peer);
	return errno == 0 || bench_failed("thread");
}

void
bench_bare_close(struct bench_bare *bare)
{
	struct peer *peer = bare->peer;

	(void)close(bare->fd);
	(void)pthread_join(peer->thread, NULL);
	(void)close(peer->fd);
	free(peer);
}

bool
bench_bare_run(void *ctx, unsigned ops)
{
	const struct bench_bare *bare = ctx;
	static _Thread_local uint8_t buf[BUF_LEN];

	for (unsigned i = 0; i < ops; i++)
		if (!write_all(bare->fd, buf, bare->request) ||
		    !read_all(bare->fd, buf, bare->response))
			return bench_failed("bare ping-pong");
	return true;
}

/*
 * The least a card can be: answers its ATR, and each command with the command itself and 9000. With
 * nothing but sockets, so that it can be the floor of a benchmark and the card of a reader's test.
 *
 *   echocard [-H HOST] [-P PORT] [-u PATH] [-l] [-w SECONDS]
 *
 * -l waits for a reader instead of calling one; -u uses a Unix socket. A reader that is not there
 * yet is tried again for SECONDS (default 5). Ends with 0 when the reader hangs up.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX 65535

static const uint8_t atr[] = { 0x00, 0x06, 0x3B, 0x04, 'e', 'c', 'h', 'o' };

struct options {
	const char *host, *port, *path;
	bool listen;
	int patience;
};

static bool
read_all(int fd, uint8_t *to, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, to, len);

		if (n <= 0 && !(n < 0 && errno == EINTR))
			return false;
		if (n > 0) {
			to += n;
			len -= (size_t)n;
		}
	}
	return true;
}

static bool
write_all(int fd, const uint8_t *from, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, from, len, MSG_NOSIGNAL);

		if (n <= 0 && !(n < 0 && errno == EINTR))
			return false;
		if (n > 0) {
			from += n;
			len -= (size_t)n;
		}
	}
	return true;
}

/* The command is at room + 2 already: header before it, status word behind it. */
static bool
echo(int fd, uint8_t *room, size_t len)
{
	if (len > FRAME_MAX - 2)
		len = FRAME_MAX - 2;
	room[2 + len] = 0x90;
	room[3 + len] = 0x00;
	len += 2;
	room[0] = (uint8_t)(len >> 8);
	room[1] = (uint8_t)len;
	return write_all(fd, room, len + 2);
}

static void
serve(int fd)
{
	static uint8_t room[2 + FRAME_MAX];
	bool ok = true;

	while (ok && read_all(fd, room, 2)) {
		size_t len = (size_t)room[0] << 8 | room[1];

		if (!read_all(fd, room + 2, len))
			return;
		if (len == 1 && room[2] == 0x04)
			ok = write_all(fd, atr, sizeof(atr));
		else if (len > 1)
			ok = echo(fd, room, len);
	}
}

static int
use(const struct options *o, int fd, const struct sockaddr *addr, socklen_t len)
{
	int one = 1, peer;

	if (!o->listen)
		return connect(fd, addr, len) == 0 ? fd : -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, addr, len) < 0 || listen(fd, 1) < 0)
		return -1;
	peer = accept(fd, NULL, NULL);
	close(fd);
	return peer;
}

static int
open_unix(const struct options *o)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), got;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", o->path);
	if (o->listen)
		unlink(o->path);
	if ((got = use(o, fd, (struct sockaddr *)&addr, sizeof(addr))) < 0)
		close(fd);
	return got;
}

static int
open_tcp(const struct options *o)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *a;
	int one = 1, got = -1;

	if (getaddrinfo(o->host, o->port, &hints, &list) != 0)
		return -1;
	for (a = list; a != NULL && got < 0; a = a->ai_next) {
		int fd = socket(a->ai_family, a->ai_socktype, 0);

		if (fd >= 0 && (got = use(o, fd, a->ai_addr, a->ai_addrlen)) < 0)
			close(fd);
	}
	freeaddrinfo(list);
	if (got >= 0)
		setsockopt(got, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return got;
}

static struct options
parse(int argc, char **argv)
{
	struct options o = { .host = "127.0.0.1", .port = "35963", .patience = 5 };
	int c;

	while ((c = getopt(argc, argv, "H:P:u:lw:")) != -1) {
		switch (c) {
		case 'H':
			o.host = optarg;
			break;
		case 'P':
			o.port = optarg;
			break;
		case 'u':
			o.path = optarg;
			break;
		case 'l':
			o.listen = true;
			break;
		case 'w':
			o.patience = atoi(optarg);
			break;
		default:
			fprintf(stderr, "usage: echocard [-H HOST] [-P PORT] [-u PATH] [-l] "
					"[-w SECONDS]\n");
			exit(2);
		}
	}
	return o;
}

int
main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	struct timespec pause = { 0, 20 * 1000 * 1000 };
	int fd = -1;

	for (int tries = 0; fd < 0 && tries <= o.patience * 50; tries++) {
		if (tries > 0)
			nanosleep(&pause, NULL);
		fd = o.path != NULL ? open_unix(&o) : open_tcp(&o);
	}
	if (fd < 0) {
		fprintf(stderr, "echocard: no reader at %s: %s\n", o.path != NULL ? o.path : o.port,
		    strerror(errno));
		return 1;
	}
	serve(fd);
	close(fd);
	return 0;
}

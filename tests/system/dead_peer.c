/*
 * A peer whose network was cut is noticed within 10 s: while nothing is said (keepalive), and while
 * sent bytes stay unacknowledged (user timeout). Runs in a network namespace of its own, whose
 * loopback interface is the cable. Exit status 77: no namespaces here.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/clock.h"
#include "wire/link.h"

#define LIMIT_MS 10000
#define SKIP     77

static int
failed(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

static int
loopback(bool up)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = up ? IFF_UP : 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), rc = ioctl(fd, SIOCSIFFLAGS, &request);

	(void)close(fd);
	return rc;
}

static bool
private_network(void)
{
	return (unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) &&
	       loopback(true) == 0;
}

struct pair {
	const char *name;
	struct vsc_link *a, *b;
};

static int
connect_pair(struct pair *pair)
{
	struct vsc_endpoint ep = { .kind = VSC_ENDPOINT_TCP, .listen = true, .host = "127.0.0.1" };
	struct vsc_listener l;
	struct pollfd pfd = { .events = POLLIN };
	int rc;

	if (vsc_listener_open(&l, &ep, NULL) < 0 || vsc_link_connect(&pair->a, &ep, LIMIT_MS) < 0)
		return failed("connecting");
	pfd.fd = l.fds[0];
	rc = poll(&pfd, 1, LIMIT_MS) == 1 && vsc_listener_accept(&l, &pair->b) == 1;
	vsc_listener_close(&l);
	return rc ? 0 : failed("accepting");
}

/* Until the link ends. 0: because the peer is gone, and in time */
static int
ends_in_time(const struct pair *pair, int64_t start)
{
	uint8_t room[64];
	struct vsc_out scratch = vsc_out_from(room, sizeof(room));
	struct vsc_span frame;
	int err = vsc_link_recv(pair->a, &scratch, &frame);
	int ms = (int)((vsc_clock_ns() - start) / 1000000);

	printf("%s: %s after %d ms\n", pair->name, vsc_err_text(err), ms);
	return err == VSC_E_CLOSED && ms <= LIMIT_MS ? 0 : 1;
}

/* Both at the same time. */
static int
wait_for_both(const struct pair pairs[2])
{
	struct pollfd pfds[2];
	int64_t start = vsc_clock_ns();
	int bad = 0;

	for (size_t i = 0; i < 2; i++)
		pfds[i] = (struct pollfd){ .fd = vsc_link_fd(pairs[i].a), .events = POLLIN };
	for (int ended = 0; ended < 2;) {
		if (poll(pfds, 2, LIMIT_MS + 5000) <= 0)
			return failed("nothing noticed");
		for (size_t i = 0; i < 2; i++) {
			if (pfds[i].fd < 0 || pfds[i].revents == 0)
				continue;
			bad |= ends_in_time(&pairs[i], start);
			pfds[i].fd = -1; /* poll leaves it out */
			ended++;
		}
	}
	return bad;
}

int
main(void)
{
	struct pair pairs[2] = { { "idle", NULL, NULL }, { "unacknowledged", NULL, NULL } };
	int bad;

	if (!private_network()) {
		printf("skipped: no private network here\n");
		return SKIP;
	}
	for (size_t i = 0; i < VSC_COUNT(pairs); i++)
		if (connect_pair(&pairs[i]) != 0)
			return 1;
	if (loopback(false) < 0)
		return failed("cutting the cable");
	if (vsc_link_send(pairs[1].a, VSC_BYTES(VSC_CTRL_ATR)) < 0)
		return failed("sending");
	bad = wait_for_both(pairs);
	for (size_t i = 0; i < VSC_COUNT(pairs); i++) {
		vsc_link_free(pairs[i].a);
		vsc_link_free(pairs[i].b);
	}
	return bad;
}

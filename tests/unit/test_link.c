/* Links of every kind: the same frames arrive whatever carries them, and every way to fail ends in
 * an error in time. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "test.h"
#include "wire/clock.h"
#include "wire/link.h"
#include "wire/socket.h"

#define LIMIT_MS 5000

static char directory[] = "/tmp/vsc-link-XXXXXX";

static struct vsc_endpoint
endpoint(const char *text)
{
	struct vsc_endpoint ep;
	const char *why = "";

	if (vsc_endpoint_parse(&ep, text, &why) < 0)
		fail_msg("%s: %s", text, why);
	return ep;
}

static struct vsc_endpoint
socket_path(const char *name)
{
	char text[300];

	(void)snprintf(text, sizeof(text), "unix:%s/%s", directory, name);
	return endpoint(text);
}

static struct vsc_link *
accept_one(struct vsc_listener *l)
{
	struct pollfd pfds[VSC_LISTENER_FDS];
	struct vsc_link *link = NULL;

	for (size_t i = 0; i < l->nfds; i++)
		pfds[i] = (struct pollfd){ .fd = l->fds[i], .events = POLLIN };
	assert_int_equal(poll(pfds, l->nfds, LIMIT_MS), 1);
	assert_int_equal(vsc_listener_accept(l, &link), 1);
	return link;
}

/* Both ends of a connection through a listener at `ep`. */
static void
connected(struct vsc_endpoint ep, const char *host, struct vsc_link **a, struct vsc_link **b)
{
	struct vsc_listener l;

	ep.listen = true;
	assert_int_equal(vsc_listener_open(&l, &ep, NULL), 0);
	ep.listen = false;
	if (host != NULL)
		(void)snprintf(ep.host, sizeof(ep.host), "%s", host);
	assert_int_equal(vsc_link_connect(a, &ep, LIMIT_MS), 0);
	*b = accept_one(&l);
	vsc_listener_close(&l);
}

static void
over_pair(struct vsc_link **a, struct vsc_link **b)
{
	assert_int_equal(vsc_link_pair(a, b), 0);
}

static void
over_tcp4(struct vsc_link **a, struct vsc_link **b)
{
	connected(endpoint("listen:0"), "127.0.0.1", a, b);
}

static void
over_tcp6(struct vsc_link **a, struct vsc_link **b)
{
	connected(endpoint("listen:0"), "::1", a, b);
}

static void
over_name(struct vsc_link **a, struct vsc_link **b)
{
	connected(endpoint("listen:0"), "localhost", a, b);
}

static void
over_everywhere(struct vsc_link **a, struct vsc_link **b)
{
	connected(endpoint("listen:*:0"), "127.0.0.1", a, b);
}

static void
over_everywhere6(struct vsc_link **a, struct vsc_link **b)
{
	connected(endpoint("listen:*:0"), "::1", a, b);
}

static void
over_unix(struct vsc_link **a, struct vsc_link **b)
{
	connected(socket_path("kind"), NULL, a, b);
}

static bool
has_ipv6(void)
{
	struct vsc_endpoint ep = endpoint("listen:[::1]:0");
	struct vsc_listener l;
	bool has = vsc_listener_open(&l, &ep, NULL) == 0;

	if (has)
		vsc_listener_close(&l);
	return has;
}

static const struct kind {
	const char *name;
	void (*open)(struct vsc_link **a, struct vsc_link **b);
	bool ipv6;
} kinds[] = {
	{ "pair", over_pair, false },
	{ "IPv4", over_tcp4, false },
	{ "IPv6", over_tcp6, true },
	{ "name", over_name, false },
	{ "everywhere, IPv4", over_everywhere, false },
	{ "everywhere, IPv6", over_everywhere6, true },
	{ "Unix", over_unix, false },
};

static void
free_both(struct vsc_link *a, struct vsc_link *b)
{
	vsc_link_free(a);
	vsc_link_free(b);
}

/* Runs a body over every kind of link that the machine has. */
static void
each_kind(void (*body)(struct vsc_link *a, struct vsc_link *b))
{
	bool ipv6 = has_ipv6();

	for (const struct kind *kind = kinds; kind < kinds + VSC_COUNT(kinds); kind++) {
		struct vsc_link *a = NULL, *b = NULL;

		if (kind->ipv6 && !ipv6)
			continue;
		kind->open(&a, &b);
		body(a, b);
		free_both(a, b);
	}
}

static int
send_all(struct vsc_link *link, struct vsc_span payload)
{
	struct pollfd pfd = { .fd = vsc_link_fd(link), .events = POLLOUT };
	int err = vsc_link_send(link, payload);

	while (err == 0 && vsc_link_unsent(link)) {
		if (poll(&pfd, 1, LIMIT_MS) != 1)
			return VSC_E_TIMEOUT;
		err = vsc_link_flush(link);
	}
	return err;
}

/* A peer in a thread of its own that sends every frame back until the link ends. */
static void *
echo(void *arg)
{
	struct vsc_link *link = arg;
	struct vsc_blob frame = { NULL, 0 };

	while (vsc_link_wait(link, &frame, LIMIT_MS, LIMIT_MS) == 0)
		if (send_all(link, vsc_blob_span(&frame)) < 0)
			break;
	vsc_blob_free(&frame);
	return NULL;
}

static struct vsc_span
pattern(size_t len)
{
	static uint8_t bytes[VSC_FRAME_MAX];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i * 31 + i / 256);
	return vsc_span_from(bytes, len);
}

static void
frames_of_all_sizes(struct vsc_link *a, struct vsc_link *b)
{
	static const size_t sizes[] = { 0, 1, 2, 255, 4096, 16383, 16384, 16385, 65535 };
	struct vsc_blob got = { NULL, 0 };
	struct vsc_span sent;

	for (size_t i = 0; i < VSC_COUNT(sizes); i++) {
		sent = pattern(sizes[i]);
		assert_int_equal(vsc_link_send(a, sent), 0);
		while (vsc_link_unsent(a)) /* macOS gives a pair less room than a frame */
			assert_int_equal(vsc_link_flush(a), 0);
		assert_int_equal(vsc_link_wait(b, &got, LIMIT_MS, LIMIT_MS), 0);
		assert_true(vsc_span_eq(vsc_blob_span(&got), sent));
	}
	vsc_blob_free(&got);
}

static void
all_sizes_over_all_kinds(void **state)
{
	(void)state;
	each_kind(frames_of_all_sizes);
}

static void
several_at_once(struct vsc_link *a, struct vsc_link *b)
{
	uint8_t room[64];
	struct vsc_out scratch = vsc_out_from(room, sizeof(room));
	struct pollfd pfd = { .fd = vsc_link_fd(b), .events = POLLIN };
	struct vsc_span frame;

	assert_int_equal(vsc_link_recv(b, &scratch, &frame), 0);
	assert_int_equal(vsc_link_send(a, VSC_BYTES(1)), 0);
	assert_int_equal(vsc_link_send(a, VSC_SPAN_EMPTY), 0);
	assert_int_equal(vsc_link_send(a, VSC_BYTES(2, 2)), 0);
	(void)usleep(20000);
	assert_int_equal(poll(&pfd, 1, LIMIT_MS), 1);
	assert_int_equal(vsc_link_recv(b, &scratch, &frame), 1);
	assert_span_equal(frame, VSC_BYTES(1));
	assert_true(vsc_link_pending(b));
	assert_false(vsc_link_partial(b));
	/* another link may use the scratch buffer now */
	vsc_fill(room, 0xEE, sizeof(room));
	assert_int_equal(vsc_link_recv(b, &scratch, &frame), 1);
	assert_int_equal(frame.len, 0);
	assert_int_equal(vsc_link_recv(b, &scratch, &frame), 1);
	assert_span_equal(frame, VSC_BYTES(2, 2));
	assert_false(vsc_link_pending(b));
	assert_int_equal(vsc_link_recv(b, &scratch, &frame), 0);
}

static void
several_frames_in_one_read(void **state)
{
	(void)state;
	each_kind(several_at_once);
}

static void
small_scratch(void **state)
{
	uint8_t room[VSC_FRAME_HEADER + 1];
	struct vsc_out scratch = vsc_out_from(room, sizeof(room));
	struct vsc_link *a, *b;
	struct vsc_span frame;

	(void)state;
	assert_int_equal(vsc_link_pair(&a, &b), 0);
	assert_int_equal(vsc_link_send(a, pattern(1000)), 0);
	assert_int_equal(vsc_link_send(a, pattern(3)), 0);
	assert_int_equal(vsc_link_recv(b, &scratch, &frame), 1);
	assert_true(vsc_span_eq(frame, pattern(1000)));
	assert_int_equal(vsc_link_recv(b, &scratch, &frame), 1);
	assert_true(vsc_span_eq(frame, pattern(3)));
	free_both(a, b);
}

static void *
send_byte_by_byte(void *arg)
{
	int fd = *(int *)arg;
	struct vsc_span bytes = VSC_BYTES(0, 5, 0x00, 0xA4, 0x04, 0x0C, 0x00, 0, 1, 4);

	for (size_t i = 0; i < bytes.len; i++) {
		if (send(fd, bytes.ptr + i, 1, 0) != 1)
			break;
		(void)usleep(2000);
	}
	return NULL;
}

static void
byte_by_byte_sender(void **state)
{
	struct vsc_blob got = { NULL, 0 };
	struct vsc_link *a, *b;
	pthread_t thread;
	int fd;

	(void)state;
	over_tcp4(&a, &b);
	fd = vsc_link_fd(a);
	assert_int_equal(pthread_create(&thread, NULL, send_byte_by_byte, &fd), 0);
	assert_int_equal(vsc_link_wait(b, &got, LIMIT_MS, LIMIT_MS), 0);
	assert_span_equal(vsc_blob_span(&got), VSC_BYTES(0x00, 0xA4, 0x04, 0x0C, 0x00));
	assert_int_equal(vsc_link_wait(b, &got, LIMIT_MS, LIMIT_MS), 0);
	assert_span_equal(vsc_blob_span(&got), VSC_BYTES(4));
	assert_int_equal(pthread_join(thread, NULL), 0);
	vsc_blob_free(&got);
	free_both(a, b);
}

static void
call_is_answered(void **state)
{
	struct vsc_blob got = { NULL, 0 };
	struct vsc_link *a, *b;
	pthread_t thread;

	(void)state;
	over_tcp4(&a, &b);
	assert_int_equal(pthread_create(&thread, NULL, echo, b), 0);
	for (size_t size = 1; size < VSC_FRAME_MAX; size *= 3) {
		assert_int_equal(vsc_link_call(a, pattern(size), &got, LIMIT_MS), 0);
		assert_true(vsc_span_eq(vsc_blob_span(&got), pattern(size)));
	}
	vsc_link_free(a);
	assert_int_equal(pthread_join(thread, NULL), 0);
	vsc_blob_free(&got);
	vsc_link_free(b);
}

static const struct vanish {
	const char *name;
	struct vsc_span bytes; /* then the peer closes */
} vanishes[] = {
	{ "at once", { NULL, 0 } },
	{ "one byte of the header", BYTES(0) },
	{ "header", BYTES(0, 2) },
	{ "half of the frame", BYTES(0, 2, 0x90) },
};

static void
peer_vanishes_in_a_frame(void **state)
{
	(void)state;
	for (const struct vanish *row = vanishes; row < vanishes + VSC_COUNT(vanishes); row++) {
		struct vsc_blob got = { NULL, 0 };
		struct vsc_link *a, *b;

		over_tcp4(&a, &b);
		if (send(vsc_link_fd(a), row->bytes.ptr, row->bytes.len, 0) < 0)
			FAIL_ROW(row, "send");
		vsc_link_free(a);
		if (vsc_link_wait(b, &got, LIMIT_MS, LIMIT_MS) != VSC_E_CLOSED)
			FAIL_ROW(row, "not closed");
		vsc_blob_free(&got);
		vsc_link_free(b);
	}
}

static void
last_frame_comes_before_the_end(void **state)
{
	struct vsc_blob got = { NULL, 0 };
	struct vsc_link *a, *b;

	(void)state;
	over_tcp4(&a, &b);
	assert_int_equal(vsc_link_send(a, VSC_BYTES(0x90, 0x00)), 0);
	vsc_link_free(a);
	assert_int_equal(vsc_link_wait(b, &got, LIMIT_MS, LIMIT_MS), 0);
	assert_span_equal(vsc_blob_span(&got), VSC_BYTES(0x90, 0x00));
	assert_int_equal(vsc_link_wait(b, &got, LIMIT_MS, LIMIT_MS), VSC_E_CLOSED);
	vsc_blob_free(&got);
	vsc_link_free(b);
}

static void
sending_to_a_closed_peer(void **state)
{
	struct vsc_link *a, *b;
	int err = 0;

	(void)state;
	over_tcp4(&a, &b);
	vsc_link_free(b);
	/* the first may still go into the kernel; no SIGPIPE kills us */
	for (int i = 0; i < 100 && err == 0; i++) {
		err = vsc_link_send(a, VSC_BYTES(1));
		(void)usleep(1000);
	}
	assert_int_equal(err, VSC_E_CLOSED);
	vsc_link_free(a);
}

static int64_t
ms_since(int64_t start)
{
	return (vsc_clock_ns() - start) / 1000000;
}

static void
deadlines(void **state)
{
	struct vsc_blob got = { NULL, 0 };
	struct vsc_link *a, *b;
	int64_t start = vsc_clock_ns();

	(void)state;
	over_tcp4(&a, &b);
	/* nothing comes */
	assert_int_equal(vsc_link_wait(b, &got, 30, LIMIT_MS), VSC_E_TIMEOUT);
	assert_int_equal(vsc_link_call(b, VSC_BYTES(4), &got, 30), VSC_E_TIMEOUT);
	/* a frame begins in time and never ends: now the second limit counts, in this call and in
	 * the next */
	assert_int_equal(send(vsc_link_fd(a), "\0\5\1", 3, 0), 3);
	assert_int_equal(vsc_link_wait(b, &got, LIMIT_MS, 30), VSC_E_TIMEOUT);
	assert_true(vsc_link_partial(b));
	assert_false(vsc_link_pending(b)); /* else a loop that drains would spin */
	assert_int_equal(vsc_link_wait(b, &got, LIMIT_MS, 30), VSC_E_TIMEOUT);
	assert_true(ms_since(start) >= 120 && ms_since(start) < LIMIT_MS);
	/* and it is still whole when it comes after all */
	assert_int_equal(send(vsc_link_fd(a), "\2\3\4\5", 4, 0), 4);
	assert_int_equal(vsc_link_wait(b, &got, LIMIT_MS, LIMIT_MS), 0);
	assert_span_equal(vsc_blob_span(&got), VSC_BYTES(1, 2, 3, 4, 5));
	vsc_blob_free(&got);
	free_both(a, b);
}

/* Everything that was accepted for sending arrives, in order, once the peer reads. */
static void
slow_reader(struct vsc_link *a, struct vsc_link *b)
{
	uint8_t room[5000];
	struct vsc_out scratch = vsc_out_from(room, sizeof(room));
	struct vsc_span frame;
	size_t sent = 0, got = 0;
	int err = 0, result;

	while (sent < 10000 && (err = vsc_link_send(a, pattern(60000))) == 0)
		sent++;
	assert_int_equal(err, VSC_E_SPACE);
	assert_true(vsc_link_unsent(a));
	assert_true(sent >= 2);
	while (got < sent) {
		assert_int_equal(vsc_link_flush(a), 0);
		if ((result = vsc_link_recv(b, &scratch, &frame)) == 0)
			continue;
		assert_int_equal(result, 1);
		assert_true(vsc_span_eq(frame, pattern(60000)));
		got++;
	}
	assert_false(vsc_link_unsent(a));
	assert_int_equal(vsc_link_send(a, VSC_BYTES(7)), 0);
}

static void
slow_reader_is_queued_for_up_to_a_limit(void **state)
{
	(void)state;
	each_kind(slow_reader);
}

static void
too_long_is_refused(void **state)
{
	static uint8_t large[VSC_FRAME_MAX + 1];
	struct vsc_link *a, *b;

	(void)state;
	over_pair(&a, &b);
	assert_int_equal(vsc_link_send(a, VSC_SPAN_OF(large)), VSC_E_SPACE);
	assert_false(vsc_link_unsent(a));
	free_both(a, b);
}

/* A port that was free a moment ago. */
static struct vsc_endpoint
nobody_there(const char *text)
{
	struct vsc_endpoint ep = endpoint(text);
	struct vsc_listener l;

	assert_int_equal(vsc_listener_open(&l, &ep, NULL), 0);
	vsc_listener_close(&l);
	ep.listen = false;
	return ep;
}

static void
connect_failures(void **state)
{
	struct vsc_endpoint refused = nobody_there("listen:127.0.0.1:0");
	struct vsc_endpoint name = nobody_there("listen:0");
	struct vsc_endpoint none = socket_path("none");
	struct vsc_endpoint unknown = endpoint("host.invalid:1");
	struct vsc_link *link = NULL;

	(void)state;
	assert_int_equal(vsc_link_connect(&link, &refused, LIMIT_MS), VSC_E_IO);
	assert_int_equal(errno, ECONNREFUSED);
	(void)snprintf(name.host, sizeof(name.host), "localhost");
	assert_int_equal(vsc_link_connect(&link, &name, LIMIT_MS), VSC_E_IO);
	assert_int_equal(errno, ECONNREFUSED);
	assert_int_equal(vsc_link_connect(&link, &none, LIMIT_MS), VSC_E_IO);
	assert_int_equal(errno, ENOENT);
	vsc_fill(none.host, 'x', 200);
	assert_int_equal(vsc_link_connect(&link, &none, LIMIT_MS), VSC_E_IO);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(vsc_link_connect(&link, &unknown, LIMIT_MS), VSC_E_NOT_FOUND);
	assert_null(link);
}

/* A listener whose queue is full answers no further connection: the deadline must end it. */
static void
connect_deadline(void **state)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	socklen_t len = sizeof(name);
	struct vsc_endpoint ep = endpoint("127.0.0.1:1");
	struct vsc_link *links[8] = { NULL };
	int fd = socket(AF_INET, SOCK_STREAM, 0), err = 0;
	int64_t start = 0;

	(void)state;
	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	ep.port = ntohs(name.sin_port);
	for (size_t i = 0; i < VSC_COUNT(links) && err == 0; i++) {
		start = vsc_clock_ns();
		err = vsc_link_connect(&links[i], &ep, 100);
	}
	assert_int_equal(err, VSC_E_TIMEOUT);
	assert_true(ms_since(start) >= 100 && ms_since(start) < LIMIT_MS);
	for (size_t i = 0; i < VSC_COUNT(links); i++)
		vsc_link_free(links[i]);
	(void)close(fd);
}

static void
connecting_without_blocking(void **state)
{
	struct vsc_endpoint refused = nobody_there("listen:0");
	struct vsc_endpoint ep = endpoint("listen:0");
	struct vsc_listener l;
	struct vsc_link *link;
	struct pollfd pfd = { .events = POLLOUT };
	int got;

	(void)state;
	assert_int_equal(vsc_listener_open(&l, &ep, NULL), 0);
	/* the listener has both families; the name's first address may be either */
	(void)snprintf(ep.host, sizeof(ep.host), "localhost");
	ep.listen = false;
	assert_int_equal(vsc_link_connect_start(&link, &ep), 0);
	do {
		pfd.fd = vsc_link_fd(link);
		assert_int_equal(poll(&pfd, 1, LIMIT_MS), 1);
	} while ((got = vsc_link_connected(link)) == 0);
	assert_int_equal(got, 1);
	assert_int_equal(vsc_link_connected(link), 1);
	vsc_link_free(link);
	vsc_listener_close(&l);
	(void)snprintf(refused.host, sizeof(refused.host), "localhost");
	if ((got = vsc_link_connect_start(&link, &refused)) == 0) {
		do {
			pfd.fd = vsc_link_fd(link);
			assert_int_equal(poll(&pfd, 1, LIMIT_MS), 1);
		} while ((got = vsc_link_connected(link)) == 0);
		vsc_link_free(link);
	}
	assert_int_equal(got, VSC_E_IO);
	assert_int_equal(errno, ECONNREFUSED);
}

/* A TCP socket that asks for its own port meets itself half way (RFC 9293 3.5, simultaneous open).
 */
static void
connection_to_itself_is_seen(void **state)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	socklen_t len = sizeof(name);
	struct vsc_link *a, *b;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&name, len), 0);
	assert_true(vsc_socket_is_self(fd));
	(void)close(fd);
	over_tcp4(&a, &b);
	assert_false(vsc_socket_is_self(vsc_link_fd(a)));
	assert_false(vsc_socket_is_self(vsc_link_fd(b)));
	free_both(a, b);
	over_pair(&a, &b); /* both ends have the empty name */
	assert_false(vsc_socket_is_self(vsc_link_fd(a)));
	free_both(a, b);
}

/*
 * It happens by itself when one tries an ephemeral port often enough. Linux gives connect() the
 * even ports first, and goes round them all: without the check some of these attempts succeed.
 */
static void
connection_to_itself_is_refused(void **state)
{
	struct vsc_endpoint ep = nobody_there("listen:127.0.0.1:0");
	struct vsc_link *link = NULL;

	(void)state;
	ep.port &= 0xFFFE;
	for (int i = 0; i < 40000; i++) {
		assert_int_equal(vsc_link_connect(&link, &ep, LIMIT_MS), VSC_E_IO);
		assert_int_equal(errno, ECONNREFUSED);
	}
}

static void
listener_is_busy(void **state)
{
	struct vsc_endpoint texts[] = { endpoint("listen:0"), socket_path("busy") };
	struct vsc_listener first, second;

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(texts); i++) {
		assert_int_equal(vsc_listener_open(&first, &texts[i], NULL), 0);
		assert_int_equal(vsc_listener_open(&second, &texts[i], NULL), VSC_E_BUSY);
		assert_int_equal(errno, EADDRINUSE);
		vsc_listener_close(&first);
		assert_int_equal(vsc_listener_open(&second, &texts[i], NULL), 0);
		vsc_listener_close(&second);
	}
}

static void
loopback_has_both_families_on_one_port(void **state)
{
	struct vsc_endpoint ep = endpoint("listen:0");
	struct vsc_listener l, taken;
	struct vsc_endpoint v4;

	(void)state;
	assert_int_equal(vsc_listener_open(&l, &ep, NULL), 0);
	assert_int_not_equal(ep.port, 0);
	assert_int_equal(l.nfds, has_ipv6() ? 2 : 1);
	vsc_listener_close(&l);
	/* taken in one family only: still busy, and nothing stays open */
	v4 = endpoint("listen:127.0.0.1:0");
	assert_int_equal(vsc_listener_open(&taken, &v4, NULL), 0);
	ep.port = v4.port;
	assert_int_equal(vsc_listener_open(&l, &ep, NULL), VSC_E_BUSY);
	assert_int_equal(l.nfds, 0);
	vsc_listener_close(&taken);
}

static void
unix_socket_is_private_and_removed(void **state)
{
	struct vsc_endpoint ep = socket_path("private");
	struct vsc_listener l, other;
	struct stat st;

	(void)state;
	assert_int_equal(vsc_listener_open(&l, &ep, NULL), 0);
	assert_int_equal(lstat(ep.host, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	vsc_listener_close(&l);
	assert_int_equal(lstat(ep.host, &st), -1);
	/* one that somebody else made at the same path stays */
	assert_int_equal(vsc_listener_open(&l, &ep, NULL), 0);
	assert_int_equal(unlink(ep.host), 0);
	assert_int_equal(vsc_listener_open(&other, &ep, NULL), 0);
	vsc_listener_close(&l);
	assert_int_equal(lstat(ep.host, &st), 0);
	vsc_listener_close(&other);
}

static void
stale_unix_socket_is_replaced_but_nothing_else(void **state)
{
	struct vsc_endpoint ep = socket_path("stale");
	struct vsc_listener l;
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	FILE *file;

	(void)state;
	(void)snprintf(name.sun_path, sizeof(name.sun_path), "%s/stale", directory);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	(void)close(fd);
	assert_int_equal(vsc_listener_open(&l, &ep, NULL), 0);
	vsc_listener_close(&l);
	assert_non_null(file = fopen(ep.host, "w"));
	(void)fclose(file);
	assert_int_equal(vsc_listener_open(&l, &ep, NULL), VSC_E_BUSY);
	assert_int_equal(access(ep.host, F_OK), 0);
	assert_int_equal(unlink(ep.host), 0);
}

static void
tcp_is_tuned_on_both_ends(void **state)
{
	static const struct option {
		const char *name;
		int level, option, min, max;
	} options[] = {
		{ "no delay", IPPROTO_TCP, TCP_NODELAY, 1, 1 },
		{ "keepalive", SOL_SOCKET, SO_KEEPALIVE, 1, 1 },
#ifdef TCP_KEEPIDLE
		{ "idle", IPPROTO_TCP, TCP_KEEPIDLE, 1, 5 },
#endif
#ifdef TCP_USER_TIMEOUT
		{ "user timeout", IPPROTO_TCP, TCP_USER_TIMEOUT, 1, 10000 },
#endif
	};
	struct vsc_link *ends[2];

	(void)state;
	over_tcp4(&ends[0], &ends[1]);
	for (size_t i = 0; i < 2 * VSC_COUNT(options); i++) {
		const struct option *row = &options[i / 2];
		int value = 0;
		socklen_t len = sizeof(value);

		assert_int_equal(
		    getsockopt(vsc_link_fd(ends[i % 2]), row->level, row->option, &value, &len), 0);
		if (value < row->min || value > row->max)
			FAIL_ROW(row, "value");
	}
	free_both(ends[0], ends[1]);
}

static int
make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) == NULL ? -1 : 0;
}

static int
remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_sizes_over_all_kinds),
		cmocka_unit_test(several_frames_in_one_read),
		cmocka_unit_test(small_scratch),
		cmocka_unit_test(byte_by_byte_sender),
		cmocka_unit_test(call_is_answered),
		cmocka_unit_test(peer_vanishes_in_a_frame),
		cmocka_unit_test(last_frame_comes_before_the_end),
		cmocka_unit_test(sending_to_a_closed_peer),
		cmocka_unit_test(deadlines),
		cmocka_unit_test(slow_reader_is_queued_for_up_to_a_limit),
		cmocka_unit_test(too_long_is_refused),
		cmocka_unit_test(connect_failures),
		cmocka_unit_test(connect_deadline),
		cmocka_unit_test(connecting_without_blocking),
		cmocka_unit_test(connection_to_itself_is_seen),
		cmocka_unit_test(connection_to_itself_is_refused),
		cmocka_unit_test(listener_is_busy),
		cmocka_unit_test(loopback_has_both_families_on_one_port),
		cmocka_unit_test(unix_socket_is_private_and_removed),
		cmocka_unit_test(stale_unix_socket_is_replaced_but_nothing_else),
		cmocka_unit_test(tcp_is_tuned_on_both_ends),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}

/*
 * A reader against cards that a test plays by hand: what the card side sends, byte by byte, and
 * what the host's calls make of it.
 */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "reader/reader.h"
#include "reader/slot.h"
#include "wire/frame.h"
#include "wire/link.h"

#define ATR_TIMEOUT   400
#define APDU_TIMEOUT  1500
#define FRAME_TIMEOUT 1000
#define SOON          5000 /* ms in which what must happen has happened, on a busy machine */

#define SELECT 0x00, 0xA4, 0x00, 0x0C

/* --- the card's side ------------------------------------------------------------------------- */

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct sockaddr_in
loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
}

static int
dial(struct vsc_reader *r)
{
	struct sockaddr_in to = loopback(vsc_reader_endpoint(r)->port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	assert_true(fd >= 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void
write_raw(int fd, struct vsc_span bytes)
{
	while (bytes.len > 0) {
		ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

		assert_true(n > 0);
		bytes = vsc_span_slice(bytes, (size_t)n, bytes.len);
	}
}

static void
write_frame(int fd, struct vsc_span payload)
{
	static uint8_t room[VSC_FRAME_HEADER + VSC_FRAME_MAX];
	struct vsc_out out = vsc_out_from(room, sizeof(room));

	assert_int_equal(vsc_frame_put(&out, payload), 0);
	write_raw(fd, vsc_out_span(&out));
}

/* Payload length, or -1 when the peer hung up. */
static ssize_t
read_frame(int fd, uint8_t *room, size_t cap)
{
	uint8_t header[2];
	size_t want = 2, have = 0;
	uint8_t *to = header;

	for (int part = 0; part < 2; part++) {
		for (have = 0; have < want;) {
			struct pollfd pfd = { .fd = fd, .events = POLLIN };
			ssize_t n;

			if (poll(&pfd, 1, SOON) != 1)
				fail_msg("the reader sent nothing");
			n = recv(fd, to + have, want - have, 0);
			if (n <= 0)
				return -1;
			have += (size_t)n;
		}
		if (part == 0) {
			want = (size_t)header[0] << 8 | header[1];
			to = room;
			assert_true(want <= cap);
		}
	}
	return (ssize_t)have;
}

static void
expect_frame(int fd, struct vsc_span want)
{
	uint8_t room[300];
	ssize_t n = read_frame(fd, room, sizeof(room));

	assert_true(n >= 0);
	assert_span_equal(vsc_span_from(room, (size_t)n), want);
}

static void
expect_hangup(int fd)
{
	uint8_t byte;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	do { /* what was sent before is not of interest */
		assert_int_equal(poll(&pfd, 1, SOON), 1);
		n = recv(fd, &byte, 1, 0);
	} while (n > 0);
	close(fd);
}

static void
expect_silence(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&pfd, 1, 20), 0);
}

static const uint8_t atr_a[] = { 0x3B, 0x02, 0x14, 0x50 };
static const uint8_t atr_b[] = { 0x3B, 0x80, 0x01, 0x81 };

/* Waits until the generation is not `from`. */
static uint64_t
await_change(struct vsc_reader *r, uint64_t from)
{
	int64_t until = now_ms() + SOON;

	while (now_ms() < until) {
		int got = vsc_reader_wait(r, from, SOON);

		assert_true(got >= 0);
		if (got == 1)
			return vsc_reader_generation(r);
	}
	fail_msg("no card came or went");
	return 0;
}

static int
insert(struct vsc_reader *r, struct vsc_span atr)
{
	uint64_t before = vsc_reader_generation(r);
	int fd = dial(r);

	expect_frame(fd, VSC_BYTES(VSC_CTRL_ATR));
	write_frame(fd, atr);
	await_change(r, before);
	assert_true(vsc_reader_present(r));
	return fd;
}

static void
take_out(struct vsc_reader *r, int fd)
{
	uint64_t before = vsc_reader_generation(r);

	close(fd);
	await_change(r, before);
	assert_false(vsc_reader_present(r));
}

/* --- the host's side ------------------------------------------------------------------------- */

static struct vsc_reader *
open_reader(void)
{
	struct vsc_reader_config config = {
		.endpoint = { .kind = VSC_ENDPOINT_TCP, .listen = true },
		.atr_timeout = ATR_TIMEOUT,
		.apdu_timeout = APDU_TIMEOUT,
		.frame_timeout = FRAME_TIMEOUT,
		.name = "test",
	};
	struct vsc_reader *r;

	assert_int_equal(vsc_reader_open(&r, &config), 0);
	assert_false(vsc_reader_present(r));
	return r;
}

/* A call in a thread of its own, so that the test can play the card meanwhile. */
struct call {
	pthread_t thread;
	struct vsc_reader *reader;
	uint64_t generation;
	struct vsc_span cmd; /* empty: a power action */
	enum vsc_reader_power action;
	int result;
	int64_t took;
	struct vsc_out rsp;
	uint8_t room[VSC_FRAME_MAX];
};

static void *
call_main(void *arg)
{
	struct call *c = arg;
	int64_t start = now_ms();

	if (c->cmd.len > 0)
		c->result = vsc_reader_transmit(c->reader, c->generation, c->cmd, &c->rsp);
	else
		c->result = vsc_reader_power(c->reader, c->generation, c->action);
	c->took = now_ms() - start;
	return NULL;
}

static struct call *
call_start(struct vsc_reader *r, struct vsc_span cmd, enum vsc_reader_power action)
{
	struct call *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->reader = r;
	c->cmd = cmd;
	c->action = action;
	c->rsp = vsc_out_from(c->room, sizeof(c->room));
	assert_int_equal(pthread_create(&c->thread, NULL, call_main, c), 0);
	return c;
}

/* The call's result; its answer is in *rsp if that is wanted. */
static int
call_end(struct call *c, struct vsc_blob *rsp)
{
	int result;

	assert_int_equal(pthread_join(c->thread, NULL), 0);
	result = c->result;
	if (result < 0)
		assert_int_equal(c->rsp.len, 0);
	if (rsp != NULL)
		assert_int_equal(vsc_blob_set(rsp, vsc_out_span(&c->rsp)), 0);
	free(c);
	return result;
}

/* The card is there and answers. */
static void
check_works(struct vsc_reader *r, int fd)
{
	static const uint8_t cmd[] = { SELECT };
	struct call *c = call_start(r, VSC_SPAN_OF(cmd), 0);
	struct vsc_blob rsp = { NULL, 0 };

	expect_frame(fd, VSC_SPAN_OF(cmd));
	write_frame(fd, VSC_BYTES(0x61, 0x10));
	assert_int_equal(call_end(c, &rsp), 0);
	assert_span_equal(vsc_blob_span(&rsp), VSC_BYTES(0x61, 0x10));
	vsc_blob_free(&rsp);
}

/* --- insertion ------------------------------------------------------------------------------- */

static void
test_insertion(void **state)
{
	struct vsc_reader *r = open_reader();
	uint8_t atr[VSC_ATR_MAX];
	size_t len;
	int fd;

	(void)state;
	assert_int_equal(vsc_reader_atr(r, 0, atr, &len), VSC_E_CLOSED);
	assert_int_equal(vsc_reader_generation(r), 0);
	fd = insert(r, VSC_SPAN_OF(atr_a));
	assert_int_equal(vsc_reader_generation(r), 1);
	assert_int_equal(vsc_reader_atr(r, 1, atr, &len), 0);
	assert_span_equal(vsc_span_from(atr, len), VSC_SPAN_OF(atr_a));
	assert_int_equal(vsc_reader_atr(r, 3, atr, &len), VSC_E_CLOSED);
	expect_silence(fd); /* asked once */
	check_works(r, fd);
	take_out(r, fd);
	assert_int_equal(vsc_reader_generation(r), 2);
	assert_int_equal(vsc_reader_atr(r, 0, atr, &len), VSC_E_CLOSED);
	fd = insert(r, VSC_SPAN_OF(atr_b));
	assert_int_equal(vsc_reader_atr(r, 0, atr, &len), 0);
	assert_span_equal(vsc_span_from(atr, len), VSC_SPAN_OF(atr_b));
	check_works(r, fd);
	vsc_reader_close(r);
	expect_hangup(fd);
}

/* What a newcomer answers, raw, to the question for its ATR. */
static const struct {
	const char *name;
	struct vsc_span sent;
	bool card;
} newcomers[] = {
	{ "shortest ATR", BYTES(0, 2, 0x3B, 0x00), true },
	{ "inverse convention", BYTES(0, 2, 0x3F, 0x00), true },
	{ "33 bytes",
	    BYTES(0, 33, 0x3B, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0),
	    true },
	{ "34 bytes",
	    BYTES(0, 34, 0x3B, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
	    false },
	{ "empty frame", BYTES(0, 0), false },
	{ "one byte", BYTES(0, 1, 0x3B), false },
	{ "not an ATR", BYTES(0, 2, 0x90, 0x00), false },
	{ "two frames", BYTES(0, 2, 0x3B, 0x00, 0, 2, 0x3B, 0x00), false },
	{ "a frame and a half", BYTES(0, 2, 0x3B, 0x00, 0, 2, 0x3B), false },
	{ "half a header", BYTES(0), false },
	{ "half a frame", BYTES(0, 4, 0x3B, 0x02), false },
	{ "HTTP",
	    BYTES('G', 'E', 'T', ' ', '/', ' ', 'H', 'T', 'T', 'P', '/', '1', '.', '0', '\r', '\n',
		'\r', '\n'),
	    false },
	{ "nothing", { NULL, 0 }, false },
};

static void
test_newcomers(void **state)
{
	struct vsc_reader *r = open_reader();

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(newcomers); i++) {
		uint64_t before = vsc_reader_generation(r);
		int fd = dial(r);

		expect_frame(fd, VSC_BYTES(VSC_CTRL_ATR));
		write_raw(fd, newcomers[i].sent);
		if (newcomers[i].card) {
			await_change(r, before);
			check_works(r, fd);
			take_out(r, fd);
			continue;
		}
		expect_hangup(fd);
		if (vsc_reader_generation(r) != before)
			FAIL_ROW(&newcomers[i], "taken for a card");
	}
	vsc_reader_close(r);
}

static void
test_byte_by_byte(void **state)
{
	struct vsc_reader *r = open_reader();
	int fd = dial(r);

	(void)state;
	expect_frame(fd, VSC_BYTES(VSC_CTRL_ATR));
	write_raw(fd, VSC_BYTES(0));
	for (size_t i = 0; i < 5; i++) {
		usleep(2000);
		write_raw(fd, vsc_span_slice(VSC_BYTES(4, 0x3B, 0x02, 0x14, 0x50), i, 1));
	}
	await_change(r, 0);
	check_works(r, fd);
	close(fd);
	vsc_reader_close(r);
}

/* Whoever comes first does not keep a card out, and the losers are let go. */
static void
test_race(void **state)
{
	struct vsc_reader *r = open_reader();
	int silent = dial(r), foreign = dial(r), card;

	(void)state;
	expect_frame(silent, VSC_BYTES(VSC_CTRL_ATR));
	expect_frame(foreign, VSC_BYTES(VSC_CTRL_ATR));
	write_raw(foreign, VSC_BYTES('S', 'S', 'H', '-', '2', '.', '0'));
	card = insert(r, VSC_SPAN_OF(atr_a));
	expect_hangup(silent);
	expect_hangup(foreign);
	check_works(r, card);
	expect_hangup(dial(r)); /* there is a card already */
	check_works(r, card);
	close(card);
	vsc_reader_close(r);
}

/* More than there are places: the oldest goes, the newest is heard. */
static void
test_crowd(void **state)
{
	struct vsc_reader *r = open_reader();
	int crowd[40], card;

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(crowd); i++)
		crowd[i] = dial(r);
	card = insert(r, VSC_SPAN_OF(atr_a));
	for (size_t i = 0; i < VSC_COUNT(crowd); i++)
		expect_hangup(crowd[i]);
	check_works(r, card);
	close(card);
	vsc_reader_close(r);
}

static void
test_swap(void **state)
{
	struct vsc_reader *r = open_reader();
	int old = insert(r, VSC_SPAN_OF(atr_a)), new;
	uint64_t first = vsc_reader_generation(r);
	uint8_t room[16];
	struct vsc_out rsp = vsc_out_from(room, sizeof(room));

	(void)state;
	close(old);
	new = dial(r);
	expect_frame(new, VSC_BYTES(VSC_CTRL_ATR));
	write_frame(new, VSC_SPAN_OF(atr_b));
	while (vsc_reader_generation(r) != first + 2)
		usleep(1000);
	assert_int_equal(vsc_reader_transmit(r, first, VSC_BYTES(SELECT), &rsp), VSC_E_CLOSED);
	assert_int_equal(vsc_reader_power(r, first, VSC_READER_RESET), VSC_E_CLOSED);
	expect_silence(new);
	check_works(r, new);
	close(new);
	vsc_reader_close(r);
}

/* --- commands -------------------------------------------------------------------------------- */

/* What a card does after it got a command. */
static const struct {
	const char *name;
	struct vsc_span sent;
	bool hangs_up;
	int result;
	bool stays;
} answers[] = {
	{ "status word", BYTES(0, 2, 0x90, 0x00), false, 0, true },
	{ "data", BYTES(0, 3, 0xAA, 0x90, 0x00), false, 0, true },
	{ "answers and leaves", BYTES(0, 2, 0x90, 0x00), true, 0, false },
	{ "empty frame", BYTES(0, 0), false, VSC_E_FORMAT, true },
	{ "one byte", BYTES(0, 1, 0x90), false, VSC_E_FORMAT, true },
	{ "no answer", { NULL, 0 }, false, VSC_E_TIMEOUT, false },
	{ "half a header", BYTES(0), false, VSC_E_TIMEOUT, false },
	{ "half a frame", BYTES(0, 4, 0x90), false, VSC_E_TIMEOUT, false },
	{ "leaves", { NULL, 0 }, true, VSC_E_CLOSED, false },
	{ "leaves after one byte", BYTES(0), true, VSC_E_CLOSED, false },
	{ "leaves after the header", BYTES(0, 4), true, VSC_E_CLOSED, false },
	{ "leaves in the frame", BYTES(0, 4, 0x90, 0x00), true, VSC_E_CLOSED, false },
};

static void
check_answer(size_t row)
{
	struct vsc_reader *r = open_reader();
	int fd = insert(r, VSC_SPAN_OF(atr_a));
	uint64_t before = vsc_reader_generation(r);
	static const uint8_t cmd[] = { SELECT };
	struct call *c = call_start(r, VSC_SPAN_OF(cmd), 0);
	int64_t took;
	int result;

	expect_frame(fd, VSC_SPAN_OF(cmd));
	write_raw(fd, answers[row].sent);
	if (answers[row].hangs_up)
		close(fd);
	assert_int_equal(pthread_join(c->thread, NULL), 0);
	took = c->took;
	result = c->result;
	if (result != answers[row].result)
		FAIL_ROW(&answers[row], vsc_err_text(result));
	if (result < 0 && c->rsp.len != 0)
		FAIL_ROW(&answers[row], "data in spite of the error");
	if (result == VSC_E_TIMEOUT && took > APDU_TIMEOUT + FRAME_TIMEOUT + SOON)
		FAIL_ROW(&answers[row], "later than its deadline");
	free(c);
	if (answers[row].stays) {
		check_works(r, fd);
		take_out(r, fd);
	} else {
		await_change(r, before);
		if (!answers[row].hangs_up)
			expect_hangup(fd);
	}
	fd = insert(r, VSC_SPAN_OF(atr_b)); /* the slot is as good as new */
	check_works(r, fd);
	close(fd);
	vsc_reader_close(r);
}

static void
test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(answers); i++)
		check_answer(i);
}

static void
test_slow_but_in_time(void **state)
{
	struct vsc_reader *r = open_reader();
	int fd = insert(r, VSC_SPAN_OF(atr_a));
	static const uint8_t cmd[] = { SELECT };
	struct call *c = call_start(r, VSC_SPAN_OF(cmd), 0);
	struct vsc_blob rsp = { NULL, 0 };

	(void)state;
	expect_frame(fd, VSC_SPAN_OF(cmd));
	for (size_t i = 0; i < 5; i++) {
		usleep(10000);
		write_raw(fd, vsc_span_slice(VSC_BYTES(0, 3, 0x01, 0x90, 0x00), i, 1));
	}
	assert_int_equal(call_end(c, &rsp), 0);
	assert_span_equal(vsc_blob_span(&rsp), VSC_BYTES(0x01, 0x90, 0x00));
	vsc_blob_free(&rsp);
	close(fd);
	vsc_reader_close(r);
}

static const struct {
	const char *name;
	struct vsc_span sent;
} stale[] = {
	{ "second frame", BYTES(0, 2, 0x6A, 0x82) },
	{ "empty frame", BYTES(0, 0) },
	{ "part of a frame", BYTES(0, 2, 0x6A) },
};

/* A second answer must never become the answer to the next command. */
static void
test_stale(void **state)
{
	static const uint8_t cmd[] = { SELECT };

	(void)state;
	for (size_t i = 0; i < 2 * VSC_COUNT(stale); i++) {
		struct vsc_reader *r = open_reader();
		int fd = insert(r, VSC_SPAN_OF(atr_a));
		struct call *c = call_start(r, VSC_SPAN_OF(cmd), 0);
		uint8_t room[16];
		struct vsc_out rsp = vsc_out_from(room, sizeof(room));
		struct vsc_blob both = { NULL, 0 };
		struct vsc_span more = stale[i / 2].sent;

		expect_frame(fd, VSC_SPAN_OF(cmd));
		/* in one piece with the answer, or after it */
		assert_int_equal(vsc_blob_set(&both, VSC_BYTES(0, 2, 0x90, 0x00)), 0);
		if (i % 2 == 0)
			assert_int_equal(vsc_blob_append(&both, more), 0);
		write_raw(fd, vsc_blob_span(&both));
		assert_int_equal(call_end(c, NULL), 0);
		if (i % 2 == 1)
			write_raw(fd, more);
		usleep(20000);
		assert_int_equal(vsc_reader_transmit(r, 0, VSC_SPAN_OF(cmd), &rsp), VSC_E_CLOSED);
		assert_int_equal(rsp.len, 0);
		expect_hangup(fd);
		vsc_blob_free(&both);
		fd = insert(r, VSC_SPAN_OF(atr_b));
		check_works(r, fd);
		close(fd);
		vsc_reader_close(r);
	}
}

static void
test_refused_commands(void **state)
{
	struct vsc_reader *r = open_reader();
	int fd = insert(r, VSC_SPAN_OF(atr_a));
	static uint8_t cmd[VSC_FRAME_MAX + 1];
	uint8_t room[16];
	struct vsc_out rsp = vsc_out_from(room, sizeof(room));

	(void)state;
	assert_int_equal(vsc_reader_transmit(r, 0, VSC_SPAN_EMPTY, &rsp), VSC_E_PARAM);
	assert_int_equal(vsc_reader_transmit(r, 0, VSC_BYTES(VSC_CTRL_RESET), &rsp), VSC_E_PARAM);
	assert_int_equal(vsc_reader_transmit(r, 0, VSC_SPAN_OF(cmd), &rsp), VSC_E_SPACE);
	expect_silence(fd);
	check_works(r, fd);
	close(fd);
	vsc_reader_close(r);
}

static void
test_largest(void **state)
{
	struct vsc_reader *r = open_reader();
	int fd = insert(r, VSC_SPAN_OF(atr_a));
	static uint8_t big[VSC_FRAME_MAX], got[VSC_FRAME_MAX];
	struct vsc_blob rsp = { NULL, 0 };
	struct call *c;
	uint8_t room[16];
	struct vsc_out small = vsc_out_from(room, sizeof(room));

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7 + i / 256);
	c = call_start(r, VSC_SPAN_OF(big), 0);
	assert_int_equal(read_frame(fd, got, sizeof(got)), sizeof(big));
	assert_memory_equal(got, big, sizeof(big));
	write_frame(fd, VSC_SPAN_OF(big));
	assert_int_equal(call_end(c, &rsp), 0);
	assert_true(vsc_span_eq(vsc_blob_span(&rsp), VSC_SPAN_OF(big)));
	vsc_blob_free(&rsp);

	/* an answer the caller has no room for */
	c = call_start(r, vsc_span_from(big, 5), 0);
	expect_frame(fd, vsc_span_from(big, 5));
	write_frame(fd, VSC_BYTES(0x90, 0x00));
	assert_int_equal(call_end(c, NULL), 0);
	small.cap = 1;
	write_frame(fd, VSC_BYTES(0x90, 0x00)); /* stale now */
	usleep(20000);
	assert_int_equal(vsc_reader_transmit(r, 0, vsc_span_from(big, 5), &small), VSC_E_CLOSED);
	expect_hangup(fd);
	vsc_reader_close(r);
}

/* Answers two commands with 90 00 each. */
static void *
answer_twice(void *arg)
{
	int fd = *(int *)arg;
	uint8_t room[64];

	for (int i = 0; i < 2; i++) {
		if (read_frame(fd, room, sizeof(room)) >= 0)
			write_frame(fd, VSC_BYTES(0x90, 0x00));
	}
	return NULL;
}

static void
test_no_room(void **state)
{
	struct vsc_reader *r = open_reader();
	int fd = insert(r, VSC_SPAN_OF(atr_a));
	uint8_t room[4];
	struct vsc_out rsp = vsc_out_from(room, 1);
	pthread_t card;

	(void)state;
	assert_int_equal(pthread_create(&card, NULL, answer_twice, &fd), 0);
	assert_int_equal(vsc_reader_transmit(r, 0, VSC_BYTES(SELECT), &rsp), VSC_E_SPACE);
	assert_int_equal(rsp.len, 0);
	rsp = vsc_out_from(room, 2);
	assert_int_equal(vsc_reader_transmit(r, 0, VSC_BYTES(SELECT), &rsp), 0);
	pthread_join(card, NULL);
	close(fd);
	vsc_reader_close(r);
}

/* --- power ----------------------------------------------------------------------------------- */

static void
test_power(void **state)
{
	static const struct {
		enum vsc_reader_power action;
		uint8_t code;
		bool asks;
	} rows[] = {
		{ VSC_READER_POWER_UP, VSC_CTRL_ON, true },
		{ VSC_READER_RESET, VSC_CTRL_RESET, true },
		{ VSC_READER_POWER_DOWN, VSC_CTRL_OFF, false },
	};
	struct vsc_reader *r = open_reader();
	int fd = insert(r, VSC_SPAN_OF(atr_a));
	uint8_t atr[VSC_ATR_MAX];
	size_t len;

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct call *c = call_start(r, VSC_SPAN_EMPTY, rows[i].action);

		expect_frame(fd, vsc_span_from(&rows[i].code, 1));
		if (rows[i].asks) {
			expect_frame(fd, VSC_BYTES(VSC_CTRL_ATR));
			write_frame(fd, VSC_SPAN_OF(atr_b));
		}
		assert_int_equal(call_end(c, NULL), 0);
		expect_silence(fd);
		assert_int_equal(vsc_reader_atr(r, 0, atr, &len), 0);
		assert_span_equal(vsc_span_from(atr, len), VSC_SPAN_OF(atr_b));
	}
	assert_int_equal(vsc_reader_generation(r), 1); /* still the same card */
	check_works(r, fd);
	close(fd);
	vsc_reader_close(r);
}

static const struct {
	const char *name;
	struct vsc_span sent;
	int result;
	bool stays;
} reset_faults[] = {
	{ "no ATR", { NULL, 0 }, VSC_E_TIMEOUT, false },
	{ "half an ATR", BYTES(0, 4, 0x3B), VSC_E_TIMEOUT, false },
	{ "empty ATR", BYTES(0, 0), VSC_E_FORMAT, true },
	{ "one byte", BYTES(0, 1, 0x3B), VSC_E_FORMAT, true },
};

static void
test_power_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(reset_faults); i++) {
		struct vsc_reader *r = open_reader();
		int fd = insert(r, VSC_SPAN_OF(atr_a));
		struct call *c = call_start(r, VSC_SPAN_EMPTY, VSC_READER_RESET);
		int result;

		expect_frame(fd, VSC_BYTES(VSC_CTRL_RESET));
		expect_frame(fd, VSC_BYTES(VSC_CTRL_ATR));
		write_raw(fd, reset_faults[i].sent);
		result = call_end(c, NULL);
		if (result != reset_faults[i].result)
			FAIL_ROW(&reset_faults[i], vsc_err_text(result));
		if (reset_faults[i].stays) {
			check_works(r, fd);
			close(fd);
		} else {
			expect_hangup(fd);
		}
		vsc_reader_close(r);
	}
}

/* --- waiting, other threads, closing --------------------------------------------------------- */

static void
test_wait(void **state)
{
	struct vsc_reader *r = open_reader();
	int64_t start = now_ms();
	int fd;

	(void)state;
	assert_int_equal(vsc_reader_wait(r, 0, 30), 0);
	assert_true(now_ms() - start >= 30);
	vsc_reader_wake(r);
	vsc_reader_wake(r);
	start = now_ms();
	assert_int_equal(vsc_reader_wait(r, 0, 10000), 0); /* the wake came before */
	assert_true(now_ms() - start < 5000);
	assert_int_equal(vsc_reader_wait(r, 0, 0), 0);
	assert_int_equal(vsc_reader_wait(r, 77, -1), 1);
	fd = insert(r, VSC_SPAN_OF(atr_a));
	assert_int_equal(vsc_reader_wait(r, 0, -1), 1);
	close(fd);
	vsc_reader_close(r);
}

/* A call waits for the one before it no longer than for a card. */
static void
test_second_call(void **state)
{
	struct vsc_reader *r = open_reader();
	int fd = insert(r, VSC_SPAN_OF(atr_a));
	static const uint8_t cmd[] = { SELECT };
	struct call *first = call_start(r, VSC_SPAN_OF(cmd), 0), *second;
	uint8_t atr[VSC_ATR_MAX];
	size_t len;

	(void)state;
	expect_frame(fd, VSC_SPAN_OF(cmd));
	second = call_start(r, VSC_SPAN_OF(cmd), 0);
	usleep(20000);
	/* who waited to ask this would wait beyond the first call's deadline */
	assert_true(vsc_reader_present(r));
	assert_int_equal(vsc_reader_atr(r, 0, atr, &len), 0);
	write_frame(fd, VSC_BYTES(0x90, 0x00));
	assert_int_equal(call_end(first, NULL), 0);
	expect_frame(fd, VSC_SPAN_OF(cmd));
	write_frame(fd, VSC_BYTES(0x90, 0x00));
	assert_int_equal(call_end(second, NULL), 0);

	first = call_start(r, VSC_SPAN_OF(cmd), 0);
	expect_frame(fd, VSC_SPAN_OF(cmd));
	second = call_start(r, VSC_SPAN_OF(cmd), 0);
	assert_int_equal(pthread_join(second->thread, NULL), 0);
	assert_true(second->result == VSC_E_TIMEOUT || second->result == VSC_E_CLOSED);
	assert_true(second->took < APDU_TIMEOUT + SOON);
	free(second);
	assert_int_equal(call_end(first, NULL), VSC_E_TIMEOUT);
	expect_hangup(fd);
	vsc_reader_close(r);
}

static void *
wait_main(void *arg)
{
	struct call *c = arg;

	c->result = vsc_reader_wait(c->reader, c->generation, -1);
	return NULL;
}

/* Until that many calls are under way, as vsc_reader_close will find them. */
static void
wait_for_inside(struct vsc_reader *r, unsigned calls)
{
	pthread_mutex_lock(&r->lock);
	while (r->inside < calls) {
		pthread_mutex_unlock(&r->lock);
		usleep(1000);
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
}

static void
test_close_beside_calls(void **state)
{
	struct vsc_reader *r = open_reader();
	int fd = insert(r, VSC_SPAN_OF(atr_a));
	static const uint8_t cmd[] = { SELECT };
	struct call *busy = call_start(r, VSC_SPAN_OF(cmd), 0), *queued;
	struct call waiting = { .reader = r, .generation = 1 };

	(void)state;
	expect_frame(fd, VSC_SPAN_OF(cmd));
	queued = call_start(r, VSC_SPAN_OF(cmd), 0);
	assert_int_equal(pthread_create(&waiting.thread, NULL, wait_main, &waiting), 0);
	wait_for_inside(r, 3);
	vsc_reader_close(r); /* ends them: nobody sees his deadline */
	assert_int_equal(call_end(busy, NULL), VSC_E_CANCELED);
	assert_int_equal(call_end(queued, NULL), VSC_E_CANCELED);
	pthread_join(waiting.thread, NULL);
	assert_int_equal(waiting.result, VSC_E_CANCELED);
	expect_hangup(fd);
}

static void
test_cancel(void **state)
{
	struct vsc_reader *r = open_reader();
	int fd = insert(r, VSC_SPAN_OF(atr_a));
	uint8_t room[16];
	struct vsc_out rsp = vsc_out_from(room, sizeof(room));

	(void)state;
	vsc_reader_cancel(r);
	assert_int_equal(vsc_reader_transmit(r, 0, VSC_BYTES(SELECT), &rsp), VSC_E_CANCELED);
	assert_int_equal(vsc_reader_power(r, 0, VSC_READER_RESET), VSC_E_CANCELED);
	assert_int_equal(vsc_reader_wait(r, 1, -1), VSC_E_CANCELED);
	vsc_reader_close(r);
	vsc_reader_close(NULL);
	close(fd);
}

struct events {
	pthread_mutex_t lock;
	unsigned calls;
	uint64_t last;
};

static void
on_event(void *ctx, struct vsc_reader *r)
{
	struct events *e = ctx;

	pthread_mutex_lock(&e->lock);
	e->calls++;
	e->last = vsc_reader_generation(r);
	pthread_mutex_unlock(&e->lock);
}

static void
await_event(struct events *e, uint64_t generation)
{
	int64_t until = now_ms() + SOON;
	uint64_t last;

	do {
		usleep(500);
		pthread_mutex_lock(&e->lock);
		last = e->calls > 0 ? e->last : UINT64_MAX;
		pthread_mutex_unlock(&e->lock);
	} while (last != generation && now_ms() < until);
	assert_int_equal(last, generation);
}

static void
test_events(void **state)
{
	struct events e = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct vsc_reader *r = open_reader();
	static const uint8_t cmd[] = { SELECT };
	struct call *c;
	int fd;

	(void)state;
	vsc_reader_on_event(r, on_event, &e);
	await_event(&e, 0); /* at once */
	fd = insert(r, VSC_SPAN_OF(atr_a));
	await_event(&e, 1);
	take_out(r, fd);
	await_event(&e, 2);
	fd = insert(r, VSC_SPAN_OF(atr_a));
	await_event(&e, 3);
	c = call_start(r, VSC_SPAN_OF(cmd), 0); /* given up by a call, told all the same */
	expect_frame(fd, VSC_SPAN_OF(cmd));
	assert_int_equal(call_end(c, NULL), VSC_E_TIMEOUT);
	await_event(&e, 4);
	close(fd);
	vsc_reader_close(r);
}

/* Cards that come and go while everybody calls, and a close in the middle of it. */
struct turmoil {
	struct vsc_reader *reader;
	uint16_t port;
	atomic_bool stop;
};

static void *
turmoil_card(void *arg)
{
	struct turmoil *t = arg;
	struct sockaddr_in to = loopback(t->port);
	uint8_t room[64];

	for (unsigned n = 0; !atomic_load(&t->stop); n++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0) {
			for (unsigned k = 0; k < n % 7; k++) {
				ssize_t len = recv(fd, room, sizeof(room), 0);

				if (len <= 0)
					break;
				if (len == 3 && room[2] == VSC_CTRL_ATR)
					(void)send(fd, "\0\2\x3B\0", 4, MSG_NOSIGNAL);
				else if (len > 3)
					(void)send(fd, "\0\2\x90\0", 4, MSG_NOSIGNAL);
			}
		}
		close(fd);
	}
	return NULL;
}

static void *
turmoil_caller(void *arg)
{
	struct turmoil *t = arg;
	uint8_t room[16];
	int err = 0;

	for (unsigned n = 0; err != VSC_E_CANCELED; n++) {
		struct vsc_out rsp = vsc_out_from(room, sizeof(room));

		if (n % 5 == 0)
			err = vsc_reader_power(t->reader, 0, VSC_READER_RESET);
		else
			err = vsc_reader_transmit(t->reader, 0, VSC_BYTES(SELECT), &rsp);
		if (err == 0 && n % 5 != 0 && rsp.len != 2)
			abort();
	}
	return NULL;
}

static void *
turmoil_waiter(void *arg)
{
	struct turmoil *t = arg;
	uint64_t seen = 0;

	while (vsc_reader_wait(t->reader, seen, 5) >= 0)
		seen = vsc_reader_generation(t->reader);
	return NULL;
}

static void
test_turmoil(void **state)
{
	static void *(*const mains[])(void *) = { turmoil_card, turmoil_card, turmoil_caller,
		turmoil_caller, turmoil_waiter };
	struct events e = { .lock = PTHREAD_MUTEX_INITIALIZER };

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct turmoil t = { .reader = open_reader() };
		pthread_t threads[VSC_COUNT(mains)];

		t.port = vsc_reader_endpoint(t.reader)->port;
		vsc_reader_on_event(t.reader, on_event, &e);
		for (size_t i = 0; i < VSC_COUNT(mains); i++)
			assert_int_equal(pthread_create(&threads[i], NULL, mains[i], &t), 0);
		usleep(20000);
		vsc_reader_cancel(t.reader); /* gets the callers out */
		atomic_store(&t.stop, true);
		for (size_t i = 2; i < VSC_COUNT(mains); i++)
			pthread_join(threads[i], NULL);
		vsc_reader_close(t.reader);
		for (size_t i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
	}
	assert_true(e.calls > 20);
}

/* --- connecting mode ------------------------------------------------------------------------- */

static int
wait_for_reader(uint16_t *port)
{
	struct sockaddr_in at = loopback(*port);
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static void *
answer_atr(void *arg)
{
	int *fds = arg;

	fds[1] = accept(fds[0], NULL, NULL);
	assert_true(fds[1] >= 0);
	expect_frame(fds[1], VSC_BYTES(VSC_CTRL_ATR));
	write_frame(fds[1], VSC_SPAN_OF(atr_a));
	return NULL;
}

static struct vsc_reader_config
reversed(uint16_t port)
{
	return (struct vsc_reader_config){
		.endpoint = { .kind = VSC_ENDPOINT_TCP, .host = "127.0.0.1", .port = port },
		.atr_timeout = ATR_TIMEOUT,
		.apdu_timeout = APDU_TIMEOUT,
		.frame_timeout = FRAME_TIMEOUT,
		.connect_timeout = SOON
	};
}

static void
test_connecting(void **state)
{
	uint16_t port = 0;
	int fds[2] = { wait_for_reader(&port), -1 };
	struct vsc_reader_config config = reversed(port);
	struct vsc_reader *r;
	pthread_t card;
	uint64_t before;

	(void)state;
	assert_int_equal(pthread_create(&card, NULL, answer_atr, fds), 0);
	assert_int_equal(vsc_reader_open(&r, &config), 0);
	assert_true(vsc_reader_present(r)); /* at once: handler_test wants it so */
	pthread_join(card, NULL);
	check_works(r, fds[1]);
	take_out(r, fds[1]);
	before = vsc_reader_generation(r); /* it comes back for the next card */
	assert_int_equal(pthread_create(&card, NULL, answer_atr, fds), 0);
	await_change(r, before);
	pthread_join(card, NULL);
	check_works(r, fds[1]);
	vsc_reader_close(r);
	expect_hangup(fds[1]);
	close(fds[0]);
}

static void
test_connecting_later(void **state)
{
	uint16_t port = 0;
	int fds[2] = { wait_for_reader(&port), -1 };
	struct vsc_reader_config config = reversed(port);
	struct vsc_reader *r;
	pthread_t card;
	int64_t start = now_ms();

	(void)state;
	close(fds[0]);
	assert_int_equal(vsc_reader_open(&r, &config), 0);
	assert_true(now_ms() - start < 2000); /* refused is an answer, nothing to wait for */
	assert_false(vsc_reader_present(r));
	usleep(60000);
	fds[0] = wait_for_reader(&port);
	assert_int_equal(pthread_create(&card, NULL, answer_atr, fds), 0);
	await_change(r, 0);
	pthread_join(card, NULL);
	check_works(r, fds[1]);
	vsc_reader_close(r);
	close(fds[0]);
	close(fds[1]);
}

/* pcscd must not wait longer for a host that is silent. */
static void
test_connecting_silent(void **state)
{
	uint16_t port = 0;
	int fd = wait_for_reader(&port);
	struct vsc_reader_config config = reversed(port);
	struct vsc_reader *r;
	int64_t start = now_ms();

	(void)state;
	config.connect_timeout = 150;
	config.atr_timeout = 4 * SOON;
	assert_int_equal(vsc_reader_open(&r, &config), 0);
	assert_true(now_ms() - start >= 150);
	assert_true(now_ms() - start < 150 + SOON);
	assert_false(vsc_reader_present(r));
	vsc_reader_close(r);
	close(fd);
}

static void
test_busy_address(void **state)
{
	struct vsc_reader *r = open_reader(), *other;
	struct vsc_reader_config config = { .endpoint = *vsc_reader_endpoint(r) };

	(void)state;
	assert_int_equal(vsc_reader_open(&other, &config), VSC_E_BUSY);
	assert_null(other);
	vsc_reader_close(r);
}

static void
test_unix(void **state)
{
	struct vsc_reader_config config = { .endpoint = { .kind = VSC_ENDPOINT_UNIX,
						.listen = true } },
				 back;
	char dir[] = "/tmp/vsc-test-XXXXXX";
	struct vsc_reader *r;
	struct vsc_link *card;
	struct vsc_blob frame = { NULL, 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(config.endpoint.host, sizeof(config.endpoint.host), "%s/slot", dir);
	assert_int_equal(vsc_reader_open(&r, &config), 0);
	back = config;
	back.endpoint.listen = false;
	assert_int_equal(vsc_link_connect(&card, &back.endpoint, SOON), 0);
	assert_int_equal(vsc_link_wait(card, &frame, SOON, SOON), 0);
	assert_span_equal(vsc_blob_span(&frame), VSC_BYTES(VSC_CTRL_ATR));
	assert_int_equal(vsc_link_send(card, VSC_SPAN_OF(atr_a)), 0);
	await_change(r, 0);
	vsc_link_free(card);
	await_change(r, 1); /* a hangup shows on a Unix socket too */
	vsc_reader_close(r);
	vsc_blob_free(&frame);
	assert_int_equal(rmdir(dir), 0); /* the socket is gone */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_insertion),
		cmocka_unit_test(test_newcomers),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_race),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_slow_but_in_time),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_refused_commands),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_power),
		cmocka_unit_test(test_power_faults),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_second_call),
		cmocka_unit_test(test_close_beside_calls),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_turmoil),
		cmocka_unit_test(test_connecting),
		cmocka_unit_test(test_connecting_later),
		cmocka_unit_test(test_connecting_silent),
		cmocka_unit_test(test_busy_address),
		cmocka_unit_test(test_unix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Frames between a link pair and a card of a few lines: order, workers, power, loss. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "test.h"
#include "vicc/session.h"

/* --- A card that notes what happens to it --- */

static void
note(struct vsc_card *card, char what)
{
	/* the base environment's ctx is the test's notebook; see env_log */
	char line[2] = { what, '\0' };

	vsc_card_log(card, VSC_LOG_INFO, "%s", line);
}

static void
sample_reset(struct vsc_card *card, enum vsc_reset how)
{
	note(card, how == VSC_RESET_OFF ? '0' : how == VSC_RESET_ON ? '1' : 'R');
}

static void
sample_atr(const struct vsc_card *card, struct vsc_out *out)
{
	(void)card;
	vsc_out_put(out, VSC_BYTES(0x3B, 0x00));
}

/* FF.. : the card leaves. EE.. : waits. Else echoes. */
static int
sample_transmit(struct vsc_card *card, struct vsc_span raw, struct vsc_out *out)
{
	note(card, 'c');
	if (raw.ptr[0] == 0xFF)
		return VSC_E_CLOSED;
	if (raw.ptr[0] == 0xEE)
		usleep(50000);
	vsc_out_put(out, raw);
	vsc_out_u16(out, VSC_SW_OK);
	return 0;
}

struct sample {
	atomic_bool away;
};

static bool sample_present(struct vsc_card *card);

static const struct vsc_card_type fast = { .abi = VSC_CARD_ABI,
	.name = "fast",
	.reset = sample_reset,
	.atr = sample_atr,
	.transmit = sample_transmit };
static const struct vsc_card_type slow = { .abi = VSC_CARD_ABI,
	.name = "slow",
	.flags = VSC_TYPE_BLOCKS,
	.state_size = sizeof(struct sample),
	.reset = sample_reset,
	.atr = sample_atr,
	.transmit = sample_transmit,
	.present = sample_present };

static bool
sample_present(struct vsc_card *card)
{
	struct sample *sample = vsc_card_state(card, &slow);

	return !atomic_load(&sample->away);
}

/* --- The bench --- */

struct bench {
	struct vsc_loop *loop;
	struct vsc_holder holder;
	struct vsc_session *session;
	struct vsc_link *reader;
	struct vsc_env env;
	int lost;
	pthread_mutex_t lock;
	char notes[64];
};

static void
env_log(void *ctx, enum vsc_log_level level, const char *line)
{
	struct bench *b = ctx;
	size_t len = strlen(b->notes);

	(void)level;
	pthread_mutex_lock(&b->lock);
	if (len + 1 < sizeof(b->notes))
		b->notes[len] = line[strlen(line) - 1];
	pthread_mutex_unlock(&b->lock);
}

static void
on_lost(void *ctx, int why)
{
	struct bench *b = ctx;

	b->lost = why;
}

static void
attach(struct bench *b)
{
	struct vsc_link *link;

	assert_int_equal(vsc_link_pair(&link, &b->reader), 0);
	b->lost = 0;
	assert_int_equal(vsc_session_attach(b->session, link), 0);
}

static void
bench_open_with(struct bench *b, const struct vsc_card_type *type, unsigned workers)
{
	static const struct vsc_params none = { NULL, 0 };
	struct vsc_card_args args = { .type = type, .params = none, .count = 1 };

	*b = (struct bench){ .lost = 0, .lock = PTHREAD_MUTEX_INITIALIZER };
	b->env = (struct vsc_env){ .ctx = b, .log = env_log, .verbosity = VSC_LOG_INFO };
	assert_int_equal(vsc_loop_new(&b->loop, workers, NULL), 0);
	assert_int_equal(vsc_holder_open(&b->holder, &args, 0, 0, &b->env), 0);
	assert_int_equal(vsc_session_new(&b->session, b->loop, &b->holder, on_lost, b), 0);
	attach(b);
}

/* One worker has no time to stay. */
static void
bench_open(struct bench *b, const struct vsc_card_type *type)
{
	bench_open_with(b, type, 1);
}

static void
bench_close(struct bench *b)
{
	vsc_session_detach(b->session);
	vsc_link_free(b->reader);
	vsc_loop_free(b->loop);
	vsc_session_free(b->session);
	vsc_holder_close(&b->holder);
}

static void
turn(struct bench *b, int rounds)
{
	while (rounds-- > 0)
		assert_true(vsc_loop_turn(b->loop, 5) >= 0);
}

/* The next frame at the reader, running the loop until it is there. */
static void
expect(struct bench *b, struct vsc_span want)
{
	uint8_t room[512];
	struct vsc_span got;
	int rc = 0;

	for (int i = 0; i < 200 && rc == 0; i++) {
		struct vsc_out scratch = vsc_out_from(room, sizeof(room));

		rc = vsc_link_recv(b->reader, &scratch, &got);
		if (rc == 0)
			turn(b, 1);
	}
	assert_int_equal(rc, 1);
	assert_span_equal(got, want);
}

static void
send_frame(struct bench *b, struct vsc_span payload)
{
	assert_int_equal(vsc_link_send(b->reader, payload), 0);
}

/* --- Tests --- */

static void
in_order(const struct vsc_card_type *type)
{
	struct bench b;

	bench_open(&b, type);
	send_frame(&b, VSC_BYTES(VSC_CTRL_ON));
	send_frame(&b, VSC_BYTES(0xEE, 2, 3, 4));
	send_frame(&b, VSC_BYTES(VSC_CTRL_RESET));
	send_frame(&b, VSC_BYTES(VSC_CTRL_ATR));
	send_frame(&b, VSC_BYTES(1, 2, 3, 5));
	expect(&b, VSC_BYTES(0xEE, 2, 3, 4, 0x90, 0x00));
	expect(&b, VSC_BYTES(0x3B, 0x00));
	expect(&b, VSC_BYTES(1, 2, 3, 5, 0x90, 0x00));
	assert_string_equal(b.notes, "1cRc");
	assert_true(vsc_session_served(b.session));
	bench_close(&b);
}

static void
test_in_order(void **state)
{
	(void)state;
	in_order(&fast);
}

static void
test_in_order_on_a_worker(void **state)
{
	(void)state;
	in_order(&slow);
}

static void
test_unknown_control(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &fast);
	send_frame(&b, VSC_BYTES(0x03));
	send_frame(&b, VSC_BYTES(0xFF));
	send_frame(&b, VSC_BYTES(VSC_CTRL_ATR));
	expect(&b, VSC_BYTES(0x3B, 0x00));
	assert_string_equal(b.notes, "");
	bench_close(&b);
}

/* Whatever thread has the card: a type's transmit() counts on a byte to be there. */
static void
test_empty_frame(void **state)
{
	const struct vsc_card_type *types[] = { &fast, &slow };

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(types); i++) {
		struct bench b;

		bench_open(&b, types[i]);
		send_frame(&b, VSC_SPAN_EMPTY);
		send_frame(&b, VSC_BYTES(VSC_CTRL_ATR));
		expect(&b, VSC_BYTES(0x3B, 0x00));
		assert_string_equal(b.notes, "");
		bench_close(&b);
	}
}

static void
test_powered_when_the_reader_does_not(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &fast);
	send_frame(&b, VSC_BYTES(1, 2, 3, 4));
	expect(&b, VSC_BYTES(1, 2, 3, 4, 0x90, 0x00));
	assert_string_equal(b.notes, "1c");
	bench_close(&b);
}

static void
test_reader_leaves(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &fast);
	send_frame(&b, VSC_BYTES(VSC_CTRL_ON));
	turn(&b, 2);
	vsc_link_free(b.reader);
	turn(&b, 3);
	assert_int_equal(b.lost, VSC_E_CLOSED);
	assert_string_equal(b.notes, "10");
	attach(&b);
	assert_false(vsc_session_served(b.session));
	send_frame(&b, VSC_BYTES(VSC_CTRL_ATR));
	expect(&b, VSC_BYTES(0x3B, 0x00));
	bench_close(&b);
}

static void
test_card_leaves(void **state)
{
	static const struct vsc_card_type *const types[] = { &fast, &slow };

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(types); i++) {
		struct bench b;

		bench_open(&b, types[i]);
		send_frame(&b, VSC_BYTES(0xFF, 0, 0, 0));
		for (int n = 0; n < 200 && b.lost == 0; n++)
			turn(&b, 1);
		assert_int_equal(b.lost, VSC_E_NOT_FOUND);
		bench_close(&b);
	}
}

/* The answer comes when the reader has long gone: nobody is told twice, nothing leaks. */
static void
test_reader_leaves_while_a_worker_has_the_card(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &slow);
	send_frame(&b, VSC_BYTES(0xEE, 0, 0, 0));
	turn(&b, 2);
	vsc_link_free(b.reader);
	for (int n = 0; n < 200 && b.lost == 0; n++)
		turn(&b, 1);
	assert_int_equal(b.lost, VSC_E_CLOSED);
	attach(&b);
	send_frame(&b, VSC_BYTES(VSC_CTRL_ATR));
	expect(&b, VSC_BYTES(0x3B, 0x00));
	bench_close(&b);
}

static void
test_stop_while_a_worker_has_the_card(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &slow);
	send_frame(&b, VSC_BYTES(0xEE, 0, 0, 0));
	turn(&b, 2);
	bench_close(&b);
	assert_int_equal(b.lost, 0);
}

/* Without the loop's help, so that it must be the worker who answers. */
static void
expect_without_the_loop(struct bench *b, struct vsc_span want)
{
	struct vsc_blob got = { NULL, 0 };

	assert_int_equal(vsc_link_wait(b->reader, &got, 10000, 1000), 0);
	assert_span_equal(vsc_blob_span(&got), want);
	vsc_blob_free(&got);
}

static void
test_worker_stays(void **state)
{
	struct bench b;

	(void)state;
	bench_open_with(&b, &slow, 4);
	send_frame(&b, VSC_BYTES(0xEE, 2, 3, 4));
	turn(&b, 1);
	/* all of them are there when the first is done */
	send_frame(&b, VSC_BYTES(5, 6, 7, 8));
	send_frame(&b, VSC_BYTES(VSC_CTRL_RESET));
	send_frame(&b, VSC_BYTES(VSC_CTRL_ATR));
	expect_without_the_loop(&b, VSC_BYTES(0xEE, 2, 3, 4, 0x90, 0x00));
	expect_without_the_loop(&b, VSC_BYTES(5, 6, 7, 8, 0x90, 0x00));
	expect_without_the_loop(&b, VSC_BYTES(0x3B, 0x00));
	assert_string_equal(b.notes, "1ccR");
	/* and goes when nothing more comes */
	usleep(100000);
	turn(&b, 2);
	send_frame(&b, VSC_BYTES(1, 2, 3, 4));
	expect(&b, VSC_BYTES(1, 2, 3, 4, 0x90, 0x00));
	bench_close(&b);
	assert_string_equal(b.notes, "1ccRc0");
}

static void
test_reader_leaves_while_a_worker_stays(void **state)
{
	struct bench b;

	(void)state;
	bench_open_with(&b, &slow, 4);
	send_frame(&b, VSC_BYTES(1, 2, 3, 4));
	expect(&b, VSC_BYTES(1, 2, 3, 4, 0x90, 0x00));
	vsc_link_free(b.reader);
	for (int n = 0; n < 200 && b.lost == 0; n++)
		turn(&b, 1);
	assert_int_equal(b.lost, VSC_E_CLOSED);
	assert_string_equal(b.notes, "1c0");
	attach(&b);
	send_frame(&b, VSC_BYTES(VSC_CTRL_ATR));
	expect(&b, VSC_BYTES(0x3B, 0x00));
	bench_close(&b);
}

/* Seen by the loop, while the worker waits for the reader. */
static void
test_card_leaves_while_a_worker_stays(void **state)
{
	struct bench b;
	struct sample *sample;

	(void)state;
	bench_open_with(&b, &slow, 4);
	sample = vsc_card_state(b.holder.card, &slow);
	send_frame(&b, VSC_BYTES(1, 2, 3, 4));
	expect(&b, VSC_BYTES(1, 2, 3, 4, 0x90, 0x00));
	atomic_store(&sample->away, true);
	for (int n = 0; n < 200 && b.lost == 0; n++) {
		vsc_session_look(b.session);
		turn(&b, 1);
	}
	assert_int_equal(b.lost, VSC_E_NOT_FOUND);
	vsc_link_free(b.reader);
	atomic_store(&sample->away, false);
	attach(&b);
	send_frame(&b, VSC_BYTES(VSC_CTRL_ATR));
	expect(&b, VSC_BYTES(0x3B, 0x00));
	bench_close(&b);
}

static void
test_stop_while_a_worker_stays(void **state)
{
	struct bench b;

	(void)state;
	bench_open_with(&b, &slow, 4);
	send_frame(&b, VSC_BYTES(1, 2, 3, 4));
	expect(&b, VSC_BYTES(1, 2, 3, 4, 0x90, 0x00));
	bench_close(&b);
	assert_int_equal(b.lost, 0);
	assert_string_equal(b.notes, "1c0");
}

static void
test_second_link(void **state)
{
	struct vsc_link *link, *other;
	struct bench b;

	(void)state;
	bench_open(&b, &fast);
	assert_int_equal(vsc_link_pair(&link, &other), 0);
	assert_int_equal(vsc_session_attach(b.session, link), VSC_E_STATE);
	vsc_link_free(other);
	send_frame(&b, VSC_BYTES(VSC_CTRL_ATR));
	expect(&b, VSC_BYTES(0x3B, 0x00));
	bench_close(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_in_order_on_a_worker),
		cmocka_unit_test(test_unknown_control),
		cmocka_unit_test(test_empty_frame),
		cmocka_unit_test(test_powered_when_the_reader_does_not),
		cmocka_unit_test(test_reader_leaves),
		cmocka_unit_test(test_card_leaves),
		cmocka_unit_test(test_reader_leaves_while_a_worker_has_the_card),
		cmocka_unit_test(test_stop_while_a_worker_has_the_card),
		cmocka_unit_test(test_worker_stays),
		cmocka_unit_test(test_reader_leaves_while_a_worker_stays),
		cmocka_unit_test(test_card_leaves_while_a_worker_stays),
		cmocka_unit_test(test_stop_while_a_worker_stays),
		cmocka_unit_test(test_second_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

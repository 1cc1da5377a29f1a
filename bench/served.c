#include "served.h"

#include <errno.h>
#include <stdlib.h>

#include "bench.h"

#define BYTES(...)                                                                         \
	{                                                                                  \
		(const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }) \
	}
#define SELECT_EF BYTES(0x00, 0xA4, 0x00, 0x0C, 0x02, 0x01, 0x01)

const struct bench_command bench_commands[BENCH_COMMANDS] = {
	{ "SELECT", { NULL, 0 }, SELECT_EF, 2 },
	{ "READ BINARY 16", SELECT_EF, BYTES(0x00, 0xB0, 0x00, 0x00, 0x10), 18 },
	{ "READ BINARY 256", SELECT_EF, BYTES(0x00, 0xB0, 0x00, 0x00, 0x00), 258 },
};

/* A transparent EF 0101 of 256 bytes in the MF, which a new card lets one make. */
static const struct vsc_span create_ef = BYTES(0x00, 0xE0, 0x00, 0x00, 0x0D, 0x62, 0x0B, 0x80, 0x02,
    0x01, 0x00, 0x82, 0x01, 0x01, 0x83, 0x02, 0x01, 0x01);

/* READ BINARY is told from SELECT by Le, which is the fifth byte of both kinds; 00 is 256. */
static int
echo_transmit(struct vsc_card *card, struct vsc_span raw, struct vsc_out *out)
{
	(void)card;
	if (raw.len == 5)
		vsc_out_fill(out, 0x00, raw.ptr[4] == 0 ? 256 : raw.ptr[4]);
	vsc_out_u16(out, VSC_SW_OK);
	return 0;
}

static void
echo_atr(const struct vsc_card *card, struct vsc_out *out)
{
	(void)card;
	vsc_out_put(out, VSC_BYTES(0x3B, 0x80, 0x80, 0x01, 0x01));
}

const struct vsc_card_type bench_card_echo = {
	.abi = VSC_CARD_ABI,
	.name = "echo",
	.summary = "answers at once",
	.transmit = echo_transmit,
	.atr = echo_atr,
};

bool
bench_card_new(struct vsc_card **card, bool echo)
{
	uint8_t room[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(room, sizeof(room));

	if (vsc_card_new(card, echo ? &bench_card_echo : &vsc_card_iso7816, NULL, NULL) < 0)
		return bench_failed("card");
	vsc_card_reset(*card, VSC_RESET_ON);
	if (echo)
		return true;
	if (vsc_card_transmit(*card, create_ef, &out) == 0 &&
	    vsc_span_eq(vsc_out_span(&out), VSC_BYTES(0x90, 0x00)))
		return true;
	fprintf(stderr, "CREATE FILE: %zu bytes, %02X%02X\n", out.len, room[0], room[1]);
	vsc_card_free(*card);
	return false;
}

/* The other side closed. */
static void
lost(void *ctx, int why)
{
	(void)ctx;
	(void)why;
}

static void *
serve(void *arg)
{
	struct bench_served *served = arg;

	if (vsc_loop_run(served->loop) < 0)
		(void)bench_failed("loop");
	return NULL;
}

bool
bench_served_start(struct bench_served *served, bool echo, struct vsc_link *link)
{
	*served = (struct bench_served){ .loop = NULL };
	if (!bench_card_new(&served->holder.card, echo))
		return false;
	if (vsc_loop_new(&served->loop, 0, NULL) < 0 ||
	    vsc_session_new(&served->session, served->loop, &served->holder, lost, served) < 0 ||
	    vsc_session_attach(served->session, link) < 0)
		return bench_failed("session");
	errno = pthread_create(&served->thread, NULL, serve, served);
	return errno == 0 || bench_failed("thread");
}

void
bench_served_stop(struct bench_served *served)
{
	vsc_loop_stop(served->loop);
	(void)pthread_join(served->thread, NULL);
	vsc_session_detach(served->session);
	vsc_loop_free(served->loop);
	vsc_session_free(served->session);
	vsc_card_free(served->holder.card);
}

#include "card.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "iso/atr.h"
#include "wire/link.h"

struct card {
	struct vsc_link *link;
	pthread_t thread;
	uint8_t atr[VSC_ATR_MAX];
	size_t atr_len;
	uint8_t remembered;
	atomic_uint resets;
	uint8_t answer[VSC_FRAME_MAX];
};

static void
sleep_ms(unsigned ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static int
control(struct card *c, uint8_t code)
{
	if (code == VSC_CTRL_ATR)
		return vsc_link_send(c->link, vsc_span_from(c->atr, c->atr_len));
	c->remembered = 0;
	atomic_fetch_add(&c->resets, 1);
	return 0;
}

static int
command(struct card *c, struct vsc_span apdu)
{
	struct vsc_out out = vsc_out_from(c->answer, sizeof(c->answer));
	uint8_t p1 = apdu.len > 2 ? apdu.ptr[2] : 0, p2 = apdu.len > 3 ? apdu.ptr[3] : 0;
	unsigned p1p2 = (unsigned)p1 << 8 | p2;

	switch (apdu.ptr[1]) {
	case CARD_ECHO:
		vsc_out_put(&out, vsc_span_slice(apdu, apdu.len > 260 ? 7 : 5, apdu.len));
		break;
	case CARD_LENGTH:
		vsc_out_fill(&out, 0x5A, p1p2);
		break;
	case CARD_SLEEP:
		sleep_ms(p1p2);
		break;
	case CARD_SET:
		c->remembered = p1;
		break;
	case CARD_GET:
		vsc_out_u8(&out, c->remembered);
		break;
	case CARD_LEAVE:
		return VSC_E_CLOSED;
	case CARD_SILENT:
		return vsc_link_send(c->link, VSC_SPAN_EMPTY);
	default:
		vsc_out_u16(&out, 0x6D00);
		return vsc_link_send(c->link, vsc_out_span(&out));
	}
	vsc_out_u16(&out, 0x9000);
	return vsc_link_send(c->link, vsc_out_span(&out));
}

static void *
card_main(void *arg)
{
	struct card *c = arg;
	struct vsc_blob frame = { NULL, 0 };
	int err = 0;

	while (err == 0 && vsc_link_wait(c->link, &frame, -1, -1) == 0) {
		if (frame.len == 1)
			err = control(c, frame.ptr[0]);
		else if (frame.len > 1)
			err = command(c, vsc_blob_span(&frame));
		while (err == 0 && vsc_link_unsent(c->link))
			err = vsc_link_flush(c->link);
	}
	shutdown(vsc_link_fd(c->link), SHUT_RDWR);
	vsc_blob_free(&frame);
	return NULL;
}

struct card *
card_insert(const char *endpoint, struct vsc_span atr)
{
	struct card *c = calloc(1, sizeof(*c));
	struct vsc_endpoint ep;
	const char *why;
	int err = vsc_endpoint_parse(&ep, endpoint, &why);

	for (int tries = 0; c != NULL && err == 0 && tries < 500; tries++) {
		if ((err = vsc_link_connect(&c->link, &ep, 1000)) == 0)
			break;
		sleep_ms(10);
		err = 0;
	}
	if (c == NULL || c->link == NULL || vsc_copy(c->atr, sizeof(c->atr), atr) < 0) {
		free(c);
		return NULL;
	}
	c->atr_len = atr.len;
	if (pthread_create(&c->thread, NULL, card_main, c) != 0) {
		vsc_link_free(c->link);
		free(c);
		return NULL;
	}
	return c;
}

void
card_remove(struct card *c)
{
	if (c == NULL)
		return;
	shutdown(vsc_link_fd(c->link), SHUT_RDWR);
	pthread_join(c->thread, NULL);
	vsc_link_free(c->link);
	free(c);
}

unsigned
card_resets(struct card *c)
{
	return atomic_load(&c->resets);
}

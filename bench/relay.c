/*
 * What a relay costs: the same command to a card in one reader, and to one behind a relay in
 * another, in turns. relay READER RELAYED [--rounds N] [--round-ms N]; bench/relay.sh sets the
 * scene.
 */
#include "bench.h"

#include <unistd.h>
#include <winscard.h>

#define PATIENCE 100 /* tries, 100 ms apart, for a card to be there */

struct through {
	SCARDCONTEXT context;
	SCARDHANDLE card;
};

/* SELECT MF, no answer data: the shortest exchange there is */
static const uint8_t command[] = { 0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00 };

static bool
refused(const char *what, LONG rc)
{
	fprintf(stderr, "%s: %s\n", what, pcsc_stringify_error(rc));
	return false;
}

static bool
transmit(void *ctx, unsigned ops)
{
	const struct through *t = ctx;
	uint8_t answer[MAX_BUFFER_SIZE];

	for (unsigned i = 0; i < ops; i++) {
		DWORD len = sizeof(answer);
		LONG rc = SCardTransmit(
		    t->card, SCARD_PCI_T1, command, sizeof(command), NULL, answer, &len);

		if (rc != SCARD_S_SUCCESS || len != 2 || answer[0] != 0x90)
			return refused("SCardTransmit", rc);
	}
	return true;
}

static bool
connect_card(struct through *t, const char *reader)
{
	DWORD protocol;
	LONG rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &t->context);

	for (int i = 0; i < PATIENCE && rc == SCARD_S_SUCCESS; i++) {
		if (SCardConnect(t->context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1,
			&t->card, &protocol) == SCARD_S_SUCCESS)
			return true;
		(void)usleep(100000);
	}
	return refused(reader, rc == SCARD_S_SUCCESS ? SCARD_E_NO_SMARTCARD : rc);
}

int
main(int argc, char **argv)
{
	struct through direct, relayed;
	struct bench_case cases[] = {
		{ .name = "direct", .run = transmit, .ctx = &direct },
		{ .name = "relayed", .run = transmit, .ctx = &relayed, .floor = &cases[0] },
	};
	struct bench_options options;

	if (!bench_options(&options, &argc, argv))
		return 1;
	if (argc != 3) {
		fprintf(stderr, "usage: relay READER RELAYED [--rounds N] [--round-ms N]\n");
		return 2;
	}
	if (!connect_card(&direct, argv[1]) || !connect_card(&relayed, argv[2]) ||
	    !bench_run(cases, 2, &options))
		return 1;
	bench_print(cases, 2);
	printf("the relay adds %.1f us: %.2f round trips\n", (cases[1].ns - cases[0].ns) / 1000,
	    (cases[1].ns - cases[0].ns) / cases[0].ns);
	return 0;
}

/*
 * What a relay costs: the same command to a card in one reader, and to one behind a relay in
 * another, in turns; and how much of that the relay spends in its own PC/SC call, which
 * timed_pcsc.c counts. relay READER RELAYED [--rounds N] [--round-ms N]; bench/relay.sh sets the
 * scene.
 */
#include "bench.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <winscard.h>

#include "timed_pcsc.h"

#define PATIENCE 100 /* tries, 100 ms apart, for a card to be there */

struct through {
	SCARDCONTEXT context;
	SCARDHANDLE card;
	struct timed_pcsc *times; /* of the relay on the way; NULL: there is none */
	/* nanoseconds of its PC/SC call, mean of each of the last rounds */
	double inner[BENCH_ROUNDS_MAX];
	unsigned rounds, round;
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
transmit(const struct through *t, unsigned ops)
{
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
direct_round(void *ctx, unsigned ops)
{
	return transmit(ctx, ops);
}

static bool
relayed_round(void *ctx, unsigned ops)
{
	struct through *t = ctx;
	uint64_t ns = t->times->ns, calls = t->times->calls;

	if (!transmit(t, ops))
		return false;
	/* each command of ours was one of the relay's, which has returned before we had the answer
	 */
	if (t->times->calls - calls != ops) {
		fprintf(stderr, "%u commands were %llu of the relay's\n", ops,
		    (unsigned long long)(t->times->calls - calls));
		return false;
	}
	t->inner[t->round++ % t->rounds] = (double)(t->times->ns - ns) / ops;
	return true;
}

static bool
open_times(struct through *t)
{
	const char *name = getenv(TIMED_PCSC_FILE);
	int fd = name == NULL ? -1 : open(name, O_RDWR | O_CLOEXEC);
	void *map;

	if (fd < 0)
		return bench_failed(TIMED_PCSC_FILE);
	map = mmap(NULL, sizeof(*t->times), PROT_READ, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (map == MAP_FAILED)
		return bench_failed(name);
	t->times = map;
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
	static struct through direct, relayed;
	struct bench_case cases[] = {
		{ .name = "direct", .run = direct_round, .ctx = &direct },
		{ .name = "relayed", .run = relayed_round, .ctx = &relayed, .floor = &cases[0] },
	};
	struct bench_options options;
	double adds, inner;

	if (!bench_options(&options, &argc, argv))
		return 1;
	if (argc != 3) {
		fprintf(stderr, "usage: relay READER RELAYED [--rounds N] [--round-ms N]\n");
		return 2;
	}
	relayed.rounds = options.rounds;
	if (!open_times(&relayed) || !connect_card(&direct, argv[1]) ||
	    !connect_card(&relayed, argv[2]) || !bench_run(cases, 2, &options))
		return 1;
	bench_print(cases, 2);
	adds = cases[1].ns - cases[0].ns;
	inner = bench_median(relayed.inner, relayed.rounds);
	printf("the relay adds %.1f us: %.2f round trips\n", adds / 1000, adds / cases[0].ns);
	printf("its own PC/SC call takes %.1f us, all else %.1f us\n", inner / 1000,
	    (adds - inner) / 1000);
	return 0;
}

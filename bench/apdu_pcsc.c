/*
 * Through PC/SC: the echo card and our card take turns in one slot of a reader, so that both see
 * the same driver, the same pcscd and the same machine.
 */
#include "apdu.h"

#include <winscard.h>

#include <unistd.h>

#include "wire/clock.h"
#include "wire/link.h"

#define CARD_MS   10000 /* for a reader to see a card */
#define TRANSMITS 200   /* at a time between looks at the clock */

static bool
refused(const char *what, LONG rc)
{
	fprintf(stderr, "%s: %s\n", what, pcsc_stringify_error(rc));
	return false;
}

static bool
insert(struct bench_served *served, bool echo, const struct vsc_endpoint *ep)
{
	struct vsc_link *link;

	if (vsc_link_connect(&link, ep, CARD_MS) < 0)
		return bench_failed("connecting to the reader");
	return bench_served_start(served, echo, link);
}

/* Connects, and sees that the card answers: what is in the slot may still be the last card, of
 * which pcscd has not noticed yet that it went. */
static LONG
try_card(SCARDCONTEXT context, const char *reader, SCARDHANDLE *card)
{
	uint8_t answer[MAX_BUFFER_SIZE];
	DWORD len = sizeof(answer), protocol;
	struct vsc_span probe = bench_commands[0].raw;
	LONG rc = SCardConnect(context, reader, SCARD_SHARE_EXCLUSIVE,
	    SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, card, &protocol);

	if (rc != SCARD_S_SUCCESS)
		return rc;
	rc = SCardTransmit(*card, SCARD_PCI_T1, probe.ptr, probe.len, NULL, answer, &len);
	if (rc != SCARD_S_SUCCESS)
		(void)SCardDisconnect(*card, SCARD_LEAVE_CARD);
	return rc;
}

static bool
connect_card(SCARDCONTEXT context, const char *reader, SCARDHANDLE *card)
{
	int64_t deadline = vsc_deadline_in(CARD_MS);
	LONG rc;

	while ((rc = try_card(context, reader, card)) != SCARD_S_SUCCESS) {
		if (vsc_deadline_left(deadline) == 0)
			return refused(reader, rc);
		(void)usleep(1000);
	}
	return true;
}

static bool
transmit(SCARDHANDLE card, struct vsc_span raw, size_t response)
{
	static uint8_t answer[MAX_BUFFER_SIZE_EXTENDED];
	DWORD len = sizeof(answer);
	LONG rc = SCardTransmit(card, SCARD_PCI_T1, raw.ptr, raw.len, NULL, answer, &len);

	if (rc != SCARD_S_SUCCESS)
		return refused("SCardTransmit", rc);
	if (len == response)
		return true;
	fprintf(stderr, "answer of %lu bytes\n", (unsigned long)len);
	return false;
}

/* ns per command, or < 0 */
static double
measure(SCARDHANDLE card, const struct bench_command *command, unsigned ms)
{
	int64_t deadline, start;
	unsigned count = 0;

	if (command->before.len != 0 && !transmit(card, command->before, 2))
		return -1;
	start = vsc_clock_ns();
	for (deadline = vsc_deadline_in((int)ms); vsc_deadline_left(deadline) > 0;)
		for (unsigned i = 0; i < TRANSMITS; i++, count++)
			if (!transmit(card, command->raw, command->response))
				return -1;
	return (double)(vsc_clock_ns() - start) / count;
}

/* All commands on one card, from insertion to removal. */
static bool
one_card(SCARDCONTEXT context, const char *reader, const struct vsc_endpoint *ep, bool echo,
    unsigned ms, double ns[BENCH_COMMANDS])
{
	struct bench_served served;
	SCARDHANDLE card;
	bool ok;

	if (!insert(&served, echo, ep))
		return false;
	ok = connect_card(context, reader, &card);
	for (size_t i = 0; ok && i < BENCH_COMMANDS; i++)
		ok = (ns[i] = measure(card, &bench_commands[i], ms)) >= 0;
	if (ok)
		(void)SCardDisconnect(card, SCARD_LEAVE_CARD);
	bench_served_stop(&served);
	return ok;
}

static bool
run_rounds(SCARDCONTEXT context, const char *reader, const struct vsc_endpoint *ep,
    const struct bench_options *options)
{
	static const char *const what[2] = { "echo card", "iso7816" };
	double ns[2][BENCH_COMMANDS][BENCH_ROUNDS_MAX];
	double round[BENCH_COMMANDS];
	struct bench_case cases[2 * BENCH_COMMANDS];
	char names[2 * BENCH_COMMANDS][64];

	for (unsigned r = 0; r < options->rounds; r++) {
		for (size_t kind = 0; kind < 2; kind++) {
			if (!one_card(context, reader, ep, kind == 0, options->round_ms, round))
				return false;
			for (size_t i = 0; i < BENCH_COMMANDS; i++)
				ns[kind][i][r] = round[i];
		}
	}
	for (size_t i = 0; i < VSC_COUNT(cases); i++) {
		(void)snprintf(names[i], sizeof(names[i]), "pcsc, %s, %s",
		    bench_commands[i / 2].name, what[i % 2]);
		cases[i] = (struct bench_case){ .name = names[i],
			.floor = i % 2 == 0 ? NULL : &cases[i - 1],
			.ns = bench_median(ns[i % 2][i / 2], options->rounds) };
	}
	bench_print(cases, VSC_COUNT(cases));
	return true;
}

bool
bench_pcsc(const char *reader, const char *endpoint, const struct bench_options *options)
{
	struct vsc_endpoint ep;
	const char *why;
	SCARDCONTEXT context;
	LONG rc;
	bool ok;

	if (vsc_endpoint_parse(&ep, endpoint, &why) < 0) {
		fprintf(stderr, "%s: %s\n", endpoint, why);
		return false;
	}
	rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
	if (rc != SCARD_S_SUCCESS)
		return refused("SCardEstablishContext", rc);
	ok = run_rounds(context, reader, &ep, options);
	(void)SCardReleaseContext(context);
	return ok;
}

/*
 * apdu: what a command costs in process, and over each kind of socket with vicc's session at the
 * other end; beside each the same with a card that answers at once, and bare sockets that carry the
 * same bytes.
 *
 * apdu --pcsc READER ENDPOINT: through pcscd (or whatever libpcsclite.so.1 is), with cards that
 * connect to that reader's ENDPOINT (localhost:35963): our card beside the echo card.
 */
#include "apdu.h"

#include <errno.h>
#include <string.h>

#include "wire/link.h"

#define NWIRES 3

/* --- In process --- */

struct direct {
	struct vsc_card *card;
	const struct bench_command *command;
};

static bool
direct_run(void *ctx, unsigned ops)
{
	const struct direct *d = ctx;
	static uint8_t room[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(room, sizeof(room));

	if (d->command->before.len != 0 && vsc_card_transmit(d->card, d->command->before, &out) < 0)
		return bench_failed(d->command->name);
	for (unsigned i = 0; i < ops; i++) {
		out = vsc_out_from(room, sizeof(room));
		if (vsc_card_transmit(d->card, d->command->raw, &out) < 0 ||
		    out.len != d->command->response) {
			fprintf(stderr, "%s: %zu bytes\n", d->command->name, out.len);
			return false;
		}
	}
	return true;
}

static bool
in_process(const struct bench_options *options)
{
	static const char *const kinds[2] = { "iso7816", "echo card" };
	struct vsc_card *cards[2];
	struct direct direct[2 * BENCH_COMMANDS];
	struct bench_case cases[2 * BENCH_COMMANDS];
	char names[2 * BENCH_COMMANDS][64];

	for (size_t kind = 0; kind < 2; kind++)
		if (!bench_card_new(&cards[kind], kind == 1))
			return false;
	for (size_t i = 0; i < VSC_COUNT(cases); i++) {
		direct[i] = (struct direct){ cards[i % 2], &bench_commands[i / 2] };
		(void)snprintf(names[i], sizeof(names[i]), "in process, %s, %s",
		    bench_commands[i / 2].name, kinds[i % 2]);
		cases[i] = (struct bench_case){ names[i], direct_run, &direct[i], NULL, 0, 0 };
		if (i % 2 == 0)
			cases[i].floor = &cases[i + 1];
	}
	if (!bench_run(cases, VSC_COUNT(cases), options))
		return false;
	bench_print(cases, VSC_COUNT(cases));
	vsc_card_free(cards[0]);
	vsc_card_free(cards[1]);
	return true;
}

/* --- Over sockets --- */

struct remote {
	struct vsc_link *link;
	const struct bench_command *command;
	struct vsc_blob reply;
	struct bench_served served;
};

static bool
remote_run(void *ctx, unsigned ops)
{
	struct remote *r = ctx;

	if (r->command->before.len != 0 &&
	    vsc_link_call(r->link, r->command->before, &r->reply, 10000) < 0)
		return bench_failed(r->command->name);
	for (unsigned i = 0; i < ops; i++)
		if (vsc_link_call(r->link, r->command->raw, &r->reply, 10000) < 0 ||
		    r->reply.len != r->command->response)
			return bench_failed(r->command->name);
	return true;
}

static bool
remote_open(struct remote *r, enum bench_wire wire, const struct bench_command *command, bool echo)
{
	struct vsc_link *theirs;
	int fds[2];

	*r = (struct remote){ .command = command };
	if (!bench_connect(wire, fds))
		return false;
	if (vsc_link_from_fd(&r->link, fds[0]) < 0 || vsc_link_from_fd(&theirs, fds[1]) < 0)
		return bench_failed("link");
	return bench_served_start(&r->served, echo, theirs);
}

static void
remote_close(struct remote *r)
{
	bench_served_stop(&r->served);
	vsc_link_free(r->link);
	vsc_blob_free(&r->reply);
}

/* The bare sockets, the echo card and our card over one kind of socket. */
struct lane {
	struct bench_bare bare;
	struct remote remotes[2];
	char names[3][64];
};

static bool
lane_open(struct lane *lane, enum bench_wire wire, const struct bench_command *command,
    struct bench_case cases[3])
{
	static const char *const what[3] = { "bare", "echo card", "iso7816" };

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(lane->names[i], sizeof(lane->names[i]), "%s, %s, %s",
		    bench_wire_names[wire], command->name, what[i]);
		cases[i] = (struct bench_case){
			.name = lane->names[i],
			.run = i == 0 ? bench_bare_run : remote_run,
			.ctx = i == 0 ? (void *)&lane->bare : (void *)&lane->remotes[i - 1],
			.floor = i == 0 ? NULL : &cases[0],
		};
	}
	return bench_bare_open(&lane->bare, wire, VSC_FRAME_HEADER + command->raw.len,
		   VSC_FRAME_HEADER + command->response) &&
	       remote_open(&lane->remotes[0], wire, command, true) &&
	       remote_open(&lane->remotes[1], wire, command, false);
}

static bool
over_sockets(const struct bench_command *command, const struct bench_options *options)
{
	struct bench_case cases[3 * NWIRES];
	struct lane lanes[NWIRES];

	for (size_t i = 0; i < NWIRES; i++)
		if (!lane_open(&lanes[i], (enum bench_wire)i, command, &cases[3 * i]))
			return false;
	if (!bench_run(cases, VSC_COUNT(cases), options))
		return false;
	bench_print(cases, VSC_COUNT(cases));
	for (size_t i = 0; i < NWIRES; i++) {
		bench_bare_close(&lanes[i].bare);
		remote_close(&lanes[i].remotes[0]);
		remote_close(&lanes[i].remotes[1]);
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct bench_options options;

	if (!bench_options(&options, &argc, argv))
		return 2;
	if (argc == 4 && strcmp(argv[1], "--pcsc") == 0)
		return bench_pcsc(argv[2], argv[3], &options) ? 0 : 1;
	if (argc != 1) {
		fprintf(stderr, "usage: apdu [--rounds N] [--round-ms N] [--spread]"
				" [--pcsc READER ENDPOINT]\n");
		return 2;
	}
	if (!in_process(&options))
		return 1;
	for (size_t i = 0; i < BENCH_COMMANDS; i++)
		if (!over_sockets(&bench_commands[i], &options))
			return 1;
	return 0;
}

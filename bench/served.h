/* Cards for measuring, and a card behind a link as vicc has it: session and loop in a thread. */
#ifndef VSC_BENCH_SERVED_H
#define VSC_BENCH_SERVED_H

#include <pthread.h>

#include "vicc/session.h"

/* One command that is measured, and how long its answer is. */
struct bench_command {
	const char *name;
	struct vsc_span before; /* once per round, before; may be empty */
	struct vsc_span raw;
	size_t response; /* bytes with the status word */
};

#define BENCH_COMMANDS 3
extern const struct bench_command bench_commands[BENCH_COMMANDS];

/* A raw card that answers at once with as many bytes as our card does. */
extern const struct vsc_card_type bench_card_echo;

/* A powered card: the echo card, or iso7816 with the file that the commands use. */
bool bench_card_new(struct vsc_card **card, bool echo);

struct bench_served {
	pthread_t thread;
	struct vsc_loop *loop;
	struct vsc_session *session;
	struct vsc_holder holder;
};

/* The card answers on this link, which it takes, until bench_served_stop. */
bool bench_served_start(struct bench_served *served, bool echo, struct vsc_link *link);
void bench_served_stop(struct bench_served *served);

#endif

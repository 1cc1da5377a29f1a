/*
 * How long pcscd's clients wait for news: a card of its own is inserted and removed COUNT times and
 * reset as often, and the time until SCardGetStatusChange or SCardReconnect returned is measured.
 *
 *   insertions READER PORT [COUNT]        (run by with-pcscd.sh)
 *
 * Prints medians. Fails when an event does not come within 5 s, or when pcscd (PCSCD_PID) has more
 * descriptors or much more memory after the run than after the first tenth of it.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <winscard.h>

#define TIMEOUT 5000 /* ms */
#define MAX     10000

static const uint8_t atr[] = { 0x00, 0x04, 0x3B, 0x02, 0x14, 0x50 };

static double
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void
die(const char *what, LONG rv)
{
	fprintf(stderr, "insertions: %s: %s\n", what, pcsc_stringify_error(rv));
	exit(1);
}

/* --- the card: a thread that answers until the reader hangs up -------------------------------- */

struct card {
	pthread_t thread;
	int fd;
	double since; /* when it began to connect */
};

static void *
serve(void *arg)
{
	struct card *card = arg;
	uint8_t frame[2 + 300];
	ssize_t n;

	/* the reader writes each frame at once, and waits for answers: reads see whole frames */
	while ((n = recv(card->fd, frame, sizeof(frame), 0)) > 0) {
		for (ssize_t at = 0; at + 3 <= n; at += 2 + (frame[at] << 8 | frame[at + 1])) {
			if (frame[at + 1] == 1 && frame[at + 2] == 0x04)
				(void)send(card->fd, atr, sizeof(atr), MSG_NOSIGNAL);
			else if (frame[at + 1] > 1)
				(void)send(card->fd, "\0\2\x90\0", 4, MSG_NOSIGNAL);
		}
	}
	return NULL;
}

static void
insert(struct card *card, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int one = 1;

	card->fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(card->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	card->since = now_us();
	if (connect(card->fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("insertions: connect");
		exit(1);
	}
	if (pthread_create(&card->thread, NULL, serve, card) != 0)
		exit(1);
}

static void
take_out(struct card *card)
{
	card->since = now_us();
	shutdown(card->fd, SHUT_RDWR);
	pthread_join(card->thread, NULL);
	close(card->fd);
}

/* --- the client ------------------------------------------------------------------------------ */

/* The card moves some milliseconds after the client began to wait. */
struct mover {
	struct card *card;
	uint16_t port; /* 0: out */
};

static void *
move(void *arg)
{
	struct mover *m = arg;
	struct timespec pause = { 0, 3 * 1000 * 1000 };

	nanosleep(&pause, NULL);
	if (m->port != 0)
		insert(m->card, m->port);
	else
		take_out(m->card);
	return NULL;
}

/* Microseconds from the card's move to the news of it. */
static double
await(SCARDCONTEXT ctx, SCARD_READERSTATE *state, struct mover *m, DWORD want)
{
	pthread_t thread;
	double at;

	if (pthread_create(&thread, NULL, move, m) != 0)
		exit(1);
	do {
		LONG rv = SCardGetStatusChange(ctx, TIMEOUT, state, 1);

		at = now_us();
		if (rv != SCARD_S_SUCCESS)
			die(m->port != 0 ? "insertion" : "removal", rv);
		state->dwCurrentState = state->dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	} while ((state->dwEventState & want) == 0);
	pthread_join(thread, NULL);
	return at - m->card->since;
}

static double
reset(SCARDCONTEXT ctx, const char *reader)
{
	SCARDHANDLE card;
	DWORD protocol;
	double start, took;
	LONG rv = SCardConnect(ctx, reader, SCARD_SHARE_SHARED,
	    SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);

	if (rv != SCARD_S_SUCCESS)
		die("connect", rv);
	start = now_us();
	rv = SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
	    SCARD_RESET_CARD, &protocol);
	took = now_us() - start;
	if (rv != SCARD_S_SUCCESS)
		die("reset", rv);
	SCardDisconnect(card, SCARD_LEAVE_CARD);
	return took;
}

/* --- pcscd ----------------------------------------------------------------------------------- */

static long
count_fds(const char *pid)
{
	char path[64];
	DIR *dir;
	long n = 0;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	if ((dir = opendir(path)) == NULL)
		return -1;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2;
}

static long
resident_kib(const char *pid)
{
	char path[64], line[256];
	FILE *f;
	long kib = -1;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	if ((f = fopen(path, "r")) == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	}
	fclose(f);
	return kib;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
report(const char *what, double *us, size_t n)
{
	qsort(us, n, sizeof(us[0]), compare);
	printf("%-10s median %.3f ms, best %.3f, worst %.3f (%zu)\n", what, us[n / 2] / 1e3,
	    us[0] / 1e3, us[n - 1] / 1e3, n);
}

int
main(int argc, char **argv)
{
	static double in[MAX], out[MAX], again[MAX];
	size_t count = argc > 3 ? (size_t)atoi(argv[3]) : 20;
	const char *pid = getenv("PCSCD_PID");
	SCARD_READERSTATE state = { .szReader = argc > 1 ? argv[1] : "" };
	struct card card;
	SCARDCONTEXT ctx;
	long fds = 0, kib = 0;
	LONG rv;

	if (argc < 3 || count < 1 || count > MAX || pid == NULL) {
		fprintf(stderr, "usage: with-pcscd.sh insertions READER PORT [COUNT]\n");
		return 2;
	}
	if ((rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &ctx)) != SCARD_S_SUCCESS)
		die("context", rv);
	if ((rv = SCardGetStatusChange(ctx, 0, &state, 1)) != SCARD_S_SUCCESS)
		die("status", rv);
	state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	for (size_t i = 0; i < count; i++) {
		struct mover come = { &card, (uint16_t)atoi(argv[2]) }, go = { &card, 0 };

		in[i] = await(ctx, &state, &come, SCARD_STATE_PRESENT);
		again[i] = reset(ctx, argv[1]);
		out[i] = await(ctx, &state, &go, SCARD_STATE_EMPTY);
		if (i == count / 10) {
			fds = count_fds(pid);
			kib = resident_kib(pid);
		}
	}
	report("insertion", in, count);
	report("removal", out, count);
	report("reset", again, count);
	printf("pcscd      descriptors %ld, then %ld; resident %ld KiB, then %ld\n", fds,
	    count_fds(pid), kib, resident_kib(pid));
	SCardReleaseContext(ctx);
	if (count_fds(pid) > fds) {
		fprintf(stderr, "insertions: pcscd leaks descriptors\n");
		return 1;
	}
	/* a leak of 1 KiB per cycle would show */
	if (count >= 100 && resident_kib(pid) - kib > (long)count * 9 / 10) {
		fprintf(stderr, "insertions: pcscd leaks memory\n");
		return 1;
	}
	return 0;
}

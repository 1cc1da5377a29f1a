/* Threads and processes. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"

#define THREADS 8
#define ROUNDS  100

struct worker {
	const struct world *w;
	SCARDCONTEXT context; /* shared by all, or 0 */
	unsigned id;
	struct background b;
};

static LONG
echo(SCARDHANDLE card, uint32_t number)
{
	uint8_t apdu[] = { 0x80, CARD_ECHO, 0, 0, 4, (uint8_t)(number >> 24),
		(uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number };
	uint8_t answer[300];
	DWORD len = sizeof(answer);
	LONG rv = SCardTransmit(card, SCARD_PCI_T1, apdu, sizeof(apdu), NULL, answer, &len);

	if (rv == SCARD_S_SUCCESS)
		CHECK(len == 6 && memcmp(answer, apdu + 5, 4) == 0);
	return rv;
}

static LONG
echo_worker(void *arg)
{
	const struct worker *x = arg;
	SCARDCONTEXT context = x->context != 0 ? x->context : establish();
	SCARDHANDLE card = connect_shared(context, x->w->reader);
	LONG rv = SCARD_S_SUCCESS;

	for (uint32_t i = 0; i < ROUNDS && rv == SCARD_S_SUCCESS; i++)
		rv = echo(card, x->id << 16 | i);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
	if (x->context == 0)
		EXPECT_OK(SCardReleaseContext(context));
	return rv;
}

/* What it writes to the card is still there at the end of its transaction. */
static LONG
transaction_worker(void *arg)
{
	const struct worker *x = arg;
	SCARDCONTEXT context = establish();
	SCARDHANDLE card = connect_shared(context, x->w->reader);

	for (unsigned i = 0; i < 3; i++) {
		EXPECT_OK(SCardBeginTransaction(card));
		EXPECT_OK(send_simple(card, CARD_SET, x->id << 8));
		sleep_ms(2);
		CHECK_NUM(x->id, recall(card));
		EXPECT_OK(SCardEndTransaction(card, SCARD_LEAVE_CARD));
		sleep_ms(1);
	}
	EXPECT_OK(SCardReleaseContext(context));
	return SCARD_S_SUCCESS;
}

static void
run_workers(const struct world *w, unsigned n, SCARDCONTEXT context, LONG (*run)(void *arg))
{
	struct worker workers[THREADS];

	for (unsigned i = 0; i < n; i++) {
		workers[i] = (struct worker){ .w = w, .context = context, .id = i + 1 };
		background_start(&workers[i].b, run, &workers[i]);
	}
	for (unsigned i = 0; i < n; i++)
		EXPECT_OK(background_join(&workers[i].b));
}

void
case_threads_contexts(struct world *w)
{
	run_workers(w, THREADS, 0, echo_worker);
}

void
case_threads_one_context(struct world *w)
{
	run_workers(w, THREADS, w->context, echo_worker);
}

void
case_threads_transactions(struct world *w)
{
	run_workers(w, 4, 0, transaction_worker);
}

static LONG
wait_forever(void *arg)
{
	const struct worker *x = arg;
	SCARD_READERSTATE s = { .szReader = x->w->reader, .dwCurrentState = SCARD_STATE_PRESENT };

	return SCardGetStatusChange(x->context, INFINITE, &s, 1);
}

/* A thread that waits keeps nobody from the card. */
void
case_threads_waiting(struct world *w)
{
	struct worker x = { .w = w, .context = establish() };
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	struct background b;

	background_start(&b, wait_forever, &x);
	sleep_ms(50);
	EXPECT_OK(send_simple(card, CARD_GET, 0));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
	EXPECT(SCARD_E_CANCELLED, background_cancel(&b, x.context));
	EXPECT_OK(SCardReleaseContext(x.context));
}

static LONG
sleeper(void *arg)
{
	return send_simple(*(const SCARDHANDLE *)arg, CARD_SLEEP, 1500);
}

/* A card that works keeps nobody from looking at readers, or from another reader. */
void
case_threads_busy_card(struct world *w)
{
	SCARDCONTEXT context = establish();
	SCARDHANDLE slow = connect_shared(context, w->reader), fast;
	struct card *card = insert(w, w->other_slot, w->other, ATR_T1);
	struct background b;

	fast = connect_shared(w->context, w->other);
	background_start(&b, sleeper, &slow);
	sleep_ms(50);
	EXPECT_OK(SCardListReaders(w->context, NULL, NULL, &(DWORD){ 0 }));
	EXPECT_OK(send_simple(fast, CARD_GET, 0));
	CHECK(!b.done);
	EXPECT_OK(background_join(&b));
	EXPECT_OK(SCardDisconnect(fast, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardReleaseContext(context));
	take_out(w, card, w->other);
}

static unsigned
open_descriptors(bool only_inherited)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	unsigned n = 0;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		int fd = atoi(e->d_name), flags = fcntl(fd, F_GETFD);

		if (e->d_name[0] == '.' || fd == dirfd(dir) || flags < 0)
			continue;
		n += !only_inherited || (flags & FD_CLOEXEC) == 0;
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}

/* Nothing of ours reaches a program that the application starts, and nothing stays open. */
void
case_process_descriptors(struct world *w)
{
	unsigned inherited = open_descriptors(true), all = open_descriptors(false);
	SCARDCONTEXT context = establish();
	SCARDHANDLE card = connect_shared(context, w->reader);

	CHECK_NUM(inherited, open_descriptors(true));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardReleaseContext(context));
	CHECK_NUM(all, open_descriptors(false));
}

static int
child_status(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

/* A child that never asks for a context does not disturb its parent's. */
void
case_process_fork(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	pid_t pid;

	EXPECT_OK(SCardBeginTransaction(card));
	fflush(NULL);
	if ((pid = fork()) == 0)
		_exit(0);
	CHECK(child_status(pid) == 0);
	EXPECT_OK(send_simple(card, CARD_GET, 0));
	EXPECT_OK(SCardEndTransaction(card, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

/* It may have one of its own. */
void
case_process_fork_uses(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		SCARDCONTEXT context = establish();
		SCARDHANDLE mine = connect_shared(context, w->reader);

		_exit(context != 0 && mine != 0 && echo(mine, 4711) == SCARD_S_SUCCESS &&
			      SCardReleaseContext(context) == SCARD_S_SUCCESS
			  ? 0
			  : 1);
	}
	CHECK(child_status(pid) == 0);
	EXPECT_OK(send_simple(card, CARD_GET, 0));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

/* --- two processes --- */

static const struct {
	const char *what;
	DWORD share;
	bool transaction;
} helpers[] = {
	{ "share", SCARD_SHARE_SHARED, false },
	{ "exclusive", SCARD_SHARE_EXCLUSIVE, false },
	{ "transaction", SCARD_SHARE_SHARED, true },
};

int
helper_main(const struct world *w, const char *what)
{
	SCARDCONTEXT context = establish();
	SCARDHANDLE card = 0;
	DWORD active;

	for (size_t i = 0; i < VSC_COUNT(helpers); i++) {
		if (strcmp(helpers[i].what, what) != 0)
			continue;
		if (!EXPECT_OK(SCardConnect(
			context, w->reader, helpers[i].share, SCARD_PROTOCOL_ANY, &card, &active)))
			return 1;
		if (helpers[i].transaction && !EXPECT_OK(SCardBeginTransaction(card)))
			return 1;
	}
	if (write(3, "\n", 1) != 1)
		return 1;
	pause();
	return 0;
}

static void
helper_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	child_status(pid);
}

void
case_process_shares(struct world *w)
{
	pid_t pid = helper_start(w, "share");
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	DWORD active;

	EXPECT_OK(send_simple(card, CARD_GET, 0));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
	EXPECT(SCARD_E_SHARING_VIOLATION, SCardConnect(w->context, w->reader, SCARD_SHARE_EXCLUSIVE,
					      SCARD_PROTOCOL_ANY, &card, &active));
	helper_kill(pid);
}

/* Until it is so, or ten seconds. */
static bool
becomes_free(const struct world *w, SCARDHANDLE *card)
{
	double deadline = now_ms() + 10000;
	DWORD active;

	while (now_ms() < deadline) {
		if (SCardConnect(w->context, w->reader, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY,
			card, &active) == SCARD_S_SUCCESS)
			return true;
		sleep_ms(5);
	}
	return false;
}

void
case_process_exclusive_dies(struct world *w)
{
	pid_t pid = helper_start(w, "exclusive");
	SCARDHANDLE card;
	DWORD active;

	EXPECT(SCARD_E_SHARING_VIOLATION, SCardConnect(w->context, w->reader, SCARD_SHARE_SHARED,
					      SCARD_PROTOCOL_ANY, &card, &active));
	helper_kill(pid);
	if (CHECK(becomes_free(w, &card)))
		EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

static LONG
begin(void *arg)
{
	return SCardBeginTransaction(*(const SCARDHANDLE *)arg);
}

/* pcscd tells of a dead client's reset first and then does it: until that is over there is no
 * protocol to agree on. */
static bool
becomes_usable(SCARDHANDLE card)
{
	double deadline = now_ms() + 10000;
	DWORD active;

	while (now_ms() < deadline) {
		if (SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, SCARD_LEAVE_CARD,
			&active) == SCARD_S_SUCCESS)
			return true;
		sleep_ms(5);
	}
	return false;
}

void
case_process_transaction_dies(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	pid_t pid = helper_start(w, "transaction");
	struct background b;
	DWORD active;

	EXPECT_OK(SCardListReaders(w->context, NULL, NULL, &active));
	background_start(&b, begin, &card);
	sleep_ms(200);
	CHECK(!b.done);
	helper_kill(pid);
	/* the card was reset before anybody else could go on with what the dead left of it */
	EXPECT(SCARD_W_RESET_CARD, background_join(&b));
	if (CHECK(becomes_usable(card)))
		EXPECT_OK(SCardBeginTransaction(card));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

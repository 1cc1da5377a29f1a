#include "contract.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_uint failures;

bool
check(bool ok, const char *text, const char *file, int line)
{
	if (!ok) {
		atomic_fetch_add(&failures, 1);
		printf("  %s:%d: not so: %s\n", file, line, text);
	}
	return ok;
}

bool
check_num(unsigned long want, unsigned long got, const char *text, const char *file, int line)
{
	if (want != got) {
		atomic_fetch_add(&failures, 1);
		printf("  %s:%d: %s is 0x%lX, not 0x%lX\n", file, line, text, got, want);
	}
	return want == got;
}

bool
expect(LONG want, LONG got, const char *text, const char *file, int line)
{
	if (want != got) {
		atomic_fetch_add(&failures, 1);
		printf("  %s:%d: %s\n    gave 0x%08lX %s", file, line, text, (unsigned long)got,
		    pcsc_stringify_error(got));
		printf(", not 0x%08lX %s\n", (unsigned long)want, pcsc_stringify_error(want));
	}
	return want == got;
}

void
sleep_ms(unsigned ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

SCARDCONTEXT
establish(void)
{
	SCARDCONTEXT context = 0;

	EXPECT_OK(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context));
	return context;
}

/* Waits until the reader shows `bit`. */
static void
wait_state(SCARDCONTEXT context, const char *reader, DWORD bit)
{
	SCARD_READERSTATE s = { .szReader = reader };
	double deadline = now_ms() + 5000;

	while (now_ms() < deadline) {
		if (SCardGetStatusChange(context, 1000, &s, 1) == SCARD_S_SUCCESS &&
		    (s.dwEventState & bit) != 0)
			return;
		s.dwCurrentState = s.dwEventState;
	}
	check(false, "the reader shows its card come or go", __FILE__, __LINE__);
}

struct card *
insert(const struct world *w, const char *endpoint, const char *reader, struct vsc_span atr)
{
	struct card *card = card_insert(endpoint, atr);

	if (CHECK(card != NULL))
		wait_state(w->context, reader, SCARD_STATE_PRESENT);
	return card;
}

void
take_out(const struct world *w, struct card *card, const char *reader)
{
	card_remove(card);
	if (card != NULL)
		wait_state(w->context, reader, SCARD_STATE_EMPTY);
}

SCARDHANDLE
connect_shared(SCARDCONTEXT context, const char *reader)
{
	SCARDHANDLE card = 0;
	DWORD protocol = 0;

	EXPECT_OK(SCardConnect(
	    context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, &card, &protocol));
	return card;
}

LONG
send_apdu(SCARDHANDLE card, uint8_t ins, unsigned p1p2, uint8_t *answer, DWORD *len)
{
	const uint8_t apdu[] = { 0x80, ins, (uint8_t)(p1p2 >> 8), (uint8_t)p1p2 };
	/* either protocol: the one that is agreed on is right */
	LONG rv = SCardTransmit(card, SCARD_PCI_T1, apdu, sizeof(apdu), NULL, answer, len);

	return rv;
}

LONG
send_simple(SCARDHANDLE card, uint8_t ins, unsigned p1p2)
{
	uint8_t answer[300];
	DWORD len = sizeof(answer);
	LONG rv = send_apdu(card, ins, p1p2, answer, &len);

	if (rv == SCARD_S_SUCCESS)
		CHECK(len >= 2 && answer[len - 2] == 0x90 && answer[len - 1] == 0x00);
	return rv;
}

unsigned
recall(SCARDHANDLE card)
{
	uint8_t answer[300] = { 0 };
	DWORD len = sizeof(answer);

	if (!EXPECT_OK(send_apdu(card, CARD_GET, 0, answer, &len)) || !CHECK_NUM(3, len))
		return 256;
	return answer[0];
}

LONG
status_of(SCARDHANDLE card)
{
	return SCardStatus(card, NULL, NULL, NULL, NULL, NULL, NULL);
}

static void *
background_main(void *arg)
{
	struct background *b = arg;

	b->rv = b->run(b->arg);
	b->done_at = now_ms();
	b->done = true;
	return NULL;
}

void
background_start(struct background *b, LONG (*run)(void *arg), void *arg)
{
	*b = (struct background){ .run = run, .arg = arg };
	CHECK(pthread_create(&b->thread, NULL, background_main, b) == 0);
}

LONG
background_join(struct background *b)
{
	pthread_join(b->thread, NULL);
	return b->rv;
}

LONG
background_cancel(struct background *b, SCARDCONTEXT context)
{
	for (int tries = 0; tries < 5 && !b->done; tries++) {
		double again = now_ms() + 2000;

		EXPECT_OK(SCardCancel(context));
		while (!b->done && now_ms() < again)
			sleep_ms(1);
	}
	return background_join(b);
}

int
helper_start(const struct world *w, const char *what)
{
	int out[2];
	char line;
	pid_t pid;

	fflush(NULL);
	if (!CHECK(pipe(out) == 0))
		return -1;
	if ((pid = fork()) == 0) {
		dup2(out[1], 3);
		execl(w->self, w->self, "--helper", what, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	CHECK(pid > 0 && read(out[0], &line, 1) == 1);
	close(out[0]);
	return pid;
}

static bool
run_case(struct world *w, const struct test_case *c)
{
	unsigned before = atomic_load(&failures);
	double start = now_ms();

	alarm(60);
	w->context = establish();
	w->card = NULL;
	if ((c->flags & WITH_CARD) != 0)
		w->card = insert(w, w->slot, w->reader, ATR_BOTH);
	c->run(w);
	if (w->card != NULL)
		take_out(w, w->card, w->reader);
	EXPECT_OK(SCardReleaseContext(w->context));
	printf("%s %s (%.0f ms)\n", atomic_load(&failures) == before ? "ok  " : "FAIL", c->name,
	    now_ms() - start);
	fflush(stdout);
	return atomic_load(&failures) == before;
}

static bool
wanted(const char *name, char **names, int n)
{
	for (int i = 0; i < n; i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return true;
	return n == 0;
}

static const char *
variable(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value != NULL ? value : otherwise;
}

int
main(int argc, char **argv)
{
	struct world w = {
		.reader = variable("CONTRACT_READER", "Virtual PCD 00 00"),
		.other = variable("CONTRACT_OTHER", "Virtual PCD 00 01"),
		.slot = variable("CONTRACT_SLOT", "127.0.0.1:35963"),
		.other_slot = variable("CONTRACT_OTHER_SLOT", "127.0.0.1:35964"),
		.self = "/proc/self/exe",
	};
	unsigned failed = 0, run = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && strcmp(argv[1], "--helper") == 0)
		return helper_main(&w, argv[2]);
	for (const struct test_case *c = test_cases; c->name != NULL; c++) {
		if (!wanted(c->name, argv + 1, argc - 1))
			continue;
		run++;
		failed += !run_case(&w, c);
	}
	printf("%u of %u cases failed\n", failed, run);
	return failed != 0;
}

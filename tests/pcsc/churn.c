/*
 * Contexts that come and go in many threads at a time, so that readers are opened, shared and
 * closed all the while: churn THREADS ROUNDS. Every call must succeed. Run in several processes at
 * once it shows that they hand the readers on to each other.
 */
#include <stdio.h>
#include <stdlib.h>

#include <pthread.h>
#include <winscard.h>

#define THREADS_MAX 64

struct worker {
	pthread_t thread;
	unsigned rounds;
	unsigned failures;
};

static LONG
once(void)
{
	SCARDCONTEXT context;
	DWORD len = 0;
	LONG rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), released;

	if (rv != SCARD_S_SUCCESS)
		return rv;
	rv = SCardListReaders(context, NULL, NULL, &len);
	released = SCardReleaseContext(context);
	return rv != SCARD_S_SUCCESS ? rv : released;
}

static void *
work(void *arg)
{
	struct worker *w = arg;

	for (unsigned i = 0; i < w->rounds; i++) {
		LONG rv = once();

		/* another process closed the readers while we used them: it had opened them */
		if (rv != SCARD_S_SUCCESS && rv != SCARD_E_NO_SERVICE) {
			printf("%s\n", pcsc_stringify_error(rv));
			w->failures++;
		}
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	static struct worker workers[THREADS_MAX];
	unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 8, failures = 0;
	unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 100;

	for (unsigned i = 0; i < threads && i < THREADS_MAX; i++) {
		workers[i].rounds = rounds;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
			return 1;
	}
	for (unsigned i = 0; i < threads && i < THREADS_MAX; i++) {
		pthread_join(workers[i].thread, NULL);
		failures += workers[i].failures;
	}
	/* and in the end all is as it was, if not others just closed it once more */
	for (unsigned tries = 0; tries < 10 && once() != SCARD_S_SUCCESS; tries++)
		failures += tries == 9;
	printf("%u failures\n", failures);
	return failures != 0;
}

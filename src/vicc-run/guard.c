/*
 * The guard of a run: it reads from a pipe which command is under way, and sees the run's end in
 * the end of the pipe, whatever that was.
 */
#include "vicc-run/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY (-1) /* all is done */

/* In a session of its own: what ends the run's process group does not end the guard. Its streams
 * are nobody's, so that who reads from ours to the end does not wait for it. */
static void
step_aside(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	for (int fd = 0; fd <= 2; fd++)
		(void)(null >= 0 ? dup2(null, fd) : close(fd));
	if (chdir("/") < 0)
		return; /* then its folder cannot be unmounted, for a while */
}

static void __attribute__((noreturn)) keep(int pipe, int ready, void (*clean)(void *ctx), void *ctx)
{
	pid_t command = 0, next;
	ssize_t n;

	step_aside();
	close(ready);
	do {
		n = read(pipe, &next, sizeof(next));
		if (n == (ssize_t)sizeof(next))
			command = next;
	} while ((n > 0 && command != NOBODY) || (n < 0 && errno == EINTR));
	if (command == NOBODY)
		_exit(0);
	if (command > 0) {
		(void)kill(command, SIGHUP);
		(void)kill(command, SIGCONT);
	}
	clean(ctx);
	_exit(0);
}

/* Until nobody can write to it any more. */
static void
wait_for_end(int pipe)
{
	char byte;
	ssize_t n;

	do
		n = read(pipe, &byte, 1);
	while (n > 0 || (n < 0 && errno == EINTR));
}

static void
close_both(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

int
vsc_guard_pipe(int ends[2])
{
	if (pipe(ends) < 0)
		return -1;
	if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0)
		return 0;
	close_both(ends);
	return -1;
}

void
vsc_guard_start(struct vsc_guard *guard, void (*clean)(void *ctx), void *ctx)
{
	int ends[2], ready[2];
	pid_t pid = -1;

	*guard = (struct vsc_guard){ .pid = 0, .pipe = -1 };
	if (vsc_guard_pipe(ends) < 0)
		return;
	if (vsc_guard_pipe(ready) < 0) {
		close_both(ends);
		return;
	}
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		close(ready[0]);
		keep(ends[0], ready[1], clean, ctx);
	}
	close(ends[0]);
	close(ready[1]);
	/* from here on it outlives our process group, whose command may end all of it */
	if (pid > 0)
		wait_for_end(ready[0]);
	close(ready[0]);
	if (pid > 0)
		*guard = (struct vsc_guard){ .pid = pid, .pipe = ends[1] };
	else
		close(ends[1]);
}

void
vsc_guard_watch(struct vsc_guard *guard, pid_t command)
{
	ssize_t n;

	if (guard->pid <= 0)
		return;
	do
		n = write(guard->pipe, &command, sizeof(command));
	while (n < 0 && errno == EINTR); /* a guard that was killed is missed by nobody */
}

void
vsc_guard_end(struct vsc_guard *guard)
{
	if (guard->pid <= 0)
		return;
	vsc_guard_watch(guard, NOBODY);
	close(guard->pipe);
	while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	*guard = (struct vsc_guard){ .pid = 0, .pipe = -1 };
}

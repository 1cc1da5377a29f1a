/*
 * Runs the command of a run with its signals as they were, passes on those that we get, and ends as
 * it ended.
 */
#include "vicc-run/child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/system.h"

/* What is passed on. Stopping and going on is the shell's business, with the whole process group.
 */
static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM,
	SIGWINCH };

static void
fill(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < VSC_COUNT(signals); i++)
		sigaddset(set, signals[i]);
}

void
vsc_child_prepare(sigset_t *before)
{
	sigset_t set;

	fill(&set);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, before);
	/* A parent may have left it ignored; then nobody would tell us of the end. */
	(void)signal(SIGCHLD, SIG_DFL);
}

/* In the new process, with what may be called there beside other threads. The guard learns who the
 * command is before the command does anything: from then on a run that is killed does not leave it
 * behind. */
static void __attribute__((noreturn))
become(char *const argv[], const sigset_t *before, struct vsc_guard *guard, int failure)
{
	int err;

	vsc_guard_watch(guard, getpid());
	(void)signal(SIGPIPE, SIG_DFL); /* we ignore it for our sockets, */
	(void)signal(SIGXFSZ, SIG_DFL); /* and this one for saved cards */
	(void)sigprocmask(SIG_SETMASK, before, NULL);
	(void)execvp(argv[0], argv);
	err = errno;
	if (write(failure, &err, sizeof(err)) != (ssize_t)sizeof(err))
		err = ENOENT;
	_exit(err == ENOENT ? 127 : 126);
}

/* 0 when the pipe ends without a word: exec has closed it. */
static int
failure_of(int pipe)
{
	ssize_t n;
	int err = 0;

	do
		n = read(pipe, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(err) ? err : 0;
}

static int
start(pid_t *pid, char *const argv[], const sigset_t *before, struct vsc_guard *guard)
{
	int ends[2], err;

	if (vsc_guard_pipe(ends) < 0)
		return errno;
	*pid = fork();
	err = *pid < 0 ? errno : 0;
	if (*pid == 0)
		become(argv, before, guard, ends[1]);
	close(ends[1]);
	if (err == 0 && (err = failure_of(ends[0])) != 0)
		while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	close(ends[0]);
	return err;
}

/* The terminal sends Ctrl-C to the command as well: twice would be once too often. */
#if VSC_ON_LINUX

static int
next_signal(const sigset_t *set, bool *reached_it_already)
{
	siginfo_t info;
	int signo = sigwaitinfo(set, &info);

	*reached_it_already = signo > 0 && info.si_code == SI_KERNEL;
	return signo;
}

#else /* nobody says who sent it: what a terminal can send is taken to be from ours */

static int
next_signal(const sigset_t *set, bool *reached_it_already)
{
	int signo;

	if (sigwait(set, &signo) != 0)
		return -1;
	*reached_it_already = (signo == SIGINT || signo == SIGQUIT || signo == SIGWINCH) &&
			      tcgetpgrp(STDIN_FILENO) == getpgrp();
	return signo;
}

#endif

static void
pass_on(pid_t pid, int signo, struct vsc_touch *touch)
{
	if (signo == SIGUSR1 && touch != NULL)
		vsc_touch_give(touch);
	else
		(void)kill(pid, signo);
}

static int
wait_for(pid_t pid, struct vsc_touch *touch)
{
	sigset_t set;
	bool reached;
	int status, signo;

	fill(&set);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		pid_t ended = waitpid(pid, &status, WNOHANG | WUNTRACED);

		if (ended == pid && !WIFSTOPPED(status))
			return status;
		/* Job control: the shell that started us waits for us to stop. */
		if (ended == pid)
			(void)raise(SIGSTOP);
		if ((signo = next_signal(&set, &reached)) > 0 && signo != SIGCHLD && !reached)
			pass_on(pid, signo, touch);
	}
}

int
vsc_child_run(char *const argv[], const sigset_t *before, struct vsc_guard *guard,
    struct vsc_touch *touch, const struct vsc_env *env, int *exit_status)
{
	pid_t pid = 0;
	int err = start(&pid, argv, before, guard), status = err == 0 ? wait_for(pid, touch) : 0;

	vsc_guard_watch(guard, 0);
	if (err == 0)
		return status;
	vsc_env_log(env, VSC_LOG_ERROR, "%s: %s", argv[0], strerror(err));
	*exit_status = err == ENOENT ? 127 : 126;
	return VSC_E_IO;
}

void
vsc_child_end_as(int wait_status)
{
	struct rlimit no_core = { 0, 0 };
	sigset_t set;
	int signo;

	if (!WIFSIGNALED(wait_status))
		exit(WEXITSTATUS(wait_status));
	signo = WTERMSIG(wait_status);
	setrlimit(RLIMIT_CORE, &no_core);
	(void)signal(signo, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signo);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	(void)raise(signo);
	exit(128 + signo);
}

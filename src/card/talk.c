/*
 * A program started with two pipes, and lines over them with a deadline. It runs in its own process
 * group, so that the terminal's ^C does not end it before its partner does.
 */
#include "card/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/system.h"

#define LAST_WORDS 500 /* ms that it has to end by itself */

int
vsc_talk_init(struct vsc_talk *t, size_t line_max, int timeout)
{
	*t = (struct vsc_talk){ .to = -1, .from = -1, .timeout = timeout };
	return vsc_blob_alloc(&t->buf, line_max);
}

void
vsc_talk_free(struct vsc_talk *t)
{
	vsc_talk_stop(t);
	vsc_blob_free(&t->buf);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
make_pipe(int fds[2])
{
	if (pipe(fds) != 0)
		return VSC_E_IO;
	for (int i = 0; i < 2; i++)
		if (fcntl(fds[i], F_SETFD, FD_CLOEXEC) != 0) {
			close(fds[0]);
			close(fds[1]);
			return VSC_E_IO;
		}
	return 0;
}

/* Its own process group, no signal blocked, SIGPIPE as programs expect it. */
static int
spawn(struct vsc_talk *t, char *const words[], int in, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int err;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	sigaddset(&defaults, SIGINT);
	sigaddset(&defaults, SIGTERM);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(
	    &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	err = posix_spawnp(&t->pid, words[0], &actions, &attributes, words, vsc_environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (err != 0)
		t->pid = 0;
	return err;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int
vsc_talk_start(struct vsc_talk *t, char *const words[])
{
	int in[2], out[2], err;

	t->have = t->used = 0;
	if (make_pipe(in) < 0)
		return errno;
	if (make_pipe(out) < 0) {
		err = errno;
		close(in[0]);
		close(in[1]);
		return err;
	}
	err = spawn(t, words, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	t->to = in[1];
	t->from = out[0];
	if (err == 0 &&
	    (fcntl(t->to, F_SETFL, O_NONBLOCK) != 0 || fcntl(t->from, F_SETFL, O_NONBLOCK) != 0))
		err = errno;
	if (err != 0)
		vsc_talk_stop(t);
	return err;
}

void
vsc_talk_stop(struct vsc_talk *t)
{
	const int64_t until = now_ms() + LAST_WORDS;
	const struct timespec pause = { .tv_nsec = 2000000 };

	close_fd(&t->to);
	close_fd(&t->from);
	if (t->pid == 0)
		return;
	while (waitpid(t->pid, &t->status, WNOHANG) == 0) {
		if (now_ms() > until) {
			kill(-t->pid, SIGKILL);
			while (waitpid(t->pid, NULL, 0) < 0 && errno == EINTR)
				;
			t->status = -1;
			break;
		}
		nanosleep(&pause, NULL);
	}
	t->pid = 0;
}

/* Until the descriptor is ready; VSC_E_TIMEOUT. */
static int
wait_for(int fd, short events, int64_t until)
{
	for (;;) {
		struct pollfd poll_fd = { .fd = fd, .events = events };
		const int64_t left = until - now_ms();
		int count = left < 0 ? 0 : poll(&poll_fd, 1, (int)left);

		if (count > 0)
			return 0;
		if (count == 0)
			return VSC_E_TIMEOUT;
		if (errno != EINTR)
			return VSC_E_IO;
	}
}

int
vsc_talk_write(struct vsc_talk *t, struct vsc_span line)
{
	const int64_t until = now_ms() + t->timeout;
	int err;

	while (line.len > 0) {
		ssize_t count = write(t->to, line.ptr, line.len);

		if (count >= 0) {
			line = vsc_span_slice(line, (size_t)count, line.len);
			continue;
		}
		if (errno == EPIPE)
			return VSC_E_CLOSED;
		if (errno != EAGAIN && errno != EINTR)
			return VSC_E_IO;
		if ((err = wait_for(t->to, POLLOUT, until)) < 0)
			return err;
	}
	return 0;
}

/* More of its output into the buffer. */
static int
read_more(struct vsc_talk *t, int64_t until)
{
	ssize_t count;
	int err;

	if (t->have == t->buf.len)
		return VSC_E_SPACE;
	if ((err = wait_for(t->from, POLLIN, until)) < 0)
		return err;
	count = read(t->from, t->buf.ptr + t->have, t->buf.len - t->have);
	if (count > 0)
		t->have += (size_t)count;
	else if (count == 0)
		return VSC_E_CLOSED;
	else if (errno != EAGAIN && errno != EINTR)
		return VSC_E_IO;
	return 0;
}

int
vsc_talk_read(struct vsc_talk *t, struct vsc_span *line)
{
	const int64_t until = now_ms() + t->timeout;
	size_t end;
	int err;

	vsc_move(t->buf.ptr, t->buf.ptr + t->used, t->have - t->used);
	t->have -= t->used;
	t->used = 0;
	while ((end = vsc_span_find(vsc_span_from(t->buf.ptr, t->have), vsc_span_str("\n"), 0)) ==
	       SIZE_MAX)
		if ((err = read_more(t, until)) < 0)
			return err;
	*line = vsc_span_from(t->buf.ptr, end);
	t->used = end + 1;
	return 0;
}

bool
vsc_talk_pending(const struct vsc_talk *t)
{
	struct pollfd poll_fd = { .fd = t->from, .events = POLLIN };

	return t->have > t->used || poll(&poll_fd, 1, 0) > 0;
}

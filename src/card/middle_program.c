/*
 * A middle in a program of its own, spoken to in transcript lines over its standard input and
 * output. It runs in its own process group, so that the terminal's ^C does not end it before the
 * card does.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/system.h"
#include "card/middle_impl.h"
#include "iso/transcript.h"

#define DEFAULT_TIMEOUT 10000
#define LAST_WORDS      500 /* ms that it has to end by itself */

struct program {
	struct vsc_middle_command command;
	pid_t pid;    /* 0: not running */
	int status;   /* as it ended; -1: it had to be killed */
	bool restart; /* it will be, when it has failed */
	int to, from; /* -1 when closed */
	int timeout;
	struct vsc_blob buf; /* a line under way */
	size_t have;         /* bytes in it */
	size_t used;         /* of those, the line that was handed out */
	const struct vsc_env *env;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- Starting and ending --- */

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
spawn(struct program *p, int in, int out)
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
	err = posix_spawnp(
	    &p->pid, p->command.words[0], &actions, &attributes, p->command.words, vsc_environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (err != 0)
		p->pid = 0;
	return err;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static const char *
name_of(const struct program *p)
{
	return p->command.words[p->command.name];
}

static int
start(struct program *p, struct vsc_why *why)
{
	int in[2], out[2], err;

	p->have = p->used = 0;
	if (make_pipe(in) < 0)
		return vsc_why_set(why, VSC_E_IO, "%s: %s", name_of(p), strerror(errno));
	if (make_pipe(out) < 0) {
		close(in[0]);
		close(in[1]);
		return vsc_why_set(why, VSC_E_IO, "%s: %s", name_of(p), strerror(errno));
	}
	err = spawn(p, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	p->to = in[1];
	p->from = out[0];
	if (err != 0 || fcntl(p->to, F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(p->from, F_SETFL, O_NONBLOCK) != 0) {
		close_fd(&p->to);
		close_fd(&p->from);
		return vsc_why_set(why, VSC_E_NOT_FOUND, "%s: cannot be started: %s",
		    p->command.words[0], strerror(err != 0 ? err : errno));
	}
	return 0;
}

/* Its input ends; what does not end with that is killed with all its children. */
static void
stop(struct program *p)
{
	const int64_t until = now_ms() + LAST_WORDS;
	const struct timespec pause = { .tv_nsec = 2000000 };

	close_fd(&p->to);
	close_fd(&p->from);
	if (p->pid == 0)
		return;
	while (waitpid(p->pid, &p->status, WNOHANG) == 0) {
		if (now_ms() > until) {
			kill(-p->pid, SIGKILL);
			while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
				;
			p->status = -1;
			break;
		}
		nanosleep(&pause, NULL);
	}
	p->pid = 0;
}

static void
program_close(void *ctx)
{
	struct program *p = ctx;

	stop(p);
	vsc_words_free(p->command.words);
	vsc_blob_free(&p->buf);
	free(p);
}

/* --- Lines --- */

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

static int
write_line(struct program *p, struct vsc_span line)
{
	const int64_t until = now_ms() + p->timeout;
	int err;

	while (line.len > 0) {
		ssize_t count = write(p->to, line.ptr, line.len);

		if (count >= 0) {
			line = vsc_span_slice(line, (size_t)count, line.len);
			continue;
		}
		if (errno == EPIPE)
			return VSC_E_CLOSED;
		if (errno != EAGAIN && errno != EINTR)
			return VSC_E_IO;
		if ((err = wait_for(p->to, POLLOUT, until)) < 0)
			return err;
	}
	return 0;
}

/* More of its output into the buffer. */
static int
read_more(struct program *p, int64_t until)
{
	ssize_t count;
	int err;

	if (p->have == p->buf.len)
		return VSC_E_SPACE;
	if ((err = wait_for(p->from, POLLIN, until)) < 0)
		return err;
	count = read(p->from, p->buf.ptr + p->have, p->buf.len - p->have);
	if (count > 0)
		p->have += (size_t)count;
	else if (count == 0)
		return VSC_E_CLOSED;
	else if (errno != EAGAIN && errno != EINTR)
		return VSC_E_IO;
	return 0;
}

/* The next line, borrowed until the next call. */
static int
read_line(struct program *p, struct vsc_span *line)
{
	const int64_t until = now_ms() + p->timeout;
	size_t end;
	int err;

	vsc_move(p->buf.ptr, p->buf.ptr + p->used, p->have - p->used);
	p->have -= p->used;
	p->used = 0;
	while ((end = vsc_span_find(vsc_span_from(p->buf.ptr, p->have), vsc_span_str("\n"), 0)) ==
	       SIZE_MAX)
		if ((err = read_more(p, until)) < 0)
			return err;
	*line = vsc_span_from(p->buf.ptr, end);
	p->used = end + 1;
	return 0;
}

/* Blank lines and comments are skipped. */
static int
read_item(struct program *p, struct vsc_line *line)
{
	struct vsc_span text;
	const char *why;
	int err;

	do {
		if ((err = read_line(p, &text)) < 0)
			return err;
		if ((err = vsc_line_parse(line, text, &why)) < 0)
			return err;
	} while (line->kind == VSC_LINE_EMPTY);
	return 0;
}

/* Whatever it wrote unasked: comments pass, anything else means that it and we do not speak of the
 * same command. */
static int
check_silent(struct program *p)
{
	struct pollfd poll_fd = { .fd = p->from, .events = POLLIN };
	struct vsc_line line = { .kind = VSC_LINE_EMPTY };
	int err = 0;

	while (err == 0 && (p->have > p->used || poll(&poll_fd, 1, 0) > 0)) {
		struct vsc_span text;
		const char *why;

		if ((err = read_line(p, &text)) == 0 &&
		    (err = vsc_line_parse(&line, text, &why)) == 0 && line.kind != VSC_LINE_EMPTY)
			err = VSC_E_STATE;
	}
	vsc_line_free(&line);
	return err;
}

/* How it ended, where that is news. */
static void
put_end(const struct program *p, int err, char *text, size_t cap)
{
	text[0] = '\0';
	if (err != VSC_E_CLOSED || p->status < 0)
		return;
	if (WIFSIGNALED(p->status))
		snprintf(text, cap, " by signal %d", WTERMSIG(p->status));
	else if (WEXITSTATUS(p->status) != 0)
		snprintf(text, cap, " with status %d", WEXITSTATUS(p->status));
}

/* No more of it, and why. */
static void
give_up(struct program *p, int err)
{
	static const struct {
		int err;
		const char *text;
	} reasons[] = {
		{ VSC_E_CLOSED, "it has ended" },
		{ VSC_E_TIMEOUT, "it does not answer" },
		{ VSC_E_FORMAT, "it wrote something that is no transcript line" },
		{ VSC_E_SPACE, "its line is longer than any APDU" },
		{ VSC_E_STATE, "it wrote a line that is not expected here" },
	};
	char end[40];

	stop(p);
	put_end(p, err, end, sizeof(end));
	for (size_t i = 0; i < VSC_COUNT(reasons); i++)
		if (reasons[i].err == err)
			vsc_env_log(p->env, VSC_LOG_ERROR, "--mitm %s: %s%s%s", name_of(p),
			    reasons[i].text, end,
			    p->restart ? "" : "; from now on all is 6F00 (--mitm-restart)");
}

/* One line there, one line back. */
static int
exchange(struct program *p, struct vsc_span bytes, bool is_command, struct vsc_line *line)
{
	struct vsc_blob room = { NULL, 0 };
	struct vsc_out out;
	int err;

	if (p->pid == 0)
		return VSC_E_CLOSED;
	if ((err = check_silent(p)) < 0)
		return err;
	if (vsc_blob_alloc(&room, VSC_LINE_MAX + 1) < 0)
		return VSC_E_NOMEM;
	out = vsc_out_from(room.ptr, room.len);
	if (is_command)
		vsc_line_put_command(&out, bytes);
	else
		vsc_line_put_answer(&out, bytes);
	err = out.full ? VSC_E_SPACE : write_line(p, vsc_out_span(&out));
	vsc_blob_free(&room);
	return err < 0 ? err : read_item(p, line);
}

/* The line's bytes; patterns are for tests, not for answers. */
static int
take_bytes(const struct vsc_line *line, struct vsc_out *out)
{
	if (line->wild.len > 0 || line->bytes.len > 65535)
		return VSC_E_FORMAT;
	vsc_out_put(out, vsc_blob_span(&line->bytes));
	return out->full ? VSC_E_SPACE : 0;
}

static int
program_command(void *ctx, struct vsc_span cmd, struct vsc_out *out)
{
	struct program *p = ctx;
	struct vsc_line line = { .kind = VSC_LINE_EMPTY };
	int err = exchange(p, cmd, true, &line), kind = (int)line.kind;

	if (err == 0)
		err = kind == VSC_LINE_COMMAND || kind == VSC_LINE_ANSWER ? take_bytes(&line, out)
									  : VSC_E_STATE;
	vsc_line_free(&line);
	if (err == 0)
		return kind == VSC_LINE_ANSWER;
	give_up(p, err);
	return err;
}

static int
program_answer(void *ctx, struct vsc_span answer, struct vsc_out *out)
{
	struct program *p = ctx;
	struct vsc_line line = { .kind = VSC_LINE_EMPTY };
	int err = exchange(p, answer, false, &line);

	if (err == 0)
		err = line.kind == VSC_LINE_ANSWER ? take_bytes(&line, out) : VSC_E_STATE;
	vsc_line_free(&line);
	if (err == 0)
		return 0;
	give_up(p, err);
	return err;
}

static void
program_tell(void *ctx, enum vsc_middle_event event)
{
	static const enum vsc_line_event events[] = { [VSC_MIDDLE_ON] = VSC_EVENT_ON,
		[VSC_MIDDLE_OFF] = VSC_EVENT_OFF,
		[VSC_MIDDLE_RESET] = VSC_EVENT_RESET };
	struct program *p = ctx;
	uint8_t buf[32];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	int err;

	if (p->pid == 0)
		return;
	vsc_line_put_event(&out, events[event]);
	if ((err = write_line(p, vsc_out_span(&out))) < 0) {
		give_up(p, err);
	}
}

/* Its first line: that it is ready, or why it cannot be. */
static int
introduce(struct program *p, struct vsc_why *why)
{
	struct vsc_span text;
	char end[40];
	int err = read_line(p, &text);

	if (err == 0 && vsc_span_eq(text, vsc_span_str("# ready")))
		return 0;
	if (err == 0 && text.len > 2) {
		stop(p);
		return vsc_why_set(
		    why, VSC_E_FORMAT, "%.*s", (int)(text.len - 2), (const char *)text.ptr + 2);
	}
	stop(p);
	put_end(p, err, end, sizeof(end));
	return vsc_why_set(why, err < 0 ? err : VSC_E_FORMAT, "%s: it cannot be started: %s%s",
	    name_of(p), err == VSC_E_CLOSED ? "python3 has ended" : vsc_err_text(err), end);
}

static int
program_start(void *ctx, struct vsc_why *why)
{
	struct program *p = ctx;
	int err = start(p, why);

	return err == 0 && p->command.introduced ? introduce(p, why) : err;
}

static const struct vsc_middle_ops ops = {
	.command = program_command,
	.answer = program_answer,
	.tell = program_tell,
	.close = program_close,
	.start = program_start,
};

int
vsc_middle_program_new(void **ctx, const struct vsc_middle_ops **result,
    const struct vsc_middle_command *command, const struct vsc_middle_config *config,
    struct vsc_why *why)
{
	struct program *p = calloc(1, sizeof(*p));
	int err;

	*ctx = NULL;
	if (p == NULL) {
		vsc_words_free(command->words);
		return VSC_E_NOMEM;
	}
	*p = (struct program){ .command = *command,
		.to = -1,
		.from = -1,
		.timeout = config->timeout > 0 ? config->timeout : DEFAULT_TIMEOUT,
		.restart = config->restart,
		.env = config->env };
	if ((err = vsc_blob_alloc(&p->buf, VSC_LINE_MAX + 1)) < 0 ||
	    (err = program_start(p, why)) < 0) {
		program_close(p);
		return err;
	}
	*ctx = p;
	*result = &ops;
	return 0;
}

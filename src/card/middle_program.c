/*
 * A middle in a program of its own, spoken to in transcript lines over its standard input and
 * output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "card/middle_impl.h"
#include "card/talk.h"
#include "iso/transcript.h"

#define DEFAULT_TIMEOUT 10000

struct program {
	struct vsc_middle_command command;
	char *given; /* by the user, who knows it by this */
	struct vsc_talk talk;
	bool restart; /* it will be, when it has failed */
	const struct vsc_env *env;
};

static void
program_close(void *ctx)
{
	struct program *p = ctx;

	vsc_talk_free(&p->talk);
	vsc_words_free(p->command.words);
	free(p->given);
	free(p);
}

/* Blank lines and comments are skipped. */
static int
read_item(struct program *p, struct vsc_line *line)
{
	struct vsc_span text;
	const char *why;
	int err;

	do {
		if ((err = vsc_talk_read(&p->talk, &text)) < 0)
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
	struct vsc_line line = { .kind = VSC_LINE_EMPTY };
	int err = 0;

	while (err == 0 && vsc_talk_pending(&p->talk)) {
		struct vsc_span text;
		const char *why;

		if ((err = vsc_talk_read(&p->talk, &text)) == 0 &&
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
	if (err != VSC_E_CLOSED || p->talk.status < 0)
		return;
	if (WIFSIGNALED(p->talk.status))
		snprintf(text, cap, " by signal %d", WTERMSIG(p->talk.status));
	else if (WEXITSTATUS(p->talk.status) != 0)
		snprintf(text, cap, " with status %d", WEXITSTATUS(p->talk.status));
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
		{ VSC_E_VERIFY, "its answer is shorter than a status word" },
		{ VSC_E_SPACE, "its line is longer than any APDU" },
		{ VSC_E_STATE, "it wrote a line that is not expected here" },
	};
	char end[40];

	vsc_talk_stop(&p->talk);
	put_end(p, err, end, sizeof(end));
	for (size_t i = 0; i < VSC_COUNT(reasons); i++)
		if (reasons[i].err == err)
			vsc_env_log(p->env, VSC_LOG_ERROR, "--mitm %s: %s%s%s", p->given,
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

	if (p->talk.pid == 0)
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
	err = out.full ? VSC_E_SPACE : vsc_talk_write(&p->talk, vsc_out_span(&out));
	vsc_blob_free(&room);
	return err < 0 ? err : read_item(p, line);
}

/* The line's bytes; patterns are for tests, not for answers. */
static int
take_bytes(const struct vsc_line *line, struct vsc_out *out)
{
	if (line->wild.len > 0 || line->bytes.len > 65535)
		return VSC_E_FORMAT;
	if (line->kind == VSC_LINE_ANSWER && line->bytes.len < 2)
		return VSC_E_VERIFY;
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

	if (p->talk.pid == 0)
		return;
	vsc_line_put_event(&out, events[event]);
	if ((err = vsc_talk_write(&p->talk, vsc_out_span(&out))) < 0) {
		give_up(p, err);
	}
}

/* Its first line: that it is ready, or why it cannot be. */
static int
introduce(struct program *p, struct vsc_why *why)
{
	struct vsc_span text;
	char end[40];
	int err = vsc_talk_read(&p->talk, &text);

	if (err == 0 && vsc_span_eq(text, vsc_span_str("# ready")))
		return 0;
	if (err == 0 && text.len > 2) {
		vsc_talk_stop(&p->talk);
		return vsc_why_set(
		    why, VSC_E_FORMAT, "%.*s", (int)(text.len - 2), (const char *)text.ptr + 2);
	}
	vsc_talk_stop(&p->talk);
	put_end(p, err, end, sizeof(end));
	return vsc_why_set(why, err < 0 ? err : VSC_E_FORMAT, "%s: it cannot be started: %s%s",
	    p->given, err == VSC_E_CLOSED ? "python3 has ended" : vsc_err_text(err), end);
}

static int
program_start(void *ctx, struct vsc_why *why)
{
	struct program *p = ctx;
	int error = vsc_talk_start(&p->talk, p->command.words);

	if (error != 0)
		return vsc_why_set(why, VSC_E_NOT_FOUND, "%s: cannot be started: %s",
		    p->command.words[0], strerror(error));
	return p->command.introduced ? introduce(p, why) : 0;
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
	*p =
	    (struct program){ .command = *command, .restart = config->restart, .env = config->env };
	if ((p->given = strdup(config->command)) == NULL) {
		program_close(p);
		return VSC_E_NOMEM;
	}
	if ((err = vsc_talk_init(&p->talk, VSC_LINE_MAX + 1,
		 config->timeout > 0 ? config->timeout : DEFAULT_TIMEOUT)) < 0 ||
	    (err = program_start(p, why)) < 0) {
		program_close(p);
		return err;
	}
	*ctx = p;
	*result = &ops;
	return 0;
}

/* Traces as text and as pcapng: see trace.h. */
#include "vicc/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "vicc/pcapng.h"

/* One way to write a trace; what a format has no place for is NULL. */
struct format {
	const char *suffix;
	void (*begin)(struct vsc_trace *trace);
	void (*exchange)(struct vsc_trace *trace, struct vsc_span command, struct vsc_span answer);
	void (*event)(struct vsc_trace *trace, enum vsc_line_event event);
	void (*answer)(struct vsc_trace *trace, struct vsc_span bytes);
	void (*random)(struct vsc_trace *trace, struct vsc_span bytes);
	void (*time)(struct vsc_trace *trace, int64_t now);
	void (*text)(struct vsc_trace *trace, enum vsc_line_setting setting, const char *text);
};

struct vsc_trace {
	FILE *file;
	const struct format *format;
	const struct vsc_env *env;
	char *path;
	struct vsc_blob random; /* drawn since the last event */
	int64_t time, written;  /* read since the last event; the last one written */
	bool has_time, has_written;
	bool failed;
};

/* --- Transcripts --- */

static void
text_begin(struct vsc_trace *trace)
{
	fputs("# Everything that went over the wire, PINs and keys too: keep it to yourself.\n",
	    trace->file);
}

static void
text_bytes(struct vsc_trace *trace, struct vsc_span bytes,
    void (*put)(struct vsc_out *out, struct vsc_span bytes))
{
	VSC_AUTO_BLOB line = { NULL, 0 };
	struct vsc_out out;

	if (vsc_blob_alloc(&line, 32 + 3 * bytes.len) < 0) {
		trace->failed = true;
		return;
	}
	out = vsc_out_from(line.ptr, line.len);
	put(&out, bytes);
	fwrite(line.ptr, 1, out.len, trace->file);
}

static void
text_exchange(struct vsc_trace *trace, struct vsc_span command, struct vsc_span answer)
{
	text_bytes(trace, command, vsc_line_put_command);
	if (answer.len > 0)
		text_bytes(trace, answer, vsc_line_put_answer);
	else
		fputs("# no answer: the card was gone\n", trace->file);
}

static void
text_event(struct vsc_trace *trace, enum vsc_line_event event)
{
	uint8_t line[32];
	struct vsc_out out = vsc_out_from(line, sizeof(line));

	vsc_line_put_event(&out, event);
	fwrite(line, 1, out.len, trace->file);
}

static void
text_answer(struct vsc_trace *trace, struct vsc_span bytes)
{
	text_bytes(trace, bytes, vsc_line_put_answer);
}

static void
text_random(struct vsc_trace *trace, struct vsc_span bytes)
{
	text_bytes(trace, bytes, vsc_line_put_random);
}

static void
text_time(struct vsc_trace *trace, int64_t now)
{
	uint8_t line[64];
	struct vsc_out out = vsc_out_from(line, sizeof(line));

	vsc_line_put_time(&out, now);
	fwrite(line, 1, out.len, trace->file);
}

static void
text_text(struct vsc_trace *trace, enum vsc_line_setting setting, const char *text)
{
	uint8_t line[PATH_MAX + 64];
	struct vsc_out out = vsc_out_from(line, sizeof(line));

	vsc_line_put_text(&out, setting, text);
	fwrite(line, 1, out.len, trace->file);
}

/* --- pcapng --- */

static void
pcapng_begin(struct vsc_trace *trace)
{
	uint8_t buf[64];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	vsc_pcapng_header(&out);
	fwrite(buf, 1, out.len, trace->file);
}

static void
pcapng_packet(struct vsc_trace *trace, const char *dissector, enum vsc_pcapng_direction direction,
    struct vsc_span pdu)
{
	VSC_AUTO_BLOB buf = { NULL, 0 };
	struct timespec now = { 0, 0 };
	struct vsc_out out;

	if (vsc_blob_alloc(&buf, pdu.len + VSC_PCAPNG_OVERHEAD) < 0)
		return;
	out = vsc_out_from(buf.ptr, buf.len);
	clock_gettime(CLOCK_REALTIME, &now);
	vsc_pcapng_packet(&out, dissector, direction,
	    (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u, pdu);
	fwrite(buf.ptr, 1, out.len, trace->file);
}

static void
pcapng_exchange(struct vsc_trace *trace, struct vsc_span command, struct vsc_span answer)
{
	pcapng_packet(trace, "iso7816", VSC_PCAPNG_COMMAND, command);
	if (answer.len > 0)
		pcapng_packet(trace, "iso7816", VSC_PCAPNG_ANSWER, answer);
}

/* --- Both --- */

/* The first whose suffix fits */
static const struct format formats[] = {
	{ ".pcapng", pcapng_begin, pcapng_exchange, NULL, NULL, NULL, NULL, NULL },
	{ "", text_begin, text_exchange, text_event, text_answer, text_random, text_time,
	    text_text },
};

static const struct format *
format_for(const char *path)
{
	size_t len = strlen(path);
	size_t i = 0;

	for (; formats[i].suffix[0] != '\0'; i++) {
		size_t suffix = strlen(formats[i].suffix);

		if (len >= suffix && strcmp(path + len - suffix, formats[i].suffix) == 0)
			break;
	}
	return &formats[i];
}

static void
flush(struct vsc_trace *trace)
{
	if (fflush(trace->file) == 0 && !ferror(trace->file))
		return;
	if (!trace->failed)
		vsc_env_log(trace->env, VSC_LOG_ERROR, "trace %s: %s; it is incomplete",
		    trace->path, strerror(errno));
	trace->failed = true;
	clearerr(trace->file);
}

/* An old trace, which others may have open or may be able to read, is not written to but replaced;
 * a device or pipe (/dev/stdout) is written to. A link to a file is neither: it may be a trap. */
static int
open_new(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return open(path, O_WRONLY | O_CLOEXEC);
	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && unlink(path) < 0)
		return -1;
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

static FILE *
create(const char *path)
{
	FILE *file;
	int fd = open_new(path);

	if (fd < 0)
		return NULL;
	file = fdopen(fd, "w");
	if (file == NULL)
		close(fd);
	return file;
}

int
vsc_trace_open(struct vsc_trace **trace, const char *path, const struct vsc_env *env)
{
	struct vsc_trace *fresh = calloc(1, sizeof(*fresh));

	*trace = NULL;
	if (fresh == NULL || (fresh->path = strdup(path)) == NULL) {
		free(fresh);
		return VSC_E_NOMEM;
	}
	fresh->env = env;
	fresh->format = format_for(path);
	fresh->file = create(path);
	if (fresh->file == NULL) {
		vsc_env_log(
		    env, VSC_LOG_ERROR, "--trace %s: cannot create it: %s", path, strerror(errno));
		vsc_trace_close(fresh);
		return VSC_E_IO;
	}
	fresh->format->begin(fresh);
	flush(fresh);
	*trace = fresh;
	return 0;
}

void
vsc_trace_close(struct vsc_trace *trace)
{
	if (trace == NULL)
		return;
	if (trace->file != NULL) {
		flush(trace);
		fclose(trace->file);
	}
	vsc_blob_free(&trace->random);
	free(trace->path);
	free(trace);
}

static bool
is_of_type(const struct vsc_card_type *type, const char *name)
{
	for (; type != NULL; type = type->base)
		for (size_t i = 0; i < type->noptions; i++)
			if (strcmp(type->options[i].name, name) == 0)
				return true;
	return false;
}

void
vsc_trace_card(struct vsc_trace *trace, const char *name, const struct vsc_card_type *type,
    const struct vsc_params *params)
{
	char option[PATH_MAX + 32];

	if (trace == NULL || trace->format->text == NULL)
		return;
	trace->format->text(trace, VSC_SETTING_TYPE, name == NULL ? type->name : name);
	for (size_t i = 0; i < params->count; i++) {
		const struct vsc_param *p = &params->items[i];

		if (!is_of_type(type, p->name))
			continue;
		snprintf(option, sizeof(option), "--%s%s%s", p->name,
		    p->value[0] != '\0' ? "=" : "", p->value);
		trace->format->text(trace, VSC_SETTING_OPTION, option);
	}
	flush(trace);
}

void
vsc_trace_random(struct vsc_trace *trace, struct vsc_span bytes)
{
	if (trace != NULL && vsc_blob_append(&trace->random, bytes) < 0)
		trace->failed = true;
}

void
vsc_trace_time(struct vsc_trace *trace, int64_t now)
{
	if (trace == NULL)
		return;
	trace->time = now;
	trace->has_time = true;
}

/* What the card asked of the world during the event that is about to be written. */
static void
put_drawn(struct vsc_trace *trace)
{
	bool news = trace->has_time && !(trace->has_written && trace->written == trace->time);

	if (trace->format->time != NULL && news) {
		trace->format->time(trace, trace->time);
		trace->written = trace->time;
		trace->has_written = true;
	}
	trace->has_time = false;
	if (trace->format->random != NULL && trace->random.len > 0)
		trace->format->random(trace, vsc_blob_span(&trace->random));
	vsc_blob_free(&trace->random);
}

void
vsc_trace_event(struct vsc_trace *trace, enum vsc_line_event event)
{
	if (trace == NULL)
		return;
	put_drawn(trace);
	if (trace->format->event != NULL)
		trace->format->event(trace, event);
	flush(trace);
}

void
vsc_trace_atr(struct vsc_trace *trace, struct vsc_span atr)
{
	if (trace == NULL)
		return;
	vsc_trace_event(trace, VSC_EVENT_ATR);
	if (trace->format->answer != NULL)
		trace->format->answer(trace, atr);
	flush(trace);
}

void
vsc_trace_exchange(struct vsc_trace *trace, struct vsc_span command, struct vsc_span answer)
{
	if (trace == NULL)
		return;
	put_drawn(trace);
	trace->format->exchange(trace, command, answer);
	flush(trace);
}

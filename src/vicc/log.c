/* Messages on stderr: see log.h. */
#include "vicc/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

/* How many bytes of text are one character that can be shown; 0: the first byte cannot. UTF-8 as
 * RFC 3629 has it. */
static size_t
character(struct vsc_span text)
{
	static const struct {
		uint8_t mask, lead;
		size_t len;
		uint8_t least; /* of the second byte, where the first is the lead: no longer form */
	} forms[] = { { 0xE0, 0xC0, 2, 0x80 }, { 0xF0, 0xE0, 3, 0xA0 }, { 0xF8, 0xF0, 4, 0x90 } };
	const uint8_t first = text.ptr[0];

	if (first < 0x80)
		return first >= 0x20 && first != 0x7F ? 1 : 0;
	for (size_t i = 0; i < VSC_COUNT(forms); i++) {
		if ((first & forms[i].mask) != forms[i].lead)
			continue;
		if (first < 0xC2 || first > 0xF4 || text.len < forms[i].len ||
		    (first == forms[i].lead && text.ptr[1] < forms[i].least))
			return 0;
		/* halves of surrogate pairs, and what is beyond U+10FFFF */
		if ((first == 0xED && text.ptr[1] >= 0xA0) ||
		    (first == 0xF4 && text.ptr[1] >= 0x90))
			return 0;
		for (size_t n = 1; n < forms[i].len; n++)
			if ((text.ptr[n] & 0xC0) != 0x80)
				return 0;
		/* U+0080 to U+009F are control characters, too */
		return first == 0xC2 && text.ptr[1] < 0xA0 ? 0 : forms[i].len;
	}
	return 0;
}

void
vsc_log_text(struct vsc_out *out, const char *line)
{
	static const char digits[] = "0123456789ABCDEF";
	struct vsc_span text = vsc_span_str(line);

	while (text.len > 0) {
		size_t n = character(text);

		if (n > 0) {
			vsc_out_put(out, vsc_span_slice(text, 0, n));
		} else {
			n = 1;
			vsc_out_put(out, VSC_BYTES('\\', 'x', (uint8_t)digits[text.ptr[0] >> 4],
					     (uint8_t)digits[text.ptr[0] & 15]));
		}
		text = vsc_span_slice(text, n, text.len);
	}
}

static void
log_line(void *ctx, enum vsc_log_level level, const char *line)
{
	const struct vsc_stderr_log *log = ctx;
	uint8_t buf[4096];
	struct vsc_out text = vsc_out_from(buf, sizeof(buf));

	vsc_log_text(&text, line);
	/* one write, so that lines of several threads and processes stay whole */
	dprintf(STDERR_FILENO, "%s: %s%.*s\n", log->program,
	    level == VSC_LOG_WARN ? "warning: " : "", (int)text.len, (const char *)buf);
}

void
vsc_streams_keep(void)
{
	/* Nothing can be read from the first and written to the others, as if they were closed
	 * still.
	 */
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd] | O_CLOEXEC) < 0)
			return; /* what has no /dev/null has no way out of this */
}

struct vsc_env
vsc_stderr_env(struct vsc_stderr_log *log, enum vsc_log_level verbosity)
{
	return (struct vsc_env){ .ctx = log, .log = log_line, .verbosity = verbosity };
}

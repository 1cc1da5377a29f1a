/* Messages on stderr: see log.h. */
#include "vicc/log.h"

#include <stdio.h>
#include <unistd.h>

static void
log_line(void *ctx, enum vsc_log_level level, const char *line)
{
	const struct vsc_stderr_log *log = ctx;

	/* one write, so that lines of several threads and processes stay whole */
	dprintf(STDERR_FILENO, "%s: %s%s\n", log->program, level == VSC_LOG_WARN ? "warning: " : "",
	    line);
}

struct vsc_env
vsc_stderr_env(struct vsc_stderr_log *log, enum vsc_log_level verbosity)
{
	return (struct vsc_env){ .ctx = log, .log = log_line, .verbosity = verbosity };
}

/* Messages of vicc and vicc-run: one line each on stderr, after the program's name. */
#ifndef VSC_VICC_LOG_H
#define VSC_VICC_LOG_H

#include "base/bytes.h"
#include "base/env.h"

struct vsc_stderr_log {
	const char *program;
};

/* A message quotes what it was given: what cannot be shown of that, or would do something to the
 * terminal (control characters, bytes that are no UTF-8), is written as "\xNN". */
void vsc_log_text(struct vsc_out *out, const char *line);

/* First of all in main(): a standard stream that was closed by who started us would be the next
 * file or socket that is opened, and messages would go there. */
void vsc_streams_keep(void);

/* An environment that logs to stderr and takes randomness and time from the system. log must
 * outlive it. */
struct vsc_env vsc_stderr_env(struct vsc_stderr_log *log, enum vsc_log_level verbosity);

#endif

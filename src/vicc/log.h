/* Messages of vicc and vicc-run: one line each on stderr, after the program's name. */
#ifndef VSC_VICC_LOG_H
#define VSC_VICC_LOG_H

#include "base/env.h"

struct vsc_stderr_log {
	const char *program;
};

/* An environment that logs to stderr and takes randomness and time from the system. log must
 * outlive it. */
struct vsc_env vsc_stderr_env(struct vsc_stderr_log *log, enum vsc_log_level verbosity);

#endif

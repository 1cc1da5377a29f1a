#include "base/env.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

int64_t
vsc_env_now(const struct vsc_env *env)
{
	if (env != NULL && env->now != NULL)
		return env->now(env->ctx);
	return (int64_t)time(NULL);
}

bool
vsc_env_logs(const struct vsc_env *env, enum vsc_log_level level)
{
	return env != NULL && env->log != NULL && level <= env->verbosity;
}

void
vsc_env_log(const struct vsc_env *env, enum vsc_log_level level, const char *format, ...)
{
	char line[1024];
	va_list args;

	if (!vsc_env_logs(env, level))
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	env->log(env->ctx, level, line);
}

/*
 * The clock, messages and pauses of an environment; where it has none, the system's time, real
 * pauses and silence. Randomness is in secret.c.
 */
#include "base/env.h"

#include <errno.h>
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

void
vsc_env_print(const struct vsc_env *env, const char *format, ...)
{
	char line[1024];
	va_list args;

	if (env == NULL || (env->print == NULL && !vsc_env_logs(env, VSC_LOG_INFO)))
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (env->print != NULL)
		env->print(env->ctx, line);
	else
		env->log(env->ctx, VSC_LOG_INFO, line);
}

void
vsc_env_pause(const struct vsc_env *env, unsigned ms)
{
	struct timespec left = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	if (env != NULL && env->pause != NULL) {
		env->pause(env->ctx, ms);
		return;
	}
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

bool
vsc_env_touch(const struct vsc_env *env, unsigned ms)
{
	return env != NULL && env->touch != NULL && env->touch(env->ctx, ms);
}

void
vsc_env_waits(const struct vsc_env *env, bool begins)
{
	if (env != NULL && env->waits != NULL)
		env->waits(env->ctx, begins);
}

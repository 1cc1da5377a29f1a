#include "base/env.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <openssl/rand.h>

int
vsc_env_random(const struct vsc_env *env, uint8_t *buf, size_t len)
{
	if (env != NULL && env->random != NULL)
		return env->random(env->ctx, buf, len);
	if (len > INT_MAX || RAND_bytes(buf, (int)len) != 1)
		return VSC_E_CRYPTO;
	return 0;
}

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

/*
 * What the code may ask of the world: randomness, the clock and a place for messages. It comes in
 * as an argument, so that a test can fix all of it and compare bytes with published examples.
 */
#ifndef VSC_BASE_ENV_H
#define VSC_BASE_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

enum vsc_log_level {
	VSC_LOG_ERROR, /* it did not work; always shown */
	VSC_LOG_WARN,  /* it works, but the user wants to know */
	VSC_LOG_INFO,  /* cards come and go */
	VSC_LOG_DEBUG, /* -v: commands and status words by name */
	VSC_LOG_TRACE, /* -vv: why something was refused */
};

/* Every member may be NULL: the default (OpenSSL's generator, the system clock, no messages) is
 * used. */
struct vsc_env {
	void *ctx;
	/* fill buf with len random bytes; 0 or < 0 */
	int (*random)(void *ctx, uint8_t *buf, size_t len);
	/* seconds since 1970-01-01 00:00:00 UTC */
	int64_t (*now)(void *ctx);
	/* one line without its newline; never a secret */
	void (*log)(void *ctx, enum vsc_log_level level, const char *line);
	/* messages above this level are not even formatted */
	enum vsc_log_level verbosity;
	/* one line that the user has to know to use the card (a passport's MRZ and CAN): a
	 * program's standard output. Not part of the log, so it may be a secret; NULL: it is logged
	 * at INFO. */
	void (*print)(void *ctx, const char *line);
	/* wait: a delay that a card makes attackers suffer; NULL: sleep */
	void (*pause)(void *ctx, unsigned ms);
	/* wait at most so long for somebody to touch the card: did they? NULL: nobody can */
	bool (*touch)(void *ctx, unsigned ms);
	/* this thread waits for somebody from now on, or no more: who lent it may put another in
	 * its place meanwhile */
	void (*waits)(void *ctx, bool begins);
};

/* env may be NULL: all defaults. */
VSC_MUST_CHECK int vsc_env_random(const struct vsc_env *env, uint8_t *buf, size_t len);
int64_t vsc_env_now(const struct vsc_env *env);
bool vsc_env_logs(const struct vsc_env *env, enum vsc_log_level level);
void vsc_env_log(const struct vsc_env *env, enum vsc_log_level level, const char *format, ...)
    VSC_PRINTF(3, 4);
void vsc_env_print(const struct vsc_env *env, const char *format, ...) VSC_PRINTF(2, 3);
void vsc_env_pause(const struct vsc_env *env, unsigned ms);
bool vsc_env_touch(const struct vsc_env *env, unsigned ms);
void vsc_env_waits(const struct vsc_env *env, bool begins);

#endif

/* An environment whose randomness is written down beforehand, and a fixed time: for worked
 * examples. */
#ifndef VSC_TEST_SCRIPT_ENV_H
#define VSC_TEST_SCRIPT_ENV_H

#include "base/env.h"
#include "test.h"

struct script {
	struct vsc_blob bytes;
	size_t used;
};

/* Drawing more than was written fails, as a broken generator would. */
static inline int
script_random(void *ctx, uint8_t *buf, size_t len)
{
	struct script *script = ctx;

	if (len > script->bytes.len - script->used)
		return VSC_E_CRYPTO;
	if (vsc_copy(buf, len, vsc_span_slice(vsc_blob_span(&script->bytes), script->used, len)) <
	    0)
		return VSC_E_CRYPTO;
	script->used += len;
	return 0;
}

/* 2026-11-21 12:00 UTC */
static inline int64_t
script_now(void *ctx)
{
	(void)ctx;
	return 1795262400;
}

static inline struct vsc_env
script_env(struct script *script)
{
	return (struct vsc_env){ .ctx = script, .random = script_random, .now = script_now };
}

static inline void
script_add(struct script *script, struct vsc_span bytes)
{
	assert_int_equal(vsc_blob_append(&script->bytes, bytes), 0);
}

#endif

/* The words for error codes, and the sentence that goes with one (struct vsc_why). */
#include "base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static const char *const texts[] = {
	[0] = "success",
	[-VSC_E_FORMAT] = "malformed data",
	[-VSC_E_SPACE] = "not enough space",
	[-VSC_E_NOMEM] = "out of memory",
	[-VSC_E_PARAM] = "invalid argument",
	[-VSC_E_STATE] = "not possible now",
	[-VSC_E_CRYPTO] = "cryptographic operation failed",
	[-VSC_E_VERIFY] = "verification failed",
	[-VSC_E_IO] = "input/output error",
	[-VSC_E_CLOSED] = "connection closed",
	[-VSC_E_TIMEOUT] = "timed out",
	[-VSC_E_NOT_FOUND] = "not found",
	[-VSC_E_EXISTS] = "exists already",
	[-VSC_E_BUSY] = "in use",
	[-VSC_E_UNSUPPORTED] = "not supported",
	[-VSC_E_ABI] = "built for another version",
	[-VSC_E_CORRUPT] = "damaged or foreign data",
	[-VSC_E_CANCELED] = "canceled",
};

const char *
vsc_err_text(int err)
{
	const int count = (int)(sizeof(texts) / sizeof(texts[0]));

	if (err > 0 || err <= -count)
		return "unknown error";
	return texts[-err];
}

int
vsc_why_set(struct vsc_why *why, int err, const char *format, ...)
{
	va_list args;

	if (why == NULL)
		return err;
	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return err;
}

/* Messages to pcscd's own log_msg(), a weak symbol, or to syslog where no pcscd has loaded us. */
#include "ifd/log.h"

#include <syslog.h>

#ifdef __APPLE__ /* the service there has no log of its own for drivers */

static bool
tell_pcscd(enum vsc_log_level level, const char *line)
{
	(void)level;
	(void)line;
	return false;
}

#else

#include <debuglog.h>

/* pcscd exports it to its drivers; other programs may not have it */
#pragma weak log_msg

static bool
tell_pcscd(enum vsc_log_level level, const char *line)
{
	static const int priorities[] = {
		[VSC_LOG_ERROR] = PCSC_LOG_ERROR,
		[VSC_LOG_WARN] = PCSC_LOG_ERROR,
		[VSC_LOG_INFO] = PCSC_LOG_INFO,
		[VSC_LOG_DEBUG] = PCSC_LOG_DEBUG,
		[VSC_LOG_TRACE] = PCSC_LOG_DEBUG,
	};

	if (log_msg == NULL)
		return false;
	log_msg(priorities[level], "%s", line);
	return true;
}

#endif

static const int levels[] = {
	[VSC_LOG_ERROR] = LOG_ERR,
	[VSC_LOG_WARN] = LOG_WARNING,
	[VSC_LOG_INFO] = LOG_INFO,
	[VSC_LOG_DEBUG] = LOG_DEBUG,
	[VSC_LOG_TRACE] = LOG_DEBUG,
};

static void
write_log(void *ctx, enum vsc_log_level level, const char *line)
{
	(void)ctx;
	if ((size_t)level >= VSC_COUNT(levels))
		return;
	if (!tell_pcscd(level, line))
		syslog(LOG_DAEMON | levels[level], "libifdvpcd: %s", line);
}

const struct vsc_env vsc_ifd_env = { .log = write_log, .verbosity = VSC_LOG_TRACE };

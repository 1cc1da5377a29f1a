/* Environment variables for libraries, memory for arrays: see system.h. */
#include "base/system.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#if VSC_ON_LINUX

const char *
vsc_getenv(const char *name)
{
	return secure_getenv(name);
}

#else

const char *
vsc_getenv(const char *name)
{
	return getuid() == geteuid() && getgid() == getegid() ? getenv(name) : NULL;
}

#endif

void *
vsc_realloc_array(void *old, size_t count, size_t size)
{
	/* what realloc() does with 0 bytes differs from system to system */
	if (count == 0 || size == 0 || count > SIZE_MAX / size)
		return NULL;
	return realloc(old, count * size);
}

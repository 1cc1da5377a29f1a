/* Where this program and its files are: see own.h. */
#include "vicc/own.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/system.h"

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#if VSC_ON_LINUX

static int
own_path(char *path, size_t cap)
{
	ssize_t n = readlink("/proc/self/exe", path, cap - 1);

	if (n <= 0)
		return VSC_E_NOT_FOUND;
	path[n] = '\0';
	return 0;
}

#elif defined(__APPLE__)

static int
own_path(char *path, size_t cap)
{
	uint32_t size = (uint32_t)cap;

	return _NSGetExecutablePath(path, &size) == 0 ? 0 : VSC_E_NOT_FOUND;
}

#else

static int
own_path(char *path, size_t cap)
{
	(void)path;
	(void)cap;
	return VSC_E_NOT_FOUND;
}

#endif

int
vsc_own_folder(char *folder, size_t cap)
{
	char *slash;

	if (own_path(folder, cap) < 0)
		return VSC_E_NOT_FOUND;
	if ((slash = strrchr(folder, '/')) == NULL)
		return VSC_E_NOT_FOUND;
	slash[1] = '\0';
	return 0;
}

/* Beside vicc and vicc-run in the build tree, below a prefix that was moved, where it was
 * installed: the folder of each kind. */
static const struct {
	const char *variable, *in_folder; /* the environment's word counts before all */
	const char *const beside[3];
	const char *installed;
} kinds[] = {
	[VSC_OWN_SCRIPT] = { "VICC_DATADIR", "/init/",
	    { "share/init/", "../share/vicc/init/", "../../share/init/" }, VSC_DATADIR "/init/" },
	[VSC_OWN_HELPER] = { "VICC_LIBEXEC", "/",
	    { "libexec/", "../libexec/vicc/", "../../libexec/" }, VSC_LIBEXEC "/" },
};

void
vsc_own_file(char *path, size_t cap, enum vsc_own_kind kind, const char *name)
{
	const char *folder = getenv(kinds[kind].variable);
	char own[PATH_MAX];

	if (folder != NULL) {
		snprintf(path, cap, "%s%s%s", folder, kinds[kind].in_folder, name);
		return;
	}
	for (size_t i = 0; i < VSC_COUNT(kinds[kind].beside); i++) {
		if (vsc_own_folder(own, sizeof(own)) < 0)
			break;
		snprintf(path, cap, "%s%s%s", own, kinds[kind].beside[i], name);
		if (access(path, R_OK) == 0)
			return;
	}
	snprintf(path, cap, "%s%s", kinds[kind].installed, name);
}

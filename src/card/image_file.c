/* The file of a saved card, before SQLite opens it: see image_file.h. */
#include "card/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

long
vsc_image_lock_holder(const char *path)
{
	struct stat file;
	FILE *table;
	char line[256];
	long holder = 0;

	if (stat(path, &file) != 0 || (table = fopen("/proc/locks", "re")) == NULL)
		return 0;
	while (holder == 0 && fgets(line, sizeof(line), table) != NULL) {
		unsigned long inode;
		long pid;

		/* "1: POSIX  ADVISORY  WRITE 4711 fe:01:131090 1073741824 1073742335" */
		/* the kernel writes these numbers */
		/* NOLINTNEXTLINE(cert-err34-c) */
		if (sscanf(line, "%*d: %*s %*s %*s %ld %*x:%*x:%lu", &pid, &inode) == 2 &&
		    inode == (unsigned long)file.st_ino)
			holder = pid;
	}
	fclose(table);
	return holder;
}

/*
 * A file, in a folder that takes the journal that each change needs: without one the card would
 * start, and fail at the first PIN.
 */
static int
check_file(const char *path, struct vsc_why *why)
{
	char *real = realpath(path, NULL), *slash;
	struct stat file;
	int err = 0;

	if (real == NULL || stat(real, &file) != 0)
		err = vsc_why_set(why, VSC_E_IO, "%s: %s", path, strerror(errno));
	else if (S_ISDIR(file.st_mode))
		err = vsc_why_set(why, VSC_E_IO, "%s: %s", path, strerror(EISDIR));
	else if (!S_ISREG(file.st_mode))
		err = vsc_why_set(why, VSC_E_CORRUPT, "%s: not a saved card", path);
	else if (faccessat(AT_FDCWD, real, R_OK | W_OK, AT_EACCESS) != 0)
		err = vsc_why_set(
		    why, VSC_E_IO, "%s: the file cannot be written: %s", path, strerror(errno));
	if (err == 0 && (slash = strrchr(real, '/')) != NULL) {
		slash[slash == real ? 1 : 0] = '\0';
		if (faccessat(AT_FDCWD, real, W_OK | X_OK, AT_EACCESS) != 0)
			err = vsc_why_set(why, VSC_E_IO, "%s: its folder cannot be written: %s",
			    path, strerror(errno));
	}
	free(real);
	return err;
}

int
vsc_image_make_file(const char *path, bool *made, struct vsc_why *why)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0) {
		*made = true;
		close(fd);
		return 0;
	}
	if (errno == EEXIST)
		return check_file(path, why);
	return vsc_why_set(why, VSC_E_IO, "%s: %s", path, strerror(errno));
}

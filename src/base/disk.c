/*
 * Files read and written whole, of at most VSC_DISK_MAX bytes; an error names the file and the
 * system's reason.
 */
#include "base/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In pieces: the size of a pipe is not known before its end. */
static int
read_all(struct vsc_blob *bytes, FILE *file)
{
	uint8_t piece[16384];
	size_t n;
	int rc = 0;

	while (rc == 0 && (n = fread(piece, 1, sizeof(piece), file)) > 0)
		rc = bytes->len + n > VSC_DISK_MAX
			 ? VSC_E_SPACE
			 : vsc_blob_append(bytes, vsc_span_from(piece, n));
	vsc_wipe(piece, sizeof(piece));
	if (rc == 0 && ferror(file))
		rc = VSC_E_IO;
	return rc;
}

int
vsc_disk_read(struct vsc_blob *bytes, const char *path, struct vsc_why *why)
{
	FILE *file = fopen(path, "re");
	int rc;

	vsc_blob_free(bytes);
	if (file == NULL)
		return vsc_why_set(why, VSC_E_IO, "%s: %s", path, strerror(errno));
	rc = read_all(bytes, file);
	if (rc == VSC_E_IO)
		vsc_why_set(why, rc, "%s: %s", path, strerror(errno));
	else if (rc < 0)
		vsc_why_set(why, rc, "%s: %s", path,
		    rc == VSC_E_SPACE ? "larger than 16 MiB" : vsc_err_text(rc));
	fclose(file);
	if (rc < 0)
		vsc_blob_free(bytes);
	return rc;
}

/* Takes file, NULL if it could not be opened. */
static int
write_to(FILE *file, const char *path, struct vsc_span bytes, struct vsc_why *why)
{
	size_t written;

	if (file == NULL)
		return vsc_why_set(why, VSC_E_IO, "%s: %s", path, strerror(errno));
	written = bytes.len == 0 ? 0 : fwrite(bytes.ptr, 1, bytes.len, file);
	if (fclose(file) != 0 || written != bytes.len)
		return vsc_why_set(why, VSC_E_IO, "%s: %s", path, strerror(errno));
	return 0;
}

int
vsc_disk_write(const char *path, struct vsc_span bytes, struct vsc_why *why)
{
	return write_to(fopen(path, "we"), path, bytes, why);
}

int
vsc_disk_write_secret(const char *path, struct vsc_span bytes, struct vsc_why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	FILE *file = NULL;

	/* before the first byte: a file that was there may have been for everybody */
	if (fd >= 0 && fchmod(fd, 0600) == 0 && ftruncate(fd, 0) == 0)
		file = fdopen(fd, "w");
	if (fd >= 0 && file == NULL)
		(void)close(fd);
	return write_to(file, path, bytes, why);
}

int
vsc_disk_path(char path[VSC_DISK_PATH], const char *folder, const char *name, struct vsc_why *why)
{
	const int n = snprintf(path, VSC_DISK_PATH, "%s/%s", folder, name);

	if (n >= 0 && n < VSC_DISK_PATH)
		return 0;
	path[0] = '\0';
	return vsc_why_set(
	    why, VSC_E_SPACE, "%.80s...: the path of %.80s in it is too long", folder, name);
}

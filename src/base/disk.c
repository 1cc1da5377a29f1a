/*
 * Files read and written whole, of at most VSC_DISK_MAX bytes; an error names the file and the
 * system's reason.
 */
#include "base/disk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

int
vsc_disk_write(const char *path, struct vsc_span bytes, struct vsc_why *why)
{
	FILE *file = fopen(path, "we");
	size_t written;

	if (file == NULL)
		return vsc_why_set(why, VSC_E_IO, "%s: %s", path, strerror(errno));
	written = bytes.len == 0 ? 0 : fwrite(bytes.ptr, 1, bytes.len, file);
	if (fclose(file) != 0 || written != bytes.len)
		return vsc_why_set(why, VSC_E_IO, "%s: %s", path, strerror(errno));
	return 0;
}

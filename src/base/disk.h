/* Whole files, as options name them. */
#ifndef VSC_BASE_DISK_H
#define VSC_BASE_DISK_H

#include "base/bytes.h"

/* Larger ones are no certificate, picture or data group. */
#define VSC_DISK_MAX (16u * 1024 * 1024)

/* VSC_E_IO (*why has the file's name and the system's reason), VSC_E_SPACE: larger than
 * VSC_DISK_MAX. */
VSC_MUST_CHECK int vsc_disk_read(struct vsc_blob *bytes, const char *path, struct vsc_why *why);

/* Replaces what is there. _secret: for the owner's eyes only (0600), a file that was there too. */
VSC_MUST_CHECK int vsc_disk_write(const char *path, struct vsc_span bytes, struct vsc_why *why);
VSC_MUST_CHECK int vsc_disk_write_secret(
    const char *path, struct vsc_span bytes, struct vsc_why *why);

/* FOLDER/NAME. VSC_E_SPACE: longer than a path may be; path is "" then. */
#define VSC_DISK_PATH 4096
VSC_MUST_CHECK int vsc_disk_path(
    char path[VSC_DISK_PATH], const char *folder, const char *name, struct vsc_why *why);

#endif

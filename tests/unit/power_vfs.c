#include "power_vfs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/bytes.h"

#define SECTOR    512
#define FILES_MAX 8

/* A change that is not synced yet. */
struct change {
	bool truncates;
	size_t at; /* or the new length */
	struct vsc_blob data;
	struct change *next;
};

struct disk_file {
	char name[128];
	bool here, durable_here; /* does it exist: for SQLite, and after a power loss? */
	struct vsc_blob now, durable;
	struct change *changes, **last;
};

struct handle {
	sqlite3_file base;
	struct disk_file *file;
};

static struct {
	struct disk_file files[FILES_MAX];
	size_t nfiles;
	uint64_t random;
	bool armed, off;
	unsigned left;
	sqlite3_vfs *system;
} disk;

static unsigned
next_random(void)
{
	disk.random = disk.random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(disk.random >> 33);
}

/* One operation of the disk; false: the power has failed. */
static bool
powered(void)
{
	if (!disk.off && disk.armed && disk.left-- == 0)
		disk.off = true;
	return !disk.off;
}

static void
must(int result)
{
	if (result < 0)
		abort();
}

/* --- Files --- */

static struct disk_file *
find(const char *name)
{
	for (size_t i = 0; i < disk.nfiles; i++)
		if (strcmp(disk.files[i].name, name) == 0)
			return &disk.files[i];
	if (disk.nfiles == FILES_MAX || strlen(name) >= sizeof(disk.files[0].name))
		abort();
	strcpy(disk.files[disk.nfiles].name, name);
	disk.files[disk.nfiles].last = &disk.files[disk.nfiles].changes;
	return &disk.files[disk.nfiles++];
}

static void
apply(struct vsc_blob *content, bool truncates, size_t at, struct vsc_span data)
{
	if (truncates) {
		must(vsc_blob_resize(content, at));
		return;
	}
	if (at + data.len > content->len)
		must(vsc_blob_resize(content, at + data.len));
	must(vsc_blob_write(content, at, data));
}

static void
forget_changes(struct disk_file *file)
{
	while (file->changes != NULL) {
		struct change *change = file->changes;

		file->changes = change->next;
		vsc_blob_free(&change->data);
		free(change);
	}
	file->last = &file->changes;
}

static void
change(struct disk_file *file, bool truncates, size_t at, struct vsc_span data)
{
	struct change *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		abort();
	fresh->truncates = truncates;
	fresh->at = at;
	must(vsc_blob_set(&fresh->data, data));
	*file->last = fresh;
	file->last = &fresh->next;
	apply(&file->now, truncates, at, data);
}

/* Each sector of each change by itself: it was written, or not. */
static void
lose_some(struct disk_file *file)
{
	for (struct change *c = file->changes; c != NULL; c = c->next) {
		const struct vsc_span data = vsc_blob_span(&c->data);

		if (c->truncates && next_random() % 2 == 0)
			apply(&file->durable, true, c->at, data);
		for (size_t at = 0; !c->truncates && at < data.len;) {
			size_t piece = SECTOR - (c->at + at) % SECTOR;

			if (piece > data.len - at)
				piece = data.len - at;
			if (next_random() % 2 == 0)
				apply(&file->durable, false, c->at + at,
				    vsc_span_slice(data, at, piece));
			at += piece;
		}
	}
	forget_changes(file);
}

void
power_returns(void)
{
	for (size_t i = 0; i < disk.nfiles; i++) {
		struct disk_file *file = &disk.files[i];

		lose_some(file);
		/* created, but its folder was not synced: perhaps it is there */
		if (file->here != file->durable_here && next_random() % 2 == 0)
			file->durable_here = file->here;
		file->here = file->durable_here;
		if (!file->here)
			must(vsc_blob_resize(&file->durable, 0));
		must(vsc_blob_set(&file->now, vsc_blob_span(&file->durable)));
	}
	disk.armed = disk.off = false;
}

/* --- SQLite's file methods --- */

static int
x_close(sqlite3_file *base)
{
	(void)base;
	return SQLITE_OK;
}

static int
x_read(sqlite3_file *base, void *buf, int len, sqlite3_int64 at)
{
	const struct vsc_span content = vsc_blob_span(&((struct handle *)base)->file->now);
	const struct vsc_span part = vsc_span_slice(content, (size_t)at, (size_t)len);

	if (disk.off)
		return SQLITE_IOERR_READ;
	must(vsc_copy(buf, (size_t)len, part));
	if (part.len == (size_t)len)
		return SQLITE_OK;
	memset((uint8_t *)buf + part.len, 0, (size_t)len - part.len);
	return SQLITE_IOERR_SHORT_READ;
}

static int
x_write(sqlite3_file *base, const void *buf, int len, sqlite3_int64 at)
{
	const bool was_off = disk.off, on = powered();

	/* the write under way when the power fails may have happened in part */
	if (!was_off)
		change(((struct handle *)base)->file, false, (size_t)at,
		    vsc_span_from(buf, (size_t)len));
	return on ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

static int
x_truncate(sqlite3_file *base, sqlite3_int64 len)
{
	if (!powered())
		return SQLITE_IOERR_TRUNCATE;
	change(((struct handle *)base)->file, true, (size_t)len, VSC_SPAN_EMPTY);
	return SQLITE_OK;
}

static int
x_sync(sqlite3_file *base, int flags)
{
	struct disk_file *file = ((struct handle *)base)->file;

	(void)flags;
	if (!powered())
		return SQLITE_IOERR_FSYNC;
	forget_changes(file);
	must(vsc_blob_set(&file->durable, vsc_blob_span(&file->now)));
	file->durable_here = true; /* SQLite's own VFS syncs a new file's folder with it */
	return SQLITE_OK;
}

static int
x_size(sqlite3_file *base, sqlite3_int64 *size)
{
	*size = (sqlite3_int64)((struct handle *)base)->file->now.len;
	return SQLITE_OK;
}

static int
x_lock(sqlite3_file *base, int level)
{
	(void)base;
	(void)level;
	return SQLITE_OK;
}

static int
x_reserved(sqlite3_file *base, int *reserved)
{
	(void)base;
	*reserved = 0;
	return SQLITE_OK;
}

static int
x_control(sqlite3_file *base, int op, void *arg)
{
	(void)base;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int
x_sector(sqlite3_file *base)
{
	(void)base;
	return SECTOR;
}

/* Nothing is promised: no atomic writes, no order, no care for neighbouring bytes of a sector. */
static int
x_characteristics(sqlite3_file *base)
{
	(void)base;
	return 0;
}

static const sqlite3_io_methods methods = { 1, x_close, x_read, x_write, x_truncate, x_sync, x_size,
	x_lock, x_lock, x_reserved, x_control, x_sector, x_characteristics, NULL, NULL, NULL, NULL,
	NULL, NULL };

/* --- SQLite's VFS methods --- */

static int
x_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags)
{
	struct handle *handle = (struct handle *)base;

	(void)vfs;
	handle->base.pMethods = NULL;
	if (disk.off)
		return SQLITE_CANTOPEN;
	handle->file = find(name == NULL ? "temporary" : name);
	handle->file->here = true;
	handle->base.pMethods = &methods;
	if (out_flags != NULL)
		*out_flags = flags;
	return SQLITE_OK;
}

static int
x_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	struct disk_file *file = find(name);

	(void)vfs;
	if (!powered())
		return SQLITE_IOERR_DELETE;
	file->here = false;
	forget_changes(file);
	must(vsc_blob_resize(&file->now, 0));
	if (sync_folder != 0) {
		file->durable_here = false;
		must(vsc_blob_resize(&file->durable, 0));
	}
	return SQLITE_OK;
}

static int
x_access(sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
	(void)vfs;
	(void)flags;
	*result = find(name)->here;
	return SQLITE_OK;
}

static int
x_full_pathname(sqlite3_vfs *vfs, const char *name, int cap, char *path)
{
	(void)vfs;
	return vsc_copy(path, (size_t)cap, vsc_span_from(name, strlen(name) + 1)) < 0
		   ? SQLITE_CANTOPEN
		   : SQLITE_OK;
}

static int
x_randomness(sqlite3_vfs *vfs, int len, char *buf)
{
	(void)vfs;
	for (int i = 0; i < len; i++)
		buf[i] = (char)next_random();
	return len;
}

static int
x_sleep(sqlite3_vfs *vfs, int microseconds)
{
	(void)vfs;
	return microseconds;
}

static int
x_time(sqlite3_vfs *vfs, double *days)
{
	(void)vfs;
	*days = 2461000.5;
	return SQLITE_OK;
}

static int
x_last_error(sqlite3_vfs *vfs, int len, char *text)
{
	(void)vfs;
	(void)len;
	(void)text;
	return 0;
}

static sqlite3_vfs power_vfs = { .iVersion = 1,
	.szOsFile = sizeof(struct handle),
	.mxPathname = 120,
	.zName = "power",
	.xOpen = x_open,
	.xDelete = x_delete,
	.xAccess = x_access,
	.xFullPathname = x_full_pathname,
	.xRandomness = x_randomness,
	.xSleep = x_sleep,
	.xCurrentTime = x_time,
	.xGetLastError = x_last_error };

void
power_on(unsigned seed)
{
	if (disk.system == NULL) {
		disk.system = sqlite3_vfs_find(NULL);
		sqlite3_vfs_register(&power_vfs, 1);
	}
	disk.random = seed;
}

void
power_fails_after(unsigned operations)
{
	disk.armed = true;
	disk.left = operations;
}

bool
power_is_off(void)
{
	return disk.off;
}

void
power_done(void)
{
	for (size_t i = 0; i < disk.nfiles; i++) {
		forget_changes(&disk.files[i]);
		vsc_blob_free(&disk.files[i].now);
		vsc_blob_free(&disk.files[i].durable);
	}
	disk.nfiles = 0;
	memset(disk.files, 0, sizeof(disk.files));
	sqlite3_vfs_register(disk.system, 1);
	sqlite3_vfs_unregister(&power_vfs);
	disk.system = NULL;
	disk.armed = disk.off = false;
}

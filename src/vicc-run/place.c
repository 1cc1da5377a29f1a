/*
 * A run's folder in XDG_RUNTIME_DIR, TMPDIR or /tmp, locked while we live; folders of killed runs
 * are removed, environment variables point into ours.
 */
#include "vicc-run/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/system.h"
#include "vicc/own.h"

#ifdef __APPLE__
#define LIBRARY      "libpcsclite.1.dylib"
#define LIBRARY_PATH "DYLD_LIBRARY_PATH"
#else
#define LIBRARY      "libpcsclite.so.1"
#define LIBRARY_PATH "LD_LIBRARY_PATH"
#endif
#define FOLDER "vicc-run-"

/* A folder without its lock is that of a run that was killed, unless it is so young that its owner
 * may not have come to lock it. */
#define STALE_SECONDS 10

static bool
is_stale(int folder)
{
	struct stat st;

	return fstat(folder, &st) == 0 && st.st_uid == geteuid() &&
	       time(NULL) - st.st_mtime >= STALE_SECONDS && flock(folder, LOCK_EX | LOCK_NB) == 0;
}

/* Takes folder's descriptor. */
static void
empty_folder(int folder)
{
	DIR *dir = fdopendir(folder);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	else
		close(folder);
}

static void
remove_stale(const char *base)
{
	DIR *dir = opendir(base);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		int folder;

		if (strncmp(entry->d_name, FOLDER, strlen(FOLDER)) != 0)
			continue;
		folder = openat(
		    dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (folder >= 0 && is_stale(folder)) {
			empty_folder(folder);
			(void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
		} else if (folder >= 0) {
			close(folder);
		}
	}
	if (dir != NULL)
		closedir(dir);
}

/* Held as long as we live, however we end. */
static void
lock_dir(struct vsc_place *place)
{
	place->lock = open(place->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->lock >= 0)
		(void)flock(place->lock, LOCK_EX | LOCK_NB);
}

static int
make_dir(struct vsc_place *place)
{
	const char *bases[] = { getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp" };

	errno = ENOENT;
	for (size_t i = 0; i < VSC_COUNT(bases); i++) {
		int n;

		if (bases[i] == NULL || bases[i][0] != '/')
			continue;
		n = snprintf(place->dir, sizeof(place->dir), "%s/" FOLDER "XXXXXX", bases[i]);
		if (n > 0 && (size_t)n < sizeof(place->dir) && mkdtemp(place->dir) != NULL) {
			lock_dir(place);
			remove_stale(bases[i]);
			return 0;
		}
	}
	place->dir[0] = '\0';
	return VSC_E_IO;
}

/* The path without "..", its name as it is: libpcsclite.so.1 is a link, and the name that counts.
 */
static bool
real_folder(char real[PATH_MAX], char *path)
{
	char *name = strrchr(path, '/');
	size_t len;

	*name = '\0';
	if (realpath(path, real) == NULL)
		return false;
	len = strlen(real);
	return snprintf(real + len, PATH_MAX - len, "/%s", name + 1) > 0;
}

/* Beside us in the build tree, where the prefix was moved to, where it was installed. */
static int
find_library(struct vsc_place *place)
{
	static const char *const where[] = { "../pcsc/", "../" VPCD_LIBDIR "/vpcd/" };
	char own[PATH_MAX / 2], path[PATH_MAX];

	for (size_t i = 0; i < VSC_COUNT(where) && vsc_own_folder(own, sizeof(own)) == 0; i++) {
		snprintf(path, sizeof(path), "%s%s" LIBRARY, own, where[i]);
		if (access(path, R_OK) == 0 && real_folder(place->library, path))
			return 0;
	}
	snprintf(place->library, sizeof(place->library), "%s",
	    VPCD_PREFIX "/" VPCD_LIBDIR "/vpcd/" LIBRARY);
	return access(place->library, R_OK) == 0 ? 0 : VSC_E_NOT_FOUND;
}

static void
remove_folder(void *ctx)
{
	const struct vsc_place *place = ctx;

	if (place->lock >= 0)
		empty_folder(place->lock);
	(void)rmdir(place->dir);
}

int
vsc_place_new(struct vsc_place *place, const struct vsc_env *env)
{
	int err = find_library(place);

	place->dir[0] = '\0';
	if (err < 0) {
		vsc_env_log(env, VSC_LOG_ERROR, "%s: %s; is the library installed?", place->library,
		    strerror(errno));
		return err;
	}
	if ((err = make_dir(place)) < 0) {
		vsc_env_log(env, VSC_LOG_ERROR,
		    "cannot make a folder in XDG_RUNTIME_DIR, TMPDIR or /tmp: %s", strerror(errno));
		return err;
	}
	snprintf(place->session, sizeof(place->session), "%s/pcsc", place->dir);
	vsc_guard_start(&place->guard, remove_folder, place);
	return 0;
}

static int
write_opensc_conf(const struct vsc_place *place, char *path, size_t cap)
{
	FILE *file;

	snprintf(path, cap, "%s/opensc.conf", place->dir);
	if ((file = fopen(path, "we")) == NULL)
		return VSC_E_IO;
	/* The default driver is for cards that OpenSC does not know, and off without being asked
	 * for. Its cache of files goes by serial number and second, outlives the run, and is on
	 * for some cards from OpenSC 0.24 on: ours may change twice in a second. */
	fprintf(file,
	    "app default {\n\tenable_default_driver = true;\n"
	    "\treader_driver pcsc {\n\t\tprovider_library = \"%s\";\n\t}\n"
	    "\tframework pkcs15 {\n\t\tuse_file_caching = no;\n\t}\n}\n",
	    place->library);
	return fclose(file) == 0 ? 0 : VSC_E_IO;
}

static int
set(const char *name, const char *value)
{
	return setenv(name, value, 1) == 0 ? 0 : VSC_E_NOMEM;
}

int
vsc_place_export(const struct vsc_place *place, const struct vsc_env *env)
{
	const char *before = getenv(LIBRARY_PATH);
	const char *slash = strrchr(place->library, '/');
	char path[2 * PATH_MAX], conf[VSC_PLACE_PATH + 16];
	int err;

	/* Where there was none, the colon would add the current folder. */
	snprintf(path, sizeof(path), "%.*s%s%s", (int)(slash - place->library), place->library,
	    before != NULL && *before != '\0' ? ":" : "", before != NULL ? before : "");
	if ((err = set(LIBRARY_PATH, path)) == 0 &&
	    (err = set("LIBPCSCLITE_DELEGATE", place->library)) == 0 &&
	    (err = set("VPCD_SESSION", place->session)) == 0 && getenv("OPENSC_CONF") == NULL &&
	    (err = write_opensc_conf(place, conf, sizeof(conf))) == 0)
		err = set("OPENSC_CONF", conf);
	if (err < 0)
		vsc_env_log(env, VSC_LOG_ERROR, "%s: %s", place->dir, strerror(errno));
	return err;
}

void
vsc_place_remove(struct vsc_place *place)
{
	if (place->dir[0] == '\0')
		return;
	remove_folder(place);
	place->dir[0] = '\0';
	vsc_guard_end(&place->guard);
}

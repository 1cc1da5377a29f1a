/*
 * A lock file and a socket in the user's runtime folder, named by a hash of the list of readers,
 * decide which process opens them.
 */
#include "pcsc/share.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/system.h"
#include "pcsc/message.h"
#include "wire/socket.h"

/* FNV-1a, 64 bits: names a list of readers, guards nothing. */
static uint64_t
hash(uint64_t h, const char *text)
{
	do {
		h = (h ^ (uint8_t)*text) * 0x100000001B3u;
	} while (*text++ != '\0');
	return h;
}

static uint64_t
hash_readers(const struct vsc_readers_config *config)
{
	uint64_t h = 0xCBF29CE484222325u;
	char text[sizeof(config->entries->endpoint.host) + 32];

	for (size_t i = 0; i < config->count; i++) {
		h = hash(h, config->entries[i].name);
		h = hash(h, vsc_endpoint_text(&config->entries[i].endpoint, text, sizeof(text)));
	}
	return h;
}

/* A folder that is ours alone; in /tmp somebody else may have been there before. */
static bool
own_folder(const char *path)
{
	struct stat st;

	(void)mkdir(path, 0700);
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       (st.st_mode & 077) == 0;
}

static bool
choose_path(struct vsc_share *share, uint64_t readers)
{
	const char *run = vsc_getenv("XDG_RUNTIME_DIR");
	char folder[VSC_SHARE_PATH - 24];
	int n = -1;

	if (run != NULL && run[0] == '/')
		n = snprintf(folder, sizeof(folder), "%s/vpcd", run);
	if (n < 0 || (size_t)n >= sizeof(folder) || !own_folder(folder)) {
		snprintf(folder, sizeof(folder), "/tmp/vpcd-%lu", (unsigned long)geteuid());
		if (!own_folder(folder))
			return false;
	}
	snprintf(
	    share->path, sizeof(share->path), "%s/%016llx", folder, (unsigned long long)readers);
	return true;
}

static bool
is_served(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct vsc_out out = vsc_out_from(address.sun_path, sizeof(address.sun_path) - 1);
	int fd = vsc_message_socket(vsc_socket_new(AF_UNIX));
	bool served;

	vsc_out_str(&out, path);
	served = fd >= 0 &&
		 connect(fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) == 0;
	if (fd >= 0)
		close(fd);
	return served;
}

static void
lock_name(const struct vsc_share *share, char name[VSC_SHARE_PATH + 8])
{
	snprintf(name, VSC_SHARE_PATH + 8, "%s.lock", share->path);
}

/* Who closes takes the file away; who waited for it then holds one that nobody else will find. */
static bool
is_there(int lock, const char *name)
{
	struct stat held, found;

	return fstat(lock, &held) == 0 && lstat(name, &found) == 0 && held.st_ino == found.st_ino &&
	       held.st_dev == found.st_dev;
}

static bool
take_lock(struct vsc_share *share)
{
	char name[VSC_SHARE_PATH + 8];

	lock_name(share, name);
	for (;;) {
		share->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (share->lock < 0 || flock(share->lock, LOCK_EX) != 0)
			return false;
		if (is_there(share->lock, name))
			return true;
		close(share->lock);
	}
}

bool
vsc_share_enter(struct vsc_share *share, const struct vsc_readers_config *config)
{
	*share = (struct vsc_share){ .lock = -1 };
	if (!choose_path(share, hash_readers(config)) || !take_lock(share)) {
		share->path[0] = '\0';
		return false;
	}
	if (is_served(share->path))
		return true;
	(void)unlink(share->path); /* of a process that is gone */
	return false;
}

void
vsc_share_leave(struct vsc_share *share)
{
	if (share->path[0] != '\0')
		(void)take_lock(share);
}

void
vsc_share_decided(struct vsc_share *share)
{
	if (share->lock >= 0)
		close(share->lock);
	share->lock = -1;
}

void
vsc_share_closed(struct vsc_share *share)
{
	char name[VSC_SHARE_PATH + 8];

	lock_name(share, name);
	if (share->lock >= 0)
		(void)unlink(name);
	vsc_share_decided(share);
}

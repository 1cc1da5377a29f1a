/*
 * Unix sockets, and the link within a process. The latter is a socket pair: both ends must be
 * something a loop can wait for, and a queue in memory with an eventfd beside it costs the same two
 * system calls per frame (write and read) as the frame itself does here, plus a lock.
 */
#include "wire/link_impl.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "wire/socket.h"

static int
name_from(struct sockaddr_un *name, const char *path)
{
	*name = (struct sockaddr_un){ .sun_family = AF_UNIX };
	/* with its terminator */
	if (vsc_copy(
		name->sun_path, sizeof(name->sun_path), vsc_span_from(path, strlen(path) + 1)) == 0)
		return 0;
	errno = ENAMETOOLONG;
	return VSC_E_IO;
}

/* A connected socket, or -1 with errno. EAGAIN: the listener's queue is full */
static int
connect_to(const struct sockaddr_un *name)
{
	int fd = vsc_socket_new(AF_UNIX);

	if (fd < 0 || connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0)
		return fd;
	vsc_socket_close(fd);
	return -1;
}

int
vsc_unix_connect(struct vsc_link *link, const struct vsc_endpoint *ep)
{
	struct sockaddr_un name;
	int err = name_from(&name, ep->host);

	if (err < 0)
		return err;
	if ((link->fd = connect_to(&name)) >= 0)
		return 0;
	return errno == EAGAIN ? VSC_E_BUSY : VSC_E_IO;
}

int
vsc_link_pair(struct vsc_link **a, struct vsc_link **b)
{
	int fds[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		return VSC_E_IO;
	if ((err = vsc_link_from_fd(a, fds[0])) < 0) {
		vsc_socket_close(fds[1]);
		return err;
	}
	if ((err = vsc_link_from_fd(b, fds[1])) < 0)
		vsc_link_free(*a);
	return err;
}

/* Is it a socket left behind, on which nobody listens? Anything else at that path stays. */
static bool
is_stale(const struct sockaddr_un *name)
{
	struct stat st;
	int fd;

	if (lstat(name->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	if ((fd = connect_to(name)) >= 0) {
		vsc_socket_close(fd);
		return false;
	}
	return errno == ECONNREFUSED;
}

static int
bind_to(int fd, const struct sockaddr_un *name)
{
	const struct sockaddr *address = (const struct sockaddr *)name;

	if (bind(fd, address, sizeof(*name)) == 0)
		return 0;
	if (errno != EADDRINUSE)
		return VSC_E_IO;
	if (!is_stale(name)) {
		errno = EADDRINUSE;
		return VSC_E_BUSY;
	}
	if (unlink(name->sun_path) < 0 || bind(fd, address, sizeof(*name)) < 0)
		return VSC_E_IO;
	return 0;
}

/* Nobody can connect before listen(), so there is no moment when the socket is open to others. */
static int
restrict_and_listen(int fd, struct vsc_listener *l, const char *path)
{
	struct stat st;

	if (chmod(path, 0600) < 0 || lstat(path, &st) < 0 || listen(fd, SOMAXCONN) < 0)
		return VSC_E_IO;
	l->fds[0] = fd;
	l->nfds = 1;
	l->device = (uint64_t)st.st_dev;
	l->inode = (uint64_t)st.st_ino;
	return vsc_copy(l->path, sizeof(l->path), vsc_span_from(path, strlen(path) + 1));
}

int
vsc_unix_listen(struct vsc_listener *l, const struct vsc_endpoint *ep)
{
	struct sockaddr_un name;
	int err = name_from(&name, ep->host), fd;

	if (err < 0)
		return err;
	if ((fd = vsc_socket_new(AF_UNIX)) < 0)
		return VSC_E_IO;
	if ((err = bind_to(fd, &name)) == 0 &&
	    (err = restrict_and_listen(fd, l, name.sun_path)) == 0)
		return 0;
	vsc_socket_close(fd);
	return err;
}

void
vsc_unix_unlisten(struct vsc_listener *l)
{
	struct stat st;

	if (lstat(l->path, &st) == 0 && (uint64_t)st.st_dev == l->device &&
	    (uint64_t)st.st_ino == l->inode)
		(void)unlink(l->path);
}

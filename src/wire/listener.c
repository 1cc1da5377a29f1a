/* One listening endpoint, of as many sockets as it takes. */
#include "wire/link_impl.h"

#include <errno.h>
#include <unistd.h>

#include "wire/socket.h"

int
vsc_listener_open(struct vsc_listener *l, struct vsc_endpoint *ep, const struct vsc_env *env)
{
	*l = (struct vsc_listener){ .nfds = 0 };
	return ep->kind == VSC_ENDPOINT_UNIX ? vsc_unix_listen(l, ep) : vsc_tcp_listen(l, ep, env);
}

void
vsc_listener_close(struct vsc_listener *l)
{
	int error = errno;

	if (l->path[0] != '\0')
		vsc_unix_unlisten(l);
	for (size_t i = 0; i < l->nfds; i++)
		(void)close(l->fds[i]);
	*l = (struct vsc_listener){ .nfds = 0 };
	errno = error;
}

/* A peer that went before it was accepted is no failure of the listener. */
static bool
is_passing(int error)
{
	return error == ECONNABORTED || error == EINTR || error == EPROTO;
}

int
vsc_listener_accept(struct vsc_listener *l, struct vsc_link **link)
{
	size_t i = 0;
	int fd, err;

	while (i < l->nfds) {
		if ((fd = vsc_socket_accept(l->fds[i])) >= 0)
			return (err = vsc_link_from_fd(link, fd)) < 0 ? err : 1;
		if (errno == EAGAIN)
			i++;
		else if (!is_passing(errno))
			return VSC_E_IO;
	}
	return 0;
}

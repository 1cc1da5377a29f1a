/* TCP: every address of a name, IPv4 and IPv6 side by side. */
#include "wire/link_impl.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/socket.h"

#define PORT_ATTEMPTS 16

/* 0, or < 0 with errno where that says something */
static int
resolve(struct addrinfo **list, const char *host, uint16_t port, int flags)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags };
	char service[8];

	(void)snprintf(service, sizeof(service), "%u", (unsigned)port);
	/* RFC 6761 6.3: always the loopback addresses. A chroot may lack /etc/hosts, and the name
	 * server that is asked then may take its time. */
	if (host != NULL && strcasecmp(host, "localhost") == 0) {
		hints.ai_flags &= ~AI_PASSIVE;
		host = NULL;
	}
	switch (getaddrinfo(host, service, &hints, list)) {
	case 0:
		return 0;
	case EAI_MEMORY:
		return VSC_E_NOMEM;
	case EAI_SYSTEM:
		return VSC_E_IO;
	default:
		return VSC_E_NOT_FOUND;
	}
}

/* Of several attempts the refused one tells most: somebody is there. */
static void
note_error(struct vsc_link *link, int error)
{
	if (link->error != ECONNREFUSED)
		link->error = error;
}

/* Close with a reset, so that a connection to itself leaves nothing behind on the port. */
static void
abandon(struct vsc_link *link)
{
	struct linger none = { .l_onoff = 1, .l_linger = 0 };

	if (link->fd < 0)
		return;
	(void)setsockopt(link->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	vsc_socket_close(link->fd);
	link->fd = -1;
}

/* 0: connecting or connected; errno otherwise */
static int
attempt(struct vsc_link *link, const struct addrinfo *to)
{
	link->fd = vsc_socket_new(to->ai_family);
	if (link->fd < 0)
		return errno;
	vsc_socket_tune(link->fd);
	link->connecting = true; /* also when done at once: vsc_link_connected() judges it */
	if (connect(link->fd, to->ai_addr, to->ai_addrlen) == 0 || errno == EINPROGRESS ||
	    errno == EINTR)
		return 0;
	return errno;
}

int
vsc_tcp_connect_next(struct vsc_link *link, int error)
{
	for (;;) {
		struct addrinfo *to = link->next;

		abandon(link);
		if (error != 0)
			note_error(link, error);
		if (to == NULL) {
			errno = link->error;
			return VSC_E_IO;
		}
		link->next = to->ai_next;
		if ((error = attempt(link, to)) == 0)
			return 0;
	}
}

int
vsc_tcp_connect(struct vsc_link *link, const struct vsc_endpoint *ep)
{
	int err = resolve(&link->addresses, ep->host, ep->port, 0);

	if (err < 0)
		return err;
	link->next = link->addresses;
	return vsc_tcp_connect_next(link, 0);
}

static void
set_port(struct sockaddr *name, uint16_t port)
{
	if (name->sa_family == AF_INET)
		((struct sockaddr_in *)(void *)name)->sin_port = htons(port);
	else if (name->sa_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)name)->sin6_port = htons(port);
}

static uint16_t
own_port(int fd)
{
	struct sockaddr_storage name = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(name);

	if (getsockname(fd, (struct sockaddr *)&name, &len) < 0)
		return 0;
	if (name.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)(void *)&name)->sin_port);
	/* getsockname filled it */
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
	return ntohs(((struct sockaddr_in6 *)(void *)&name)->sin6_port);
}

/* A listening socket, or -1 with errno. */
static int
listen_at(const struct addrinfo *at)
{
	int on = 1, fd = vsc_socket_new(at->ai_family);

	if (fd < 0)
		return -1;
	/* IPv6 must leave IPv4 to the socket beside it, whatever the system's default */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (at->ai_family != AF_INET6 ||
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	vsc_socket_close(fd);
	return -1;
}

/* The machine does not have this address or its family. */
static bool
is_absent(int error)
{
	return error == EAFNOSUPPORT || error == EADDRNOTAVAIL || error == EPROTONOSUPPORT ||
	       error == ENETUNREACH;
}

/* All addresses on one port; those the machine does not have are left out. 0, or < 0 with errno */
static int
listen_all(
    struct vsc_listener *l, const struct addrinfo *list, uint16_t *port, const struct vsc_env *env)
{
	int absent = EADDRNOTAVAIL;

	for (const struct addrinfo *at = list; at != NULL && l->nfds < VSC_LISTENER_FDS;
	     at = at->ai_next) {
		int fd;

		set_port(at->ai_addr, *port);
		if ((fd = listen_at(at)) >= 0) {
			l->fds[l->nfds++] = fd;
			*port = own_port(fd);
			continue;
		}
		if (!is_absent(errno)) {
			vsc_listener_close(l);
			return errno == EADDRINUSE ? VSC_E_BUSY : VSC_E_IO;
		}
		absent = errno;
		vsc_env_log(env, VSC_LOG_DEBUG, "no %s here (%s), listening without it",
		    at->ai_family == AF_INET6 ? "IPv6" : "IPv4", strerror(absent));
	}
	errno = absent;
	return l->nfds == 0 ? VSC_E_IO : 0;
}

int
vsc_tcp_listen(struct vsc_listener *l, struct vsc_endpoint *ep, const struct vsc_env *env)
{
	bool everywhere = strcmp(ep->host, "*") == 0;
	/* no name: loopback, or with AI_PASSIVE all addresses; both families */
	const char *host = everywhere || ep->host[0] == '\0' ? NULL : ep->host;
	struct addrinfo *list;
	uint16_t port = ep->port;
	int err = resolve(&list, host, port, everywhere || host != NULL ? AI_PASSIVE : 0);

	if (err < 0)
		return err;
	err = listen_all(l, list, &port, env);
	/* a port that is free in one family may be taken in the other */
	for (int i = 1; i < PORT_ATTEMPTS && err == VSC_E_BUSY && ep->port == 0; i++) {
		port = 0;
		err = listen_all(l, list, &port, env);
	}
	freeaddrinfo(list);
	if (err == 0)
		ep->port = port;
	return err;
}

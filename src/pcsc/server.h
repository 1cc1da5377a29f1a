/*
 * Serves a resource manager to other processes over a Unix socket: a thread for each connection,
 * and one that accepts and notices who hangs up. A connection that goes away takes its context,
 * card handles and transactions with it.
 */
#ifndef VSC_PCSC_SERVER_H
#define VSC_PCSC_SERVER_H

#include "pcsc/manager.h"

struct vsc_server;

/*
 * Listens on path, which only its owner may be able to reach. The manager is borrowed. VSC_E_IO
 * with errno, VSC_E_PARAM: path is too long for a socket.
 */
VSC_MUST_CHECK int vsc_server_start(
    struct vsc_server **server, const char *path, struct vsc_manager *manager);

/* Is a client connected? */
bool vsc_server_busy(struct vsc_server *server);

/* No more connections. Any thread, also when others may be in calls. */
void vsc_server_refuse(struct vsc_server *server);

/* In the child of a fork: closes the descriptors it has inherited, nothing else. */
void vsc_server_forked(struct vsc_server *server);

/* Stops the manager, closes every connection, waits for the threads; the socket is removed. NULL is
 * fine, and stops nothing. */
void vsc_server_stop(struct vsc_server *server);

#endif

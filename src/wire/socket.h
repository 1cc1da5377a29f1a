/*
 * Stream sockets as this project wants every one of them: non-blocking, close-on-exec, no SIGPIPE,
 * and over TCP without delay and with a dead peer noticed. Where Linux has one call and other
 * systems have two, the difference ends here.
 */
#ifndef VSC_WIRE_SOCKET_H
#define VSC_WIRE_SOCKET_H

#include <stddef.h>
#include <sys/socket.h>

#include "base/bytes.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* vsc_socket_prepare sets SO_NOSIGPIPE instead */
#endif

/* A descriptor, or -1 with errno. */
VSC_MUST_CHECK int vsc_socket_new(int family);
VSC_MUST_CHECK int vsc_socket_accept(int listener);
/* For a socket that came from elsewhere; 0 or -1 with errno */
VSC_MUST_CHECK int vsc_socket_prepare(int fd);

/* TCP: answer at once, notice a dead peer within 10 s. Other families: nothing. */
void vsc_socket_tune(int fd);

/* Is it a TCP connection of a socket to itself? */
bool vsc_socket_is_self(int fd);

/* Close; errno stays. -1 is fine. */
void vsc_socket_close(int fd);

/* Wait for poll events at most until the deadline (wire/clock.h). 1, 0 at the deadline, < 0 error.
 */
VSC_MUST_CHECK int vsc_socket_wait(int fd, short events, int64_t deadline);

/* VSC_E_CLOSED when errno says that the peer is gone, else VSC_E_IO. */
int vsc_socket_error(int error);

#endif

/* Where the other side is: the endpoint notation of vicc --connect/--listen, VPCD_READERS and the
 * library's config file. */
#ifndef VSC_WIRE_ENDPOINT_H
#define VSC_WIRE_ENDPOINT_H

#include "base/bytes.h"

#define VSC_PORT_DEFAULT 0x8C7B /* 35963 */

enum vsc_endpoint_kind { VSC_ENDPOINT_TCP, VSC_ENDPOINT_UNIX };

struct vsc_endpoint {
	enum vsc_endpoint_kind kind;
	bool listen;
	char host[256]; /* TCP: name or address without brackets; "" listens on loopback, "*" on all
			   addresses. Unix: path */
	uint16_t port;  /* TCP */
};

/*
 * HOST:PORT, tcp:HOST:PORT, listen:PORT, listen:ADDRESS:PORT, listen:*:PORT, unix:PATH,
 * listen:unix:PATH; IPv6 in brackets; the port decimal, 0 octal or 0x hex (0 only where we listen:
 * any free one). VSC_E_FORMAT and, in *why (static text), what is wrong.
 */
VSC_MUST_CHECK int vsc_endpoint_parse(struct vsc_endpoint *ep, const char *text, const char **why);

/* A port in one of the three bases, 0 to 65535. */
VSC_MUST_CHECK int vsc_port_parse(const char *text, uint16_t *port);

/* In the notation above; cut at cap, always terminated. Returns text. */
char *vsc_endpoint_text(const struct vsc_endpoint *ep, char *text, size_t cap);

/* The same endpoint for the n-th of several: port + n (port 0 stays: each picks its own), or path
 * with ".n" for n > 0. VSC_E_PARAM: port past 65535; VSC_E_SPACE: path too long. */
VSC_MUST_CHECK int vsc_endpoint_nth(
    const struct vsc_endpoint *ep, unsigned n, struct vsc_endpoint *nth);

#endif

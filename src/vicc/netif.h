/* Under which addresses others reach a socket of this machine. */
#ifndef VSC_VICC_NETIF_H
#define VSC_VICC_NETIF_H

#include "base/bytes.h"

#define VSC_ADDRESS_MAX 64

struct vsc_address {
	char text[VSC_ADDRESS_MAX]; /* numeric, without brackets; a link-local IPv6 address with
				       %interface */
	char interface[32];
	bool ipv6;
};

enum vsc_reach {
	VSC_REACH_LOOPBACK, /* nobody outside can reach it */
	VSC_REACH_OUTSIDE,
	VSC_REACH_NONE, /* bound to all addresses, but the machine has none but loopback */
};

/*
 * `bound` is what the socket listens on: "" for loopback, "*", "0.0.0.0" or "::" for all, or one
 * address or name. Fills addresses others can use (at most cap), *count of them, the IPv4 ones
 * first. VSC_E_IO.
 */
VSC_MUST_CHECK int vsc_netif_list(const char *bound, struct vsc_address *addresses, size_t cap,
    size_t *count, enum vsc_reach *reach);

#endif

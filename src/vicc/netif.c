/*
 * The machine's addresses from getifaddrs(): those that a socket bound to a name, an address or a
 * wildcard is reached under.
 */
#include "vicc/netif.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* Which families a wildcard stands for. */
static bool
is_wildcard(const char *bound, bool *ipv4, bool *ipv6)
{
	*ipv4 = strcmp(bound, "*") == 0 || strcmp(bound, "0.0.0.0") == 0;
	*ipv6 = strcmp(bound, "*") == 0 || strcmp(bound, "::") == 0;
	return *ipv4 || *ipv6;
}

static bool
is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		if (vsc_copy(&in, sizeof(in), vsc_span_from(address, sizeof(in))) < 0)
			return true;
		return ntohl(in.sin_addr.s_addr) >> 24 == 127;
	} else {
		struct sockaddr_in6 in6;

		if (vsc_copy(&in6, sizeof(in6), vsc_span_from(address, sizeof(in6))) < 0)
			return true;
		return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
	}
}

static socklen_t
size_of(const struct sockaddr *address)
{
	return address->sa_family == AF_INET ? sizeof(struct sockaddr_in)
					     : sizeof(struct sockaddr_in6);
}

static bool
put_address(struct vsc_address *slot, const struct sockaddr *address, const char *interface)
{
	slot->ipv6 = address->sa_family == AF_INET6;
	snprintf(slot->interface, sizeof(slot->interface), "%s", interface);
	return getnameinfo(address, size_of(address), slot->text, sizeof(slot->text), NULL, 0,
		   NI_NUMERICHOST) == 0;
}

static bool
is_usable(const struct ifaddrs *item)
{
	return item->ifa_addr != NULL && (item->ifa_flags & IFF_UP) != 0 &&
	       (item->ifa_flags & IFF_LOOPBACK) == 0 && !is_loopback(item->ifa_addr);
}

/* Good on one wire only, and for IPv6 together with an interface's name that others do not know. */
static bool
is_link_local(const struct sockaddr *address)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (address->sa_family == AF_INET)
		return vsc_copy(&in, sizeof(in), vsc_span_from(address, sizeof(in))) == 0 &&
		       ntohl(in.sin_addr.s_addr) >> 16 == 0xA9FE;
	return vsc_copy(&in6, sizeof(in6), vsc_span_from(address, sizeof(in6))) == 0 &&
	       IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr);
}

static void
collect(const struct ifaddrs *list, int family, bool link_local, struct vsc_address *addresses,
    size_t cap, size_t *count)
{
	for (const struct ifaddrs *item = list; item != NULL && *count < cap; item = item->ifa_next)
		if (item->ifa_addr != NULL && item->ifa_addr->sa_family == family &&
		    is_usable(item) && is_link_local(item->ifa_addr) == link_local &&
		    put_address(&addresses[*count], item->ifa_addr, item->ifa_name))
			(*count)++;
}

static int
list_all(bool ipv4, bool ipv6, struct vsc_address *addresses, size_t cap, size_t *count)
{
	struct ifaddrs *list;

	if (getifaddrs(&list) != 0)
		return VSC_E_IO;
	/* the first one becomes the code */
	for (int local = 0; local <= 1; local++) {
		if (ipv4)
			collect(list, AF_INET, local == 1, addresses, cap, count);
		if (ipv6)
			collect(list, AF_INET6, local == 1, addresses, cap, count);
	}
	freeifaddrs(list);
	return 0;
}

/* One address, or whatever a name resolves to here. */
static int
list_named(const char *bound, struct vsc_address *addresses, size_t cap, size_t *count,
    enum vsc_reach *reach)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;

	if (getaddrinfo(bound, NULL, &hints, &list) != 0)
		return VSC_E_NOT_FOUND;
	for (const struct addrinfo *item = list; item != NULL && *count < cap; item = item->ai_next)
		if (!is_loopback(item->ai_addr) &&
		    put_address(&addresses[*count], item->ai_addr, ""))
			(*count)++;
	freeaddrinfo(list);
	*reach = *count > 0 ? VSC_REACH_OUTSIDE : VSC_REACH_LOOPBACK;
	return 0;
}

int
vsc_netif_list(const char *bound, struct vsc_address *addresses, size_t cap, size_t *count,
    enum vsc_reach *reach)
{
	bool ipv4, ipv6;

	*count = 0;
	*reach = VSC_REACH_LOOPBACK;
	/* a machine without a name service has a localhost, too */
	if (bound[0] == '\0' || strcasecmp(bound, "localhost") == 0)
		return 0;
	if (!is_wildcard(bound, &ipv4, &ipv6))
		return list_named(bound, addresses, cap, count, reach);
	if (list_all(ipv4, ipv6, addresses, cap, count) < 0)
		return VSC_E_IO;
	*reach = *count > 0 ? VSC_REACH_OUTSIDE : VSC_REACH_NONE;
	return 0;
}

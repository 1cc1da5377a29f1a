/* The endpoint notation: one small parser, and the way back to text. */
#include "wire/endpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"

/* After a prefix of text, or NULL if it does not begin so. */
static const char *
after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

static int
refuse(const char **why, const char *reason)
{
	*why = reason;
	return VSC_E_FORMAT;
}

int
vsc_port_parse(const char *text, uint16_t *port)
{
	const char *digits = text;
	int base = 10, digit;
	uint32_t value = 0;

	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
		base = 16;
		digits += 2;
	} else if (digits[0] == '0') {
		base = 8;
	}
	if (*digits == '\0')
		return VSC_E_FORMAT;
	for (; *digits != '\0'; digits++) {
		digit = vsc_hex_digit(*digits);
		if (digit < 0 || digit >= base)
			return VSC_E_FORMAT;
		value = value * (uint32_t)base + (uint32_t)digit;
		if (value > UINT16_MAX)
			return VSC_E_FORMAT;
	}
	*port = (uint16_t)value;
	return 0;
}

static int
put_host(struct vsc_endpoint *ep, const char *text, size_t len, const char **why)
{
	if (len >= sizeof(ep->host))
		return refuse(why, ep->kind == VSC_ENDPOINT_UNIX ? "the path is too long"
								 : "the name is too long");
	vsc_fill(ep->host, 0, sizeof(ep->host));
	return vsc_copy(ep->host, sizeof(ep->host), vsc_span_from(text, len));
}

static int
put_port(struct vsc_endpoint *ep, const char *text, const char **why)
{
	if (vsc_port_parse(text, &ep->port) < 0)
		return refuse(why, "the port is no number from 0 to 65535 (0x... hex, 0... octal)");
	if (ep->port == 0 && !ep->listen)
		return refuse(why, "port 0 cannot be connected to");
	return 0;
}

/* text begins with the bracket */
static int
parse_bracketed(struct vsc_endpoint *ep, const char *text, const char **why)
{
	const char *end = strchr(text, ']');
	int err;

	if (end == NULL)
		return refuse(why, "']' is missing after the IPv6 address");
	if (memchr(text, ':', (size_t)(end - text)) == NULL)
		return refuse(why, "only an IPv6 address goes in brackets");
	if (end[1] != ':')
		return refuse(why, "':PORT' is missing after ']'");
	if ((err = put_host(ep, text + 1, (size_t)(end - text) - 1, why)) < 0)
		return err;
	return put_port(ep, end + 2, why);
}

static int
parse_tcp(struct vsc_endpoint *ep, const char *text, const char **why)
{
	const char *colon = strrchr(text, ':');
	int err;

	ep->kind = VSC_ENDPOINT_TCP;
	if (text[0] == '[')
		return parse_bracketed(ep, text, why);
	if (colon == NULL)
		return ep->listen ? put_port(ep, text, why)
				  : refuse(why, "the port is missing: HOST:PORT");
	if (colon == text)
		return refuse(why, "the host is missing before ':'");
	if (strchr(text, ':') != colon)
		return refuse(why, "an IPv6 address goes in brackets: [ADDRESS]:PORT");
	if (text[strcspn(text, "[] \t\r\n/")] != '\0')
		return refuse(why, "a character that no host name has");
	if ((err = put_host(ep, text, (size_t)(colon - text), why)) < 0)
		return err;
	if (strcmp(ep->host, "*") == 0 && !ep->listen)
		return refuse(why, "'*' can be listened on only");
	return put_port(ep, colon + 1, why);
}

static int
parse_unix(struct vsc_endpoint *ep, const char *path, const char **why)
{
	ep->kind = VSC_ENDPOINT_UNIX;
	if (*path == '\0')
		return refuse(why, "the path is missing after 'unix:'");
	return put_host(ep, path, strlen(path), why);
}

int
vsc_endpoint_parse(struct vsc_endpoint *ep, const char *text, const char **why)
{
	const char *rest;

	*ep = (struct vsc_endpoint){ 0 };
	if ((rest = after(text, "listen:")) != NULL) {
		ep->listen = true;
		text = rest;
	}
	if ((rest = after(text, "unix:")) != NULL)
		return parse_unix(ep, rest, why);
	if ((rest = after(text, "tcp:")) != NULL)
		text = rest;
	return parse_tcp(ep, text, why);
}

/* A host may be named like a word of the notation: tcp:unix:5 is port 5 of the host "unix". */
static bool
is_word(const char *host)
{
	static const char *const words[] = { "listen", "tcp", "unix" };

	for (size_t i = 0; i < VSC_COUNT(words); i++)
		if (strcmp(host, words[i]) == 0)
			return true;
	return false;
}

char *
vsc_endpoint_text(const struct vsc_endpoint *ep, char *text, size_t cap)
{
	const char *listen = ep->listen ? "listen:" : "";

	if (ep->kind == VSC_ENDPOINT_UNIX)
		(void)snprintf(text, cap, "%sunix:%s", listen, ep->host);
	else if (ep->host[0] == '\0')
		(void)snprintf(text, cap, "%s%u", listen, (unsigned)ep->port);
	else if (strchr(ep->host, ':') != NULL)
		(void)snprintf(text, cap, "%s[%s]:%u", listen, ep->host, (unsigned)ep->port);
	else
		(void)snprintf(text, cap, "%s%s%s:%u", listen, is_word(ep->host) ? "tcp:" : "",
		    ep->host, (unsigned)ep->port);
	return text;
}

int
vsc_endpoint_nth(const struct vsc_endpoint *ep, unsigned n, struct vsc_endpoint *nth)
{
	size_t len = strlen(ep->host);

	*nth = *ep;
	if (n == 0 || (ep->kind == VSC_ENDPOINT_TCP && ep->port == 0))
		return 0;
	if (ep->kind == VSC_ENDPOINT_TCP) {
		if (n > UINT16_MAX - (unsigned)ep->port)
			return VSC_E_PARAM;
		nth->port = (uint16_t)(ep->port + n);
		return 0;
	}
	if (snprintf(nth->host + len, sizeof(nth->host) - len, ".%u", n) >=
	    (int)(sizeof(nth->host) - len))
		return VSC_E_SPACE;
	return 0;
}

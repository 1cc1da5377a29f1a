/*
 * Takes a DEVICENAME apart from its end: options, port, address; what is left in front says whether
 * to listen or to connect.
 */
#include "ifd/devicename.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 512
#define DEVICE  "/dev/null" /* pcscd insists on a file that exists when there is no colon */

/* --- options: `:key=value` at the end -------------------------------------------------------- */

/* Whole seconds or a decimal fraction, from 0.001 to a day; in milliseconds. */
static int
parse_seconds(const char *text, int *ms)
{
	long value = 0, unit = 1000;
	const char *p = text;

	if (!isdigit((unsigned char)*p))
		return VSC_E_FORMAT;
	for (; isdigit((unsigned char)*p); p++) {
		value = value * 10 + (*p - '0') * 1000;
		if (value > 86400000)
			return VSC_E_FORMAT;
	}
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++)
			value += (*p - '0') * (unit /= 10);
	if (*p != '\0' || value < 1)
		return VSC_E_FORMAT;
	*ms = (int)value;
	return 0;
}

static int
parse_slots(const char *text, unsigned *slots)
{
	char *end;
	unsigned long value;

	if (!isdigit((unsigned char)text[0]))
		return VSC_E_FORMAT;
	value = strtoul(text, &end, 10);
	if (*end != '\0' || value < 1 || value > VSC_SLOTS_MAX)
		return VSC_E_FORMAT;
	*slots = (unsigned)value;
	return 0;
}

static int
parse_option(struct vsc_devicename *d, const char *text, const char **why)
{
	const struct {
		const char *key;
		int *ms;
	} timeouts[] = {
		{ "atr-timeout=", &d->atr_timeout },
		{ "apdu-timeout=", &d->apdu_timeout },
		{ "frame-timeout=", &d->frame_timeout },
		{ "connect-timeout=", &d->connect_timeout },
	};

	*why = "slots= takes a number from 1 to 255";
	if (strncmp(text, "slots=", 6) == 0)
		return parse_slots(text + 6, &d->slots);
	*why = "a timeout is a number of seconds, at most a day";
	for (size_t i = 0; i < VSC_COUNT(timeouts); i++) {
		size_t len = strlen(timeouts[i].key);

		if (strncmp(text, timeouts[i].key, len) == 0)
			return parse_seconds(text + len, timeouts[i].ms);
	}
	*why = "unknown option; there are slots, atr-timeout, apdu-timeout, frame-timeout and "
	       "connect-timeout";
	return VSC_E_FORMAT;
}

/* key=value, where a key is lower case: no path and no host looks like that */
static bool
is_option(const char *text)
{
	size_t key = strspn(text, "abcdefghijklmnopqrstuvwxyz-");

	return key > 0 && text[key] == '=';
}

/* Cuts the options off and reads them; the last of a kind counts. */
static int
take_options(struct vsc_devicename *d, char *text, const char **why)
{
	char *options[16];
	size_t n = 0;
	char *colon;

	while ((colon = strrchr(text, ':')) != NULL && is_option(colon + 1)) {
		if (n == VSC_COUNT(options)) {
			*why = "too many options";
			return VSC_E_FORMAT;
		}
		*colon = '\0';
		options[n++] = colon + 1;
	}
	while (n > 0) {
		if (parse_option(d, options[--n], why) < 0)
			return VSC_E_FORMAT;
	}
	return 0;
}

/* --- where ----------------------------------------------------------------------------------- */

static int
set_host(struct vsc_endpoint *ep, const char *host, const char **why)
{
	int n = snprintf(ep->host, sizeof(ep->host), "%s", host);

	*why = "the address or path is too long";
	return n < 0 || (size_t)n >= sizeof(ep->host) ? VSC_E_FORMAT : 0;
}

static int
set_path(struct vsc_endpoint *ep, char *path, const char **why)
{
	size_t len = strlen(path);

	ep->kind = VSC_ENDPOINT_UNIX;
	ep->port = 0;
	if (len > 0 && path[len - 1] == ':')
		path[--len] = '\0';
	*why = "no path of a socket";
	return len == 0 ? VSC_E_FORMAT : set_host(ep, path, why);
}

static int
set_port(struct vsc_endpoint *ep, const char *text, const char **why)
{
	*why = "the port must be 1 to 65535, decimal, octal (0...) or hexadecimal (0x...)";
	return vsc_port_parse(text, &ep->port) < 0 || ep->port == 0 ? VSC_E_FORMAT : 0;
}

/* ADDRESS:PORT; the address may hold colons itself, and may be in brackets */
static int
set_address(struct vsc_endpoint *ep, char *text, const char **why)
{
	char *colon = strrchr(text, ':');
	size_t len;

	if (colon == NULL) {
		*why = "no port; the form is ADDRESS:PORT";
		return VSC_E_FORMAT;
	}
	*colon = '\0';
	len = strlen(text);
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		text++;
	}
	*why = "no address before the port";
	if (text[0] == '\0' || set_host(ep, text, why) < 0)
		return VSC_E_FORMAT;
	return set_port(ep, colon + 1, why);
}

/* What follows the device: nothing, :PORT, @ADDRESS:PORT or @/PATH: */
static int
parse_listen(struct vsc_endpoint *ep, char *rest, const char **why)
{
	ep->listen = true;
	if (rest[0] == '\0')
		return 0;
	if (rest[0] == ':')
		return set_port(ep, rest + 1, why);
	if (rest[0] == '@' && rest[1] == '/')
		return set_path(ep, rest + 1, why);
	if (rest[0] == '@')
		return set_address(ep, rest + 1, why);
	*why = "the only device is /dev/null";
	return VSC_E_FORMAT;
}

static int
parse_where(struct vsc_endpoint *ep, char *text, const char **why)
{
	if (strncmp(text, DEVICE, strlen(DEVICE)) == 0)
		return parse_listen(ep, text + strlen(DEVICE), why);
	if (strncmp(text, "unix:", 5) == 0)
		return set_path(ep, text + 5, why);
	if (text[0] == '/') {
		*why = "the only device is /dev/null";
		return VSC_E_FORMAT;
	}
	return set_address(ep, text, why);
}

/* pcscd hands over a quoted value with its quotes. */
static int
unquote(char *text, size_t cap, const char *raw)
{
	size_t len = strlen(raw);

	if (len >= 2 && raw[0] == '"' && raw[len - 1] == '"') {
		raw++;
		len -= 2;
	}
	if (len >= cap || vsc_copy(text, cap, vsc_span_from(raw, len)) < 0)
		return VSC_E_FORMAT;
	text[len] = '\0';
	return 0;
}

static int
check_last_port(const struct vsc_devicename *d, const char **why)
{
	*why = "the port of the last slot is above 65535";
	if (d->endpoint.kind == VSC_ENDPOINT_TCP && d->endpoint.port + d->slots - 1 > 65535)
		return VSC_E_FORMAT;
	return 0;
}

int
vsc_devicename_parse(struct vsc_devicename *d, const char *raw, const char **why)
{
	char text[LONGEST];

	*d = (struct vsc_devicename){ .endpoint = { .kind = VSC_ENDPOINT_TCP,
					  .port = VSC_PORT_DEFAULT },
		.slots = VSC_SLOTS_DEFAULT };
	*why = "too long";
	if (unquote(text, sizeof(text), raw) < 0)
		return VSC_E_FORMAT;
	if (take_options(d, text, why) < 0 || parse_where(&d->endpoint, text, why) < 0)
		return VSC_E_FORMAT;
	return check_last_port(d, why);
}

int
vsc_devicename_from_channel(struct vsc_devicename *d, unsigned long channel, const char **why)
{
	char text[64];

	snprintf(text, sizeof(text), DEVICE ":%lu", channel);
	return vsc_devicename_parse(d, text, why);
}

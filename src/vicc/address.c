/* From options to an endpoint: see address.h. */
#include "vicc/address.h"

#include <stdio.h>
#include <string.h>

const struct vsc_option vsc_address_options[] = {
	{ "connect", 0, VSC_OPTION_VALUE, false, "ENDPOINT", "connect to HOST:PORT or unix:PATH" },
	{ "hostname", 'H', VSC_OPTION_VALUE, false, "HOST",
	    "the reader's host (localhost); with -R: the address to listen on" },
	{ "listen", 0, VSC_OPTION_VALUE, false, "ENDPOINT",
	    "wait for readers on PORT, ADDRESS:PORT, *:PORT or unix:PATH" },
	{ "once", 0, VSC_OPTION_FLAG, false, NULL,
	    "give up when the reader is not there or goes away" },
	{ "port", 'P', VSC_OPTION_VALUE, false, "PORT", "the reader's port (35963)" },
	{ "reversed", 'R', VSC_OPTION_FLAG, false, NULL,
	    "wait for a reader to connect, instead of connecting to one" },
};
const size_t vsc_address_option_count = VSC_COUNT(vsc_address_options);

static int
from_endpoint_option(
    struct vsc_endpoint *ep, const char *option, const char *text, struct vsc_why *why)
{
	bool listening = strcmp(option, "listen") == 0;
	const char *complaint = NULL;
	char full[sizeof(ep->host) + 32];

	if (listening && strncmp(text, "listen:", 7) != 0)
		snprintf(full, sizeof(full), "listen:%s", text);
	else
		snprintf(full, sizeof(full), "%s", text);
	if (vsc_endpoint_parse(ep, full, &complaint) < 0)
		return vsc_why_set(why, VSC_E_PARAM, "option --%s %s: %s", option, text, complaint);
	if (ep->listen != listening)
		return vsc_why_set(why, VSC_E_PARAM,
		    "option --connect %s: to wait for readers, use --listen", text);
	if (!listening && ep->kind == VSC_ENDPOINT_TCP && ep->port == 0)
		return vsc_why_set(why, VSC_E_PARAM, "option --connect %s: port 0 is none", text);
	return 0;
}

static int
set_port(struct vsc_endpoint *ep, const char *text, struct vsc_why *why)
{
	if (vsc_port_parse(text, &ep->port) == 0 && (ep->port != 0 || ep->listen))
		return 0;
	return vsc_why_set(why, VSC_E_PARAM, "option --port: \"%s\" is not between %d and 65535",
	    text, ep->listen ? 0 : 1);
}

/* An IPv6 address may stand in the brackets that it has in an endpoint. */
static int
set_host(struct vsc_endpoint *ep, const char *text, struct vsc_why *why)
{
	size_t len = strlen(text);
	bool bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	struct vsc_span host = vsc_span_slice(vsc_span_str(text), bracketed, len - 2 * bracketed);

	if (host.len > 0 && vsc_copy(ep->host, sizeof(ep->host) - 1, host) == 0) {
		ep->host[host.len] = '\0';
		return 0;
	}
	return vsc_why_set(why, VSC_E_PARAM, "option --hostname: \"%.40s\" is not a host", text);
}

/* As the previous card, one further; or the predecessor's defaults. */
static int
start_from(struct vsc_endpoint *ep, const struct vsc_endpoint *previous, bool port_given,
    struct vsc_why *why)
{
	char text[300];

	*ep = (struct vsc_endpoint){
		.kind = VSC_ENDPOINT_TCP, .host = "localhost", .port = VSC_PORT_DEFAULT
	};
	if (previous == NULL)
		return 0;
	if (port_given && previous->kind == VSC_ENDPOINT_TCP) {
		*ep = *previous;
		return 0;
	}
	if (vsc_endpoint_nth(previous, 1, ep) == 0)
		return 0;
	return vsc_why_set(why, VSC_E_PARAM, "there is no place for a card after %s",
	    vsc_endpoint_text(previous, text, sizeof(text)));
}

static int
from_host_and_port(struct vsc_endpoint *ep, const struct vsc_params *params,
    const struct vsc_endpoint *previous, struct vsc_why *why)
{
	const char *host = vsc_params_get(params, "hostname");
	const char *port = vsc_params_get(params, "port");
	int rc;

	if (previous != NULL && previous->kind == VSC_ENDPOINT_UNIX && (host || port))
		previous = NULL;
	if ((rc = start_from(ep, previous, port != NULL, why)) < 0)
		return rc;
	if (vsc_params_has(params, "reversed") && !ep->listen) {
		ep->listen = true;
		ep->host[0] = '\0';
	}
	if (host != NULL && (rc = set_host(ep, host, why)) < 0)
		return rc;
	return port != NULL ? set_port(ep, port, why) : 0;
}

int
vsc_address_choose(struct vsc_endpoint *ep, const struct vsc_params *params,
    const struct vsc_endpoint *previous, struct vsc_why *why)
{
	static const char *const endpoints[] = { "connect", "listen" };
	static const char *const classic[] = { "hostname", "port", "reversed" };
	const char *option = NULL;

	for (size_t i = 0; i < VSC_COUNT(endpoints); i++) {
		if (!vsc_params_has(params, endpoints[i]))
			continue;
		if (option != NULL)
			return vsc_why_set(
			    why, VSC_E_PARAM, "options --connect and --listen exclude each other");
		option = endpoints[i];
	}
	if (option == NULL)
		return from_host_and_port(ep, params, previous, why);
	for (size_t i = 0; i < VSC_COUNT(classic); i++)
		if (vsc_params_has(params, classic[i]))
			return vsc_why_set(why, VSC_E_PARAM,
			    "options --%s and --%s exclude each other", option, classic[i]);
	return from_endpoint_option(ep, option, vsc_params_get(params, option), why);
}

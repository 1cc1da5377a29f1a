/*
 * One slot's report filled in: address to connect to, vicc command line, URI; printed as text or
 * JSON.
 */
#include "vpcd-config/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* An address in front of a port. */
static void
put_host(char *text, size_t cap, const char *host)
{
	snprintf(text, cap, strchr(host, ':') != NULL ? "[%s]" : "%s", host);
}

/* A listening slot's host as a card on this machine, or elsewhere, names it. */
static const char *
best_host(const struct vsc_report *report)
{
	const char *bound = report->endpoint.host;

	if (report->naddresses > 0)
		return report->addresses[0].text;
	/* one family's loopback address need not be what the name means */
	return report->reach == VSC_REACH_LOOPBACK && bound[0] != '\0' ? bound : "localhost";
}

static void
fill_command(struct vsc_report *report)
{
	const struct vsc_endpoint *ep = &report->endpoint;
	const size_t cap = sizeof(report->command);

	if (ep->kind == VSC_ENDPOINT_UNIX)
		snprintf(report->command, cap, "vicc --%s unix:%s",
		    ep->listen ? "connect" : "listen", ep->host);
	else if (ep->listen)
		snprintf(report->command, cap, "vicc --hostname %s --port %u", best_host(report),
		    ep->port);
	else
		snprintf(report->command, cap, "vicc --reversed --hostname %s --port %u", ep->host,
		    ep->port);
}

int
vsc_report_fill(struct vsc_report *report)
{
	const struct vsc_endpoint *ep = &report->endpoint;
	char host[VSC_ADDRESS_MAX + 2];
	int err = 0;

	report->naddresses = 0;
	report->reach = VSC_REACH_LOOPBACK;
	report->uri[0] = '\0';
	if (ep->kind == VSC_ENDPOINT_TCP && ep->listen)
		err = vsc_netif_list(ep->host, report->addresses, VSC_COUNT(report->addresses),
		    &report->naddresses, &report->reach);
	fill_command(report);
	if (report->reach == VSC_REACH_OUTSIDE) {
		put_host(host, sizeof(host), best_host(report));
		snprintf(report->uri, sizeof(report->uri), "vpcd://%s:%u", host, ep->port);
	}
	return err;
}

static void put_line(struct vsc_out *out, const char *format, ...) VSC_PRINTF(2, 3);

static void
put_line(struct vsc_out *out, const char *format, ...)
{
	char line[700];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	vsc_out_str(out, line);
	vsc_out_u8(out, '\n');
}

static void
put_where(struct vsc_out *out, const struct vsc_report *report)
{
	char text[300];
	const struct vsc_endpoint *ep = &report->endpoint;

	if (ep->kind == VSC_ENDPOINT_UNIX) {
		put_line(out, "  %s the Unix socket %s", ep->listen ? "listens on" : "connects to",
		    ep->host);
		return;
	}
	if (!ep->listen) {
		put_line(out, "  connects to a card that waits at %s",
		    vsc_endpoint_text(ep, text, sizeof(text)));
		return;
	}
	put_line(out, "  listens on port %u", ep->port);
	for (size_t i = 0; i < report->naddresses; i++)
		put_line(out, "  host:  %s%s%s%s", report->addresses[i].text,
		    report->addresses[i].interface[0] == '\0' ? "" : " (",
		    report->addresses[i].interface,
		    report->addresses[i].interface[0] == '\0' ? "" : ")");
	if (report->naddresses == 0)
		put_line(out, "  host:  %s", best_host(report));
}

/* Why there is no code to scan. */
static void
put_unreachable(struct vsc_out *out, const struct vsc_report *report)
{
	if (report->endpoint.kind == VSC_ENDPOINT_UNIX || !report->endpoint.listen)
		return;
	if (report->reach == VSC_REACH_NONE)
		put_line(out, "  no QR code: this machine has no address but its loopback ones");
	else
		put_line(out,
		    "  no QR code: the reader is bound to loopback, nobody outside can reach it; "
		    "DEVICENAME\n"
		    "  /dev/null@0.0.0.0:%u in reader.conf opens it to the network (vpcd(5))",
		    report->endpoint.port);
}

void
vsc_report_text(struct vsc_out *out, const struct vsc_report *report, enum vsc_qr_style style)
{
	put_line(out, "%s", report->name);
	put_where(out, report);
	put_line(out, "  card:  %s", report->command);
	if (report->uri[0] == '\0') {
		put_unreachable(out, report);
		return;
	}
	put_line(out, "  URI:   %s", report->uri);
	if (vsc_qr_available() && vsc_qr_draw(out, report->uri, style) < 0)
		put_line(out, "  (the QR code cannot be drawn)");
}

static void
put_json_member(struct vsc_out *out, const char *name, const char *value)
{
	vsc_out_str(out, ", ");
	vsc_json_string(out, name);
	vsc_out_str(out, ": ");
	if (value == NULL)
		vsc_out_str(out, "null");
	else
		vsc_json_string(out, value);
}

void
vsc_report_json(struct vsc_out *out, const struct vsc_report *report)
{
	const struct vsc_endpoint *ep = &report->endpoint;
	const bool tcp = ep->kind == VSC_ENDPOINT_TCP;
	char number[48];

	snprintf(number, sizeof(number), "{\"slot\": %u", report->slot);
	vsc_out_str(out, number);
	put_json_member(out, "reader", report->name);
	put_json_member(out, "mode", ep->listen ? "listen" : "connect");
	if (tcp) {
		snprintf(number, sizeof(number), ", \"port\": %u", ep->port);
		vsc_out_str(out, number);
		vsc_out_str(out, ", \"hosts\": [");
		for (size_t i = 0; i < report->naddresses; i++) {
			vsc_out_str(out, i == 0 ? "" : ", ");
			vsc_json_string(out, report->addresses[i].text);
		}
		if (report->naddresses == 0)
			vsc_json_string(out, ep->listen ? best_host(report) : ep->host);
		vsc_out_u8(out, ']');
	} else {
		put_json_member(out, "path", ep->host);
	}
	put_json_member(out, "command", report->command);
	put_json_member(out, "uri", report->uri[0] == '\0' ? NULL : report->uri);
	vsc_out_u8(out, '}');
}

/* The endpoint notation: what it means, how it is written back, and what is refused with which
 * reason. */
#include <string.h>

#include "test.h"
#include "wire/endpoint.h"

static const struct row {
	const char *name; /* also the text */
	enum vsc_endpoint_kind kind;
	bool listen;
	const char *host;
	uint16_t port;
	const char *text; /* as written back */
} rows[] = {
	{ "localhost:35963", VSC_ENDPOINT_TCP, false, "localhost", 35963, "localhost:35963" },
	{ "tcp:card.example:1", VSC_ENDPOINT_TCP, false, "card.example", 1, "card.example:1" },
	{ "127.0.0.1:0x8C7B", VSC_ENDPOINT_TCP, false, "127.0.0.1", 35963, "127.0.0.1:35963" },
	{ "h:0X1f", VSC_ENDPOINT_TCP, false, "h", 31, "h:31" },
	{ "h:010", VSC_ENDPOINT_TCP, false, "h", 8, "h:8" },
	{ "h:65535", VSC_ENDPOINT_TCP, false, "h", 65535, "h:65535" },
	{ "[::1]:7", VSC_ENDPOINT_TCP, false, "::1", 7, "[::1]:7" },
	{ "tcp:[fe80::1%eth0]:7", VSC_ENDPOINT_TCP, false, "fe80::1%eth0", 7, "[fe80::1%eth0]:7" },
	{ "listen:35963", VSC_ENDPOINT_TCP, true, "", 35963, "listen:35963" },
	{ "listen:0", VSC_ENDPOINT_TCP, true, "", 0, "listen:0" },
	{ "listen:tcp:5", VSC_ENDPOINT_TCP, true, "", 5, "listen:5" },
	{ "listen:*:5", VSC_ENDPOINT_TCP, true, "*", 5, "listen:*:5" },
	{ "listen:10.0.0.1:5", VSC_ENDPOINT_TCP, true, "10.0.0.1", 5, "listen:10.0.0.1:5" },
	{ "listen:[::]:0x10", VSC_ENDPOINT_TCP, true, "::", 16, "listen:[::]:16" },
	{ "tcp:unix:15", VSC_ENDPOINT_TCP, false, "unix", 15, "tcp:unix:15" },
	{ "tcp:listen:15", VSC_ENDPOINT_TCP, false, "listen", 15, "tcp:listen:15" },
	{ "tcp:tcp:15", VSC_ENDPOINT_TCP, false, "tcp", 15, "tcp:tcp:15" },
	{ "listen:tcp:unix:15", VSC_ENDPOINT_TCP, true, "unix", 15, "listen:tcp:unix:15" },
	{ "unix:/run/card.sock", VSC_ENDPOINT_UNIX, false, "/run/card.sock", 0,
	    "unix:/run/card.sock" },
	{ "unix:a:b", VSC_ENDPOINT_UNIX, false, "a:b", 0, "unix:a:b" },
	{ "listen:unix:card", VSC_ENDPOINT_UNIX, true, "card", 0, "listen:unix:card" },
};

static void
parse_and_write_back(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++) {
		struct vsc_endpoint ep;
		const char *why = NULL;
		char text[300];

		if (vsc_endpoint_parse(&ep, row->name, &why) != 0)
			FAIL_ROW(row, why);
		if (ep.kind != row->kind || ep.listen != row->listen || ep.port != row->port ||
		    strcmp(ep.host, row->host) != 0)
			FAIL_ROW(row, "meaning");
		if (strcmp(vsc_endpoint_text(&ep, text, sizeof(text)), row->text) != 0)
			FAIL_ROW(row, text);
	}
}

static const struct refused {
	const char *name; /* also the text */
	const char *why;  /* a part of the reason */
} refused[] = {
	{ "", "port is missing" },
	{ "localhost", "port is missing" },
	{ ":35963", "host is missing" },
	{ "listen::35963", "host is missing" },
	{ "h:", "port is no number" },
	{ "h:0", "port 0" },
	{ "h:65536", "0 to 65535" },
	{ "h:0x10000", "0 to 65535" },
	{ "h:4294967297", "0 to 65535" },
	{ "h:0x", "port is no number" },
	{ "h:08", "port is no number" },
	{ "h:12a", "port is no number" },
	{ "h: 1", "character" },
	{ "h:-1", "port is no number" },
	{ "h:+1", "port is no number" },
	{ "listen:", "port is no number" },
	{ "listen:pcscd", "port is no number" },
	{ "::1:7", "brackets" },
	{ "listen:::7", "brackets" },
	{ "[::1", "']' is missing" },
	{ "[::1]", "':PORT' is missing" },
	{ "[::1]7", "':PORT' is missing" },
	{ "[localhost]:7", "only an IPv6 address" },
	{ "*:7", "listened on only" },
	{ "http://h:80", "brackets" },
	{ "a/b:80", "character" },
	{ "a b:80", "character" },
	{ "unix:", "path is missing" },
	{ "listen:unix:", "path is missing" },
};

static void
refuse_with_a_reason(void **state)
{
	char longer[400] = "unix:";
	struct vsc_endpoint ep;
	const char *why;

	(void)state;
	for (const struct refused *row = refused; row < refused + VSC_COUNT(refused); row++) {
		why = NULL;
		if (vsc_endpoint_parse(&ep, row->name, &why) != VSC_E_FORMAT || why == NULL)
			FAIL_ROW(row, "not refused");
		if (strstr(why, row->why) == NULL)
			FAIL_ROW(row, why);
	}
	vsc_fill(longer + 5, 'x', 256);
	assert_int_equal(vsc_endpoint_parse(&ep, longer, &why), VSC_E_FORMAT);
	assert_non_null(strstr(why, "too long"));
	longer[5 + 255] = '\0';
	assert_int_equal(vsc_endpoint_parse(&ep, longer, &why), 0);
}

static void
nth_counts_ports_and_paths(void **state)
{
	struct vsc_endpoint ep, nth;
	const char *why;

	(void)state;
	assert_int_equal(vsc_endpoint_parse(&ep, "listen:65534", &why), 0);
	assert_int_equal(vsc_endpoint_nth(&ep, 1, &nth), 0);
	assert_int_equal(nth.port, 65535);
	assert_true(nth.listen);
	assert_int_equal(vsc_endpoint_nth(&ep, 2, &nth), VSC_E_PARAM);
	assert_int_equal(vsc_endpoint_parse(&ep, "listen:0", &why), 0);
	assert_int_equal(vsc_endpoint_nth(&ep, 3, &nth), 0);
	assert_int_equal(nth.port, 0);
	assert_int_equal(vsc_endpoint_parse(&ep, "unix:/run/v.sock", &why), 0);
	assert_int_equal(vsc_endpoint_nth(&ep, 0, &nth), 0);
	assert_string_equal(nth.host, "/run/v.sock");
	assert_int_equal(vsc_endpoint_nth(&ep, 12, &nth), 0);
	assert_string_equal(nth.host, "/run/v.sock.12");
	vsc_fill(ep.host, 'x', 254);
	assert_int_equal(vsc_endpoint_nth(&ep, 1, &nth), VSC_E_SPACE);
}

static void
text_is_cut(void **state)
{
	struct vsc_endpoint ep;
	const char *why;
	char text[8];

	(void)state;
	assert_int_equal(vsc_endpoint_parse(&ep, "listen:35963", &why), 0);
	assert_string_equal(vsc_endpoint_text(&ep, text, sizeof(text)), "listen:");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_and_write_back),
		cmocka_unit_test(refuse_with_a_reason),
		cmocka_unit_test(nth_counts_ports_and_paths),
		cmocka_unit_test(text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where a card goes: the predecessor's options, endpoints, and the card before it. */
#include <string.h>

#include "test.h"
#include "vicc/address.h"

/* previous and want in endpoint notation; want NULL: refused, and why says `complaint`. */
static const struct row {
	const char *name, *previous;
	struct vsc_param params[3];
	const char *want, *complaint;
} rows[] = {
	{ "default", NULL, { { NULL, NULL } }, "localhost:35963", NULL },
	{ "port", NULL, { { "port", "4711" } }, "localhost:4711", NULL },
	{ "hex port", NULL, { { "port", "0x8C7C" } }, "localhost:35964", NULL },
	{ "host", NULL, { { "hostname", "10.0.0.1" } }, "10.0.0.1:35963", NULL },
	{ "IPv6 host", NULL, { { "hostname", "::1" } }, "[::1]:35963", NULL },
	{ "reversed", NULL, { { "reversed", "" } }, "listen:35963", NULL },
	{ "reversed, any", NULL, { { "reversed", "" }, { "hostname", "*" } }, "listen:*:35963",
	    NULL },
	{ "reversed, port 0", NULL, { { "reversed", "" }, { "port", "0" } }, "listen:0", NULL },
	{ "connect", NULL, { { "connect", "[::1]:7" } }, "[::1]:7", NULL },
	{ "connect unix", NULL, { { "connect", "unix:/run/x" } }, "unix:/run/x", NULL },
	{ "listen", NULL, { { "listen", "7" } }, "listen:7", NULL },
	{ "listen, whole notation", NULL, { { "listen", "listen:*:7" } }, "listen:*:7", NULL },
	{ "listen unix", NULL, { { "listen", "unix:/run/x" } }, "listen:unix:/run/x", NULL },
	{ "next port", "10.0.0.1:7", { { NULL, NULL } }, "10.0.0.1:8", NULL },
	{ "next listener", "listen:*:7", { { NULL, NULL } }, "listen:*:8", NULL },
	{ "next path", "unix:/run/x", { { NULL, NULL } }, "unix:/run/x.1", NULL },
	{ "port, same host", "10.0.0.1:7", { { "port", "9" } }, "10.0.0.1:9", NULL },
	{ "host, next port", "10.0.0.1:7", { { "hostname", "b" } }, "b:8", NULL },
	{ "port after path", "unix:/run/x", { { "port", "9" } }, "localhost:9", NULL },
	{ "no next port", "localhost:65535", { { NULL, NULL } }, NULL, "localhost:65535" },
	{ "port after last", "localhost:65535", { { "port", "1" } }, "localhost:1", NULL },
	{ "port too large", NULL, { { "port", "65536" } }, NULL, "\"65536\"" },
	{ "port is a word", NULL, { { "port", "http" } }, NULL, "\"http\"" },
	{ "port 0", NULL, { { "port", "0" } }, NULL, "between 1 and 65535" },
	{ "empty host", NULL, { { "hostname", "" } }, NULL, "--hostname" },
	{ "connect, no port", NULL, { { "connect", "localhost" } }, NULL, "--connect localhost" },
	{ "connect, port 0", NULL, { { "connect", "localhost:0" } }, NULL, "port 0" },
	{ "connect to listen", NULL, { { "connect", "listen:7" } }, NULL, "use --listen" },
	{ "both", NULL, { { "connect", "a:7" }, { "listen", "7" } }, NULL, "exclude" },
	{ "connect and port", NULL, { { "connect", "a:7" }, { "port", "7" } }, NULL,
	    "--connect and --port exclude" },
};

static size_t
count(const struct row *row)
{
	size_t n = 0;

	while (n < VSC_COUNT(row->params) && row->params[n].name != NULL)
		n++;
	return n;
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct vsc_params params = { row->params, count(row) };
		struct vsc_endpoint previous, ep;
		struct vsc_why why = { "" };
		const char *text;
		char got[300];
		int rc;

		if (row->previous != NULL)
			assert_int_equal(vsc_endpoint_parse(&previous, row->previous, &text), 0);
		rc = vsc_address_choose(
		    &ep, &params, row->previous != NULL ? &previous : NULL, &why);
		if (row->want == NULL && (rc != VSC_E_PARAM || !strstr(why.text, row->complaint)))
			fail_msg("row \"%s\": %d, %s", row->name, rc, why.text);
		if (row->want == NULL)
			continue;
		if (rc < 0)
			fail_msg("row \"%s\": %s", row->name, why.text);
		vsc_endpoint_text(&ep, got, sizeof(got));
		if (strcmp(got, row->want) != 0)
			fail_msg("row \"%s\": got %s, want %s", row->name, got, row->want);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* DEVICENAME of reader.conf. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "ifd/devicename.h"

/* "" for an endpoint: refused */
static const struct {
	const char *name, *text, *endpoint;
	unsigned slots;
	int atr, apdu, frame, connect;
} rows[] = {
	{ "as installed", "/dev/null:0x8C7B", "listen:35963", VSC_SLOTS_DEFAULT, 0, 0, 0, 0 },
	{ "quoted", "\"/dev/null:0x8C7B\"", "listen:35963", VSC_SLOTS_DEFAULT, 0, 0, 0, 0 },
	{ "decimal port", "/dev/null:1234", "listen:1234", VSC_SLOTS_DEFAULT, 0, 0, 0, 0 },
	{ "octal port", "/dev/null:0777", "listen:511", VSC_SLOTS_DEFAULT, 0, 0, 0, 0 },
	{ "no port", "/dev/null", "listen:35963", VSC_SLOTS_DEFAULT, 0, 0, 0, 0 },
	{ "listen on an address", "/dev/null@192.0.2.1:35963", "listen:192.0.2.1:35963",
	    VSC_SLOTS_DEFAULT, 0, 0, 0, 0 },
	{ "listen on all, IPv4", "/dev/null@0.0.0.0:99", "listen:0.0.0.0:99", VSC_SLOTS_DEFAULT, 0,
	    0, 0, 0 },
	{ "listen on all, IPv6", "/dev/null@:::99", "listen:[::]:99", VSC_SLOTS_DEFAULT, 0, 0, 0,
	    0 },
	{ "listen in brackets", "\"/dev/null@[2001:db8::1]:99\"", "listen:[2001:db8::1]:99",
	    VSC_SLOTS_DEFAULT, 0, 0, 0, 0 },
	{ "listen on a socket", "/dev/null@/run/vpcd.sock:", "listen:unix:/run/vpcd.sock",
	    VSC_SLOTS_DEFAULT, 0, 0, 0, 0 },
	{ "socket with options", "/dev/null@/run/vpcd.sock:slots=3", "listen:unix:/run/vpcd.sock",
	    3, 0, 0, 0, 0 },
	{ "socket with options after its colon", "/dev/null@/run/vpcd.sock::slots=3",
	    "listen:unix:/run/vpcd.sock", 3, 0, 0, 0, 0 },
	{ "path with an equals sign", "/dev/null@/run/a=b:", "listen:unix:/run/a=b",
	    VSC_SLOTS_DEFAULT, 0, 0, 0, 0 },
	{ "connect", "localhost:35963", "localhost:35963", VSC_SLOTS_DEFAULT, 0, 0, 0, 0 },
	{ "connect, IPv6", "::1:0x8C7B", "[::1]:35963", VSC_SLOTS_DEFAULT, 0, 0, 0, 0 },
	{ "connect to a socket", "unix:/run/card.sock", "unix:/run/card.sock", VSC_SLOTS_DEFAULT, 0,
	    0, 0, 0 },
	{ "slots", "/dev/null:1000:slots=4", "listen:1000", 4, 0, 0, 0, 0 },
	{ "all options",
	    "h:1:slots=255:atr-timeout=1:apdu-timeout=2:frame-timeout=3:"
	    "connect-timeout=4",
	    "h:1", 255, 1000, 2000, 3000, 4000 },
	{ "fractions", "h:1:atr-timeout=0.5:apdu-timeout=1.25:frame-timeout=0.0019", "h:1",
	    VSC_SLOTS_DEFAULT, 500, 1250, 1, 0 },
	{ "the last counts", "h:1:slots=3:slots=5", "h:1", 5, 0, 0, 0, 0 },
	{ "a day", "h:1:apdu-timeout=86400", "h:1", VSC_SLOTS_DEFAULT, 0, 86400000, 0, 0 },
	{ "highest ports", "h:65534:slots=2", "h:65534", 2, 0, 0, 0, 0 },

	{ "empty", "", "", 0, 0, 0, 0, 0 },
	{ "one quote", "\"", "", 0, 0, 0, 0, 0 },
	{ "empty in quotes", "\"\"", "", 0, 0, 0, 0, 0 },
	{ "another device", "/dev/ttyS0", "", 0, 0, 0, 0, 0 },
	{ "another device with a port", "/dev/ttyS0:1", "", 0, 0, 0, 0, 0 },
	{ "device with a tail", "/dev/nullx:1", "", 0, 0, 0, 0, 0 },
	{ "no port after colon", "/dev/null:", "", 0, 0, 0, 0, 0 },
	{ "port 0", "/dev/null:0", "", 0, 0, 0, 0, 0 },
	{ "port too large", "/dev/null:65536:slots=1", "", 0, 0, 0, 0, 0 },
	{ "no room for the second slot", "/dev/null:65535", "", 0, 0, 0, 0, 0 },
	{ "host without port", "localhost", "", 0, 0, 0, 0, 0 },
	{ "no host", ":1234", "", 0, 0, 0, 0, 0 },
	{ "no address", "/dev/null@:1", "", 0, 0, 0, 0, 0 },
	{ "address without port", "/dev/null@localhost", "", 0, 0, 0, 0, 0 },
	{ "no path", "unix:", "", 0, 0, 0, 0, 0 },
	{ "unknown option", "h:1:colour=red", "", 0, 0, 0, 0, 0 },
	{ "no slots", "h:1:slots=0", "", 0, 0, 0, 0, 0 },
	{ "too many slots", "h:1:slots=256", "", 0, 0, 0, 0, 0 },
	{ "slots no number", "h:1:slots=two", "", 0, 0, 0, 0, 0 },
	{ "slots signed", "h:1:slots=-1", "", 0, 0, 0, 0, 0 },
	{ "timeout 0", "h:1:apdu-timeout=0", "", 0, 0, 0, 0, 0 },
	{ "timeout signed", "h:1:apdu-timeout=-1", "", 0, 0, 0, 0, 0 },
	{ "timeout empty", "h:1:apdu-timeout=", "", 0, 0, 0, 0, 0 },
	{ "timeout with unit", "h:1:apdu-timeout=1s", "", 0, 0, 0, 0, 0 },
	{ "timeout over a day", "h:1:apdu-timeout=86401", "", 0, 0, 0, 0, 0 },
	{ "timeout overflows", "h:1:apdu-timeout=99999999999999999999", "", 0, 0, 0, 0, 0 },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct vsc_devicename d;
		const char *why = NULL;
		char text[300] = "";
		int err = vsc_devicename_parse(&d, rows[i].text, &why);

		if (err == 0)
			vsc_endpoint_text(&d.endpoint, text, sizeof(text));
		else if (why == NULL || why[0] == '\0')
			FAIL_ROW(&rows[i], "no reason given");
		if (strcmp(text, rows[i].endpoint) != 0)
			FAIL_ROW(&rows[i], text);
		if (err < 0)
			continue;
		if (d.slots != rows[i].slots)
			FAIL_ROW(&rows[i], "slots");
		if (d.atr_timeout != rows[i].atr || d.apdu_timeout != rows[i].apdu ||
		    d.frame_timeout != rows[i].frame || d.connect_timeout != rows[i].connect)
			FAIL_ROW(&rows[i], "timeouts");
	}
}

static void
test_too_long(void **state)
{
	char text[2000];
	struct vsc_devicename d;
	const char *why;

	(void)state;
	memset(text, 'a', sizeof(text));
	snprintf(text + 400, sizeof(text) - 400, ":1");
	assert_int_equal(vsc_devicename_parse(&d, text, &why), VSC_E_FORMAT);
	memset(text, 'a', sizeof(text));
	snprintf(text + 1500, sizeof(text) - 1500, ":1");
	assert_int_equal(vsc_devicename_parse(&d, text, &why), VSC_E_FORMAT);
}

static void
test_channel(void **state)
{
	struct vsc_devicename d;
	const char *why;

	(void)state;
	assert_int_equal(vsc_devicename_from_channel(&d, 0x8C7B, &why), 0);
	assert_true(d.endpoint.listen);
	assert_int_equal(d.endpoint.port, 0x8C7B);
	assert_int_equal(d.endpoint.host[0], '\0');
	assert_int_equal(vsc_devicename_from_channel(&d, 0, &why), VSC_E_FORMAT);
	assert_int_equal(vsc_devicename_from_channel(&d, 65536, &why), VSC_E_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

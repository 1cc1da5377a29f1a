/* Any text as DEVICENAME: refused with a reason, or an endpoint for each slot. */
#include "fuzz.h"

#include "ifd/devicename.h"

static void
check(const struct vsc_devicename *d)
{
	const int timeouts[] = { d->atr_timeout, d->apdu_timeout, d->frame_timeout,
		d->connect_timeout };
	struct vsc_endpoint nth;

	FUZZ_CHECK(d->slots >= 1 && d->slots <= VSC_SLOTS_MAX);
	for (size_t i = 0; i < VSC_COUNT(timeouts); i++)
		FUZZ_CHECK(timeouts[i] >= 0 && timeouts[i] <= 86400 * 1000);
	if (d->endpoint.kind == VSC_ENDPOINT_UNIX) {
		FUZZ_CHECK(d->endpoint.host[0] != '\0');
		return;
	}
	FUZZ_CHECK(d->endpoint.port != 0);
	FUZZ_CHECK(vsc_endpoint_nth(&d->endpoint, d->slots - 1, &nth) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[1000];
	struct vsc_devicename d;
	const char *why = NULL;

	if (size >= sizeof(text) || vsc_copy(text, sizeof(text), vsc_span_from(data, size)) < 0)
		return 0;
	text[size] = '\0';
	if (vsc_devicename_parse(&d, text, &why) == 0)
		check(&d);
	else
		FUZZ_CHECK(why != NULL && why[0] != '\0');
	return 0;
}

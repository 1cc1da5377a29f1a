/* Any bytes as a reader.conf. */
#include "fuzz.h"

#include <string.h>

#include "vpcd-config/conf.h"

static void
on_entry(void *ctx, const struct vsc_conf_entry *entry)
{
	size_t *entries = ctx;

	FUZZ_CHECK(strnlen(entry->friendly, sizeof(entry->friendly)) < sizeof(entry->friendly));
	FUZZ_CHECK(strnlen(entry->device, sizeof(entry->device)) < sizeof(entry->device));
	FUZZ_CHECK(strnlen(entry->library, sizeof(entry->library)) < sizeof(entry->library));
	(*entries)++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t entries = 0, line;

	if (vsc_conf_read(vsc_span_from(data, size), on_entry, &entries, &line) < 0)
		FUZZ_CHECK(line >= 1);
	FUZZ_CHECK(entries <= size / 7); /* each needs at least LIBPATH */
	return 0;
}

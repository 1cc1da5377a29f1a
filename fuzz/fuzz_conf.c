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
	FUZZ_CHECK(strnlen(entry->channel, sizeof(entry->channel)) < sizeof(entry->channel));
	FUZZ_CHECK(entry->friendly[0] != '\0' && entry->library[0] != '\0');
	FUZZ_CHECK(entry->device[0] != '\0' || entry->channel[0] != '\0');
	(*entries)++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_why why = { "" };
	size_t entries = 0, line;

	if (vsc_conf_read(vsc_span_from(data, size), on_entry, &entries, &line, &why) < 0)
		FUZZ_CHECK(line >= 1 && why.text[0] != '\0');
	FUZZ_CHECK(entries <= size / 28); /* each needs at least three names */
	return 0;
}

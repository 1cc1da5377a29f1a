/* The library's configuration: any text as VPCD_READERS and as a file. What is accepted has a name
 * and an endpoint that reads back as itself; names are there once. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcsc/config.h"

static void
check(const struct vsc_readers_config *config)
{
	for (size_t i = 0; i < config->count; i++) {
		const struct vsc_reader_entry *entry = &config->entries[i];
		struct vsc_endpoint again;
		char text[sizeof(entry->endpoint.host) + 32];
		const char *why;

		FUZZ_CHECK(entry->name[0] != '\0');
		for (size_t k = 0; k < i; k++)
			FUZZ_CHECK(strcmp(entry->name, config->entries[k].name) != 0);
		vsc_endpoint_text(&entry->endpoint, text, sizeof(text));
		FUZZ_CHECK(vsc_endpoint_parse(&again, text, &why) == 0);
		FUZZ_CHECK(again.port == entry->endpoint.port);
	}
	FUZZ_CHECK(config->wait_ms >= 0 && config->apdu_timeout >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_readers_config list = { 0 }, lines = { 0 };
	char *text;
	FILE *file;

	if (size == 0 || size > 4096 || (text = calloc(1, size + 1)) == NULL)
		return 0;
	FUZZ_CHECK(vsc_copy(text, size, vsc_span_from(data, size)) == 0);
	if (vsc_readers_parse(&list, text, NULL) == 0)
		check(&list);
	vsc_readers_free(&list);
	if ((file = fmemopen(text, size, "r")) != NULL) {
		if (vsc_readers_read(&lines, file, "fuzz", NULL) == 0)
			check(&lines);
		fclose(file);
	}
	vsc_readers_free(&lines);
	free(text);
	return 0;
}

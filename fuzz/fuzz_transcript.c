/* Any text as a transcript: a line that is read is written, read and written again the same. */
#include "fuzz.h"

#include "iso/transcript.h"

#define INPUT_MAX 65536

static void
check_line(struct vsc_span text)
{
	static uint8_t first[3 * INPUT_MAX + 64], second[3 * INPUT_MAX + 64];
	struct vsc_out out = vsc_out_from(first, sizeof(first));
	struct vsc_out again = vsc_out_from(second, sizeof(second));
	struct vsc_line line = { 0 };
	const char *why = NULL;

	if (vsc_line_parse(&line, text, &why) < 0) {
		FUZZ_CHECK(why != NULL && line.bytes.ptr == NULL && line.text.ptr == NULL);
		return;
	}
	vsc_line_put(&out, &line);
	FUZZ_CHECK(!out.full);
	FUZZ_CHECK(line.wild.len == 0 || line.wild.len == line.bytes.len);
	if (line.kind == VSC_LINE_ANSWER && line.wild.len == 0)
		FUZZ_CHECK(vsc_line_matches(&line, vsc_blob_span(&line.bytes)));
	if (line.kind == VSC_LINE_ANSWER && text.len < 1000)
		(void)vsc_line_matches(&line, text);
	FUZZ_CHECK(vsc_line_parse(&line, vsc_out_span(&out), NULL) == 0);
	vsc_line_put(&again, &line);
	FUZZ_CHECK(vsc_span_eq(vsc_out_span(&out), vsc_out_span(&again)));
	vsc_line_free(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_in in = vsc_in_from(vsc_span_from(data, size));
	struct vsc_span text;

	if (size > INPUT_MAX)
		return 0;
	while (vsc_line_next(&in, &text) == 1)
		check_line(text);
	return 0;
}

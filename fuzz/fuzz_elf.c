/* Any bytes as an ELF file: its tables and segments end where a sum without overflow says, or
 * nowhere. */
#include "fuzz.h"

#include "base/elf.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_span file = vsc_span_from(data, size);
	const struct vsc_elf_table *segments;
	struct vsc_elf elf;

	if (vsc_elf_read(&elf, file) < 0)
		return 0;
	segments = &elf.segments;
	for (unsigned i = 0; i < segments->count && i < 1000; i++) {
		uint64_t at = segments->start + (uint64_t)i * segments->entry;
		struct vsc_span entry =
		    at < size ? vsc_span_slice(file, (size_t)at, VSC_ELF_ENTRY) : VSC_SPAN_EMPTY;

		FUZZ_CHECK(entry.len >= (elf.wide ? 56 : 32) ||
			   vsc_elf_segment_end(&elf, entry) == UINT64_MAX);
		(void)vsc_elf_segment_end(&elf, entry);
	}
	FUZZ_CHECK(segments->start == 0 || vsc_elf_table_end(segments) >= segments->start);
	return 0;
}

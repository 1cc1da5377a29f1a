/* The few fields of ELF's headers that say how long the file is: see elf.h. */
#include "base/elf.h"

/* System V ABI, chapter 4: where the fields are in files of 32 and 64 bits. */
static const struct layout {
	size_t header, word; /* bytes of the header, and of an offset in it */
	size_t segments, sections;
	size_t sizes; /* entry and count of the segments' table, then of the sections', two bytes
			 each */
	size_t entry, offset, length; /* of a segment's entry, and in it */
} layouts[] = {
	{ 52, 4, 28, 32, 42, 32, 4, 16 },
	{ 64, 8, 32, 40, 54, 56, 8, 32 },
};

/* e_ident: four bytes of magic, 1 or 2 for the class, 1 or 2 for the byte order */
#define CLASS_AT 4
#define ORDER_AT 5

/* The caller has looked whether it is there. */
static uint64_t
number(const struct vsc_elf *elf, struct vsc_span from, size_t at, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | from.ptr[at + (elf->big ? i : len - 1 - i)];
	return value;
}

static struct vsc_elf_table
table_at(const struct vsc_elf *elf, struct vsc_span head, const struct layout *l, size_t start,
    size_t sizes)
{
	return (struct vsc_elf_table){
		.start = number(elf, head, start, l->word),
		.entry = (unsigned)number(elf, head, sizes, 2),
		.count = (unsigned)number(elf, head, sizes + 2, 2),
	};
}

int
vsc_elf_read(struct vsc_elf *elf, struct vsc_span head)
{
	const struct layout *l;

	if (head.len <= ORDER_AT || !vsc_span_starts_with(head, vsc_span_str("\177ELF")) ||
	    head.ptr[CLASS_AT] < 1 || head.ptr[CLASS_AT] > 2 || head.ptr[ORDER_AT] < 1 ||
	    head.ptr[ORDER_AT] > 2)
		return VSC_E_FORMAT;
	*elf = (struct vsc_elf){ .wide = head.ptr[CLASS_AT] == 2, .big = head.ptr[ORDER_AT] == 2 };
	l = &layouts[elf->wide];
	if (head.len < l->header)
		return VSC_E_FORMAT;
	elf->segments = table_at(elf, head, l, l->segments, l->sizes);
	elf->sections = table_at(elf, head, l, l->sections, l->sizes + 4);
	return 0;
}

static uint64_t
end_of(uint64_t start, uint64_t len)
{
	return len > UINT64_MAX - start ? UINT64_MAX : start + len;
}

uint64_t
vsc_elf_table_end(const struct vsc_elf_table *table)
{
	return table->start == 0 ? 0 : end_of(table->start, (uint64_t)table->entry * table->count);
}

uint64_t
vsc_elf_segment_end(const struct vsc_elf *elf, struct vsc_span entry)
{
	const struct layout *l = &layouts[elf->wide];

	if (entry.len < l->entry)
		return UINT64_MAX;
	return end_of(
	    number(elf, entry, l->offset, l->word), number(elf, entry, l->length, l->word));
}

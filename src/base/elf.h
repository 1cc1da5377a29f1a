/*
 * How long an ELF file must be, by its own headers: a loader maps what they name and does not look
 * whether it is there, so that a file which was copied by half ends the process. Nothing here reads
 * files.
 */
#ifndef VSC_BASE_ELF_H
#define VSC_BASE_ELF_H

#include "base/bytes.h"

#define VSC_ELF_HEADER 64 /* bytes at the beginning that say all the rest */
#define VSC_ELF_ENTRY  56 /* the longest entry of the table of segments */

/* A table in the file. */
struct vsc_elf_table {
	uint64_t start;
	unsigned entry, count; /* bytes of each, and how many */
};

struct vsc_elf {
	bool wide, big; /* 64 bits, big-endian */
	struct vsc_elf_table segments, sections;
};

/* head: the file's first bytes. VSC_E_FORMAT: no ELF file, or less than its header. */
VSC_MUST_CHECK int vsc_elf_read(struct vsc_elf *elf, struct vsc_span head);

/* Where a table ends, or the segment that an entry describes does; UINT64_MAX if that is beyond any
 * file, or there is less of the entry than must be. */
uint64_t vsc_elf_table_end(const struct vsc_elf_table *table);
uint64_t vsc_elf_segment_end(const struct vsc_elf *elf, struct vsc_span entry);

#endif

/*
 * Records of an EF (ISO/IEC 7816-4:2020 7.3.4, 11.4): where they are in its content, and changing
 * them. Numbers count from 1; in a cyclic EF number 1 is the newest.
 */
#ifndef VSC_CARD_RECORD_H
#define VSC_CARD_RECORD_H

#include "card/fs.h"

#define VSC_RECORD_NUMBER_MAX 254u /* what P1 can say */

/* How many there are. */
uint32_t vsc_record_count(const struct vsc_file *ef);

/* Bytes in all of them, as tag 80 counts: without structure. */
size_t vsc_record_bytes(const struct vsc_file *ef);

/* VSC_E_NOT_FOUND. *record borrows until the EF changes. */
VSC_MUST_CHECK int vsc_record_get(
    const struct vsc_file *ef, uint32_t number, struct vsc_span *record);

/* As vsc_record_get, but not of a deactivated record. */
VSC_MUST_CHECK int vsc_record_get_active(
    const struct vsc_file *ef, uint32_t number, struct vsc_span *record);

/* The identifier of a record that is one SIMPLE-TLV object: its tag. < 0: the EF has no such
 * records, or this one is empty. */
int vsc_record_identifier(const struct vsc_file *ef, struct vsc_span record);

/* 7.4.10 for records: each is activated or deactivated; a new one is activated. */
static inline bool
vsc_record_is_active(const struct vsc_file *ef, uint32_t number)
{
	const uint8_t n = (uint8_t)number;

	return ef->inactive.len == 0 ||
	       vsc_span_find(vsc_blob_span(&ef->inactive), vsc_span_from(&n, 1), 0) == SIZE_MAX;
}

VSC_MUST_CHECK int vsc_record_set_active(
    struct vsc_fs *fs, struct vsc_file *ef, uint32_t number, bool active);

/* For the store: the numbers of the deactivated ones. VSC_E_PARAM: not ascending, or there is no
 * such record. */
VSC_MUST_CHECK int vsc_record_restore(struct vsc_file *ef, struct vsc_span inactive);

/*
 * Replace. Of variable length: any length up to the largest. VSC_E_FORMAT: wrong length for this
 * EF; VSC_E_SPACE: the EF is full; VSC_E_NOT_FOUND.
 */
VSC_MUST_CHECK int vsc_record_set(
    struct vsc_fs *fs, struct vsc_file *ef, uint32_t number, struct vsc_span data);

/* A new last record; in a cyclic EF a new number 1, which drops the oldest of a full file. As
 * above. */
VSC_MUST_CHECK int vsc_record_append(struct vsc_fs *fs, struct vsc_file *ef, struct vsc_span data);

#endif

/*
 * Data objects in a DF or in an EF of BER-TLV or SIMPLE-TLV structure (ISO/IEC 7816-4:2020 11.5):
 * one after the other in the file's content.
 */
#ifndef VSC_CARD_OBJECT_H
#define VSC_CARD_OBJECT_H

#include "card/fs.h"

/* The n-th object (from 0) with this tag; VSC_E_NOT_FOUND. */
VSC_MUST_CHECK int vsc_object_get(const struct vsc_file *file, uint32_t tag, uint32_t n,
    struct vsc_span *whole, struct vsc_span *value);

/* Replace the n-th with this tag, or add one. VSC_E_SPACE. */
VSC_MUST_CHECK int vsc_object_put(
    struct vsc_fs *fs, struct vsc_file *file, uint32_t tag, uint32_t n, struct vsc_span value);

/* VSC_E_NOT_FOUND */
VSC_MUST_CHECK int vsc_object_delete(
    struct vsc_fs *fs, struct vsc_file *file, uint32_t tag, uint32_t n);

/* Add one more behind all others. VSC_E_SPACE. */
VSC_MUST_CHECK int vsc_object_append(
    struct vsc_fs *fs, struct vsc_file *file, uint32_t tag, struct vsc_span value);

/* A file that can hold objects: the current EF of a TLV structure, or the current DF. */
vsc_sw vsc_object_context(struct vsc_card *card, struct vsc_file **file);
/* By the rule for objects with this tag in that file: to READ them, or to change them. */
vsc_sw vsc_object_allows(
    struct vsc_card *card, const struct vsc_file *file, uint32_t tag, enum vsc_access access);

#endif

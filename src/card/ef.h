/*
 * The first steps of every command on an EF: which one is meant, has it the right structure, is it
 * in use, may this be done to it now?
 */
#ifndef VSC_CARD_EF_H
#define VSC_CARD_EF_H

#include "card/fs.h"

/* A set of structures: bit n is structure n (TRANSPARENT to CYCLIC_TLV), and the two below. */
#define VSC_EF_TRANSPARENT 0x02u
#define VSC_EF_LINEAR      0x3Cu
#define VSC_EF_CYCLIC      0xC0u
#define VSC_EF_RECORDS     (VSC_EF_LINEAR | VSC_EF_CYCLIC)
#define VSC_EF_BER_TLV     0x100u
#define VSC_EF_SIMPLE_TLV  0x200u

/* The EF with this short identifier, which becomes current; 0: the current EF. 6A82, 6986. */
vsc_sw vsc_ef_by_sfi(struct vsc_card *card, uint8_t sfi, struct vsc_file **ef);

/*
 * P1-P2 of an odd instruction (ISO/IEC 7816-4:2020 11.3.2): 0000 the current EF, a short identifier
 * in the low five bits of P2 when all others are 0, else a file identifier under the current DF.
 */
vsc_sw vsc_ef_by_p1p2(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_file **ef);

/* The same for any file: 0000 the current EF or, without one, the current DF; 3FFF the current DF;
 * 3F00 the MF. */
vsc_sw vsc_file_by_p1p2(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_file **file);

/*
 * A file reference (51, 7.3.2): a short identifier in bits 8-4 of one byte, an identifier under the
 * current DF, or a path: from the MF if it begins with 3F00, else from the current DF (3FFF, which
 * may be left out). It does not become current. 6A80, 6A82.
 */
vsc_sw vsc_ef_by_reference(struct vsc_card *card, struct vsc_span reference, struct vsc_file **ef);

/* The file that P1, P2 and the data field of a SELECT mean, without making it current. */
vsc_sw vsc_select_find(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_file **file);

/* 6981 wrong structure, 6985 not in use, 6982 not now. */
vsc_sw vsc_ef_check(
    struct vsc_card *card, const struct vsc_file *ef, unsigned structures, enum vsc_access access);

/* vsc_ef_by_sfi and vsc_ef_check. */
vsc_sw vsc_ef_open(struct vsc_card *card, uint8_t sfi, unsigned structures, enum vsc_access access,
    struct vsc_file **ef);

/* Deactivated or terminated, itself or a DF above it: 6985. */
vsc_sw vsc_file_in_use(struct vsc_card *card, const struct vsc_file *file);

/* The type's rule, or the file's own security attributes. */
vsc_sw vsc_card_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access);

#endif

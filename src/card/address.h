/*
 * How P1 and P2 of the record commands mean a record (ISO/IEC 7816-4:2020 7.3.4 and table 49): by
 * identifier and occurrence, which moves the current record, or by number, which does not.
 */
#ifndef VSC_CARD_ADDRESS_H
#define VSC_CARD_ADDRESS_H

#include "card/fs.h"

/* Bits 3-1 of P2. From 4 on P1 is a number, 00 the current record; below an identifier, 00 any. */
enum vsc_record_mode {
	VSC_FIRST_RECORD = 0,
	VSC_LAST_RECORD = 1,
	VSC_NEXT_RECORD = 2,
	VSC_PREVIOUS_RECORD = 3,
	VSC_BY_NUMBER = 4,
	VSC_FROM_NUMBER = 5, /* from P1 to the last; UPDATE, odd: AND */
	VSC_TO_NUMBER = 6,   /* from the last to P1; UPDATE, odd: OR */
	VSC_MODE_XOR = 7,    /* UPDATE, odd */
};

/* Sets of modes. */
#define VSC_MODES_ONE   0x1Fu
#define VSC_MODES_READ  0x7Fu
#define VSC_MODES_ERASE 0x30u
#define VSC_MODES_ALL   0xFFu

struct vsc_address {
	struct vsc_file *ef;
	uint8_t mode;
	uint32_t number;        /* the record; it exists, unless a cyclic EF is to be appended to */
	struct vsc_span record; /* what is in it; borrows until the EF changes */
};

/*
 * The EF, checked for structure and right, and the record: 6A86 mode or P1 not in the table, 6A83
 * no such record. A "previous" record of a cyclic EF that has none, asked for to be written, is
 * number 0.
 */
vsc_sw vsc_address_record(struct vsc_card *card, const struct vsc_apdu *cmd, enum vsc_access access,
    unsigned modes, struct vsc_address *at);

/* The command succeeded: a record meant by identifier or occurrence becomes current. */
void vsc_address_keep(struct vsc_card *card, const struct vsc_address *at);

/* The record with this identifier (0: any) that `mode` means, seen from `current`; 0: none. */
uint32_t vsc_record_find(
    const struct vsc_file *ef, uint8_t identifier, uint8_t mode, uint32_t current);

#endif

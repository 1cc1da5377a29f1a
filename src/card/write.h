/*
 * What WRITE does with bytes that are there already: bits 7 and 6 of the data coding byte
 * (ISO/IEC 7816-4:2020 12.1.1.9): 00 once, 01 proprietary (we replace), 10 OR, 11 AND.
 */
#ifndef VSC_CARD_WRITE_H
#define VSC_CARD_WRITE_H

#include "base/bytes.h"
#include "iso/sw.h"

/* The logically erased byte: what a WRITE can still change freely. */
uint8_t vsc_write_erased(uint8_t coding);

/* data into bytes of the same length. VSC_SW_CONDITIONS, and nothing done: written once already. */
vsc_sw vsc_write_combine(uint8_t coding, uint8_t *bytes, struct vsc_span data);

#endif

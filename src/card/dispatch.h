/*
 * From class and instruction byte to a row of a command table: the tables of a type and its bases,
 * flattened once per card so that finding a row costs one lookup however long the chain is.
 */
#ifndef VSC_CARD_DISPATCH_H
#define VSC_CARD_DISPATCH_H

#include "card/card.h"

struct vsc_route {
	const struct vsc_cmd *row;
	uint8_t depth; /* 0: the type's own table, 1: its base's */
	uint8_t next;  /* the next route of the same instruction, counted from 1; 0 ends */
};

struct vsc_dispatch {
	uint8_t first[256];  /* per instruction: its first route, counted from 1; 0: none */
	uint8_t classes[32]; /* a bit per class byte that some row takes */
	struct vsc_route *routes;
	size_t nroutes;
};

/* VSC_E_PARAM: more rows than can be numbered. */
VSC_MUST_CHECK int vsc_dispatch_build(
    struct vsc_dispatch *d, const struct vsc_card_type *const *types, size_t depth);
void vsc_dispatch_free(struct vsc_dispatch *d);

/* The class byte that rows are compared with: channel, chaining and secure messaging bits of an
 * interindustry class cleared (ISO/IEC 7816-4:2020 5.4.1). */
static inline uint8_t
vsc_dispatch_class(uint8_t cla)
{
	return (cla & 0x80) == 0 ? 0x00 : cla;
}

/* NULL: no row takes it; *sw then says whether class (6E00) or instruction (6D00) is unknown. From
 * the table of types[depth] on. */
const struct vsc_cmd *vsc_dispatch_find(
    const struct vsc_dispatch *d, uint8_t cla, uint8_t ins, unsigned depth, vsc_sw *sw);

#endif

/* Flattened command tables: see dispatch.h. */
#include "card/dispatch.h"

#include <stdlib.h>

#define ROUTES_MAX 255u /* a route's number is a byte */

static size_t
count_rows(const struct vsc_card_type *const *types, size_t depth)
{
	size_t n = 0;

	for (size_t i = 0; i < depth; i++)
		n += types[i]->ncmds;
	return n;
}

static void
add_classes(struct vsc_dispatch *d, const struct vsc_cmd *row)
{
	for (unsigned cla = 0; cla < 256; cla++)
		if ((cla & row->cla_mask) == row->cla)
			d->classes[cla / 8] |= (uint8_t)(1u << cla % 8);
}

/* At the end of its instruction's list: the first match counts, derived types come first. */
static void
add_route(struct vsc_dispatch *d, const struct vsc_cmd *row, size_t depth)
{
	uint8_t *link = &d->first[row->ins];

	while (*link != 0)
		link = &d->routes[*link - 1].next;
	d->routes[d->nroutes] = (struct vsc_route){ row, (uint8_t)depth, 0 };
	*link = (uint8_t)++d->nroutes;
	add_classes(d, row);
}

int
vsc_dispatch_build(struct vsc_dispatch *d, const struct vsc_card_type *const *types, size_t depth)
{
	size_t total = count_rows(types, depth);

	*d = (struct vsc_dispatch){ .routes = NULL };
	if (total > ROUTES_MAX)
		return VSC_E_PARAM;
	if (total > 0 && (d->routes = calloc(total, sizeof(*d->routes))) == NULL)
		return VSC_E_NOMEM;
	for (size_t i = 0; i < depth; i++)
		for (size_t j = 0; j < types[i]->ncmds; j++)
			add_route(d, &types[i]->cmds[j], i);
	return 0;
}

void
vsc_dispatch_free(struct vsc_dispatch *d)
{
	free(d->routes);
	*d = (struct vsc_dispatch){ .routes = NULL };
}

/*
 * Nothing takes the command: is its class or its instruction unknown? A proprietary class that
 * other commands have does not support the interindustry instructions: 6E00, as if it had none.
 */
static vsc_sw
unknown(const struct vsc_dispatch *d, uint8_t cla, uint8_t ins)
{
	if ((d->classes[cla / 8] >> cla % 8 & 1) == 0)
		return VSC_SW_CLA;
	return (cla & 0x80) != 0 && d->first[ins] != 0 ? VSC_SW_CLA : VSC_SW_INS;
}

const struct vsc_cmd *
vsc_dispatch_find(
    const struct vsc_dispatch *d, uint8_t cla, uint8_t ins, unsigned depth, vsc_sw *sw)
{
	cla = vsc_dispatch_class(cla);
	for (unsigned n = d->first[ins]; n != 0; n = d->routes[n - 1].next) {
		const struct vsc_route *route = &d->routes[n - 1];

		if (route->depth < depth || (cla & route->row->cla_mask) != route->row->cla)
			continue;
		if (route->row->run != NULL)
			return route->row;
		*sw = VSC_SW_INS; /* a row that takes a command of the base away */
		return NULL;
	}
	*sw = unknown(d, cla, ins);
	return NULL;
}

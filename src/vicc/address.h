/* Which reader a card belongs to: --hostname, --port, --reversed, --connect and --listen. */
#ifndef VSC_VICC_ADDRESS_H
#define VSC_VICC_ADDRESS_H

#include "card/card.h"
#include "wire/endpoint.h"

extern const struct vsc_option vsc_address_options[];
extern const size_t vsc_address_option_count;

/*
 * Where the card of these parameters goes. previous: where the last card went, or NULL; what is
 * not given is as there, with the next port. VSC_E_PARAM and *why: the options make no sense.
 */
VSC_MUST_CHECK int vsc_address_choose(struct vsc_endpoint *ep, const struct vsc_params *params,
    const struct vsc_endpoint *previous, struct vsc_why *why);

#endif

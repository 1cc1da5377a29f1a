/* All cards of one vicc process, each with its reader. */
#ifndef VSC_VICC_FLEET_H
#define VSC_VICC_FLEET_H

#include "vicc/address.h"
#include "vicc/connector.h"

struct vsc_fleet;

/* How many cards these options make. */
size_t vsc_fleet_size(const struct vsc_args *args);

/*
 * Where each card goes, in eps, which has room for vsc_fleet_size(). VSC_E_PARAM and *why: the
 * options make no sense.
 */
VSC_MUST_CHECK int vsc_fleet_addresses(
    struct vsc_endpoint *eps, const struct vsc_args *args, struct vsc_why *why);

/* Makes the cards and starts to reach their readers. Errors are logged to env, which must outlive
 * the fleet, as the loop, args and touch must; touch NULL: nobody touches the cards. */
VSC_MUST_CHECK int vsc_fleet_new(struct vsc_fleet **fleet, struct vsc_loop *loop,
    const struct vsc_args *args, const struct vsc_endpoint *eps, const struct vsc_env *env,
    struct vsc_touch *touch);

/* Did a card give up because it could not reach its reader? */
bool vsc_fleet_failed(const struct vsc_fleet *fleet);

/* Closes all links. Before the loop is freed. */
void vsc_fleet_stop(struct vsc_fleet *fleet);
/* After the loop is freed; NULL is fine. */
void vsc_fleet_free(struct vsc_fleet *fleet);

#endif

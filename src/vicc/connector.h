/*
 * Brings readers to a session: connects, again and again with growing pauses, or waits for readers
 * one after another.
 */
#ifndef VSC_VICC_CONNECTOR_H
#define VSC_VICC_CONNECTOR_H

#include "vicc/session.h"
#include "wire/endpoint.h"

/* What the connectors of a process share. */
struct vsc_connectors {
	struct vsc_loop *loop;
	const struct vsc_env *env;
	bool once; /* one attempt to reach a reader, one reader */
	size_t running;
	bool told;   /* that a reader is not there; until one is */
	bool failed; /* one gave up because it could not reach its reader */
};

struct vsc_connector;

/*
 * Starts at once; when the last connector of the process has ended, the loop is stopped. An address
 * that cannot be used at all (unknown host, port in use) is logged and an error.
 */
VSC_MUST_CHECK int vsc_connector_new(struct vsc_connector **connector, struct vsc_connectors *all,
    struct vsc_holder *holder, const struct vsc_endpoint *ep);
/* Closes what is open; the card loses power. Before the loop is freed. */
void vsc_connector_stop(struct vsc_connector *connector);
/* After the loop is freed. NULL is fine. */
void vsc_connector_free(struct vsc_connector *connector);

#endif

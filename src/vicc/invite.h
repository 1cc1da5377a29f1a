/* What a reader elsewhere needs to reach a card that waits: a URI, and its QR code. */
#ifndef VSC_VICC_INVITE_H
#define VSC_VICC_INVITE_H

#include "base/env.h"
#include "wire/endpoint.h"

/*
 * Prints vicc://HOST:PORT and its code on stdout, if others can reach the endpoint; else says to
 * env why not. Nothing for a Unix socket.
 */
void vsc_invite_print(const struct vsc_endpoint *ep, const struct vsc_env *env);

#endif

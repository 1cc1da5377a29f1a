/*
 * The resource manager: contexts, card handles, sharing, transactions, reset and removal events for
 * a set of readers. One lock guards its state and is never held while a card works; who waits for
 * another's transaction or for an event sleeps on a condition. Its behaviour is pcscd's
 * (docs/pcsc.md names the exceptions).
 */
#ifndef VSC_PCSC_MANAGER_H
#define VSC_PCSC_MANAGER_H

#include "base/env.h"
#include "pcsc/call.h"
#include "pcsc/config.h"

struct vsc_manager;

/*
 * Opens the readers. One that cannot be opened is reported through env and left out; VSC_E_BUSY if
 * all were taken by somebody else, VSC_E_NOT_FOUND if none could be opened for other reasons.
 */
VSC_MUST_CHECK int vsc_manager_new(struct vsc_manager **manager,
    const struct vsc_readers_config *config, const struct vsc_env *env);

/* No call may be under way; vsc_manager_stop() brings them home. */
void vsc_manager_free(struct vsc_manager *manager);

/* Any thread: calls that wait for a card or an event return. Nothing works afterwards. */
void vsc_manager_stop(struct vsc_manager *manager);

/* Waits until `cards` readers have a card, at most ms. */
void vsc_manager_wait_cards(struct vsc_manager *manager, size_t cards, int ms);

/* Any thread. *call's results are only set on SCARD_S_SUCCESS. */
LONG vsc_manager_call(struct vsc_manager *manager, struct vsc_rm_call *call);

/* The owner of this context is gone: whatever waits on its behalf returns. Release it afterwards.
 */
void vsc_manager_abort(struct vsc_manager *m, uint32_t id);

/* The process ends: the readers' addresses are free for others. Calls go on. */
void vsc_manager_refuse(struct vsc_manager *manager);

/* After fork, in the child: close the descriptors we hold, nothing else. The manager is lost. */
void vsc_manager_forked(struct vsc_manager *manager);

#endif

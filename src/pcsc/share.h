/*
 * Which process opens the readers: of several with the same list, the first does, and serves the
 * others over a Unix socket in a folder of the user's own.
 */
#ifndef VSC_PCSC_SHARE_H
#define VSC_PCSC_SHARE_H

#include "pcsc/config.h"

#define VSC_SHARE_PATH 100

struct vsc_share {
	char path[VSC_SHARE_PATH]; /* the socket; "": this user has no such folder, do without */
	int lock;                  /* held until vsc_share_decided() */
};

/*
 * Waits until no other process is about to open these readers. true: somebody has them open, and
 * serves them at share->path; false: we may open them and serve them there.
 */
bool vsc_share_enter(struct vsc_share *share, const struct vsc_readers_config *config);
void vsc_share_decided(struct vsc_share *share);

/* Before the one who serves closes, so that a successor does not start meanwhile; then
 * vsc_share_closed(), which leaves nothing behind. */
void vsc_share_leave(struct vsc_share *share);
void vsc_share_closed(struct vsc_share *share);

#endif

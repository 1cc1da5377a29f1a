/* A resource manager, wherever it is. */
#ifndef VSC_PCSC_BACKEND_H
#define VSC_PCSC_BACKEND_H

#include "base/env.h"
#include "pcsc/call.h"

struct vsc_backend {
	void *self;
	LONG (*call)(void *self, struct vsc_rm_call *call);
	void (*stop)(void *self);    /* any thread: calls under way return */
	bool (*wanted)(void *self);  /* by another process, though this one is done; may be NULL */
	void (*close)(void *self);   /* no call is under way */
	void (*exiting)(void *self); /* the process ends, other threads may be in calls; or NULL */
	void (*forked)(void *self);  /* in the child: close descriptors, free nothing */
};

/* local.c: the readers of this process. */
VSC_MUST_CHECK int vsc_backend_local(struct vsc_backend *backend, const struct vsc_env *env);

/* remote.c: the manager that listens on the Unix socket `path`. */
VSC_MUST_CHECK int vsc_backend_remote(
    struct vsc_backend *backend, const char *path, const struct vsc_env *env);

#endif

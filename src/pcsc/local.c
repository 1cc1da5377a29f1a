/* The backend for readers of this process. */
#include <stdlib.h>

#include "pcsc/backend.h"
#include "pcsc/config.h"
#include "pcsc/manager.h"

static LONG
local_call(void *self, struct vsc_rm_call *call)
{
	return vsc_manager_call(self, call);
}

static void
local_stop(void *self)
{
	vsc_manager_stop(self);
}

static void
local_close(void *self)
{
	vsc_manager_free(self);
}

static void
local_forked(void *self)
{
	vsc_manager_forked(self);
}

int
vsc_backend_local(struct vsc_backend *backend, const struct vsc_env *env)
{
	struct vsc_readers_config config;
	struct vsc_manager *manager;
	int err, wait_ms;

	if ((err = vsc_readers_load(&config, env)) < 0)
		return err;
	wait_ms = config.wait_ms;
	err = vsc_manager_new(&manager, &config, env);
	vsc_readers_free(&config);
	if (err < 0)
		return err;
	vsc_manager_wait_cards(manager, 1, wait_ms);
	*backend =
	    (struct vsc_backend){ manager, local_call, local_stop, local_close, local_forked };
	return 0;
}

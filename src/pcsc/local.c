/* The backend for readers of this process, or of another of ours that has opened the same. */
#include <stdlib.h>

#include "pcsc/backend.h"
#include "pcsc/manager.h"
#include "pcsc/server.h"
#include "pcsc/share.h"

struct local {
	struct vsc_manager *manager;
	struct vsc_server *server; /* NULL: not shared */
	struct vsc_share share;
};

static LONG
local_call(void *self, struct vsc_rm_call *call)
{
	const struct local *l = self;

	return vsc_manager_call(l->manager, call);
}

static void
local_stop(void *self)
{
	const struct local *l = self;

	vsc_manager_stop(l->manager);
}

static bool
local_wanted(void *self)
{
	const struct local *l = self;

	return l->server != NULL && vsc_server_busy(l->server);
}

static void
local_close(void *self)
{
	struct local *l = self;

	vsc_share_leave(&l->share);
	vsc_server_stop(l->server);
	vsc_manager_free(l->manager);
	vsc_share_closed(&l->share);
	free(l);
}

static void
local_exiting(void *self)
{
	struct local *l = self;

	/* Held until the process is gone; in which order its descriptors go is not ours to say. */
	vsc_share_leave(&l->share);
	vsc_manager_refuse(l->manager);
	if (l->server != NULL)
		vsc_server_refuse(l->server);
}

static void
local_forked(void *self)
{
	const struct local *l = self;

	if (l->server != NULL)
		vsc_server_forked(l->server);
	vsc_manager_forked(l->manager);
}

/* Sharing is a service: where it does not work, this process has its readers all the same. */
static int
open_readers(struct local *l, const struct vsc_share *share,
    const struct vsc_readers_config *config, const struct vsc_env *env)
{
	int err = vsc_manager_new(&l->manager, config, env);

	if (err == 0 && share->path[0] != '\0' &&
	    vsc_server_start(&l->server, share->path, l->manager) < 0)
		vsc_env_log(env, VSC_LOG_INFO, "%s: cannot share the readers", share->path);
	return err;
}

static int
open_local(struct vsc_backend *backend, const struct vsc_share *share,
    const struct vsc_readers_config *config, const struct vsc_env *env)
{
	struct local *l = calloc(1, sizeof(*l));
	int err;

	if (l == NULL)
		return VSC_E_NOMEM;
	l->share = *share;
	l->share.lock = -1;
	if ((err = open_readers(l, share, config, env)) < 0) {
		free(l);
		return err;
	}
	*backend = (struct vsc_backend){
		.self = l,
		.call = local_call,
		.stop = local_stop,
		.wanted = local_wanted,
		.close = local_close,
		.exiting = local_exiting,
		.forked = local_forked,
	};
	return 0;
}

int
vsc_backend_local(struct vsc_backend *backend, const struct vsc_env *env)
{
	struct vsc_readers_config config;
	struct vsc_share share;
	bool served;
	int err;

	if ((err = vsc_readers_load(&config, env)) < 0)
		return err;
	served = vsc_share_enter(&share, &config);
	err = served ? vsc_backend_remote(backend, share.path, env)
		     : open_local(backend, &share, &config, env);
	vsc_share_decided(&share);
	if (err == 0 && !served)
		vsc_manager_wait_cards(
		    ((const struct local *)backend->self)->manager, 1, config.wait_ms);
	vsc_readers_free(&config);
	return err;
}

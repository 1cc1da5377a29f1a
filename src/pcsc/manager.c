/*
 * The manager's life, contexts, waiting for changes, and the tables that lead a call to its
 * function; those on card handles are in connect.c, status.c and transact.c.
 */
#include "pcsc/manager.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pcsc/rm.h"
#include "reader/deadline.h"

static void
on_reader_event(void *ctx, struct vsc_reader *reader)
{
	struct vsc_slot *slot = ctx;

	(void)reader;
	pthread_mutex_lock(&slot->manager->lock);
	vsc_slot_refresh(slot);
	pthread_mutex_unlock(&slot->manager->lock);
}

static int
slot_open(struct vsc_slot *slot, const struct vsc_readers_config *config, size_t i)
{
	const struct vsc_reader_entry *entry = &config->entries[i];
	struct vsc_reader_config rc = {
		.endpoint = entry->endpoint,
		.atr_timeout = config->atr_timeout,
		.apdu_timeout = config->apdu_timeout,
		.frame_timeout = config->frame_timeout,
		.connect_timeout = config->connect_timeout,
		.name = entry->name,
		.env = slot->manager->env,
	};
	struct vsc_out name = vsc_out_from(slot->state.name, sizeof(slot->state.name) - 1);
	char where[sizeof(entry->endpoint.host) + 32];
	int err;

	errno = 0;
	err = vsc_reader_open(&slot->reader, &rc);
	if (err < 0)
		vsc_env_log(slot->manager->env, VSC_LOG_ERROR, "reader \"%s\": %s: %s", entry->name,
		    vsc_endpoint_text(&entry->endpoint, where, sizeof(where)),
		    err == VSC_E_IO && errno != 0 ? strerror(errno) : vsc_err_text(err));
	vsc_out_str(&name, entry->name);
	return err;
}

static int
open_slots(struct vsc_manager *m, const struct vsc_readers_config *config)
{
	int busy = 0, err = 0;

	if ((m->slots = calloc(config->count, sizeof(*m->slots))) == NULL)
		return VSC_E_NOMEM;
	for (size_t i = 0; i < config->count; i++) {
		struct vsc_slot *slot = &m->slots[m->nslots];

		*slot = (struct vsc_slot){ .manager = m, .state.state = SCARD_ABSENT };
		if ((err = slot_open(slot, config, i)) == VSC_E_BUSY)
			busy++;
		if (err < 0)
			continue;
		pthread_cond_init(&slot->freed, NULL);
		m->nslots++;
	}
	if (config->count == 0 || m->nslots > 0)
		return 0;
	return busy > 0 ? VSC_E_BUSY : VSC_E_NOT_FOUND;
}

int
vsc_manager_new(struct vsc_manager **manager, const struct vsc_readers_config *config,
    const struct vsc_env *env)
{
	struct vsc_manager *m = calloc(1, sizeof(*m));
	uint32_t serial;
	int err;

	if (m == NULL)
		return VSC_E_NOMEM;
	m->env = env;
	/* A handle of an earlier manager, or of another process, should not be one of this. */
	serial = (uint32_t)vsc_clock_ns() ^ (uint32_t)getpid() << 5;
	m->contexts.serial = serial;
	m->handles.serial = serial + 0x2A2A;
	pthread_mutex_init(&m->lock, NULL);
	(void)vsc_deadline_cond_init(&m->changed);
	if ((err = open_slots(m, config)) < 0) {
		vsc_manager_free(m);
		return err;
	}
	for (size_t i = 0; i < m->nslots; i++)
		vsc_reader_on_event(m->slots[i].reader, on_reader_event, &m->slots[i]);
	*manager = m;
	return 0;
}

void
vsc_manager_stop(struct vsc_manager *m)
{
	pthread_mutex_lock(&m->lock);
	m->stopped = true;
	for (size_t i = 0; i < m->nslots; i++)
		vsc_slot_changed(&m->slots[i]);
	pthread_mutex_unlock(&m->lock);
	for (size_t i = 0; i < m->nslots; i++)
		vsc_reader_cancel(m->slots[i].reader);
}

static void
context_free(struct vsc_manager *m, struct vsc_context *context)
{
	vsc_ids_remove(&m->contexts, context->id);
	while (context->handles != NULL) {
		struct vsc_handle *handle = context->handles;

		context->handles = handle->next_in_context;
		free(handle);
	}
	free(context);
}

void
vsc_manager_free(struct vsc_manager *m)
{
	struct vsc_context *context;

	if (m == NULL)
		return;
	for (size_t i = 0; i < m->nslots; i++) {
		vsc_reader_close(m->slots[i].reader);
		pthread_cond_destroy(&m->slots[i].freed);
	}
	while ((context = vsc_ids_any(&m->contexts)) != NULL)
		context_free(m, context);
	vsc_ids_free(&m->contexts);
	vsc_ids_free(&m->handles);
	free(m->slots);
	pthread_cond_destroy(&m->changed);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

void
vsc_manager_refuse(struct vsc_manager *m)
{
	for (size_t i = 0; i < m->nslots; i++)
		vsc_reader_refuse(m->slots[i].reader);
}

void
vsc_manager_forked(struct vsc_manager *m)
{
	for (size_t i = 0; i < m->nslots; i++)
		vsc_reader_forked(m->slots[i].reader);
}

static size_t
count_cards(const struct vsc_manager *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->nslots; i++)
		if ((m->slots[i].state.state & SCARD_PRESENT) != 0)
			n++;
	return n;
}

void
vsc_manager_wait_cards(struct vsc_manager *m, size_t cards, int ms)
{
	int64_t deadline = vsc_deadline_in(ms);

	pthread_mutex_lock(&m->lock);
	while (count_cards(m) < cards && !m->stopped)
		if (vsc_deadline_wait(&m->changed, &m->lock, deadline) != 0)
			break;
	pthread_mutex_unlock(&m->lock);
}

static LONG
establish(struct vsc_manager *m, struct vsc_rm_call *call)
{
	struct vsc_context *context;

	if (call->arg[0] > SCARD_SCOPE_GLOBAL)
		return SCARD_E_INVALID_VALUE;
	if ((context = calloc(1, sizeof(*context))) == NULL)
		return SCARD_E_NO_MEMORY;
	if ((context->id = vsc_ids_add(&m->contexts, context)) == 0) {
		free(context);
		return SCARD_E_NO_MEMORY;
	}
	call->ret[0] = context->id;
	return SCARD_S_SUCCESS;
}

static void
wake_all(struct vsc_manager *m)
{
	pthread_cond_broadcast(&m->changed);
	for (size_t i = 0; i < m->nslots; i++)
		pthread_cond_broadcast(&m->slots[i].freed);
}

static LONG
release(struct vsc_context *context, struct vsc_manager *m, struct vsc_rm_call *call)
{
	(void)call;
	vsc_ids_remove(&m->contexts, context->id);
	wake_all(m);
	vsc_rm_drop_handles(context);
	free(context);
	return SCARD_S_SUCCESS;
}

static LONG
valid(struct vsc_context *context, struct vsc_manager *m, struct vsc_rm_call *call)
{
	(void)context;
	(void)m;
	(void)call;
	return SCARD_S_SUCCESS;
}

static LONG
states(struct vsc_context *context, struct vsc_manager *m, struct vsc_rm_call *call)
{
	for (size_t i = 0; i < m->nslots; i++) {
		vsc_slot_refresh(&m->slots[i]);
		vsc_rm_state_put(call->out, &m->slots[i].state);
	}
	call->ret[0] = m->sequence;
	call->ret[1] = context->canceled;
	return call->out->full ? SCARD_F_INTERNAL_ERROR : SCARD_S_SUCCESS;
}

static LONG
wait_change(struct vsc_context *context, struct vsc_manager *m, struct vsc_rm_call *call)
{
	int64_t deadline = vsc_deadline_in(call->arg[1] > INT_MAX ? -1 : (int)call->arg[1]);
	uint32_t canceled = call->arg[2];
	uint32_t id = context->id;
	int late = 0;

	while (m->sequence == call->arg[0] && !context->aborted && !m->stopped &&
	       context->canceled == canceled && late == 0) {
		late = vsc_deadline_wait(&m->changed, &m->lock, deadline);
		if ((context = vsc_ids_get(&m->contexts, id)) == NULL)
			return SCARD_E_CANCELLED;
	}
	if (context->aborted || m->stopped || context->canceled != canceled)
		return SCARD_E_CANCELLED;
	return m->sequence != call->arg[0] ? SCARD_S_SUCCESS : SCARD_E_TIMEOUT;
}

static LONG
cancel(struct vsc_context *context, struct vsc_manager *m, struct vsc_rm_call *call)
{
	(void)call;
	context->canceled++;
	pthread_cond_broadcast(&m->changed);
	return SCARD_S_SUCCESS;
}

typedef LONG context_fn(
    struct vsc_context *context, struct vsc_manager *m, struct vsc_rm_call *call);

static context_fn *const context_ops[VSC_RM_OPS] = {
	[VSC_RM_RELEASE] = release,
	[VSC_RM_VALID] = valid,
	[VSC_RM_STATES] = states,
	[VSC_RM_WAIT] = wait_change,
	[VSC_RM_CANCEL] = cancel,
	[VSC_RM_CONNECT] = vsc_rm_connect,
};

static vsc_rm_handle_fn *const handle_ops[VSC_RM_OPS] = {
	[VSC_RM_RECONNECT] = vsc_rm_reconnect,
	[VSC_RM_DISCONNECT] = vsc_rm_disconnect,
	[VSC_RM_BEGIN] = vsc_rm_begin,
	[VSC_RM_END] = vsc_rm_end,
	[VSC_RM_STATUS] = vsc_rm_status,
	[VSC_RM_TRANSMIT] = vsc_rm_transmit,
	[VSC_RM_CONTROL] = vsc_rm_control,
	[VSC_RM_GET_ATTRIB] = vsc_rm_get_attrib,
	[VSC_RM_SET_ATTRIB] = vsc_rm_set_attrib,
};

static LONG
dispatch(struct vsc_manager *m, struct vsc_rm_call *call)
{
	struct vsc_context *context;
	struct vsc_handle *handle;

	if (m->stopped)
		return SCARD_E_NO_SERVICE;
	if (call->op == VSC_RM_ESTABLISH)
		return establish(m, call);
	if (context_ops[call->op] != NULL) {
		context = vsc_ids_get(&m->contexts, call->id);
		return context == NULL ? SCARD_E_INVALID_HANDLE
				       : context_ops[call->op](context, m, call);
	}
	handle = vsc_ids_get(&m->handles, call->id);
	if (handle == NULL || handle_ops[call->op] == NULL)
		return SCARD_E_INVALID_HANDLE;
	return handle_ops[call->op](handle, call);
}

LONG
vsc_manager_call(struct vsc_manager *m, struct vsc_rm_call *call)
{
	LONG rv;

	pthread_mutex_lock(&m->lock);
	rv = dispatch(m, call);
	pthread_mutex_unlock(&m->lock);
	return rv;
}

void
vsc_manager_abort(struct vsc_manager *m, uint32_t id)
{
	struct vsc_context *context;

	pthread_mutex_lock(&m->lock);
	if ((context = vsc_ids_get(&m->contexts, id)) != NULL) {
		context->aborted = true;
		wake_all(m);
	}
	pthread_mutex_unlock(&m->lock);
}

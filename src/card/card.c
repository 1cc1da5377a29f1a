/* A card's life: made from a type, powered, asked, freed. An APDU's way through it is in
 * transmit.c. */
#include "card/card.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "card/engine.h"

/* What a type leaves out, its base supplies. */
static void
inherit(struct vsc_card_type *ops, const struct vsc_card_type *base)
{
	ops->flags |= base->flags;
	if (ops->personalise == NULL)
		ops->personalise = base->personalise;
	if (ops->load == NULL)
		ops->load = base->load;
	if (ops->atr == NULL)
		ops->atr = base->atr;
	if (ops->allows == NULL)
		ops->allows = base->allows;
	if (ops->before == NULL)
		ops->before = base->before;
	if (ops->after == NULL)
		ops->after = base->after;
	if (ops->show == NULL)
		ops->show = base->show;
	if (ops->transmit == NULL)
		ops->transmit = base->transmit;
	if (ops->present == NULL)
		ops->present = base->present;
	if (ops->source == NULL)
		ops->source = base->source;
}

/* The chain from the type to its last base, each of our ABI. */
static int
collect_types(struct vsc_card *card)
{
	for (const struct vsc_card_type *t = card->type; t != NULL; t = t->base) {
		if (t->abi != VSC_CARD_ABI)
			return VSC_E_ABI;
		if (card->depth == VSC_TYPE_DEPTH)
			return VSC_E_PARAM;
		card->types[card->depth++] = t;
		inherit(&card->ops, t);
	}
	return card->ops.transmit == NULL && card->ops.atr == NULL ? VSC_E_PARAM : 0;
}

static int
make_states(struct vsc_card *card)
{
	for (size_t i = 0; i < card->depth; i++) {
		size_t size = card->types[i]->state_size;

		if (size > 0 && (card->states[i] = calloc(1, size)) == NULL)
			return VSC_E_NOMEM;
	}
	return 0;
}

static void
free_states(struct vsc_card *card)
{
	for (size_t i = 0; i < card->depth; i++) {
		if (card->states[i] == NULL)
			continue;
		vsc_wipe(card->states[i], card->types[i]->state_size);
		free(card->states[i]);
	}
}

/* Base first. A type whose init failed has cleaned up after itself; those before it are released.
 */
static int
init_types(struct vsc_card *card, const struct vsc_params *params)
{
	int rc = 0;

	for (size_t i = card->depth; i-- > 0; card->ready++) {
		if (card->types[i]->init != NULL)
			rc = card->types[i]->init(card, params);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void
release_types(struct vsc_card *card)
{
	for (size_t i = card->depth - card->ready; i < card->depth; i++)
		if (card->types[i]->release != NULL)
			card->types[i]->release(card);
}

void
vsc_card_saved(struct vsc_card *card)
{
	vsc_fs_clean(&card->fs);
	vsc_attrs_clean(card);
	vsc_pins_clean(card);
	vsc_slots_clean(card);
	vsc_saved_ses_clean(card);
	card->changed = false;
}

/* Files, keys and attributes: from the store, or as the type makes a new card. */
static int
fill(struct vsc_card *card, const struct vsc_params *params, const struct vsc_card_setup *setup)
{
	int rc = 0;

	if (card->store.load != NULL && !card->store.is_new) {
		if ((rc = card->store.load(card->store.ctx, card)) < 0)
			return rc;
		vsc_card_saved(card);
		return card->ops.load == NULL ? 0 : card->ops.load(card, params);
	}
	card->held = true;
	if (card->ops.personalise != NULL)
		rc = card->ops.personalise(card, params);
	if (rc == 0 && setup != NULL)
		rc = setup->run(setup->ctx, card);
	card->held = false;
	card->changed = true; /* a card without files is one too, and has its type to save */
	return rc < 0 ? rc : vsc_card_commit(card);
}

static int
build(struct vsc_card *card, const struct vsc_params *params, const struct vsc_card_setup *setup)
{
	int rc;

	if ((rc = collect_types(card)) < 0 ||
	    (rc = vsc_dispatch_build(&card->dispatch, card->types, card->depth)) < 0 ||
	    (rc = make_states(card)) < 0 || (rc = init_types(card, params)) < 0)
		return rc;
	return fill(card, params, setup);
}

int
vsc_card_create(struct vsc_card **card, const struct vsc_card_type *type,
    const struct vsc_params *params, const struct vsc_env *env, const struct vsc_store *store,
    const struct vsc_card_setup *setup)
{
	struct vsc_card *fresh = calloc(1, sizeof(*fresh));
	int rc = VSC_E_NOMEM;

	*card = NULL;
	if (fresh == NULL)
		goto fail;
	pthread_mutex_init(&fresh->presence_lock, NULL);
	fresh->type = type;
	fresh->env = env;
	if (store != NULL)
		fresh->store = *store;
	fresh->fs.changed = &fresh->changed;
	fresh->conditions = &vsc_auth_conditions;
	if ((rc = vsc_channel_open(fresh, 0)) < 0 || (rc = build(fresh, params, setup)) < 0)
		goto fail;
	*card = fresh;
	return 0;
fail:
	if (fresh != NULL)
		vsc_card_free(fresh);
	else if (store != NULL && store->close != NULL)
		store->close(store->ctx);
	return rc;
}

int
vsc_card_new(struct vsc_card **card, const struct vsc_card_type *type,
    const struct vsc_params *params, const struct vsc_env *env)
{
	return vsc_card_create(card, type, params, env, NULL, NULL);
}

int
vsc_card_new_with(struct vsc_card **card, const struct vsc_card_type *type,
    const struct vsc_params *params, const struct vsc_env *env, const struct vsc_card_setup *setup)
{
	return vsc_card_create(card, type, params, env, NULL, setup);
}

static void
free_channel(struct vsc_card *card, unsigned number)
{
	vsc_channel_close(card, number);
	free(card->channels[number]);
	card->channels[number] = NULL;
}

void
vsc_card_free(struct vsc_card *card)
{
	if (card == NULL)
		return;
	release_types(card);
	for (unsigned i = 0; i < VSC_CHANNELS; i++)
		free_channel(card, i);
	if (card->store.close != NULL)
		card->store.close(card->store.ctx);
	vsc_attrs_free(card);
	vsc_pins_free(card);
	vsc_slots_free(card);
	vsc_saved_ses_free(card);
	vsc_fs_free(&card->fs);
	vsc_dispatch_free(&card->dispatch);
	free_states(card);
	pthread_mutex_destroy(&card->presence_lock);
	free(card);
}

void
vsc_card_reset(struct vsc_card *card, enum vsc_reset how)
{
	for (unsigned i = 0; i < VSC_CHANNELS; i++)
		vsc_channel_close(card, i);
	/* 5.4.2: the basic channel is always there */
	card->channels[0]->open = true;
	card->channel = 0;
	card->powered = how != VSC_RESET_OFF;
	for (size_t i = card->depth; i-- > 0;)
		if (card->types[i]->reset != NULL)
			card->types[i]->reset(card, how);
}

void
vsc_card_atr(const struct vsc_card *card, struct vsc_out *out)
{
	if (card->ops.atr != NULL)
		card->ops.atr(card, out);
}

bool
vsc_card_present(struct vsc_card *card)
{
	return card->ops.present == NULL || card->ops.present(card);
}

void
vsc_card_source(struct vsc_card *card, struct vsc_out *endpoint)
{
	if (card->ops.source != NULL)
		card->ops.source(card, endpoint);
}

void
vsc_card_on_presence(struct vsc_card *card, vsc_presence_fn *fn, void *ctx)
{
	pthread_mutex_lock(&card->presence_lock);
	card->on_presence = fn;
	card->presence_ctx = ctx;
	pthread_mutex_unlock(&card->presence_lock);
}

void
vsc_card_presence_changed(struct vsc_card *card)
{
	pthread_mutex_lock(&card->presence_lock);
	if (card->on_presence != NULL)
		card->on_presence(card->presence_ctx);
	pthread_mutex_unlock(&card->presence_lock);
}

void *
vsc_card_state(const struct vsc_card *card, const struct vsc_card_type *type)
{
	for (size_t i = 0; i < card->depth; i++)
		if (card->types[i] == type)
			return card->states[i];
	return NULL;
}

const struct vsc_card_type *
vsc_card_type(const struct vsc_card *card)
{
	return card->type;
}

const struct vsc_env *
vsc_card_env(const struct vsc_card *card)
{
	return card->env;
}

void
vsc_card_env_set(struct vsc_card *card, const struct vsc_env *env)
{
	card->env = env;
}

unsigned
vsc_card_channel(const struct vsc_card *card)
{
	return card->channel;
}

enum vsc_sm_kind
vsc_card_sm_kind(const struct vsc_card *card)
{
	return card->sm_kind;
}

void
vsc_card_touch(struct vsc_card *card)
{
	card->changed = true;
}

int
vsc_card_commit(struct vsc_card *card)
{
	int rc;

	if (card->held || !card->changed)
		return 0;
	if (card->store.commit != NULL && (rc = card->store.commit(card->store.ctx, card)) < 0) {
		card->refused = true;
		return rc;
	}
	vsc_card_saved(card);
	return 0;
}

static void log_line(const struct vsc_card *card, enum vsc_log_level level, const char *format,
    va_list args) __attribute__((format(printf, 3, 0)));

static void
log_line(const struct vsc_card *card, enum vsc_log_level level, const char *format, va_list args)
{
	char text[400];

	(void)vsnprintf(text, sizeof(text), format, args);
	vsc_env_log(card->env, level, "%s: %s", card->type->name, text);
}

void
vsc_card_log(const struct vsc_card *card, enum vsc_log_level level, const char *format, ...)
{
	va_list args;

	if (!vsc_env_logs(card->env, level))
		return;
	va_start(args, format);
	log_line(card, level, format, args);
	va_end(args);
}

#undef vsc_card_refuse /* card.h wraps it for the static analyzer */
vsc_sw
vsc_card_refuse(const struct vsc_card *card, vsc_sw sw, const char *format, ...)
{
	va_list args;

	if (!vsc_env_logs(card->env, VSC_LOG_TRACE))
		return sw;
	va_start(args, format);
	log_line(card, VSC_LOG_TRACE, format, args);
	va_end(args);
	return sw;
}

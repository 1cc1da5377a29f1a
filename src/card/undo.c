/* What a command that could not be saved has changed is undone: see undo.h. */
#include "card/undo.h"

/* All of a card that is saved. */
struct saved {
	struct vsc_fs fs;
	struct vsc_attr *attrs;
	struct vsc_pin *pins;
	struct vsc_slot *slots;
	struct vsc_saved_se *ses;
	uint32_t last_security_id;
};

void
vsc_undo_note(struct vsc_undo *undo, const struct vsc_card *card)
{
	undo->count = card->nchannels;
	for (unsigned i = 0; i < undo->count; i++) {
		const struct vsc_channel *channel = card->channels[i];
		struct vsc_undo_channel *note = &undo->channels[i];

		note->open = channel != NULL && channel->open;
		if (!note->open)
			continue;
		note->protected = vsc_sm_active(&channel->sm);
		vsc_position_keep(&note->position, &channel->position);
		note->rights = channel->rights;
	}
}

/* Takes out of the card what is saved; it is as empty as a new one then. */
static struct saved
take(struct vsc_card *card)
{
	const struct saved saved = { card->fs, card->attrs, card->pins, card->slots, card->ses,
		card->last_security_id };

	card->fs = (struct vsc_fs){ .changed = &card->changed };
	card->attrs = NULL;
	card->pins = NULL;
	card->slots = NULL;
	card->ses = NULL;
	card->last_security_id = 0;
	return saved;
}

static void
give(struct vsc_card *card, const struct saved *saved)
{
	card->fs = saved->fs;
	card->attrs = saved->attrs;
	card->pins = saved->pins;
	card->slots = saved->slots;
	card->ses = saved->ses;
	card->last_security_id = saved->last_security_id;
}

static void
drop(struct vsc_card *card)
{
	vsc_attrs_free(card);
	vsc_pins_free(card);
	vsc_slots_free(card);
	vsc_saved_ses_free(card);
	vsc_fs_free(&card->fs);
}

/* What a key has counted since it was last saved (keystore.h) has been done. */
static void
keep_counters(struct vsc_slot *slots, const struct vsc_slot *old)
{
	for (; old != NULL; old = old->next)
		for (struct vsc_slot *slot = slots; slot != NULL; slot = slot->next)
			if (slot->id == old->id && slot->counter < old->counter)
				slot->counter = old->counter;
}

/* A session that began with the command ends with it. */
static void
restore_session(
    struct vsc_card *card, struct vsc_channel *channel, const struct vsc_undo_channel *note)
{
	if (vsc_sm_active(&channel->sm) && !note->protected) {
		vsc_sm_end(&channel->sm);
		vsc_card_sm_lost(card);
	}
	channel->rights = note->rights;
	if (note->protected && !vsc_sm_active(&channel->sm))
		channel->rights.session = channel->rights.sm_mac = channel->rights.sm_enc = 0;
}

/* One that the command has closed is open again, one that it has opened is not. */
static void
restore_channel(struct vsc_card *card, unsigned number, const struct vsc_undo_channel *note)
{
	struct vsc_channel *channel = card->channels[number];

	if (note == NULL || !note->open) {
		vsc_channel_close(card, number);
		return;
	}
	channel->open = true;
	channel->position = vsc_position_resume(&card->fs, &note->position);
	restore_session(card, channel, note);
}

int
vsc_undo_run(const struct vsc_undo *undo, struct vsc_card *card)
{
	struct saved old = take(card), fresh;
	const int rc = card->store.load(card->store.ctx, card);

	if (rc < 0) {
		drop(card);
		give(card, &old);
		return rc;
	}
	fresh = take(card);
	keep_counters(fresh.slots, old.slots);
	give(card, &old);
	drop(card);
	give(card, &fresh);
	vsc_card_saved(card);
	for (unsigned i = 0; i < card->nchannels; i++)
		restore_channel(card, i, i < undo->count ? &undo->channels[i] : NULL);
	for (size_t i = card->depth; i-- > 0;)
		if (card->types[i]->undone != NULL)
			card->types[i]->undone(card);
	return 0;
}

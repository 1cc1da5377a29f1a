/* A card as it is in memory, as bytes to compare: for tests of saved cards. */
#ifndef VSC_TEST_CARD_DUMP_H
#define VSC_TEST_CARD_DUMP_H

#include "test.h"

#include "card/auth.h"
#include "card/engine.h"
#include "card/keystore.h"
#include "card/se.h"

static inline void
put_blob(struct vsc_out *out, const struct vsc_blob *blob)
{
	vsc_out_u32(out, (uint32_t)blob->len);
	vsc_out_put(out, vsc_blob_span(blob));
}

static inline void
put_file(struct vsc_out *out, const struct vsc_file *file)
{
	vsc_out_u32(out, file->id);
	vsc_out_u32(out, file->parent == NULL ? 0 : file->parent->id);
	vsc_out_u16(out, file->fid);
	vsc_out_u8(out, file->descriptor);
	vsc_out_u8(out, file->coding);
	vsc_out_u8(out, file->sfi);
	vsc_out_u8(out, file->life);
	vsc_out_u32(out, (uint32_t)file->size);
	put_blob(out, &file->names);
	put_blob(out, &file->security);
	put_blob(out, &file->extra);
	put_blob(out, &file->fmd);
	put_blob(out, &file->inactive);
	vsc_out_put(out, vsc_file_content(file));
}

static inline void
put_pin(struct vsc_out *out, const struct vsc_pin *pin)
{
	const uint8_t bytes[] = { pin->ref, pin->format, pin->flags, pin->pad, pin->min_len,
		pin->max_len, pin->tries, pin->max_tries, pin->unblock_tries, pin->unblock_max,
		pin->admin_pin, pin->admin_key };

	vsc_out_u32(out, pin->id);
	vsc_out_u32(out, pin->df);
	vsc_out_u32(out, pin->uses);
	vsc_out_put(out, VSC_SPAN_OF(bytes));
	put_blob(out, &pin->value);
	put_blob(out, &pin->unblock);
}

static inline void
put_slot(struct vsc_out *out, const struct vsc_slot *slot)
{
	const uint8_t bytes[] = { slot->ref, slot->makes, slot->alg, slot->policy, slot->pin,
		slot->touch, slot->tries, slot->max_tries, slot->generated, slot->key != NULL };

	vsc_out_u32(out, slot->id);
	vsc_out_u32(out, slot->df);
	vsc_out_u32(out, slot->uses);
	vsc_out_u64(out, slot->counter);
	vsc_out_u16(out, slot->usage);
	vsc_out_put(out, VSC_SPAN_OF(bytes));
	put_blob(out, &slot->name);
	put_blob(out, &slot->extra);
	if (slot->key != NULL)
		vsc_out_put(out, vsc_key_secret(slot->key));
}

/* All that is saved of a card, but for the attributes' order. */
static inline void
put_card(struct vsc_out *out, struct vsc_card *card)
{
	for (uint32_t id = 1; id <= card->fs.next_id; id++)
		if (vsc_fs_by_id(&card->fs, id) != NULL)
			put_file(out, vsc_fs_by_id(&card->fs, id));
	for (const struct vsc_attr *attr = card->attrs; attr != NULL; attr = attr->next) {
		vsc_out_str(out, attr->name);
		put_blob(out, &attr->value);
	}
	for (const struct vsc_pin *pin = card->pins; pin != NULL; pin = pin->next)
		put_pin(out, pin);
	for (const struct vsc_slot *slot = card->slots; slot != NULL; slot = slot->next)
		put_slot(out, slot);
	for (const struct vsc_saved_se *se = card->ses; se != NULL; se = se->next) {
		vsc_out_u32(out, se->id);
		vsc_out_u32(out, se->df);
		vsc_out_u8(out, se->number);
		put_blob(out, &se->crts);
	}
	vsc_out_u32(out, card->fs.next_id);
	vsc_out_u32(out, card->last_security_id);
	assert_false(out->full);
}

#endif

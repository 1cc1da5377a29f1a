/* What each logical channel has selected, and who keeps it true when files go away. */
#include "card/engine.h"

struct vsc_fs *
vsc_card_fs(struct vsc_card *card)
{
	return &card->fs;
}

uint8_t
vsc_card_life(const struct vsc_card *card)
{
	return card->fs.mf == NULL ? VSC_LIFE_ACTIVATED : card->fs.mf->life;
}

struct vsc_position *
vsc_card_position(struct vsc_card *card)
{
	struct vsc_position *position = &vsc_card_current(card)->position;

	if (position->df == NULL)
		position->df = card->fs.mf;
	return position;
}

struct vsc_position
vsc_position_resume(const struct vsc_fs *fs, const struct vsc_kept_position *kept)
{
	struct vsc_position position = kept->position;

	position.df = kept->df == 0 ? NULL : vsc_fs_by_id(fs, kept->df);
	position.ef = kept->ef == 0 ? NULL : vsc_fs_by_id(fs, kept->ef);
	return position.df != NULL ? position : (struct vsc_position){ .df = fs->mf };
}

void
vsc_card_enter(struct vsc_card *card, struct vsc_file *file)
{
	struct vsc_position *position = vsc_card_position(card);
	bool is_df = vsc_file_is_df(file);
	const struct vsc_file *before = position->df;

	position->df = is_df ? file : file->parent;
	if (position->df != before)
		vsc_rights_enter(card);
	position->ef = is_df ? NULL : file;
	position->record = 0;
	position->object = 0;
	position->selected = false;
}

/* 11.10.4 of ISO/IEC 7816-4:2020 leaves it to the card: the parent DF becomes current. */
static void
leave(struct vsc_position *position, const struct vsc_file *file)
{
	if (position->df != NULL && vsc_file_is_within(position->df, file))
		*position = (struct vsc_position){ .df = file->parent };
	else if (position->ef != NULL && position->ef == file)
		*position = (struct vsc_position){ .df = position->df };
}

int
vsc_card_delete_file(struct vsc_card *card, struct vsc_file *file)
{
	for (unsigned i = 0; i < VSC_CHANNELS; i++)
		if (card->channels[i] != NULL)
			leave(&card->channels[i]->position, file);
	if (vsc_file_is_df(file))
		vsc_security_df_gone(card, file);
	return vsc_fs_delete(&card->fs, file);
}

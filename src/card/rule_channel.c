/*
 * The channel security attribute (8E, ISO/IEC 7816-4:2020 9.3.6): what the logical channel must be
 * like on which a file is used. It holds for everything below a DF as well, since no path leads
 * past it.
 */
#include "card/engine.h"
#include "card/rule.h"
#include "iso/tlv.h"

/* The conditions that say the same as condition bytes. */
#define BYTE_SM   0x40u
#define BYTE_USER 0x10u

uint8_t
vsc_rule_channel_of(struct vsc_span attributes)
{
	struct vsc_span value;

	return vsc_tlv_find(attributes, VSC_TAG_CHANNEL, &value) == 0 && value.len == 1
		   ? value.ptr[0]
		   : 0;
}

bool
vsc_rule_channel_shared(const struct vsc_card *card, const struct vsc_file *file, unsigned except)
{
	for (unsigned i = 0; i < VSC_CHANNELS; i++) {
		const struct vsc_file *df;

		if (i == except || !vsc_channel_is_open(card, i))
			continue;
		df = card->channels[i]->position.df;
		if (card->channels[i]->position.ef == file ||
		    vsc_file_is_within(df == NULL ? card->fs.mf : df, file))
			return true;
	}
	return false;
}

static bool
condition_met(struct vsc_card *card, const struct vsc_file *file, uint8_t condition)
{
	const struct vsc_conditions *conditions = card->conditions;

	return conditions != NULL && conditions->byte != NULL &&
	       conditions->byte(card, file, condition);
}

vsc_sw
vsc_rule_channel_judge(struct vsc_card *card, const struct vsc_file *file, uint8_t attribute)
{
	static const struct {
		uint8_t bit, condition;
		const char *words;
	} parts[] = { { VSC_CHANNEL_SECURED, BYTE_SM, "secure messaging" },
		{ VSC_CHANNEL_USER, BYTE_USER, "an authenticated user" } };

	for (size_t i = 0; i < VSC_COUNT(parts); i++)
		if ((attribute & parts[i].bit) != 0 &&
		    !condition_met(card, file, parts[i].condition))
			return vsc_card_refuse(card, VSC_SW_SECURITY,
			    "file %04X wants a channel with %s", file->fid, parts[i].words);
	return VSC_SW_OK;
}

/* A file can be selected without them, so that a PIN or key of a DF can be used at all; but not
 * where another channel has it. */
vsc_sw
vsc_rule_channel_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access)
{
	vsc_sw sw = VSC_SW_OK;

	for (const struct vsc_file *f = file; f != NULL && f->channel != 0 && sw == VSC_SW_OK;
	     f = f->parent) {
		const uint8_t attribute = vsc_rule_channel_of(vsc_blob_span(&f->security));

		if (attribute == 0 || vsc_life_is(f, VSC_LIFE_CREATION) ||
		    vsc_life_is(f, VSC_LIFE_INITIALISATION))
			continue;
		if ((attribute & VSC_CHANNEL_EXCLUSIVE) != 0 &&
		    vsc_rule_channel_shared(card, f, card->channel))
			return vsc_card_refuse(card, VSC_SW_NOT_SHARED,
			    "file %04X is in use on another channel", f->fid);
		if (access != VSC_ACCESS_SELECT)
			sw = vsc_rule_channel_judge(card, f, attribute);
	}
	return sw;
}

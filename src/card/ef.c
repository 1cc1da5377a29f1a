/* Which EF, and may we: see ef.h. */
#include "card/ef.h"

#include "card/engine.h"

vsc_sw
vsc_ef_by_sfi(struct vsc_card *card, uint8_t sfi, struct vsc_file **ef)
{
	struct vsc_position *position = vsc_card_position(card);

	if (sfi == 0) {
		*ef = position->ef;
		if (*ef == NULL)
			return vsc_card_refuse(card, VSC_SW_NO_EF, "no EF is selected");
		return VSC_SW_OK;
	}
	*ef = vsc_fs_by_sfi(&card->fs, position->df, sfi);
	if (*ef == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_FILE_NOT_FOUND, "no EF with short identifier %u here", sfi);
	if (*ef != position->ef)
		vsc_card_enter(card, *ef);
	return VSC_SW_OK;
}

vsc_sw
vsc_ef_by_p1p2(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_file **ef)
{
	unsigned p1p2 = (unsigned)cmd->p1 << 8 | cmd->p2;
	struct vsc_position *position = vsc_card_position(card);

	if (p1p2 <= VSC_SFI_MAX)
		return vsc_ef_by_sfi(card, (uint8_t)p1p2, ef);
	*ef = vsc_fs_by_fid(&card->fs, position->df, (uint16_t)p1p2);
	if (*ef == NULL || vsc_file_is_df(*ef))
		return vsc_card_refuse(
		    card, VSC_SW_FILE_NOT_FOUND, "no EF with identifier %04X here", p1p2);
	if (*ef != position->ef)
		vsc_card_enter(card, *ef);
	return VSC_SW_OK;
}

static unsigned
structure_bit(const struct vsc_file *ef)
{
	uint8_t structure = vsc_file_structure(ef);

	if (structure == VSC_FILE_BER_TLV)
		return VSC_EF_BER_TLV;
	if (structure == VSC_FILE_SIMPLE_TLV)
		return VSC_EF_SIMPLE_TLV;
	return structure < 8 ? 1u << structure : 0;
}

vsc_sw
vsc_file_in_use(struct vsc_card *card, const struct vsc_file *file)
{
	for (const struct vsc_file *f = file; f != NULL; f = f->parent) {
		if (f->life == VSC_LIFE_ACTIVATED) /* nearly always */
			continue;
		if (vsc_life_is(f, VSC_LIFE_TERMINATED))
			return vsc_card_refuse(
			    card, VSC_SW_CONDITIONS, "file %04X is terminated", f->fid);
		if (vsc_life_is(f, VSC_LIFE_DEACTIVATED))
			return vsc_card_refuse(
			    card, VSC_SW_CONDITIONS, "file %04X is deactivated", f->fid);
	}
	return VSC_SW_OK;
}

vsc_sw
vsc_card_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access)
{
	if (card->ops.allows != NULL)
		return card->ops.allows(card, file, access);
	return vsc_rule_allows(card, file, access);
}

vsc_sw
vsc_ef_check(
    struct vsc_card *card, const struct vsc_file *ef, unsigned structures, enum vsc_access access)
{
	vsc_sw sw;

	if ((structure_bit(ef) & structures) == 0)
		return vsc_card_refuse(card, VSC_SW_INCOMPATIBLE_FILE,
		    "file %04X has descriptor %02X", ef->fid, ef->descriptor);
	if ((sw = vsc_file_in_use(card, ef)) != VSC_SW_OK)
		return sw;
	return vsc_card_allows(card, ef, access);
}

/* Which EF, and may we: see ef.h. */
#include "card/ef.h"

#include "card/engine.h"

static vsc_sw
enter_by_sfi(struct vsc_card *card, uint8_t sfi, struct vsc_file **ef)
{
	struct vsc_position *position = vsc_card_position(card);

	*ef = vsc_fs_by_sfi(&card->fs, position->df, sfi);
	if (*ef == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_FILE_NOT_FOUND, "no EF with short identifier %u here", sfi);
	if (*ef != position->ef)
		vsc_card_enter(card, *ef);
	return VSC_SW_OK;
}

/* Asked for by every command on an EF, so it is kept short: nearly always the EF is selected. */
static inline vsc_sw
by_sfi(struct vsc_card *card, uint8_t sfi, struct vsc_file **ef)
{
	if (sfi != 0)
		return enter_by_sfi(card, sfi, ef);
	if ((*ef = vsc_card_current(card)->position.ef) == NULL)
		return vsc_card_refuse(card, VSC_SW_NO_EF, "no EF is selected");
	return VSC_SW_OK;
}

vsc_sw
vsc_ef_by_sfi(struct vsc_card *card, uint8_t sfi, struct vsc_file **ef)
{
	return by_sfi(card, sfi, ef);
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

vsc_sw
vsc_file_by_p1p2(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_file **file)
{
	const unsigned p1p2 = (unsigned)cmd->p1 << 8 | cmd->p2;
	const struct vsc_position *position = vsc_card_position(card);

	if (p1p2 == VSC_FID_MF)
		*file = card->fs.mf;
	else if (p1p2 == VSC_FID_CURRENT || (p1p2 == 0 && position->ef == NULL))
		*file = position->df;
	else
		return vsc_ef_by_p1p2(card, cmd, file);
	return *file != NULL
		   ? VSC_SW_OK
		   : vsc_card_refuse(card, VSC_SW_FILE_NOT_FOUND, "the card has no files");
}

/* The file at the end of a path that says where it begins. */
static struct vsc_file *
by_path(struct vsc_card *card, struct vsc_span path)
{
	struct vsc_file *df = vsc_card_position(card)->df;
	struct vsc_in in = vsc_in_from(path);
	uint16_t first;

	if (vsc_in_u16(&in, &first) == 0 && (first == VSC_FID_MF || first == VSC_FID_CURRENT)) {
		df = first == VSC_FID_MF ? card->fs.mf : df;
		path = vsc_in_rest(&in);
	}
	return vsc_fs_by_path(&card->fs, df, path);
}

vsc_sw
vsc_ef_by_reference(struct vsc_card *card, struct vsc_span reference, struct vsc_file **ef)
{
	if (reference.len == 1 && (reference.ptr[0] & 0x07) == 0)
		*ef = vsc_fs_by_sfi(&card->fs, vsc_card_position(card)->df, reference.ptr[0] >> 3);
	else if (reference.len > 0 && reference.len % 2 == 0)
		*ef = by_path(card, reference);
	else
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no file reference (51)");
	if (*ef == NULL || vsc_file_is_df(*ef))
		return vsc_card_refuse(card, VSC_SW_FILE_NOT_FOUND, "no such EF from here");
	return VSC_SW_OK;
}

static unsigned
structure_bit(const struct vsc_file *ef)
{
	uint8_t structure = vsc_file_structure(ef);

	if (structure < 8)
		return 1u << structure;
	if (structure == VSC_FILE_BER_TLV)
		return VSC_EF_BER_TLV;
	return structure == VSC_FILE_SIMPLE_TLV ? VSC_EF_SIMPLE_TLV : 0;
}

static vsc_sw
refuse_life(struct vsc_card *card, const struct vsc_file *file)
{
	if (vsc_life_is(file, VSC_LIFE_TERMINATED))
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "file %04X is terminated", file->fid);
	if (vsc_life_is(file, VSC_LIFE_DEACTIVATED))
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "file %04X is deactivated", file->fid);
	return VSC_SW_OK;
}

static inline vsc_sw
in_use(struct vsc_card *card, const struct vsc_file *file)
{
	vsc_sw sw;

	for (const struct vsc_file *f = file; f != NULL; f = f->parent)
		if (f->life != VSC_LIFE_ACTIVATED && (sw = refuse_life(card, f)) != VSC_SW_OK)
			return sw;
	return VSC_SW_OK;
}

vsc_sw
vsc_file_in_use(struct vsc_card *card, const struct vsc_file *file)
{
	return in_use(card, file);
}

static inline vsc_sw
allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access)
{
	if (card->ops.allows != NULL)
		return card->ops.allows(card, file, access);
	return (file->security.len | file->channel) == 0 ? VSC_SW_OK
							 : vsc_rule_allows(card, file, access);
}

vsc_sw
vsc_card_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access)
{
	return allows(card, file, access);
}

static inline vsc_sw
check(struct vsc_card *card, const struct vsc_file *ef, unsigned structures, enum vsc_access access)
{
	vsc_sw sw;

	if ((structure_bit(ef) & structures) == 0)
		return vsc_card_refuse(card, VSC_SW_INCOMPATIBLE_FILE,
		    "file %04X has descriptor %02X", ef->fid, ef->descriptor);
	if ((sw = in_use(card, ef)) != VSC_SW_OK)
		return sw;
	return allows(card, ef, access);
}

vsc_sw
vsc_ef_check(
    struct vsc_card *card, const struct vsc_file *ef, unsigned structures, enum vsc_access access)
{
	return check(card, ef, structures, access);
}

vsc_sw
vsc_ef_open(struct vsc_card *card, uint8_t sfi, unsigned structures, enum vsc_access access,
    struct vsc_file **ef)
{
	vsc_sw sw = by_sfi(card, sfi, ef);

	return sw != VSC_SW_OK ? sw : check(card, *ef, structures, access);
}

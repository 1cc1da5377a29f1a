/* Who may read what: EPASS's table of access conditions (Doc 9303-10 table 36, 9303-11 table 3). */
#include "cards/epass/epass.h"

/* Rights of an inspection system (TR-03110-4 2.2.3.1) */
#define RIGHT_DG3 0u
#define RIGHT_DG4 1u

bool
vsc_epass_opened(const struct vsc_card *card)
{
	const struct vsc_epass *epass = vsc_epass_of(card);

	return epass->chip.access == 0 || epass->bac_done || epass->eac.password != 0;
}

static bool
has_right(const struct vsc_epass *epass, unsigned right)
{
	return (vsc_eac_rights_of(&epass->eac, VSC_CVC_IS) >> right & 1) != 0;
}

/* Under the MF everything is public but EF.CardSecurity, which is for those who did PACE. */
static vsc_sw
root_file(struct vsc_card *card, const struct vsc_file *file)
{
	if (file->fid == VSC_EPASS_FID_SECURED && vsc_epass_of(card)->eac.password == 0)
		return vsc_card_refuse(card, VSC_SW_SECURITY, "EF.CardSecurity needs PACE");
	return VSC_SW_OK;
}

static vsc_sw
application_file(struct vsc_card *card, const struct vsc_file *file)
{
	const struct vsc_epass *epass = vsc_epass_of(card);

	if (!vsc_epass_opened(card))
		return vsc_card_refuse(card, VSC_SW_SECURITY, "BAC or PACE comes first");
	if (file->fid == VSC_EPASS_FID_DG + 3 && !has_right(epass, RIGHT_DG3))
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "DG3 needs terminal authentication with its right");
	if (file->fid == VSC_EPASS_FID_DG + 4 && !has_right(epass, RIGHT_DG4))
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "DG4 needs terminal authentication with its right");
	return VSC_SW_OK;
}

vsc_sw
vsc_epass_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access)
{
	if (vsc_file_is_df(file))
		return access == VSC_ACCESS_SELECT ? VSC_SW_OK : VSC_SW_SECURITY;
	if (access != VSC_ACCESS_SELECT && access != VSC_ACCESS_READ)
		return VSC_SW_SECURITY;
	if (file->parent == vsc_card_fs(card)->mf)
		return root_file(card, file);
	return application_file(card, file);
}

/* The SecurityInfos of an ePass: EF.CardAccess, EF.CardSecurity's content, DG14 (Doc 9303-11 9.2).
 */
#ifndef VSC_CARDS_EPASS_INFOS_H
#define VSC_CARDS_EPASS_INFOS_H

#include "cards/epass/chip.h"

/* Each is a whole SET, or empty where there is nothing to tell. `public` of a key that is to be
 * wrong (--fault) comes from another one: others[i] belongs to chip->keys[i], NULL: the right one.
 */
struct vsc_epass_infos {
	struct vsc_blob card_access, card_security, dg14;
};

VSC_MUST_CHECK int vsc_epass_infos_make(struct vsc_epass_infos *infos,
    const struct vsc_epass_chip *chip, const struct vsc_agree_key *const *others, bool terminal);
/* Of a DG14 that stays as it was dumped, what PACE it tells of, as far as it needs no key that we
 * do not have: at most VSC_EPASS_PACE_MAX rows; their number. */
size_t vsc_epass_infos_pace(struct vsc_span dg14, struct vsc_plan_pace *pace);
void vsc_epass_infos_free(struct vsc_epass_infos *infos);

#endif

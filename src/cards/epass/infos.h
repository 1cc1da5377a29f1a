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
void vsc_epass_infos_free(struct vsc_epass_infos *infos);

#endif

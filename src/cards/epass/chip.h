/*
 * What the chip of an ePass knows beside its files: who may open it, its private keys. Made from a
 * plan, saved with the card as one value.
 */
#ifndef VSC_CARDS_EPASS_CHIP_H
#define VSC_CARDS_EPASS_CHIP_H

#include "cards/epass/mrz.h"
#include "cards/epass/plan.h"
#include "crypto/agree.h"
#include "crypto/key.h"

/* A static key of chip authentication, or of chip authentication mapping (then alg is NULL and id
 * the number of the group). */
struct vsc_epass_key {
	const struct vsc_ca_alg *alg;
	int id; /* VSC_SECINFO_NONE: the only one */
	unsigned group_id;
	struct vsc_group *group;
	struct vsc_agree_key key;
};

#define VSC_EPASS_KEYS_MAX (VSC_EPASS_CA_MAX + VSC_EPASS_PACE_MAX)

/* Zeroed is empty. */
struct vsc_epass_chip {
	unsigned access; /* enum vsc_epass_access */
	char mrz_key[VSC_MRZ_KEY_MAX], can[17];
	struct vsc_plan_pace pace[VSC_EPASS_PACE_MAX];
	size_t npace;
	struct vsc_key *aa; /* NULL: no active authentication */
	enum vsc_hash aa_hash;
	struct vsc_epass_key keys[VSC_EPASS_KEYS_MAX];
	size_t nkeys;
	struct vsc_blob csca, ds; /* certificates, for showing and exporting; may be empty */
};

VSC_MUST_CHECK int vsc_epass_chip_make(struct vsc_epass_chip *chip,
    const struct vsc_epass_plan *plan, const struct vsc_mrz *mrz, const struct vsc_env *env);
void vsc_epass_chip_free(struct vsc_epass_chip *chip);

/* An RSA or EC key as --aa asks for. */
VSC_MUST_CHECK int vsc_epass_aa_key(
    struct vsc_key **key, const struct vsc_epass_plan *plan, const struct vsc_env *env);

VSC_MUST_CHECK int vsc_epass_chip_save(const struct vsc_epass_chip *chip, struct vsc_blob *bytes);
/* VSC_E_CORRUPT: not what save wrote. */
VSC_MUST_CHECK int vsc_epass_chip_load(struct vsc_epass_chip *chip, struct vsc_span bytes);

#endif

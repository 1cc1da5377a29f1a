/*
 * The electronic passport (Doc 9303-10, -11): what the files of the type share. epass.c is the type
 * itself with its options and command table; START READING THERE.
 */
#ifndef VSC_CARDS_EPASS_EPASS_H
#define VSC_CARDS_EPASS_EPASS_H

#include "card/fs.h"
#include "cards/eac/eac.h"
#include "cards/epass/build.h"
#include "cards/epass/chip.h"
#include "crypto/bac.h"
#include "crypto/trust.h"

/* Names of the saved values. */
#define VSC_EPASS_ATTR_CHIP  "chip"
#define VSC_EPASS_ATTR_TRUST "trust"

/* Randomness from --seed: SHA-256 of seed and counter, block after block. */
struct vsc_epass_seed {
	struct vsc_blob seed;
	uint64_t counter;
	uint8_t block[32];
	size_t left;
};

struct vsc_epass {
	struct vsc_epass_chip chip;
	struct vsc_trust trust;
	struct vsc_eac eac;
	struct vsc_eac_pace pace[VSC_EPASS_PACE_MAX]; /* what eac borrows */
	struct vsc_group *groups[VSC_EPASS_PACE_MAX];
	struct vsc_eac_ca ca[VSC_EPASS_CA_MAX];
	struct vsc_bac bac;

	/* runtime options */
	struct vsc_env env;
	const struct vsc_env *base_env;
	struct vsc_epass_seed seed;
	struct vsc_eac_delay delay;

	/* the session */
	bool bac_done;
	bool challenged;
	uint8_t challenge[VSC_BAC_CHALLENGE_LEN];
};

extern const struct vsc_card_type vsc_card_epass;

static inline struct vsc_epass *
vsc_epass_of(const struct vsc_card *card)
{
	return vsc_card_state(card, &vsc_card_epass);
}

/* access.c: who may read what */
vsc_sw vsc_epass_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access);
/* BAC or PACE has been done, or nobody asks for it. */
bool vsc_epass_opened(const struct vsc_card *card);

/* auth.c: BAC, PACE's passwords, active authentication, and the way into eac.h */
vsc_cmd_fn vsc_epass_get_challenge, vsc_epass_external_authenticate;
vsc_cmd_fn vsc_epass_internal_authenticate, vsc_epass_general_authenticate;
vsc_cmd_fn vsc_epass_mse, vsc_epass_pso;
extern const struct vsc_eac_hooks vsc_epass_hooks;

/* state.c: from what is saved to what a session uses, and back */
VSC_MUST_CHECK int vsc_epass_start(struct vsc_card *card);
VSC_MUST_CHECK int vsc_epass_save(struct vsc_card *card);
VSC_MUST_CHECK int vsc_epass_load_saved(struct vsc_card *card);
void vsc_epass_undone(struct vsc_card *card);
VSC_MUST_CHECK int vsc_epass_set_seed(struct vsc_card *card, const char *hex);

/* show.c */
void vsc_epass_show(struct vsc_card *card, struct vsc_out *text);
/* MRZ, CAN and the CSCA, for the reader's side, where vsc_env_print goes. */
void vsc_epass_announce(struct vsc_card *card);

#endif

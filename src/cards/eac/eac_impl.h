/* What the files of this folder share. */
#ifndef VSC_CARDS_EAC_EAC_IMPL_H
#define VSC_CARDS_EAC_EAC_IMPL_H

#include "card/sm.h"
#include "cards/eac/eac.h"

/* The data objects of an MSE, as found. has: which were there. */
struct vsc_eac_mse {
	struct vsc_span oid;        /* 80 */
	struct vsc_span name;       /* 83: password, CAR or CHR */
	struct vsc_span id;         /* 84 */
	struct vsc_span chat;       /* 7F4C */
	struct vsc_span extensions; /* 65 */
	struct vsc_span aux;        /* 67, the whole object */
	struct vsc_span terminal;   /* 91 */
	struct vsc_span context;    /* E0 or E1: number of a session context in 81 */
	unsigned has;
};
enum vsc_eac_mse_has {
	VSC_EAC_HAS_OID = 1 << 0,
	VSC_EAC_HAS_NAME = 1 << 1,
	VSC_EAC_HAS_ID = 1 << 2,
	VSC_EAC_HAS_CHAT = 1 << 3,
	VSC_EAC_HAS_EXTENSIONS = 1 << 4,
	VSC_EAC_HAS_AUX = 1 << 5,
	VSC_EAC_HAS_TERMINAL = 1 << 6,
	VSC_EAC_HAS_STORE = 1 << 7,
	VSC_EAC_HAS_RESTORE = 1 << 8,
};

/* The command under way came protected. */
static inline bool
vsc_eac_protected(struct vsc_card *card)
{
	return vsc_card_sm_kind(card) != VSC_SM_NONE && vsc_sm_active(vsc_card_sm(card));
}

/* The run of PACE, if any, and what was selected are forgotten. */
void vsc_eac_forget_selection(struct vsc_eac *eac);

/* pace.c */
vsc_sw vsc_eac_pace_select(
    struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse);
vsc_sw vsc_eac_pace_step(
    struct vsc_card *card, struct vsc_eac *eac, const struct vsc_apdu *cmd, struct vsc_out *out);

/* ta.c */
vsc_sw vsc_eac_ta_issuer(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse);
vsc_sw vsc_eac_ta_key(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse);

/* ca.c: MSE:Set AT for chip authentication or restricted identification, MSE:Set KAT */
vsc_sw vsc_eac_ca_select(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse);
vsc_sw vsc_eac_ca_kat(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse);
vsc_sw vsc_eac_ca_run(
    struct vsc_card *card, struct vsc_eac *eac, struct vsc_span data, struct vsc_out *out);

/* context.c: several contexts in a session */
/* The number in E0 of chip authentication's MSE:Set AT; VSC_EAC_VOLATILE without it. VSC_E_FORMAT.
 */
VSC_MUST_CHECK int vsc_eac_context_number(const struct vsc_eac_mse *mse, int *number);
/* Chip authentication is about to restart secure messaging: that of PACE is kept. */
VSC_MUST_CHECK int vsc_eac_context_begin(struct vsc_card *card, struct vsc_eac *eac);
vsc_sw vsc_eac_context_restore(
    struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse);
/* Has this terminal's key been used in this session? One more is remembered; false: no room. */
bool vsc_eac_terminal_known(const struct vsc_eac *eac, struct vsc_span fingerprint);
VSC_MUST_CHECK int vsc_eac_terminal_remember(struct vsc_eac *eac, struct vsc_span fingerprint);
void vsc_eac_contexts_free(struct vsc_eac *eac);

/* pace.c: terminal authentication starts anew, with what PACE has been told of the terminal */
void vsc_eac_ta_begin(struct vsc_card *card, struct vsc_eac *eac);

/* ri.c */
vsc_sw vsc_eac_ri_run(
    struct vsc_card *card, struct vsc_eac *eac, struct vsc_span data, struct vsc_out *out);

#endif

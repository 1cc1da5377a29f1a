/*
 * Whose passport it is: the data groups that options make or name, and a dumped passport's files.
 * Keys and signatures come later (chip.h, pki.h).
 */
#ifndef VSC_CARDS_EPASS_PERSON_H
#define VSC_CARDS_EPASS_PERSON_H

#include "card/card.h"
#include "cards/epass/lds.h"

/* Zeroed is empty. */
struct vsc_epass_person {
	struct vsc_mrz mrz;
	struct vsc_blob dg[VSC_LDS_GROUPS + 1]; /* by number; empty: not there */
	struct vsc_blob com, sod; /* as dumped; the SOD only while it says the truth */
	bool dumped;              /* --lds: no data groups but those that are given */
	int64_t issued;           /* what DG12 says, in seconds since 1970; 0: nothing */
};

/* VSC_E_PARAM and others, *why names the option and the field. */
VSC_MUST_CHECK int vsc_epass_person_read(struct vsc_epass_person *person,
    const struct vsc_params *params, const struct vsc_env *env, struct vsc_why *why);
void vsc_epass_person_free(struct vsc_epass_person *person);

/* Replace a data group; a dumped SOD does not fit any more. */
VSC_MUST_CHECK int vsc_epass_person_set(
    struct vsc_epass_person *person, unsigned dg, struct vsc_span content);

/* details.c: DG11 or DG12 of --dg11 or --dg12 FIELD=VALUE, if there are any. */
VSC_MUST_CHECK int vsc_epass_details_make(struct vsc_epass_person *person,
    const struct vsc_params *params, unsigned dg, struct vsc_why *why);

#endif

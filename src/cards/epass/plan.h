/*
 * What an ePass is asked to be: the options about access control, protocols, signers and defects,
 * as values. What the person's data are is in person.h.
 */
#ifndef VSC_CARDS_EPASS_PLAN_H
#define VSC_CARDS_EPASS_PLAN_H

#include "card/card.h"
#include "crypto/ca.h"
#include "crypto/pace.h"
#include "crypto/signer.h"

enum vsc_epass_access { VSC_EPASS_BAC = 1 << 0, VSC_EPASS_PACE = 1 << 1 };

/* Deliberate defects: --fault */
enum vsc_epass_fault {
	VSC_FAULT_SOD_SIG = 1 << 0,
	VSC_FAULT_DG_HASH = 1 << 1,
	VSC_FAULT_AA = 1 << 2,
	VSC_FAULT_CA = 1 << 3,
	VSC_FAULT_CAM = 1 << 4,
	VSC_FAULT_EXPIRED_DS = 1 << 5,
	VSC_FAULT_NO_SOD = 1 << 6,
};

#define VSC_EPASS_PACE_MAX 16u
#define VSC_EPASS_CA_MAX   8u

struct vsc_epass_plan {
	unsigned access, faults;
	struct vsc_plan_pace {
		const struct vsc_pace_alg *alg;
		unsigned group; /* standardised id */
	} pace[VSC_EPASS_PACE_MAX];
	size_t npace;
	struct vsc_plan_ca {
		const struct vsc_ca_alg *alg;
		unsigned group;
	} ca[VSC_EPASS_CA_MAX];
	size_t nca;
	unsigned aa_bits; /* an RSA key of this size, */
	const struct vsc_curve
	    *aa_curve; /* or one on this curve; neither: no active authentication */
	enum vsc_hash aa_hash;
	enum vsc_signer_kind pki;
	char can[17]; /* empty: to be drawn */
};

/* VSC_E_PARAM: *why names the option. With `bare` the defaults are no active and no chip
 * authentication (a dumped passport brings its own data groups). */
VSC_MUST_CHECK int vsc_epass_plan_read(
    struct vsc_epass_plan *plan, const struct vsc_params *params, bool bare, struct vsc_why *why);

/* Integrated mapping does not work on every curve: the group itself knows. */
bool vsc_epass_pace_possible(const struct vsc_pace_alg *alg, unsigned group);

#endif

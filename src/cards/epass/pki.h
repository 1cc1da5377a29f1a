/* Who signed an ePass: the document signer made or read as options say, and the SOD. */
#ifndef VSC_CARDS_EPASS_PKI_H
#define VSC_CARDS_EPASS_PKI_H

#include "cards/epass/person.h"
#include "cards/epass/plan.h"
#include "crypto/signer.h"

VSC_MUST_CHECK int vsc_epass_signer_read(struct vsc_signer *signer,
    const struct vsc_epass_plan *plan, const struct vsc_epass_person *person,
    const struct vsc_params *params, const struct vsc_env *env, struct vsc_why *why);

/* EF.SOD over exactly the data groups of person, with the defects that faults ask for. */
VSC_MUST_CHECK int vsc_epass_sod_make(struct vsc_blob *sod, const struct vsc_epass_person *person,
    const struct vsc_signer *signer, unsigned faults, const struct vsc_env *env);

/* A dumped SOD stays: it must have a hash of every data group, and the right one unless faults has
 * DG_HASH. SOD_SIG spoils its signature. */
VSC_MUST_CHECK int vsc_epass_sod_take(
    struct vsc_epass_person *person, unsigned faults, struct vsc_why *why);

#endif

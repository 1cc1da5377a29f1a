/* Parts of making a card from its options: make.c, identity.c. Each logs what is wrong. */
#ifndef VSC_CARDS_PIV_MAKE_H
#define VSC_CARDS_PIV_MAKE_H

#include "cards/piv/piv.h"

/* Logs "--option value: why"; value NULL: it is a secret. VSC_E_PARAM */
int piv_option_error(struct vsc_card *card, const char *option, const char *value, const char *why);
VSC_MUST_CHECK int piv_write_file(
    struct vsc_card *card, const char *option, const char *path, struct vsc_span bytes);

/* --import, --password, --slot. A key that is there already stays, if it is the same. */
VSC_MUST_CHECK int piv_import_files(struct vsc_card *card, const struct vsc_params *params);
/* --generate */
VSC_MUST_CHECK int piv_generate_keys(struct vsc_card *card, const struct vsc_params *params);
/* Certificates, or a request (--csr-out), for keys that have none. */
VSC_MUST_CHECK int piv_certify(struct vsc_card *card, const struct vsc_params *params);

#endif

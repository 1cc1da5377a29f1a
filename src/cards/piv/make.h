/* Parts of making a card from its options: make.c, identity.c, certify.c, secure_make.c, cvc.c.
 * Those that take options log what is wrong. */
#ifndef VSC_CARDS_PIV_MAKE_H
#define VSC_CARDS_PIV_MAKE_H

#include "cards/piv/piv.h"

/* Logs "--option value: why"; value NULL: it is a secret. VSC_E_PARAM */
int piv_option_error(struct vsc_card *card, const char *option, const char *value, const char *why);
/* The same of a file that cannot be used. VSC_E_FORMAT */
int piv_file_error(struct vsc_card *card, const char *option, const char *path, const char *why);
VSC_MUST_CHECK int piv_write_file(
    struct vsc_card *card, const char *option, const char *path, struct vsc_span bytes);

enum piv_cvc_role { PIV_CVC_CARD = 0x00, PIV_CVC_ISSUER = 0x12 /* an intermediate one */ };

/* What a card verifiable certificate says; borrows. */
struct piv_cvc {
	struct vsc_span issuer, subject;
	const struct vsc_key *key;
	uint8_t role;
};
VSC_MUST_CHECK int piv_cvc_make(
    struct vsc_blob *made, const struct piv_cvc *cvc, struct vsc_key *signer);
/* RSA, P-256 and P-384 */
bool piv_cvc_can_sign(const struct vsc_key *key);

/* --import, --password, --slot. A key that is there already stays, if it is the same. */
VSC_MUST_CHECK int piv_import_files(struct vsc_card *card, const struct vsc_params *params);
/* What is in the file of this option, both parts or one; logs what is wrong. */
VSC_MUST_CHECK int piv_read_identity(struct vsc_card *card, const struct vsc_params *params,
    const char *option, const char *path, struct vsc_key **key, struct vsc_blob *cert);
/* --sm, --sm-signer, --pairing-code */
VSC_MUST_CHECK int piv_take_secure(struct vsc_card *card, const struct vsc_params *params);
/* --generate */
VSC_MUST_CHECK int piv_generate_keys(struct vsc_card *card, const struct vsc_params *params);
/* Certificates, or a request (--csr-out), for keys that have none. */
VSC_MUST_CHECK int piv_certify(struct vsc_card *card, const struct vsc_params *params);

#endif
